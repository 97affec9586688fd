"""Plain readings of single characters, and decoding of HTML entities."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from .data_files import read_lines

LIMIT = 0x20000
FOREIGN = 27
"""The code of a letter that belongs to another alphabet; it ends words, never forms them."""

# Marks that get piled on Latin letters; marks of other scripts are part of their spelling.
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


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The table of letters, loaded once."""

    #: A character's plain reading; an empty one means that the character is invisible.
    plain: dict[str, str]
    #: Code of the Latin letter (1 to 26) that a code point is or looks like.
    letters: NDArray[np.uint8]
    #: The same with digits and signs read as letters, and every l as an i: 1, ! and | are both.
    leet: NDArray[np.uint8]
    #: Characters of other alphabets that look like Latin letters.
    lookalikes: frozenset[str]
    #: The lookalikes used by generators of fancy text; most are rare elsewhere.
    fancy: frozenset[str]


#: Currency signs and the similar copyright sign, by the letter that each looks like.
COINS = {
    "$": "s", "€": "e", "£": "i", "¥": "y", "¢": "c", "©": "c", "₳": "a", "฿": "b", "₵": "c",
    "₣": "f", "₲": "g", "₭": "k", "₥": "m", "₦": "n", "₱": "p", "₴": "s", "₮": "t", "₩": "w",
}  # fmt: skip
#: All signs and digits that look like letters.
LEET = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b",
    "9": "g", "@": "a", "!": "i", "|": "i", "+": "t", "(": "c", "<": "c", "{": "c",
    "[": "c", "¡": "i", "§": "s", "µ": "u", "®": "r", **COINS,
}  # fmt: skip


_BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"
# Latin letters upside down and mirrored; only the first few of each are unambiguous.
_OVER = dict(zip("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎןıqpudbnoslxz", "acefghijkmrtvwylibdnpquoslxz", strict=True))
_MIRRORED = dict(zip("ɒɘꙅƚɿɔʞʜϱυdbqpfhijlmnotuvwxyz", "aestrckhgubdpqfhijlmnotuvwxyz", strict=True))
_TURNED = re.compile(f"[{''.join(_OVER)}]{{3,}}")
_FLIPPED = re.compile(f"[{''.join(_MIRRORED)}]{{3,}}")
_TELLING = (frozenset("ɐɔǝɟƃɥᴉʞɯɹʇʌʍʎ"), frozenset("ɘꙅƚɿɒʞϱ"))

#: Letters that occur mirrored and never upside down.
_FLAT = frozenset("ɘꙅƚɿɒϱ")


def turned(raw: str) -> Iterator[tuple[int, int, str]]:
    """Yield the bounds of words written upside down or mirrored, with their plain reading."""
    flat = not _FLAT.isdisjoint(raw)
    for pattern, table, telling in zip(
        (_TURNED, _FLIPPED), (_OVER, _MIRRORED), _TELLING, strict=True
    ):
        for match in pattern.finditer(raw) if not telling.isdisjoint(raw) else ():
            word = match[0]
            begin, end = match.span()
            # One such letter is evidence for a whole word, not for a part of one.
            whole = not raw[begin - 1 : begin].isalpha() and not raw[end : end + 1].isalpha()
            if telling.isdisjoint(word) or (
                not whole and (sum(map(str.isascii, word)) > len(word) - 2 or flat)
            ):
                continue
            yield begin, end, "".join(table[c] for c in reversed(word))


@cache
def alphabet() -> Alphabet:
    """Return the shipped table, parsed once."""
    plain: dict[str, str] = {}
    lookalikes, fancy = set[str](), set[str]()
    letters = np.zeros(LIMIT, np.uint8)
    every = np.arange(0x80, LIMIT, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    letters[0x80:] = np.fromiter(map(str.isalpha, every), np.uint8, len(every)) * FOREIGN
    for point in range(26):
        letters[ord("a") + point] = letters[ord("A") + point] = point + 1
    for line in read_lines("letters.tsv"):
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
    for line in read_lines("fancy.tsv"):
        letter, characters = line.split("\t")
        for character in characters:
            letters[ord(character)] = ord(letter) - 96
        fancy.update(characters)
    lookalikes |= fancy
    for character in plain.keys() | lookalikes:
        capital = character.upper()
        if len(capital) == 1 and letters[ord(capital)] == FOREIGN:
            lookalikes.add(capital)
            letters[ord(capital)] = letters[ord(character)]
    for offset in range(26):
        plain[chr(0x1F1E6 + offset)] = letters_of = chr(97 + offset)
        letters[0x1F1E6 + offset] = ord(letters_of) - 96
    for offset, cell in enumerate(_BRAILLE):
        # In brackets, small and capital, and in Braille.
        for character in (chr(0x249C + offset), chr(0x1F110 + offset), cell):
            plain[character] = chr(97 + offset)
            letters[ord(character)] = offset + 1
    # In German, ß is a kind of s.
    letters[0xDF] = letters[0x1E9E] = 19
    # The Arabic tatweel only stretches a word.
    letters[0x640] = 0
    leet = np.where(letters == 12, np.uint8(9), letters)
    for sign, letter in LEET.items():
        leet[ord(sign)] = ord(letter) - 96
    return Alphabet(plain, letters, leet, frozenset(lookalikes), frozenset(fancy))


@lru_cache(maxsize=8192)
def plain_reading(character: str) -> str:
    """Return the plain reading of a character outside ASCII; empty if it is invisible."""
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


_MARK = re.compile("[\u0300-\u036f]+")
#: Common replacements of letters with accents.
SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss"}
)


def without_accents(text: str) -> str:
    """Return the text without the marks on its letters."""
    # Recomposed, because a Korean syllable would otherwise stay split into its letters.
    bare = _MARK.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare)


def unescape(text: str) -> str:
    """Return the text with its HTML entities decoded."""
    # Few comments have one, and the import of the entity table is slow.
    from html import unescape

    return unescape(text)


def is_mark(character: str) -> bool:
    """Return whether the character is a combining mark."""
    return unicodedata.category(character) in {"Mn", "Me"}
