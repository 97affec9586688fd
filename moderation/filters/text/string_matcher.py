"""Search for many fixed strings at once, in time linear in the text (Aho-Corasick).

Wraps pyahocorasick, which has wheels for every supported platform, so that the filters refer
to strings by their index in a list and do not depend on the library.
"""

from collections.abc import Sequence

import ahocorasick


class Matcher:
    """An automaton over a list of non-empty strings; a string may be listed twice."""

    def __init__(self, strings: Sequence[str]) -> None:
        numbers: dict[str, list[int]] = {}
        for number, string in enumerate(strings):
            if not string:
                raise ValueError("an empty string is found everywhere")
            numbers.setdefault(string, []).append(number)
        #: Strings that are listed more than once, by the first of their indexes.
        self._repeated = {same[0]: same for same in numbers.values() if len(same) > 1}
        self._automaton = ahocorasick.Automaton()
        for string, (first, *_) in numbers.items():
            self._automaton.add_word(string, (first, len(string)))
        self._automaton.make_automaton()

    def find_all(self, text: str) -> list[tuple[int, int, int]]:
        """Return (index, begin, end) of all matches by their end, the longest first."""
        if self._automaton.kind != ahocorasick.AHOCORASICK:
            return []
        found = [(n, end + 1 - size, end + 1) for end, (n, size) in self._automaton.iter(text)]
        if not self._repeated:
            return found
        return [
            (number, begin, end)
            for first, begin, end in found
            for number in self._repeated.get(first, (first,))
        ]

    def find_apart(self, text: str) -> list[tuple[int, int, int]]:
        """Return (index, begin, end) of non-overlapping matches, those with the earliest end."""
        found: list[tuple[int, int, int]] = []
        last = 0
        for number, begin, end in self.find_all(text):
            if begin >= last:
                found.append((number, begin, end))
                last = end
        return found
