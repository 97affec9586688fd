"""A comment's text in the forms that filters read, each with offsets into the text as typed.

A Text is built once per draft. `clean` is the text as a reader sees it: entities decoded,
inline tags, invisible characters and piled-up marks removed, fancy letters plain, direction
overrides undone. A `Letters` view has only the letters, repeated ones once, so that any
separators between them are ignored. Every step is linear in the length of the text.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from moderation.domain.judgement import Span

from .characters import FOREIGN, LIMIT, alphabet, is_mark, plain_reading, turned, unescape
from .language_id import Language, detect
from .lazy import lazy_property
from .linked_addresses import typed_addresses
from .plain import Plain, plain
from .urls import MAX_LINKS, Link, addresses

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
#: Bytes that are no letter of ASCII.
_NO_LETTER = bytes(
    code for code in range(256) if not chr(code).isascii() or not chr(code).isalpha()
)
_DIGITS = re.compile(r"\d+")
_NO_DIGIT = bytes(code for code in range(256) if not 48 <= code <= 57)
#: Letters by their codes in the alphabet.
_LETTERS = bytes(code | 96 for code in range(256))
_OVERRIDE = "\u202e"
# The override ends at the pop character or with the line.
_OVERRIDDEN = re.compile("\u202e[^\u202c\n]*")


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a clean text, with equal neighbours merged into one run."""

    #: One lower-case letter per run; `{` for a letter of another alphabet.
    string: str
    #: Position in `clean` of every letter.
    positions: "memoryview[int]"
    #: Index into `positions` of the first letter of each run, and one past the last.
    runs: "memoryview[int]"


class Text:
    """One text and its views, each built on first use."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self._begins: list[int] | None = None
        self._ends: list[int] | None = None
        self._name: Text | None = None
        self.clean = raw
        if not raw.isascii() or "&" in raw or "<" in raw:
            self._simplify()

    def _simplify(self) -> None:
        raw = self.raw
        pieces: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        position = 0
        for match in _UNPLAIN.finditer(raw):
            begin, end = match.span()
            if begin > position:
                pieces.append(raw[position:begin])
                begins.extend(range(position, begin))
                ends.extend(range(position + 1, begin + 1))
            position = end
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
        if position < len(raw):
            pieces.append(raw[position:])
            begins.extend(range(position, len(raw)))
            ends.extend(range(position + 1, len(raw) + 1))
        self.clean = "".join(pieces)
        self._begins, self._ends = begins, ends
        if words := list(turned(raw)):
            self._put_right(words, begins, ends)
        if _OVERRIDE in raw:
            self._undo_override(begins, ends)

    def _simplify_run(
        self, run: str, begin: int, pieces: list[str], begins: list[int], ends: list[int]
    ) -> None:
        """Simplify a run of characters outside ASCII, most of which map to one letter each."""
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
        """Replace upside-down and mirrored words that map letter by letter."""
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
        """Reorder right-to-left overridden stretches into their visible order."""
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

    def name(self, raw: str) -> "Text":
        """Return the views of the author's name; all filters of a comment share them."""
        if self._name is None or self._name.raw != raw:
            self._name = Text(raw)
        return self._name

    @lazy_property
    def lower(self) -> str:
        """Return `clean` in lower case, character for character."""
        lower = self.clean.lower()
        if len(lower) != len(self.clean):
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in self.clean)
        return lower

    @lazy_property
    def plain(self) -> Plain:
        """Return the text with disguises undone, for judges that read words."""
        return plain(self.clean, self.lower, self.span)

    @lazy_property
    def points(self) -> NDArray[np.uint32]:
        """Return the code points of `clean`, with those beyond the table as U+FFFD."""
        return points(self.clean)

    def letters(self, table: NDArray[np.uint8]) -> Letters:
        """Return the letters of the text as the given table of the alphabet reads them."""
        if self.clean.isascii():
            # For ASCII, translating bytes is faster than array look-ups.
            translated = self.clean.encode().translate(table[:256].tobytes())
            positions = np.frombuffer(translated, np.uint8).nonzero()[0]
            codes = np.frombuffer(translated.replace(b"\0", b""), np.uint8)
        else:
            codes = table.take(self.points)
            positions = codes.nonzero()[0]
            codes = codes.take(positions)
        changes = np.empty(codes.size + 1, np.bool_)
        changes[0] = changes[-1] = True
        np.not_equal(codes[1:], codes[:-1], out=changes[1:-1])
        runs = changes.nonzero()[0]
        string = codes.take(runs[:-1]).tobytes().translate(_LETTERS).decode("ascii")
        # Views are faster than arrays for single items, and faster to make than lists.
        return Letters(string, positions.data, runs.data)

    @lazy_property
    def language(self) -> Language:
        return detect(self.lower)

    @lazy_property
    def links(self) -> tuple[Link, ...]:
        found = addresses(self.clean, self.lower)
        links = tuple(replace(link, span=self.span(*link.span)) for link in found)
        if "://" in self.raw:
            links = self._as_linked(links)
        if _OVERRIDE not in self.raw:
            return links
        # Readers see these letters reversed, but browsers follow the URL as typed.
        typed = Text(self.raw.replace(_OVERRIDE, "\u202c")).links
        return tuple(sorted({*links, *typed}, key=lambda link: link.span)[:MAX_LINKS])

    def _as_linked(self, links: tuple[Link, ...]) -> tuple[Link, ...]:
        """Add the hosts that the page links to, and end each URL where the page ends it."""
        merged = list(links)
        typed = typed_addresses(self.raw)
        for link in typed:
            begin, end = link.span
            for index, other in enumerate(merged):
                if other.host == link.host and other.span[0] <= begin and end <= other.span[1]:
                    merged[index] = replace(other, span=(other.span[0], end))
                    break
            else:
                merged.append(link)
        if "&" in self.raw:
            hosts = {link.host for link in merged}
            whole = (0, len(self.raw))
            merged += [
                replace(link, span=whole)
                for link in typed_addresses(unescape(self.raw))
                if link.host not in hosts
            ]
        return tuple(sorted(merged, key=lambda link: link.span)[:MAX_LINKS])

    @lazy_property
    def plain_letters(self) -> Letters:
        return self.letters(alphabet().letters)

    @lazy_property
    def capitals(self) -> float:
        """Return the share of capitals among the letters."""
        letters = len(self.plain_letters.positions)
        if self.clean.isascii():
            # Deleting all other bytes and taking the length counts at C speed.
            upper = len(self.clean.encode().translate(None, _NO_CAPITAL))
        else:
            upper = sum(map(len, _CAPITALS.findall(self.clean)))
        return min(1.0, upper / letters) if letters else 0.0

    @lazy_property
    def mostly_latin(self) -> bool:
        """Return whether plain Latin letters outnumber all others."""
        ascii_only = self.clean.encode("ascii", "ignore").translate(None, _NO_LETTER)
        if self.clean.isascii():
            return bool(ascii_only)
        return 2 * len(ascii_only) > sum(map(str.isalpha, self.clean))

    @lazy_property
    def marked_letters(self) -> int:
        """Return the number of letters outside ASCII."""
        return sum(map(is_marked, self.lower))

    def span(self, begin: int, end: int) -> Span:
        """Return the span of `clean[begin:end]` in the text as typed."""
        if self._begins is None or self._ends is None:
            return begin, end
        return min(self._begins[begin], self._begins[end - 1]), max(
            self._ends[begin], self._ends[end - 1]
        )

    @property
    def is_typed(self) -> bool:
        """Return whether `clean` equals the text as typed."""
        return self._begins is None

    def typed(self, begin: int, end: int) -> str:
        """Return the typed form of `clean[begin:end]`."""
        first, last = self.span(begin, end)
        return self.raw[first:last]

    def is_disguised(self, begin: int, end: int) -> bool:
        """Return whether invisible or fancy characters were typed within `clean[begin:end]`."""
        return self._begins is not None and self.typed(begin, end) != self.clean[begin:end]


def points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text, those beyond the table of letters as U+FFFD."""
    found = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.where(found < LIMIT, found, np.uint32(0xFFFD))


def is_marked(character: str) -> bool:
    """Return whether a character is a letter outside ASCII."""
    return character.isalpha() and not character.isascii()


def looks(text: str) -> tuple[str, ...]:
    """Return the words of a short text by appearance: words that look alike are equal.

    Digits, signs and letters of other alphabets are read as the letters they look like, doubled
    letters once, `rn` as m and `vv` as w. Letters without a Latin lookalike stay as they are.
    """
    table = alphabet().leet
    words = []
    for word in Text(text).lower.split():
        letters: list[str] = []
        # At the edges of a word these are punctuation; inside it they may be letters.
        for character in word.lstrip("([{<¡").rstrip("!|+([{<¡"):
            point = ord(character)
            code = int(table[point]) if point < LIMIT else FOREIGN
            if code == FOREIGN and not character.isalpha():
                continue
            letter = character if code == FOREIGN else chr(96 + code) if code else ""
            if letter and (not letters or letters[-1] != letter or letter == "v"):
                letters.append(letter)
        look = "".join(letters).replace("rn", "m").replace("vv", "w").replace("mm", "m")
        if look:
            words.append(look)
    return tuple(words)


def count_digits(text: str) -> int:
    """Return the number of digits of any script in a text."""
    if text.isascii():
        return len(text.encode().translate(None, _NO_DIGIT))
    return sum(map(len, _DIGITS.findall(text)))


def utf16_span(raw: str, span: Span) -> Span:
    """Return a span in UTF-16 code units, as browsers count."""
    begin = len(raw[: span[0]].encode("utf-16-le", "surrogatepass")) // 2
    return begin, begin + len(raw[span[0] : span[1]].encode("utf-16-le", "surrogatepass")) // 2
