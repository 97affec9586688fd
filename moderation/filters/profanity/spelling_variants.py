"""Matches phonetic, stylised and vowel-less spellings of listed words.

The list has the standard spellings. Variants are computed once: `k` for ck, `v` for u, `vv`
for w, `z` for s, `ph` for f, `l` for i, `q` for g, vowels left out. Words of a text are then
looked up, so that the length of the list does not slow down a comment.
"""

import re
from collections.abc import Iterator
from functools import cache

from ..text.data_files import read_words
from ..text.document import Text
from .context import is_abbreviation, is_aimed_at_person
from .lexicon import Entry
from .match import MAX_MATCHES, Match
from .word_list import read_entries

# Replacements by kind. A variant uses at most two kinds.
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
_WORD = re.compile(r"(?<![^\s\"'“”‘’(*])[a-z]{3,20}(?![^\s.,!?;:…\"'“”‘’)*])")
#: Words with an innocent use, but without one in their variants.
_AMBIGUOUS = frozenset({"bitch", "cock", "dick", "prick", "pussy", "whore", "wank", "twat"})
#: Shorter variants are more often abbreviations.
_LONG_ENOUGH = 5


@cache
def _stems(word: str) -> tuple[str, ...]:
    """Return the variants of a word without its ending."""
    variants = [word]
    for index, kind in enumerate(_KINDS):
        for old, new in kind:
            if old in word:
                replaced = word.replace(old, new)
                variants.append(replaced)
                variants += [
                    replaced.replace(old, new)
                    for kind in _KINDS[index + 1 :]
                    for old, new in kind
                    if old in replaced
                ]
    variants.append(word[0] + word[1:].translate(_VOWELS))
    return tuple(dict.fromkeys(variants))


def _spellings(word: str, spelling: str) -> Iterator[str]:
    """Yield the variants of a listed spelling, with and without its ending."""
    stem = word if spelling.startswith(word) else spelling
    if stem.endswith("er") and len(stem) > _LONG_ENOUGH:
        stem = stem[:-2]
    ending = spelling[len(stem) :]
    for tail in _TAILS.get(ending, (ending,)):
        for variant in _stems(stem):
            yield variant + tail
    if len(spelling) > _LONG_ENOUGH:
        for index, letter in enumerate(spelling):
            if index and letter in "aeiou":
                yield spelling[:index] + spelling[index + 1 :]


_SOUNDS = str.maketrans({
    **dict(zip("абвгдезийклмнопрстуфхцыэўіґ", "abvgdeziiklmnoprstufhkieuig", strict=True)),
    "ш": "S", "щ": "S", "ч": "C", "ё": "o", "ж": "j", "ю": "u", "я": "a", "є": "e",
    "ь": "", "ъ": "",
})  # fmt: skip
_CYRILLIC = re.compile(r"(?<![^\W_])[а-яёіўґє]{3,16}(?![^\W_])")
_SOUND_RULES = (
    ("ssh", "s'h"), ("sh", "S"), ("tch", "C"), ("ch", "C"), ("ck", "k"), ("c", "k"), ("q", "k"),
    ("ph", "f"), ("w", "v"), ("x", "ks"), ("y", "i"), ("'", ""),
)  # fmt: skip
_TWICE = re.compile(r"(.)\1+")


def _sound(word: str) -> str:
    """Return an approximate pronunciation of an English word, one letter per sound."""
    for letters, sound in _SOUND_RULES:
        word = word.replace(letters, sound)
    return _TWICE.sub(r"\1", word).removesuffix("e")


@cache
def _by_sound() -> dict[str, tuple[Entry, bool]]:
    """Return entries by pronunciation; the flag means that it counts only if aimed at a person."""
    found: dict[str, tuple[Entry, bool]] = {}
    for entry, spellings in read_entries():
        if entry.score >= 0.7:
            for spelling in spellings:
                if len(spelling) >= 4 and spelling.isalpha():
                    sound = _sound(spelling)
                    found.setdefault(sound, (entry, entry.company or entry.name))
                    # Russian speakers write the short English u as an a.
                    found.setdefault(sound.replace("fuk", "fak"), found[sound])
    return {sound: value for sound, value in found.items() if len(sound) > 2}


def _cyrillic_hits(text: Text) -> list[Match]:
    """Return English words in Cyrillic letters among Latin ones."""
    if text.clean.isascii() or not _CYRILLIC.search(text.lower) or not text.mostly_latin:
        return []
    found: list[Match] = []
    for match in _CYRILLIC.finditer(text.lower):
        listed = _by_sound().get(_TWICE.sub(r"\1", match[0].translate(_SOUNDS)).removesuffix("e"))
        if listed is not None and len(found) < MAX_MATCHES:
            entry, only_aimed = listed
            if not only_aimed or is_aimed_at_person(text.lower, *match.span()):
                found.append(Match(entry, *match.span(), True))
    return found


@cache
def _by_variant() -> tuple[dict[str, tuple[Entry, bool]], frozenset[bytes]]:
    """Return entries by variant; the flag means that it counts only if aimed at a person."""
    entries = read_entries()
    plain = {spelling for _, spellings in entries for spelling in spellings}
    plain |= read_words("respelled.en.txt")
    found: dict[str, tuple[Entry, bool]] = {}
    for entry, spellings in entries:
        if entry.by_ear or ((entry.company or entry.name) and entry.word not in _AMBIGUOUS):
            continue
        least = 4 if entry.score >= 0.7 else 6
        for spelling in spellings:
            if len(spelling) < least or not spelling.isalpha():
                continue
            for variant in _spellings(entry.word, spelling):
                if len(variant) > 2 and variant not in plain:
                    only_aimed = len(variant) < _LONG_ENOUGH and (entry.company or len(variant) < 4)
                    found.setdefault(variant, (entry, only_aimed))
    return found, frozenset(map(str.encode, found))


def respelled_hits(text: Text, words: list[bytes]) -> list[Match]:
    """Return the listed words that a text has in another spelling; `words` are its words."""
    variants, keys = _by_variant()
    lower = text.lower
    found = _cyrillic_hits(text)
    if keys.isdisjoint(words):
        return found
    if text.language.code not in {"en", "unknown"}:
        return found
    for match in _WORD.finditer(lower):
        listed = variants.get(match[0])
        if listed is None or len(found) >= MAX_MATCHES:
            continue
        entry, only_aimed = listed
        begin, end = match.span()
        if (only_aimed or is_abbreviation(text, begin, end)) and not is_aimed_at_person(
            lower, begin, end
        ):
            continue
        found.append(Match(entry, begin, end, True))
    return found
