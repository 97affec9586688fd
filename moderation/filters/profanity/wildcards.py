"""Search for words with a `*` in the middle, in time linear in the length of the text.

A regular expression would try every length of every `*`. Here a set of positions is one
integer with a bit for each, so that one step moves all positions of the set at once.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from moderation.domain.judgement import Span
from moderation.domain.writing import in_word, is_mark

#: The maximum number of letters, digits and underscores that one `*` matches.
REACH = 40
_ZERO, _ONE = b"01"
_ALPHANUMERIC = bytes(_ONE if chr(code).isalnum() else _ZERO for code in range(256))
_Runs = list[tuple[int, int]]


class Places:
    """The positions of word parts in one text, each searched for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = len(text)
        self._found: dict[str, tuple[int, bytes]] = {}

    def find(self, parts: Sequence[str], open_left: bool, open_right: bool) -> Iterator[Span]:
        """Yield spans of the parts in order, with up to `REACH` letters between neighbours.

        Each span is the longest from the first possible start. An end that is not open must be at
        a word boundary.
        """
        if not all(part in self._text for part in parts):
            return
        masks = [self._mask(part) for part in parts]
        starts = self._starts(parts, [mask for mask, _ in masks], open_left, open_right)
        if not starts:
            return
        marks = f"{starts:b}"[::-1]
        room = sum(map(len, parts)) + REACH * (len(parts) - 1) + 1
        begin = marks.find("1")
        while begin >= 0:
            near = [_window(packed, begin, room) for _, packed in masks]
            ends = 1
            runs = _runs(_window(self._words[1], begin, room))
            for number, (part, mask) in enumerate(zip(parts, near, strict=True)):
                if number:
                    ends = _advance(ends, runs)
                ends = (ends & mask) << len(part)
            if not open_right:
                ends &= _window(self._closing[1], begin, room)
            end = begin + ends.bit_length() - 1
            yield begin, end
            begin = marks.find("1", end)

    def _starts(
        self, parts: Sequence[str], masks: Sequence[int], open_left: bool, open_right: bool
    ) -> int:
        """Return the positions from which all parts follow, computed from the last part back."""
        places = -1 if open_right else self._closing[0]
        for number in range(len(parts) - 1, -1, -1):
            places = (places >> len(parts[number])) & masks[number]
            if number:
                for size, run in self._word_runs:
                    places |= (places >> size) & run
        return places if open_left else places & self._opening

    def _mask(self, part: str) -> tuple[int, bytes]:
        cached = self._found.get(part)
        if cached is None:
            places = []
            position = self._text.find(part)
            while position >= 0:
                places.append(position)
                position = self._text.find(part, position + 1)
            cached = self._found[part] = self._packed(places)
        return cached

    def _packed(self, places: Sequence[int]) -> tuple[int, bytes]:
        bits = bytearray(b"0") * (self._size + 1)
        for place in places:
            bits[place] = _ONE
        return self._numbered(bytes(bits))

    def _numbered(self, bits: bytes) -> tuple[int, bytes]:
        mask = int(bits[::-1], 2)
        return mask, mask.to_bytes(self._size // 8 + 1, "little")

    @cached_property
    def _alphanumeric(self) -> bytes:
        """Return one byte, `0` or `1`, for each character and for the end."""
        if self._text.isascii():
            return self._text.encode().translate(_ALPHANUMERIC) + b"0"
        return bytes(_ONE if c.isalnum() or is_mark(c) else _ZERO for c in self._text) + b"0"

    @cached_property
    def _words(self) -> tuple[int, bytes]:
        bits = self._alphanumeric
        if "_" in self._text:
            bits = bytes(
                _ONE if c == "_" else b for c, b in zip(self._text + " ", bits, strict=True)
            )
        return self._numbered(bytes(bits))

    @cached_property
    def _word_runs(self) -> _Runs:
        return _runs(self._words[0])

    @cached_property
    def _closing(self) -> tuple[int, bytes]:
        if not self._text.isascii():
            return self._packed([i for i in range(self._size + 1) if not in_word(self._text, i)])
        alphanumeric = int(self._alphanumeric[::-1], 2)
        mask = ~(alphanumeric & alphanumeric << 1) & (1 << self._size + 1) - 1
        return mask, mask.to_bytes(self._size // 8 + 1, "little")

    @property
    def _opening(self) -> int:
        return self._closing[0]


def _window(packed: bytes, begin: int, room: int) -> int:
    """Return `room` bits from bit `begin` on, at a cost independent of the text's length."""
    cut = packed[begin >> 3 : (begin + room >> 3) + 1]
    return int.from_bytes(cut, "little") >> (begin & 7)


def _runs(words: int) -> _Runs:
    """Return the starts of runs of word characters, for sizes that add up to 0 to `REACH`."""
    runs = [(1, words)]
    for size in (1, 2, 4, 8):
        run = runs[-1][1]
        runs.append((2 * size, run & run >> size))
    eight = runs[3][1]
    return [*runs, (REACH - 31, eight & words >> 8)]


def _advance(places: int, runs: _Runs) -> int:
    """Return these positions and those reachable over up to `REACH` word characters."""
    for size, run in runs:
        places |= (places & run) << size
    return places
