"""A comment's text in the shapes that filters look at, each with a way back to what was typed.

A Text is built once per draft. `clean` is what a reader sees: entities decoded, inline tags,
invisible characters and piled-up marks gone, fancy letters plain, overridden direction undone.
A `Letters` view keeps nothing but letters, doubled ones once, so that whatever stands between
them no longer matters. Every step is linear in the length of the text.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from moderation.domain.judgement import Span

from .addresses import MAX_LINKS, Link, addresses
from .alphabet import FOREIGN, LIMIT, alphabet, is_mark, plain_reading, turned, unescape
from .detection import Language, detect
from .once import once

_STYLE_NAMES = "b|i|u|s|em|strong|span|font|big|small|sub|sup|mark|code|del|ins|q|tt|wbr|strike"
_BLOCK_NAMES = "br|p|div|li|ul|ol|hr|blockquote|h[1-6]|pre"
_ATTRIBUTES = (
    r"(?:\s{1,8}[a-zA-Z-]{1,20}=(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'|[^\s\"'<>=]{1,300})){0,8}"
)
_UNPLAIN = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,24});"
    rf"|</?(?:{_STYLE_NAMES}|(?P<block>{_BLOCK_NAMES})){_ATTRIBUTES}\s{{0,8}}/?>"
    r"|<!--[^<>]{0,200}-->"
    r"|[^\x00-\x7f]+",
    re.IGNORECASE,
)

_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]+")
_NO_CAPITAL = bytes(code for code in range(256) if not 65 <= code <= 90)
_DIGITS = re.compile(r"\d+")
_NO_DIGIT = bytes(code for code in range(256) if not 48 <= code <= 57)
#: Letters by their codes in the alphabet.
_LETTERS = bytes(code | 96 for code in range(256))
_OVERRIDE = "\u202e"
# Up to where the direction is given back, or the line ends.
_OVERRIDDEN = re.compile("\u202e[^\u202c\n]*")


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a clean text, equal neighbours taken together as one run."""

    #: One lower-case letter per run; `{` for a letter of another alphabet.
    string: str
    #: Position in `clean` of every letter.
    positions: "memoryview[int]"
    #: Index into `positions` of the first letter of each run, and one past the last.
    runs: "memoryview[int]"


class Text:
    """One text and its views, each made when first asked for."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self._begins: list[int] | None = None
        self._ends: list[int] | None = None
        self.clean = raw
        if not raw.isascii() or "&" in raw or "<" in raw:
            self._simplify()

    def _simplify(self) -> None:
        raw = self.raw
        pieces: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        at = 0
        for match in _UNPLAIN.finditer(raw):
            begin, end = match.span()
            if begin > at:
                pieces.append(raw[at:begin])
                begins.extend(range(at, begin))
                ends.extend(range(at + 1, begin + 1))
            at = end
            found = raw[begin:end]
            if found[0] == "&":
                found = unescape(found)
                reading = "".join(c if c.isascii() else plain_reading(c) for c in found)
            elif found[0] == "<":
                reading = "\n" if match["block"] else ""
            elif len(found) == 1:
                reading = plain_reading(found)
                if not reading and ends and ends[-1] == begin and is_mark(found):
                    ends[-1] = end
            else:
                self._simplify_run(found, begin, pieces, begins, ends)
                continue
            pieces.append(reading)
            if len(reading) == 1:
                begins.append(begin)
                ends.append(end)
            elif reading:
                begins.extend([begin] * len(reading))
                ends.extend([end] * len(reading))
        if at < len(raw):
            pieces.append(raw[at:])
            begins.extend(range(at, len(raw)))
            ends.extend(range(at + 1, len(raw) + 1))
        self.clean = "".join(pieces)
        self._begins, self._ends = begins, ends
        if words := list(turned(raw)):
            self._put_right(words, begins, ends)
        if _OVERRIDE in raw:
            self._undo_override(begins, ends)

    def _simplify_run(
        self, run: str, begin: int, pieces: list[str], begins: list[int], ends: list[int]
    ) -> None:
        """Simplify neighbours outside ASCII, which mostly stand for one letter each."""
        readings = list(map(plain_reading, run))
        reading = "".join(readings)
        pieces.append(reading)
        if len(reading) == len(run) and "" not in readings:
            begins.extend(range(begin, begin + len(run)))
            ends.extend(range(begin + 1, begin + len(run) + 1))
            return
        for place, reading in enumerate(readings, begin):
            if reading:
                begins.extend([place] * len(reading))
                ends.extend([place + 1] * len(reading))
            elif ends and ends[-1] == place and is_mark(run[place - begin]):
                ends[-1] = place + 1

    def _put_right(
        self, words: list[tuple[int, int, str]], begins: list[int], ends: list[int]
    ) -> None:
        """Turn words that stand on their head, where each of their letters is one."""
        clean = list(self.clean)
        for begin, end, reading in words:
            first = bisect_left(begins, begin)
            places = slice(first, first + len(reading))
            if begins[places] == list(range(begin, end)):
                clean[places] = reading
                begins[places] = range(end - 1, begin - 1, -1)
                ends[places] = range(end, begin, -1)
        self.clean = "".join(clean)

    def _undo_override(self, begins: list[int], ends: list[int]) -> None:
        """Put right-to-left overridden stretches into the order in which they are seen."""
        raw = self.raw
        backwards = [match.span() for match in _OVERRIDDEN.finditer(raw)]
        clean = list(self.clean)
        index = 0
        for begin, end in backwards:
            while index < len(begins) and begins[index] < begin:
                index += 1
            first = index
            while index < len(begins) and begins[index] < end:
                index += 1
            clean[first:index] = clean[first:index][::-1]
            begins[first:index] = begins[first:index][::-1]
            ends[first:index] = ends[first:index][::-1]
        self.clean = "".join(clean)

    @once
    def lower(self) -> str:
        """`clean` in lower case, character for character."""
        lower = self.clean.lower()
        if len(lower) != len(self.clean):
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.clean)
        return lower

    @once
    def points(self) -> NDArray[np.uint32]:
        """The code points of `clean`, those beyond the table as U+FFFD."""
        points = np.frombuffer(self.clean.encode("utf-32-le", "surrogatepass"), np.uint32)
        return np.where(points < LIMIT, points, np.uint32(0xFFFD))

    def letters(self, table: NDArray[np.uint8]) -> Letters:
        """Return the letters of the text as the given table of the alphabet reads them."""
        if self.clean.isascii():
            # Bytes are translated and thrown out faster than arrays are looked up.
            shown = self.clean.encode().translate(table[:256].tobytes())
            positions = np.frombuffer(shown, np.uint8).nonzero()[0]
            codes = np.frombuffer(shown.replace(b"\0", b""), np.uint8)
        else:
            codes = table.take(self.points)
            positions = codes.nonzero()[0]
            codes = codes.take(positions)
        changes = np.empty(codes.size + 1, np.bool_)
        changes[0] = changes[-1] = True
        np.not_equal(codes[1:], codes[:-1], out=changes[1:-1])
        runs = changes.nonzero()[0]
        string = codes.take(runs[:-1]).tobytes().translate(_LETTERS).decode("ascii")
        # Single places are looked at, which views do faster than arrays, and lists take to make.
        return Letters(string, positions.data, runs.data)

    @once
    def language(self) -> Language:
        return detect(self.lower)

    @once
    def links(self) -> tuple[Link, ...]:
        found = addresses(self.clean, self.lower)
        links = tuple(replace(link, span=self.span(*link.span)) for link in found)
        if _OVERRIDE not in self.raw:
            return links
        # Readers see these letters in reverse, browsers follow them as they were typed.
        typed = Text(self.raw.replace(_OVERRIDE, "\u202c")).links
        return tuple(sorted({*links, *typed}, key=lambda link: link.span)[:MAX_LINKS])

    @once
    def plain_letters(self) -> Letters:
        return self.letters(alphabet().letters)

    @once
    def capitals(self) -> float:
        """The share of capitals among the letters."""
        letters = len(self.plain_letters.positions)
        if self.clean.isascii():
            # Deleting everything else counts at C speed.
            upper = len(self.clean.encode().translate(None, _NO_CAPITAL))
        else:
            upper = sum(map(len, _CAPITALS.findall(self.clean)))
        return min(1.0, upper / letters) if letters else 0.0

    @once
    def mostly_latin(self) -> bool:
        """Whether plain Latin letters outnumber all others."""
        latin = sum(c.isascii() and c.isalpha() for c in self.clean)
        return 2 * latin > sum(map(str.isalpha, self.clean))

    @once
    def marked_letters(self) -> int:
        """The number of letters outside ASCII."""
        return sum(map(is_marked, self.lower))

    def span(self, begin: int, end: int) -> Span:
        """Return where `clean[begin:end]` stands in the text as typed."""
        if self._begins is None or self._ends is None:
            return begin, end
        return min(self._begins[begin], self._begins[end - 1]), max(
            self._ends[begin], self._ends[end - 1]
        )

    @property
    def is_typed(self) -> bool:
        """Whether `clean` is just what was typed."""
        return self._begins is None

    def typed(self, begin: int, end: int) -> str:
        """Return how `clean[begin:end]` was typed."""
        first, last = self.span(begin, end)
        return self.raw[first:last]

    def is_disguised(self, begin: int, end: int) -> bool:
        """Say whether something unseen or fancy was typed within `clean[begin:end]`."""
        return self._begins is not None and self.typed(begin, end) != self.clean[begin:end]


def is_marked(character: str) -> bool:
    """Say whether a character is a letter outside ASCII."""
    return character.isalpha() and not character.isascii()


def looks(text: str) -> tuple[str, ...]:
    """Return the words of a short text as they look: what reads alike is equal.

    Digits, signs and letters of other alphabets are read for their looks, doubled letters
    once, `rn` as m and `vv` as w. Letters that look like none of ours stand for themselves.
    """
    table = alphabet().leet
    words = []
    for word in Text(text).lower.split():
        letters: list[str] = []
        # Around a word these are punctuation, within one they may be letters.
        for character in word.lstrip("([{<¡").rstrip("!|+([{<¡"):
            point = ord(character)
            code = int(table[point]) if point < LIMIT else FOREIGN
            if code == FOREIGN and not character.isalpha():
                continue
            letter = character if code == FOREIGN else chr(96 + code) if code else ""
            if letter and (not letters or letters[-1] != letter or letter == "v"):
                letters.append(letter)
        read = "".join(letters).replace("rn", "m").replace("vv", "w").replace("mm", "m")
        if read:
            words.append(read)
    return tuple(words)


def count_digits(text: str) -> int:
    """Return how many digits of any script a text has."""
    if text.isascii():
        return len(text.encode().translate(None, _NO_DIGIT))
    return sum(map(len, _DIGITS.findall(text)))


def utf16_span(raw: str, span: Span) -> Span:
    """Return a span in UTF-16 code units, as browsers count."""
    begin = len(raw[: span[0]].encode("utf-16-le", "surrogatepass")) // 2
    return begin, begin + len(raw[span[0] : span[1]].encode("utf-16-le", "surrogatepass")) // 2
