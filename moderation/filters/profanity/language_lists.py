"""The lists of languages other than English: words, exceptions, and what aims a word at a person.

A word that is profane in one language and ordinary in no other counts everywhere, because many
comments are too short for their language to be known. The others (`only`) are in a matcher of
their language, which only texts in that language are searched with.
"""

import re
from collections.abc import Iterator
from functools import cache

from ..text.characters import without_accents
from ..text.data_files import FOLDER, read_lines
from .lexicon import Entry, Lexicon, Pattern, pattern

LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk")
#: The languages whose lists are in Cyrillic letters.
CYRILLIC = ("ru", "uk")

_ENDING = re.compile("-*")
_LATIN = re.compile("[a-z]")
_UNMARKED = str.maketrans({"ß": "s", "ł": "l", "ı": "i"})
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@cache
def read_entries(language: str) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Return each entry of a language with all its spellings, as they are typed."""
    return tuple(_entries(language))


def _entries(language: str) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    for line in read_lines(f"words.{language}.tsv"):
        word, severity, category, manners, endings = (line + "\t\t").split("\t")[:5]
        flags = set(manners.split())
        entry = Entry(
            word,
            severity,
            category,
            inside="inside" in flags,
            prefix="prefix" in flags,
            company="company" in flags,
            name="name" in flags,
            plain_in=frozenset(m[4:] for m in flags if m.startswith("not:")),
            language=language,
            only="only" in flags,
            exact="exact" in flags,
        )
        spellings = [word]
        for ending in endings.split():
            cut = _ENDING.match(ending).end()  # type: ignore[union-attr]  # matches any string
            spellings.append(word[: len(word) - cut] + ending[cut:])
        if language == "de":
            spellings += [s.replace("ß", "ss") for s in spellings if "ß" in s]
            spellings += [s.translate(_SPELLED_OUT) for s in spellings if not s.isascii()]
        yield entry, tuple(dict.fromkeys(spellings))


def bare(spelling: str) -> str:
    """Return a Latin spelling in letters a to z."""
    return without_accents(spelling).translate(_UNMARKED)


def _latin_patterns(language: str, leet: bool, only: bool) -> Iterator[tuple[str, Pattern]]:
    for entry, spellings in read_entries(language):
        if entry.only is only:
            for typed in spellings:
                spelling = bare(typed)
                if _LATIN.match(spelling) and not (leet and entry.exact and spelling != typed):
                    yield pattern(entry, spelling, leet=leet, typed=typed)


def patterns(*, leet: bool = False) -> list[tuple[str, Pattern]]:
    """Return the patterns in Latin letters that count in every language."""
    return [p for language in LANGUAGES for p in _latin_patterns(language, leet, only=False)]


@cache
def own_words(language: str) -> Lexicon | None:
    """Return the matcher of the words that count in one language only; None without a list."""
    if language not in LANGUAGES or language in CYRILLIC:
        return None
    return Lexicon(_latin_patterns(language, leet=False, only=True), shortest=2)


@cache
def own_words_leet(language: str) -> Lexicon:
    """Return the same matcher for text in which every l is read as an i."""
    return Lexicon(_latin_patterns(language, leet=True, only=True), shortest=3)


def maskable() -> Iterator[tuple[Entry, str]]:
    """Yield the words in Latin letters that are recognised with letters hidden."""
    for language in LANGUAGES:
        for entry, spellings in read_entries(language):
            if not (entry.company or entry.only or entry.exact):
                for word in map(bare, spellings):
                    if 5 <= len(word) <= 16 and word.isascii() and word.isalpha():
                        yield entry, word


@cache
def exceptions(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return innocent words that contain a listed one, and beginnings of such words."""
    words: set[str] = set()
    begins: list[str] = []
    if (FOLDER / f"exceptions.{language}.txt").exists():
        for line in read_lines(f"exceptions.{language}.txt"):
            for word in line.split():
                (begins.append if word.startswith("~") else words.add)(word.removeprefix("~"))
    return frozenset(words), tuple(begins)


def is_exception(token: str, language: str) -> bool:
    """Return whether a lower-case word of a text is innocent in a language."""
    words, begins = exceptions(language)
    return token in words or token.startswith(begins)
