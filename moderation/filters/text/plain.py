"""The text with disguises undone, for judges that read words: `Text.plain`.

Letters of other alphabets among those of a word, digits and signs instead of letters, separated
letters, marks of emphasis and long runs of one letter are undone where they make a known word.
What is written so for a reason stays: numbers, names of products, addresses, abbreviations,
hyphenated words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from moderation.domain.judgement import Span

from .disguises import (
    LEET_SIGNS,
    joined_parts,
    joined_row,
    non_latin,
    read_leet,
    read_lookalikes,
    shortened,
)
from .urls import addresses

#: An edit of a string: begin, end, the new letters, and the old position of each of them.
_Edit = tuple[int, int, str, list[int]]

# Each begins with a character class, which `re` searches for fastest.
_SIGN_BEFORE = re.compile(r"[0-9!@$|+*_~.\-/·•][^\W\d_]")
_SIGN_AFTER = re.compile(r"[0-9$|+@](?<=[^\W\d_].)")
_SINGLES = re.compile(
    r"[ \t][A-Za-z0-9\u0370-\u052f](?=[ \t.\-_*/|~+·•])[ \t.\-_*/|~+·•]{1,4}[^\W_]\b"
)
_OTHER_LETTERS = re.compile("[\u00c0-\u1fff\u2c00-\u2dff\u3000-\U0001efff]")
_LATIN = re.compile("[A-Za-z]")

_LETTERS = re.compile(r"[^\W\d_]+")
_REPEATED = re.compile(r"(.)\1{3}", re.IGNORECASE)
#: Emphasis around whole words, or around a part of one.
_EMPHASIS = re.compile(
    r"(?<![\w*])(?P<a>\*{1,3})(?=[^\s*])[^\n*]{1,300}(?<=[^\s*])(?P=a)(?!\*|\.\w)"
    r"|(?<=[^\W\d_])(?P<b>\*{1,3})[^\W\d_]{1,40}(?P=b)(?![\w*]|\.\w)"
    r"|(?<![\w_])(?P<c>_{1,3})(?=[^\s_])[^\n_]{1,300}(?<=[^\s_])(?P=c)(?!\w|\.\w)"
    r"|(?P<d>~~)(?=[^\s~])[^\n~]{1,300}(?<=[^\s~])~~"
)
_GAP = r"[ \t.\-_*/|~+·•]"
# Begins with the first gap, because letters are everywhere.
_ROW = re.compile(
    rf"{_GAP}(?<=[^\W_].)(?<![\w@$.'’&/=#-][^\W_].){_GAP}{{0,3}}[^\W_]"
    rf"(?:{_GAP}{{1,4}}[^\W_]|{_GAP}{{1,4}}[@$!])+(?![\w'’@$])"
)
_SINGLE = re.compile(r"[^\W_]|[@$!]")
_TOKEN = re.compile(r"(?<!\S)\S{0,100}?(?:[0-9!@$|+*_~.\-/·•€£¥¢][^\W_]|[^\W\d_][0-9$|+@])\S*")
_LONGEST = 200
_AROUND = "([{<\"'“”‘’«»‹›„¿¡…,;:?)]}>"
_ADDRESS = re.compile(r"://|www\.|[\w.+-]@[\w-]+\.|^[/#@\\]|[=\\&]", re.IGNORECASE)
_PIECE = re.compile(rf"[^\W_{re.escape(LEET_SIGNS)}]*(?:[{re.escape(LEET_SIGNS)}][^\W_]*)+")
_PARTS = re.compile(r"[^\W_](?:[\w@$!|+.\-*/~·•]*[^\W_])?")
_DIVIDED = re.compile(r"[^\W_](?=[.\-_*/|~+·•]{1,3}[\w@$])")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text with its disguises undone."""

    #: The text, with its case; equal to the clean text where nothing is disguised.
    string: str
    #: The position in the clean text of each character; None where the strings are equal.
    positions: list[int] | None
    _clean_span: Callable[[int, int], Span]

    def span(self, begin: int, end: int) -> Span:
        """Return the span of `string[begin:end]` in the text as typed."""
        if self.positions is not None:
            begin, end = self.positions[begin], self.positions[end - 1] + 1
        return self._clean_span(begin, end)


def plain(clean: str, lower: str, clean_span: Callable[[int, int], Span]) -> Plain:
    """Return the plain view of a clean text."""
    string, positions = clean, None
    other_alphabet = not clean.isascii() and _OTHER_LETTERS.search(clean) is not None
    if other_alphabet:
        string = _in_one_alphabet(clean)
    if _SIGN_BEFORE.search(string) or _SIGN_AFTER.search(string) or _SINGLES.search(string):
        string, positions = _applied(string, positions, _emphasis_edits(string))
        string, positions = _applied(string, positions, _row_edits(string))
        string, positions = _applied(string, positions, _token_edits(string))
    if _has_long_run(lower):
        string, positions = _applied(string, positions, _run_edits(string))
    return Plain(string, positions, clean_span)


def _has_long_run(lower: str) -> bool:
    """Return whether four equal characters follow each other."""
    if lower.isascii():
        points = np.frombuffer(lower.encode(), np.uint8)
    else:
        points = np.frombuffer(lower.encode("utf-16-le", "surrogatepass"), np.uint16)
    equal = points[1:] == points[:-1]
    return bool((equal[2:] & equal[1:-1] & equal[:-2]).any())


def _applied(
    string: str, positions: list[int] | None, edits: Iterator[_Edit]
) -> tuple[str, list[int] | None]:
    """Return the edited string, with the position in the clean text of each character."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for begin, end, new, origins in edits:
        pieces += string[done:begin], new
        places.extend(range(done, begin))
        places.extend(origins)
        done = end
    if not done:
        return string, positions
    pieces.append(string[done:])
    places.extend(range(done, len(string)))
    if positions is not None:
        places = [positions[place] for place in places]
    return "".join(pieces), places


def _in_one_alphabet(clean: str) -> str:
    """Return the text with the look-alikes of other alphabets in that of their word."""
    latin = len(_LATIN.findall(clean))
    if not latin:
        return clean
    among_latin = latin > non_latin(clean)
    words = [match for match in _LETTERS.finditer(clean) if not match[0].isascii()]
    pieces: list[str] = []
    done = 0
    for match in words:
        reading = read_lookalikes(match[0], among_latin)
        if reading is not None and len(reading) == len(match[0]):
            pieces += clean[done : match.start()], reading
            done = match.end()
    return "".join([*pieces, clean[done:]])


def _emphasis_edits(string: str) -> Iterator[_Edit]:
    if "*" not in string and "_" not in string and "~" not in string:
        return
    for match in _EMPHASIS.finditer(string):
        group = match.lastgroup or ""
        size = match.end(group) - match.start(group)
        opening, end = match.start(group), match.end()
        # A mark of several signs may only be matched in part.
        inner = range(opening + size, end - size)
        if any(map(str.isalpha, string[inner.start : inner.stop])):
            yield opening, end, string[inner.start : inner.stop], list(inner)


def _row_edits(string: str) -> Iterator[_Edit]:
    """Yield edits that join separated single letters."""
    for match in _ROW.finditer(string):
        first = match.start() - 1
        row = string[first : match.end()]
        places = [first + found.start() for found in _SINGLE.finditer(row)]
        gaps = [string[one + 1 : other] for one, other in pairwise(places)]
        filled = [gap for gap in gaps if gap.strip()]
        usual = min(map(len, gaps))
        groups = [[places[0]]]
        for place, gap in zip(places[1:], gaps, strict=True):
            if not gap.strip() if filled else len(gap) > usual:
                groups.append([])
            groups[-1].append(place)
        for group in groups:
            yield from _row_edit(string, group, bool(filled), len(groups) > 1)


def _row_edit(string: str, places: list[int], filled: bool, is_part: bool) -> Iterator[_Edit]:
    letters = "".join(string[place] for place in places)
    dotted = filled and "." in string[places[0] : places[-1]]
    least = 3 if is_part or (filled and not letters.isupper()) else 4
    words = joined_row(letters, dotted, least)
    if not words:
        return
    new: list[str] = []
    origins: list[int] = []
    first = 0
    for word in words:
        if first:
            new.append(" ")
            origins.append(places[first - 1] + 1)
        own = places[first : first + len(word)]
        new.append(_in_case(word, letters[first : first + len(word)]))
        origins += own
        first += len(word)
    yield places[0], places[-1] + 1, "".join(new), origins


def _in_case(word: str, typed: str) -> str:
    """Return a word with the capitals that it was typed with; signs follow the other letters."""
    if any(map(str.isupper, typed)) and not any(map(str.islower, typed)) and len(typed) > 1:
        return word.upper()
    return "".join(
        letter.upper() if old.isupper() else letter for letter, old in zip(word, typed, strict=True)
    )


def _token_edits(string: str) -> Iterator[_Edit]:
    """Yield edits of words with digits, signs and separators among their letters."""
    for match in _TOKEN.finditer(string):
        token = match[0]
        if not 2 < len(token) < _LONGEST:
            continue
        core = token.strip(_AROUND).rstrip(".")
        if len(core) < 3 or core.isalpha() or _ADDRESS.search(core):
            continue
        begin = match.start() + token.index(core)
        edits = list(_core_edits(core, begin))
        if edits and "." in core and addresses(core, core.lower()):
            continue
        yield from edits


def _core_edits(core: str, begin: int) -> Iterator[_Edit]:
    if _DIVIDED.search(core):
        parts = _PARTS.match(core)
        if parts is not None and (word := joined_parts(parts[0])) is not None:
            origins = [
                begin + place
                for place, character in enumerate(parts[0])
                if character.isalnum() or character in "@$!"
            ]
            if len(origins) == len(word):
                typed = "".join(core[origin - begin] for origin in origins)
                yield origins[0], origins[-1] + 1, _in_case(word, typed), origins
                return
    if "." in core:
        # A file, a version or a host.
        return
    for match in _PIECE.finditer(core):
        piece = match[0]
        word = read_leet(piece)
        if word is None:
            piece = piece.rstrip("!|+")
            word = read_leet(piece) if len(piece) < len(match[0]) else None
        if word is not None:
            first = begin + match.start()
            origins = list(range(first, first + len(word)))
            yield first, first + len(word), _in_case(word, piece), origins


def _run_edits(string: str) -> Iterator[_Edit]:
    """Yield edits that shorten runs of more than three equal letters."""
    for match in _LETTERS.finditer(string):
        word = match[0]
        if len(word) < 4 or not _REPEATED.search(word):
            continue
        kept = shortened(word)
        new = "".join(word[place] for place in kept)
        yield *match.span(), new, [match.start() + place for place in kept]
