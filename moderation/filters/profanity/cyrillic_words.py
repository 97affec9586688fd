"""Matches the Russian and Ukrainian lists in Cyrillic letters, through disguise.

The letters of a text are read as Cyrillic here: Latin letters and digits that look like Cyrillic
ones count as these. Letters that are often exchanged (е and ё, и and й, ш and щ) are one.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..text.characters import alphabet
from ..text.document import Letters, Text
from .language_lists import CYRILLIC, is_exception, read_entries
from .language_words import word_bounds
from .letter_matcher import fit
from .lexicon import Entry, Lexicon, Pattern, runs
from .match import MAX_MATCHES, Match

# Each group is one letter of the matcher.
_LETTERS = (
    *("а", "б", "в", "г", "д", "её", "ж", "з", "иійї", "к", "л", "м", "н", "о", "п", "р", "с"),
    *("т", "у", "ф", "х", "ц", "ч", "шщ", "ы", "ьъ", "эє", "ю", "я"),
)
_OTHER = len(_LETTERS) + 1
_CODES = {letter: code for code, group in enumerate(_LETTERS, 1) for letter in group}
_CODES["ґ"] = _CODES["г"]
#: Latin letters, digits and signs that stand for Cyrillic letters.
_LOOKALIKES = dict(zip("aecopxykmhbtuinrzg306@ë", "аесорхукмнвтиипгздзобае", strict=True))
_ANY = re.compile("[\u0400-\u04ff]")
#: Letters that distinguish Ukrainian words from others.
_TELLING = frozenset("їієґ")
_JOINTS = re.compile(r"[*_~.\-–—]+")
_MASKED = re.compile(
    r"(?<![^\W_])[а-яёіїєґ](?:[*#@_%$?]{1,6}[а-яёіїєґ]{1,14}){1,3}(?![^\W_])|"
    r"(?<![^\W_])[а-яёіїєґ]{2,12}(?:[*#@%$]{1,6}[а-яёіїєґ]{0,14}){1,3}(?![^\W_])"
)
_MASKS = re.compile(r"[*#@_%$?]")
_VOWELS = frozenset("аеёиоуыэюяіїє")


@cache
def _table() -> NDArray[np.uint8]:
    """Return the code of the Cyrillic letter that each code point is or looks like."""
    table = np.where(alphabet().letters > 0, np.uint8(_OTHER), np.uint8(0))
    for letter, code in _CODES.items():
        table[ord(letter)] = table[ord(letter.upper())] = code
    for latin, letter in _LOOKALIKES.items():
        table[ord(latin)] = _CODES[letter]
    for latin in "AECOPXYKMHBT":
        table[ord(latin)] = _CODES[_CAPITALS.get(latin, _LOOKALIKES[latin.lower()])]
    return table


_CAPITALS = {"P": "р", "Y": "у", "B": "в", "H": "н"}


def _pattern(entry: Entry, typed: str) -> tuple[str, Pattern]:
    words = [word for word in re.split("[^а-яёіїєґ]+", typed) if word]
    key, needs = runs("".join(chr(_CODES[letter] | 96) for word in words for letter in word))
    doubled = tuple((i, n) for i, n in enumerate(needs) if n > 1 and 0 < i < len(needs) - 1)
    return key, Pattern(entry, typed, needs, doubled, tuple(map(len, words)), typed=typed)


def _spellings() -> Iterator[tuple[Entry, str]]:
    for language in CYRILLIC:
        for entry, spellings in read_entries(language):
            for typed in spellings:
                if _ANY.match(typed):
                    yield entry, typed


@cache
def _words() -> Lexicon:
    """Return the matcher of both lists."""
    return Lexicon((_pattern(entry, typed) for entry, typed in _spellings()), shortest=3)


class _Mask(NamedTuple):
    entry: Entry
    size: int


@cache
def _masks() -> dict[str, _Mask]:
    """Return entries by their spellings with one or two letters, or the vowels, hidden."""
    found: dict[str, _Mask] = {}
    for entry, typed in _spellings():
        if entry.company or entry.only or not typed.isalpha() or len(typed) < 3:
            continue
        for hidden in _hidden(typed):
            found.setdefault(hidden, _Mask(entry, len(typed)))
    return found


def _hidden(word: str) -> Iterator[str]:
    size = len(word)
    if size == 3:
        yield f"{word[0]}*{word[2]}"
        return
    for first in range(1, size):
        yield f"{word[:first]}*{word[first + 1 :]}"
        if size > 4 and first + 1 < size:
            yield f"{word[:first]}**{word[first + 2 :]}"
    vowels = [i for i in range(1, size) if word[i] in _VOWELS]
    if vowels:
        yield "".join("*" if i in vowels else letter for i, letter in enumerate(word))


def cyrillic_hits(text: Text) -> list[Match]:
    """Return the listed Cyrillic words of a text."""
    if text.clean.isascii() or _ANY.search(text.lower) is None:
        return []
    found: list[Match] = []
    letters = text.letters(_table())
    words = _words()
    worst = 0.0
    results: dict[tuple[int, int, str, str], tuple[int, int, bool] | None] = {}
    for index, first, last in words.hits(letters.string):
        for pattern in words.patterns[index]:
            if len(found) >= MAX_MATCHES and pattern.entry.score <= worst:
                continue
            if any(
                letters.runs[first + i + 1] - letters.runs[first + i] < need
                for i, need in pattern.doubled
            ):
                continue
            hit = _weigh_cached(text, letters, first, last, pattern, results)
            if hit is not None:
                found.append(hit)
                if hit.disguised or not hit.entry.company:
                    worst = max(worst, hit.entry.score)
                    break
    if len(found) < MAX_MATCHES:
        found += _masked(text, MAX_MATCHES - len(found))
    return found


def _weigh_cached(
    text: Text,
    letters: Letters,
    first: int,
    last: int,
    pattern: Pattern,
    results: dict[tuple[int, int, str, str], tuple[int, int, bool] | None],
) -> Match | None:
    """Return the result of `_weigh`, cached so that a repetitive text stays cheap."""
    low = letters.positions[letters.runs[first]]
    high = letters.positions[letters.runs[last] - 1] + 1
    if high - low > 120:
        return _weigh(text, letters, first, last, pattern)
    begin = max(0, low - 42)
    typed = "" if text.is_typed else text.typed(low, high)
    key = id(pattern), low - begin, text.lower[begin : high + 42], typed
    if key not in results:
        hit = _weigh(text, letters, first, last, pattern)
        results[key] = hit and (hit.begin - low, hit.end - low, hit.disguised)
    cached = results[key]
    return cached and Match(pattern.entry, low + cached[0], low + cached[1], cached[2])


def _weigh(text: Text, letters: Letters, first: int, last: int, pattern: Pattern) -> Match | None:
    """Return the match if the letters at runs[first:last] are that word."""
    bounds = fit(letters, first, last, pattern.needs)
    if bounds is None:
        return None
    j, k = bounds
    positions, lower, entry = letters.positions, text.lower, pattern.entry
    begin, end = positions[j], positions[k] + 1
    left = begin == 0 or not lower[begin - 1].isalnum()
    right = end == len(lower) or not lower[end].isalnum()
    if not left or not (right or entry.prefix):
        return None
    # Short texts in Ukrainian often have none of its own letters.
    if entry.only and text.language.code not in CYRILLIC:
        return None
    shown = lower[begin:end]
    own = sum(_ANY.match(c) is not None for c in shown)
    size = k - j + 1
    if own == 0 or (own < 2 and size > 3):
        return None
    if end - begin > size:
        return _weigh_gaps(text, positions[j : k + 1], pattern, right)
    extra = size - sum(pattern.needs)
    if extra == 1 and not (entry.prefix and shown[-1] == shown[-2]):
        return None
    token = lower[slice(*word_bounds(lower, begin, end))]
    if any(is_exception(token, language) for language in CYRILLIC):
        return None
    if extra == 0 and any(
        typed in _TELLING and typed != c and _ANY.match(c)
        for typed, c in zip(pattern.typed, shown, strict=False)
    ):
        return None
    disguised = extra > 1 or own < size or text.is_disguised(begin, end)
    return Match(entry, begin, end if right else _word_end(lower, end), disguised)


def _word_end(lower: str, end: int) -> int:
    """Return the end of a word of which only the beginning is listed."""
    return word_bounds(lower, end, end)[1]


def _weigh_gaps(
    text: Text, positions: "memoryview[int]", pattern: Pattern, right: bool
) -> Match | None:
    """Return the match if letters with separators form the word, or None."""
    lower, entry = text.lower, pattern.entry
    begin, end = positions[0], positions[-1] + 1
    if end - begin > 6 * len(positions):
        return None
    pieces: list[int] = []
    gaps: list[str] = []
    start = 0
    for index in range(1, len(positions)):
        if positions[index] != positions[index - 1] + 1:
            gaps.append(lower[positions[index - 1] + 1 : positions[index]])
            pieces.append(index - start)
            start = index
    pieces.append(len(positions) - start)
    if len(pattern.words) > 1:
        return Match(entry, begin, end, False) if tuple(pieces) == pattern.words else None
    if len(positions) == len(pieces):
        # "а х у й" may be the letters of a list; a word is spelled with one kind of gap.
        return Match(entry, begin, end, True) if right and len(set(gaps)) == 1 else None
    if all(_JOINTS.fullmatch(gap) for gap in gaps) and len(positions) > 3 and right:
        return Match(entry, begin, end, True)
    return None


def _masked(text: Text, most: int) -> list[Match]:
    """Return the words with letters hidden by signs."""
    found: list[Match] = []
    masks = _masks()
    for match in _MASKED.finditer(text.lower):
        token = _MASKS.sub("*", match[0])
        for size in range(3, min(len(token), 14) + 1):
            mask = masks.get(token[:size])
            if mask is not None and (size == len(token) or mask.entry.prefix):
                end = match.start() + len(token)
                found.append(Match(mask.entry, match.start(), end, True))
                break
        if len(found) >= most:
            break
    return found
