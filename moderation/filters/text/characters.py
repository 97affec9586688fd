"""What single characters stand for, and how entities are decoded."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from .shipped import lines

LIMIT = 0x20000
FOREIGN = 27
"""The code of a letter that belongs to another alphabet; it ends words, never forms them."""

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
    #: Those of them that generators of fancy text use, most of which few people write.
    fancy: frozenset[str]


#: Signs of money, and one more that is drawn like them, by the letter that they look like.
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
# What Latin letters look like upside down, and in a mirror; the first few alone tell of it.
_OVER = dict(zip("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎןıqpudbnoslxz", "acefghijkmrtvwylibdnpquoslxz", strict=True))
_MIRRORED = dict(zip("ɒɘꙅƚɿɔʞʜϱυdbqpfhijlmnotuvwxyz", "aestrckhgubdpqfhijlmnotuvwxyz", strict=True))
_TURNED = re.compile(f"[{''.join(_OVER)}]{{3,}}")
_FLIPPED = re.compile(f"[{''.join(_MIRRORED)}]{{3,}}")
_TELLING = (frozenset("ɐɔǝɟƃɥᴉʞɯɹʇʌʍʎ"), frozenset("ɘꙅƚɿɒʞϱ"))

#: What is in a mirror and never upside down.
_FLAT = frozenset("ɘꙅƚɿɒϱ")


def turned(raw: str) -> Iterator[tuple[int, int, str]]:
    """Yield where words stand on their head or in a mirror, and how they read put right."""
    flat = not _FLAT.isdisjoint(raw)
    for pattern, table, telling in zip(
        (_TURNED, _FLIPPED), (_OVER, _MIRRORED), _TELLING, strict=True
    ):
        for match in pattern.finditer(raw) if not telling.isdisjoint(raw) else ():
            word = match[0]
            begin, end = match.span()
            # One such letter tells of a whole word, not of a part of one.
            whole = not raw[begin - 1 : begin].isalpha() and not raw[end : end + 1].isalpha()
            if telling.isdisjoint(word) or (
                not whole and (sum(map(str.isascii, word)) > len(word) - 2 or flat)
            ):
                continue
            yield begin, end, "".join(table[c] for c in reversed(word))


@cache
def alphabet() -> Alphabet:
    """Read the shipped table."""
    plain: dict[str, str] = {}
    lookalikes, fancy = set[str](), set[str]()
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
    for line in lines("fancy.tsv"):
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
        # In brackets, small and capital, and as Braille writes them.
        for character in (chr(0x249C + offset), chr(0x1F110 + offset), cell):
            plain[character] = chr(97 + offset)
            letters[ord(character)] = offset + 1
    # It only stretches a word, in Arabic too.
    letters[0x640] = 0
    leet = np.where(letters == 12, np.uint8(9), letters)
    for sign, letter in LEET.items():
        leet[ord(sign)] = ord(letter) - 96
    return Alphabet(plain, letters, leet, frozenset(lookalikes), frozenset(fancy))


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


_MARK = re.compile("[\u0300-\u036f]+")
#: What people write in place of letters with accents.
SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss"}
)


def without_accents(text: str) -> str:
    """Return the text without the marks on its letters."""
    # Together again, as what is left of a Korean syllable would be its letters.
    bare = _MARK.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare)


def unescape(text: str) -> str:
    """Return the text with its HTML entities decoded."""
    # Few comments have one, and the table of their names takes a while to load.
    from html import unescape

    return unescape(text)


def is_mark(character: str) -> bool:
    """Say whether the character is drawn onto the one before it."""
    return unicodedata.category(character) in {"Mn", "Me"}
