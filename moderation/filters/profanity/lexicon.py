"""Listed words, the spellings they are searched by, and one automaton over many of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..text.string_matcher import Matcher

SEVERITIES = {"mild": 0.55, "strong": 0.75, "slur": 0.92}


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed word and the conditions under which it counts."""

    word: str
    severity: str
    category: str
    #: Counts within longer words too.
    inside: bool = False
    #: Counts at the beginning of longer words, unless they look like names.
    prefix: bool = False
    #: Has an innocent use: counts only disguised, aimed at a person or alone.
    company: bool = False
    #: Is also a name when capitalised.
    name: bool = False
    #: Languages in which it is an ordinary word.
    plain_in: frozenset[str] = frozenset()
    #: Is itself a phonetic spelling of another word.
    by_ear: bool = False
    #: The language of the list that it is from; empty for the base list, in English.
    language: str = ""
    #: Is an ordinary word or a name elsewhere: counts only in texts in its language.
    only: bool = False
    #: Counts only with its own accents, because the word without them is another one.
    exact: bool = False

    @property
    def score(self) -> float:
        return SEVERITIES[self.severity]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One spelling of an entry: letters without repeats, and the required length of each run."""

    entry: Entry
    spelling: str
    needs: tuple[int, ...]
    #: Index and required length of the inner runs of more than one letter.
    doubled: tuple[tuple[int, int], ...]
    #: Lengths of the words of a phrase; one length for a single word.
    words: tuple[int, ...]
    backwards: bool = False
    #: The spelling with its accents.
    typed: str = ""


def runs(letters: str) -> tuple[str, tuple[int, ...]]:
    """Return the letters without repeats, and the length of each run."""
    key = last = ""
    needs: list[int] = []
    for letter in letters:
        if letter == last:
            needs[-1] += 1
        else:
            key += letter
            needs.append(1)
            last = letter
    return key, tuple(needs)


def pattern(
    entry: Entry, spelling: str, *, backwards: bool = False, leet: bool = False, typed: str = ""
) -> tuple[str, Pattern]:
    """Return the string for the matcher, and its pattern; `spelling` is in letters a to z."""
    words = [spelling] if spelling.isalpha() else re.findall("[a-z]+", spelling)
    letters = "".join(words)
    if leet:
        letters = letters.replace("l", "i")
    key, needs = runs(letters[::-1] if backwards else letters)
    doubled = tuple((i, n) for i, n in enumerate(needs) if n > 1 and 0 < i < len(needs) - 1)
    sizes = tuple(len(w) for w in words)
    return key, Pattern(entry, spelling, needs, doubled, sizes, backwards, typed or spelling)


class Lexicon:
    """Patterns by their letters without repeats, with one automaton over all of them."""

    def __init__(self, patterns: Iterable[tuple[str, Pattern]], *, shortest: int = 1) -> None:
        found: dict[str, list[Pattern]] = {}
        for key, made in patterns:
            if len(key) >= shortest:
                found.setdefault(key, []).append(made)
        self.patterns = [tuple(p) for p in found.values()]
        self.matcher = Matcher(list(found))

    def hits(self, letters: str) -> list[tuple[int, int, int]]:
        """Return (index into patterns, begin, end) of all matches, overlapping ones too."""
        return self.matcher.find_all(letters)
