"""Decides about candidates from the lists of languages other than English, in Latin letters.

In these languages accents are ordinary spelling, and so are words that are joined to others.
"""

import unicodedata

from ..text.characters import alphabet
from ..text.document import Text
from .language_lists import is_exception
from .lexicon import Entry, Pattern
from .match import Match

_TURKISH = str.maketrans({"I": "ı", "İ": "i"})


def weigh_word(text: Text, pattern: Pattern, begin: int, end: int, extra: int) -> Match | None:
    """Return the match of an unbroken word, or None; `extra` counts its repeated letters."""
    entry, lower = pattern.entry, text.lower
    left = begin == 0 or not lower[begin - 1].isalpha()
    right = end == len(lower) or not lower[end].isalpha()
    if not (entry.inside or (left and (right or entry.prefix))):
        return None
    # One letter more makes another word, as in the Italian "cane" and "canne".
    if extra == 1 and not (entry.prefix and lower[end - 1] == lower[end - 2]):
        return None
    token_begin, token_end = word_bounds(lower, begin, end)
    if is_exception(lower[token_begin:token_end], entry.language):
        return None
    shown = _shown(text, begin, end)
    hidden = extra > 1
    if shown != pattern.typed and (not shown.isascii() or entry.exact):
        looks = not alphabet().lookalikes.isdisjoint(shown)
        if looks and any(map(str.isascii, shown)):
            hidden = True
        elif looks or not _may_lack_accents(text, entry, pattern):
            return None
    if text.is_disguised(begin, end) and shown == lower[begin:end]:
        hidden = True
    return Match(entry, begin, token_end if entry.prefix else end, hidden)


def _shown(text: Text, begin: int, end: int) -> str:
    """Return the word with its accents, which `clean` lacks where they are characters alone."""
    shown = text.lower[begin:end]
    if not text.is_typed:
        composed = unicodedata.normalize("NFC", text.typed(begin, end)).lower()
        if len(composed) == len(shown):
            shown = composed
    if text.language.code == "tr":
        shown = (text.clean[begin:end] if shown.isascii() else shown).translate(_TURKISH).lower()
    return shown


def _may_lack_accents(text: Text, entry: Entry, pattern: Pattern) -> bool:
    """Return whether an accent that is missing, or one too many, is only a typing error."""
    return not entry.exact and text.language.code in {entry.language, "unknown"}


def word_bounds(lower: str, begin: int, end: int, limit: int = 40) -> tuple[int, int]:
    """Return the bounds of the surrounding word, at most `limit` letters away."""
    low, high = max(0, begin - limit), min(len(lower), end + limit)
    while begin > low and lower[begin - 1].isalpha():
        begin -= 1
    while end < high and lower[end].isalpha():
        end += 1
    return begin, end
