"""Listed words spelled by ear, for looks or without their vowels, where they stand as words.

The list names each word as it is spelled. How else people spell it is worked out here once: `k`
for ck, `v` for u, `vv` for w, `z` for s, `ph` for f, `l` for i, `q` for g, vowels left out. A
text's own words are then looked up, so that the length of the list costs a comment nothing.
"""

import re
from collections.abc import Iterator
from functools import cache

from .hits import ENOUGH, Hit
from .lexicon import Entry, read_entries
from .meant import is_abbreviation, said_to_somebody
from .shipped import listed
from .text import Text

# What stands for what. A spelling changes two kinds at most.
_KINDS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("ck", "k"), ("ck", "kk"), ("ck", "cc"), ("ck", "c"), ("ck", "q"), ("ck", "x")),
    (("c", "k"),),
    (("w", "vv"), ("w", "uu")),
    (("u", "v"),),
    (("s", "z"), ("ss", "z")),
    (("f", "ph"),),
    (("i", "y"), ("i", "l")),
    (("g", "q"),),
)
_TAILS = {
    "er": ("er", "a", "ah", "r"), "ers": ("ers", "erz", "az", "as", "rs"), "s": ("s", "z"),
    "es": ("es", "ez"), "ing": ("ing", "yng", "ng", "in", "n"), "ed": ("ed", "d"), "": ("", "z"),
}  # fmt: skip
_VOWELS = str.maketrans("", "", "aeiou")
_AROUND = b".,!?;:\"'()*"
_WORD = re.compile(r"(?<![^\s\"'“”‘’(*])[a-z]{3,20}(?![^\s.,!?;:…\"'“”‘’)*])")
#: Words with an innocent use that other spellings do not have.
_AMBIGUOUS = frozenset({"bitch", "cock", "dick", "prick", "pussy", "whore", "wank", "twat"})
#: Shorter ones are abbreviations first.
_TELLING = 5


@cache
def _stems(word: str) -> tuple[str, ...]:
    """Return other spellings of a word without its ending."""
    made = [word]
    for at, kind in enumerate(_KINDS):
        for old, new in kind:
            if old in word:
                once = word.replace(old, new)
                made.append(once)
                made += [
                    once.replace(old, new)
                    for kind in _KINDS[at + 1 :]
                    for old, new in kind
                    if old in once
                ]
    made.append(word[0] + word[1:].translate(_VOWELS))
    return tuple(dict.fromkeys(made))


def _spellings(word: str, spelling: str) -> Iterator[str]:
    """Yield other spellings of a word as it stands in the list, with an ending or without."""
    stem = word if spelling.startswith(word) else spelling
    if stem.endswith("er") and len(stem) > _TELLING:
        stem = stem[:-2]
    ending = spelling[len(stem) :]
    for tail in _TAILS.get(ending, (ending,)):
        for made in _stems(stem):
            yield made + tail
    if len(spelling) > _TELLING:
        for at, letter in enumerate(spelling):
            if at and letter in "aeiou":
                yield spelling[:at] + spelling[at + 1 :]


_SOUNDS = str.maketrans({
    **dict(zip("абвгдезийклмнопрстуфхцыэўіґ", "abvgdeziiklmnoprstufhkieuig", strict=True)),
    "ш": "S", "щ": "S", "ч": "C", "ё": "o", "ж": "j", "ю": "u", "я": "a", "є": "e",
    "ь": "", "ъ": "",
})  # fmt: skip
_CYRILLIC = re.compile(r"(?<![^\W_])[а-яёіўґє]{3,16}(?![^\W_])")
_HEARD = (
    ("ssh", "s'h"), ("sh", "S"), ("tch", "C"), ("ch", "C"), ("ck", "k"), ("c", "k"), ("q", "k"),
    ("ph", "f"), ("w", "v"), ("x", "ks"), ("y", "i"), ("'", ""),
)  # fmt: skip
_TWICE = re.compile(r"(.)\1+")


def _sound(word: str) -> str:
    """Return roughly how an English word sounds, one letter a sound."""
    for letters, sound in _HEARD:
        word = word.replace(letters, sound)
    return _TWICE.sub(r"\1", word).removesuffix("e")


@cache
def _heard() -> dict[str, tuple[Entry, bool]]:
    """Return what each sound stands for, and whether it does only if said to somebody."""
    found: dict[str, tuple[Entry, bool]] = {}
    for entry, spellings in read_entries():
        if entry.score >= 0.7:
            for spelling in spellings:
                if len(spelling) >= 4 and spelling.isalpha():
                    sound = _sound(spelling)
                    found.setdefault(sound, (entry, entry.company or entry.name))
                    # The short u is an a to them.
                    found.setdefault(sound.replace("fuk", "fak"), found[sound])
    return {sound: meant for sound, meant in found.items() if len(sound) > 2}


def _heard_hits(text: Text) -> list[Hit]:
    """Return English words in Cyrillic letters among Latin ones."""
    if text.clean.isascii() or not _CYRILLIC.search(text.lower) or not text.mostly_latin:
        return []
    found: list[Hit] = []
    for match in _CYRILLIC.finditer(text.lower):
        known = _heard().get(_TWICE.sub(r"\1", match[0].translate(_SOUNDS)).removesuffix("e"))
        if known is not None and len(found) < ENOUGH:
            entry, short = known
            if not short or said_to_somebody(text.lower, *match.span()):
                found.append(Hit(entry, *match.span(), True))
    return found


@cache
def _respelled() -> tuple[dict[str, tuple[Entry, bool]], frozenset[bytes]]:
    """Return what each spelling stands for, and whether it is one only if said to somebody."""
    entries = read_entries()
    plain = {spelling for _, spellings in entries for spelling in spellings}
    plain |= listed("respelled.en.txt")
    found: dict[str, tuple[Entry, bool]] = {}
    for entry, spellings in entries:
        if entry.by_ear or ((entry.company or entry.name) and entry.word not in _AMBIGUOUS):
            continue
        least = 4 if entry.score >= 0.7 else 6
        for spelling in spellings:
            if len(spelling) < least or not spelling.isalpha():
                continue
            for made in _spellings(entry.word, spelling):
                if len(made) > 2 and made not in plain:
                    short = len(made) < _TELLING and (entry.company or len(made) < 4)
                    found.setdefault(made, (entry, short))
    return found, frozenset(map(str.encode, found))


def respelled_hits(text: Text) -> list[Hit]:
    """Return the listed words that stand in a text in another spelling."""
    made, keys = _respelled()
    lower = text.lower
    found = _heard_hits(text)
    if keys.isdisjoint(lower.encode(errors="replace").translate(None, _AROUND).split()):
        return found
    if text.language.code not in {"en", "unknown"}:
        return found
    for match in _WORD.finditer(lower):
        known = made.get(match[0])
        if known is None or len(found) >= ENOUGH:
            continue
        entry, short = known
        begin, end = match.span()
        if (short or is_abbreviation(text, begin, end)) and not said_to_somebody(lower, begin, end):
            continue
        found.append(Hit(entry, begin, end, True))
    return found
