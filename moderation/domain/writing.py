"""Rules of writing in every script: equivalent letters and word boundaries.

The sites' word lists and the search of the console compare texts by these rules.
"""

import re
import unicodedata
from functools import cache, lru_cache

#: Scripts without spaces between words, and Korean, which joins words and particles.
UNSPACED_RANGES = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"
    "\u3005-\u3007\u3031-\u3035\u303b\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u318f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaadf"
    "\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\uffa1-\uffdc\U0001b000-\U0001b16f"
    "\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED_RANGES}]")

#: Characters that phones and keyboards produce for an apostrophe.
_APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02b9\u02bb\u2032\u00b4`\uff07\ua78c"
#: Vowel points of Arabic and Hebrew, which most writers leave out.
VOWEL_POINTS = (
    *range(0x0591, 0x05BE),
    *(0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7),
    *range(0x0610, 0x061B),
    *range(0x064B, 0x0660),
    *(0x0640, 0x0670),
)
_FIXED = {
    **dict.fromkeys(map(ord, _APOSTROPHES), "'"),
    **dict.fromkeys(VOWEL_POINTS, ""),
    # The dotless i; capitals distinguish it only in Turkish.
    ord("\u0131"): "i",
    ord("\u0130"): "i",
}
#: Letters without a Unicode decomposition, and their common replacements.
PLAIN_LETTERS = {
    **{"æ": "ae", "œ": "oe", "þ": "th", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h"},
    **{"ŧ": "t", "ı": "i", "և": "եւ"},
}
_MARKS = range(0x300, 0x370)


def is_unspaced(text: str) -> bool:
    """Return whether a text has letters of a script without spaces between its words."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def is_mark(character: str) -> bool:
    """Return whether a character is a mark on the letter before it."""
    return not character.isascii() and unicodedata.category(character)[0] == "M"


def in_word(text: str, place: int) -> bool:
    """Return whether the position between two characters is inside a word.

    In scripts without spaces a word may begin and end at every letter.
    """
    if place <= 0 or place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    if before.isascii() and after.isascii():
        return before.isalnum() and after.isalnum()
    lettered = before.isalnum() or is_mark(before)
    if is_mark(after):
        return lettered
    return lettered and after.isalnum() and not is_unspaced(before + after)


@lru_cache(maxsize=8192)
def folded(character: str) -> str:
    """Return a character folded by case, width and style; accents stay."""
    fixed = _FIXED.get(ord(character))
    if fixed is not None:
        return fixed
    plain = unicodedata.normalize("NFKC", character)
    # Some symbols expand to a whole phrase.
    return plain.casefold() if len(plain) <= 8 else character


@cache
def _plain_letters() -> dict[int, str]:
    left_out = dict.fromkeys((*_MARKS, *VOWEL_POINTS), "")
    apostrophes = dict.fromkeys(map(ord, _APOSTROPHES), "'")
    return left_out | apostrophes | {ord(letter): plain for letter, plain in PLAIN_LETTERS.items()}


def searched(text: str) -> str:
    """Return a text folded for search: without case, accents, width and style."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_plain_letters())
    # Recompose Japanese and Korean letters, whose parts are not accents.
    return unicodedata.normalize("NFC", plain)


def search_words(text: str) -> list[str]:
    """Return the words of a text folded for search, split also where the script changes."""
    plain = searched(text)
    words: list[str] = []
    begin = 0
    for place in range(len(plain) + 1):
        if place < len(plain) and _continues_word(plain, place, begin):
            continue
        if word := plain[begin:place]:
            words.append(word)
        begin = place + (place < len(plain) and not _lettered(plain[place]))
    return words


def _lettered(character: str) -> bool:
    return character.isalnum() or is_mark(character)


def _continues_word(text: str, place: int, begin: int) -> bool:
    """Return whether the character at `place` continues the word that begins at `begin`."""
    if not _lettered(text[place]):
        return False
    if place == begin or is_mark(text[place]):
        return True
    return is_unspaced(text[begin]) == is_unspaced(text[place])


def has_word(text: str, word: str) -> bool:
    """Return whether a text has a word with this prefix; both are folded for search."""
    place = text.find(word)
    while place >= 0:
        if not in_word(text, place):
            return True
        place = text.find(word, place + 1)
    return False
