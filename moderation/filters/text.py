"""A comment's text in the shapes that filters look at, each with a way back to what was typed.

A Text is built once per draft. `clean` is what a reader sees: entities decoded, inline tags,
invisible characters and piled-up marks gone, fancy letters plain, overridden direction undone.
A `Letters` view keeps nothing but letters, doubled ones once, so that whatever stands between
them no longer matters. Every step is linear in the length of the text.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from moderation.domain.judgement import Span

from .detection import Language, detect
from .shipped import lines

if TYPE_CHECKING:
    from .links import Link

LIMIT = 0x20000
FOREIGN = 27
"""The code of a letter that belongs to another alphabet; it ends words, never forms them."""

_STYLE_NAMES = "b|i|u|s|em|strong|span|font|big|small|sub|sup|mark|code|del|ins|q|tt|wbr|strike"
_BLOCK_NAMES = "br|p|div|li|ul|ol|hr|blockquote|h[1-6]|pre"
_ATTRIBUTES = (
    r"(?:\s{1,8}[a-zA-Z-]{1,20}=(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'|[^\s\"'<>=]{1,300})){0,8}"
)
_UNPLAIN = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,24});"
    rf"|</?(?:{_STYLE_NAMES}|(?P<block>{_BLOCK_NAMES})){_ATTRIBUTES}\s{{0,8}}/?>"
    r"|<!--[^<>]{0,200}-->"
    r"|[^\x00-\x7f]",
    re.IGNORECASE,
)

# Marks that people pile on Latin letters; those of other scripts spell words there.
_MARKS = (
    (0x300, 0x370),
    (0x483, 0x48A),
    (0x1AB0, 0x1B00),
    (0x1DC0, 0x1E00),
    (0x20D0, 0x2100),
    (0xFE00, 0xFE10),
    (0xFE20, 0xFE30),
)
_BLANKS = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x34F, 0x17B4, 0x17B5}
_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]+")
_NO_CAPITAL = bytes(code for code in range(256) if not 65 <= code <= 90)
_DIGITS = re.compile(r"\d+")
_NO_DIGIT = bytes(code for code in range(256) if not 48 <= code <= 57)
_OVERRIDE, _POP = "\u202e", "\u202c"


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The table of letters, loaded once."""

    #: A character's plain reading; an empty one means it is invisible.
    plain: dict[str, str]
    #: Code of the Latin letter (1 to 26) that a code point is or looks like.
    letters: NDArray[np.uint8]
    #: The same with digits and signs read as letters, and every l as an i: 1, ! and | are both.
    leet: NDArray[np.uint8]
    #: Characters of other alphabets that look like Latin letters.
    lookalikes: frozenset[str]


_LEET = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b",
    "9": "g", "@": "a", "$": "s", "!": "i", "|": "i", "+": "t", "(": "c", "<": "c", "{": "c",
    "[": "c", "€": "e", "£": "i", "¥": "y", "¡": "i", "§": "s", "¢": "c", "µ": "u", "®": "r",
}  # fmt: skip


@cache
def alphabet() -> Alphabet:
    """Read the shipped table."""
    plain: dict[str, str] = {}
    lookalikes = set()
    letters = np.zeros(LIMIT, np.uint8)
    every = np.arange(0x80, LIMIT, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    letters[0x80:] = np.fromiter(map(str.isalpha, every), np.uint8, len(every)) * FOREIGN
    for point in range(26):
        letters[ord("a") + point] = letters[ord("A") + point] = point + 1
    for line in lines("letters.tsv"):
        kind, letter, points = line.split("\t")
        for code in points.split():
            character = chr(int(code, 16))
            if kind == "style":
                plain[character] = letter
                if letter.isdigit():
                    continue
            elif kind == "lookalike":
                lookalikes.add(character)
            letters[ord(character)] = ord(letter) - 96
    for offset in range(26):
        plain[chr(0x1F1E6 + offset)] = letters_of = chr(97 + offset)
        letters[0x1F1E6 + offset] = ord(letters_of) - 96
    leet = np.where(letters == 12, np.uint8(9), letters)
    for sign, letter in _LEET.items():
        leet[ord(sign)] = ord(letter) - 96
    return Alphabet(plain, letters, leet, frozenset(lookalikes))


@lru_cache(maxsize=8192)
def plain_reading(character: str) -> str:
    """Return what one character outside ASCII stands for; nothing if it cannot be seen."""
    known = alphabet().plain.get(character)
    if known is not None:
        return known
    point = ord(character)
    category = unicodedata.category(character)
    if category in {"Cf", "Cs"} or point in _BLANKS or 0xE0000 <= point < 0xE1000:
        return "" if category != "Cs" else "\ufffd"
    if category in {"Mn", "Me"} and any(low <= point < high for low, high in _MARKS):
        return ""
    if category in {"Zs", "Zl", "Zp"}:
        return " "
    reading = unicodedata.normalize("NFKC", character)
    if reading != character and len(reading) <= 8:
        return "".join(r if r.isascii() else plain_reading(r) for r in reading)
    return character


def unescape(text: str) -> str:
    """Return the text with its HTML entities decoded."""
    # Few comments have one, and the table of their names takes a while to load.
    from html import unescape

    return unescape(text)


def is_mark(character: str) -> bool:
    """Say whether the character is drawn onto the one before it."""
    return unicodedata.category(character) in {"Mn", "Me"}


class Letters:
    """The letters of a clean text, equal neighbours taken together as one run."""

    def __init__(self, string: str, places: NDArray[np.intp], starts: NDArray[np.intp]) -> None:
        #: One lower-case letter per run; `{` for a letter of another alphabet.
        self.string = string
        #: Position in `clean` of every letter.
        self.positions_array = places
        self._starts = starts

    @cached_property
    def positions(self) -> list[int]:
        """The same as a list, for looking at single letters."""
        places: list[int] = self.positions_array.tolist()
        return places

    @cached_property
    def runs(self) -> list[int]:
        """Index into `positions` of the first letter of each run, and one past the last."""
        return [*self._starts.tolist(), len(self.positions_array)]


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
            else:
                reading = plain_reading(found)
                if not reading and ends and ends[-1] == begin and is_mark(found):
                    ends[-1] = end
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
        if _OVERRIDE in raw:
            self._undo_override(begins, ends)

    def _undo_override(self, begins: list[int], ends: list[int]) -> None:
        """Put right-to-left overridden stretches into the order in which they are seen."""
        raw = self.raw
        backwards = []
        at = raw.find(_OVERRIDE)
        while at >= 0:
            stops = [s for s in (raw.find(c, at + 1) for c in (_POP, "\n")) if s >= 0]
            stop = min(stops, default=len(raw))
            backwards.append((at, stop))
            at = raw.find(_OVERRIDE, stop)
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

    @cached_property
    def lower(self) -> str:
        """`clean` in lower case, character for character."""
        lower = self.clean.lower()
        if len(lower) != len(self.clean):
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.clean)
        return lower

    @cached_property
    def points(self) -> NDArray[np.uint8] | NDArray[np.uint32]:
        """The code points of `clean`, those beyond the table as U+FFFD."""
        if self.clean.isascii():
            return np.frombuffer(self.clean.encode("ascii"), np.uint8)
        points = np.frombuffer(self.clean.encode("utf-32-le", "surrogatepass"), np.uint32)
        return np.where(points < LIMIT, points, np.uint32(0xFFFD))

    def letters(self, table: NDArray[np.uint8]) -> Letters:
        """Return the letters of the text as the given table of the alphabet reads them."""
        codes = table[self.points]
        positions = codes.nonzero()[0]
        codes = codes[positions]
        changes = np.empty(codes.size, np.bool_)
        changes[:1] = True
        np.not_equal(codes[1:], codes[:-1], out=changes[1:])
        starts = changes.nonzero()[0]
        return Letters((codes[starts] | 96).tobytes().decode("ascii"), positions, starts)

    @cached_property
    def language(self) -> Language:
        return detect(self.lower)

    @cached_property
    def links(self) -> "tuple[Link, ...]":
        from .links import find

        return tuple(find(self))

    @cached_property
    def plain_letters(self) -> Letters:
        return self.letters(alphabet().letters)

    @cached_property
    def capitals(self) -> float:
        """The share of capitals among the letters."""
        letters = self.plain_letters.positions_array.size
        if self.clean.isascii():
            # Deleting everything else counts at C speed.
            upper = len(self.clean.encode().translate(None, _NO_CAPITAL))
        else:
            upper = sum(map(len, _CAPITALS.findall(self.clean)))
        return min(1.0, upper / letters) if letters else 0.0

    @cached_property
    def mostly_latin(self) -> bool:
        """Whether plain Latin letters outnumber all others."""
        latin = sum(c.isascii() and c.isalpha() for c in self.clean)
        return 2 * latin > sum(map(str.isalpha, self.clean))

    def span(self, begin: int, end: int) -> Span:
        """Return where `clean[begin:end]` stands in the text as typed."""
        if self._begins is None or self._ends is None:
            return begin, end
        return min(self._begins[begin], self._begins[end - 1]), max(
            self._ends[begin], self._ends[end - 1]
        )

    def is_disguised(self, begin: int, end: int) -> bool:
        """Say whether something unseen or fancy was typed within `clean[begin:end]`."""
        if self._begins is None:
            return False
        first, last = self.span(begin, end)
        return self.raw[first:last] != self.clean[begin:end]


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
