"""The built-in word list as one matcher, compiled once from the files in data/."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path

from ..text.characters import LEET
from ..text.data_files import read_lines
from . import language_lists
from .lexicon import Entry, Lexicon, Pattern, pattern

#: The package whose list is the base of ours. Its matcher is neither called nor imported.
BASE = "better-profanity"
BASE_FILE = "better_profanity/profanity_wordlist.txt"

VERSION = f"2026.11.29+{BASE}-{version(BASE)}"

#: Backwards these are ordinary words or names.
_BACKWARDS_PLAIN = frozenset(
    {"slag", "tard", "arse", "anal", "wank", "anus", "boob", "poon", "mong", "muff", "porn"}
    | {"homo", "semen", "spic", "spik", "milf", "nonce", "abos", "tits"}
)


class WordListMissing(Exception):
    """The installed better-profanity has no list where its releases have one."""


def base_words(path: Path | None = None) -> frozenset[str]:
    """Return the words of the installed better-profanity, which differ between its releases."""
    path = path or Path(str(distribution(BASE).locate_file(BASE_FILE)))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as problem:
        raise WordListMissing(
            f"{BASE} {version(BASE)} has no list of words at {path}: {problem}."
            " Install the release that requirements.lock names."
        ) from problem
    words = frozenset(" ".join(line.lower().split()) for line in text.splitlines()) - {""}
    if not words:
        raise WordListMissing(f"{path} has no words.")
    return words


@cache
def read_entries() -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Return each entry of the list with all its spellings."""
    return tuple(entries_over(base_words()))


def entries_over(base: frozenset[str]) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """Yield our entries, and one for each word of the base list without an entry of ours.

    Words that the base list no longer has are left out, except for our own additions.
    """
    known = spared()
    for line in read_lines("words.en.tsv"):
        word, severity, category, manners, endings = (line + "\t\t").split("\t")[:5]
        spellings = [word]
        for ending in endings.split():
            spellings.append(word[:-1] + ending[1:] if ending[0] == "-" else word + ending)
        known = known.union(spellings)
        flags = set(manners.split())
        if "own" not in flags and word not in base:
            continue
        entry = Entry(
            word,
            severity,
            category,
            inside="inside" in flags,
            prefix="prefix" in flags,
            company="company" in flags,
            name="name" in flags,
            plain_in=frozenset(m[4:] for m in flags if m.startswith("not:")),
            by_ear="ear" in flags,
        )
        yield entry, tuple(spellings)
    for word in sorted(base - known):
        plain = " ".join(re.findall("[a-z]+", word.translate(_DRESS)))
        if plain and plain not in known:
            yield Entry(plain, "strong", "unsorted"), (plain,)
            known |= {plain}


_DRESS = str.maketrans(LEET)


@cache
def spared() -> frozenset[str]:
    """Return the words of the base list that have no entry."""
    return frozenset(
        word.strip()
        for line in read_lines("spared.en.txt")
        for word in line.split(",")
        if word.strip()
    )


@cache
def builtin() -> Lexicon:
    """Return the matcher of the built-in list."""
    patterns: dict[str, tuple[str, Pattern]] = {}
    for entry, spellings in read_entries():
        for spelling in spellings:
            patterns.setdefault(spelling, pattern(entry, spelling))
    for entry, spellings in read_entries():
        for spelling in spellings:
            turned = spelling[::-1]
            if len(spelling) >= 4 and spelling.isalpha() and spelling not in _BACKWARDS_PLAIN:
                patterns.setdefault(turned, pattern(entry, spelling, backwards=True))
    return Lexicon([*patterns.values(), *language_lists.patterns()], shortest=3)


@cache
def builtin_leet() -> Lexicon:
    """Return the matcher for text in which every l is read as an i, as for 1 and !."""
    patterns: dict[str, tuple[str, Pattern]] = {}
    for entry, spellings in read_entries():
        for spelling in spellings:
            patterns.setdefault(spelling, pattern(entry, spelling, leet=True))
    return Lexicon([*patterns.values(), *language_lists.patterns(leet=True)], shortest=3)


Mask = tuple[Entry, tuple[int, ...]]


class Masks:
    """Words with letters hidden: each hidden stretch is one `*`, with its number of letters.

    There are twenty thousand; those with the same first and last character are built together
    on first use.
    """

    def __init__(self) -> None:
        self._words: dict[str, list[tuple[Entry, str]]] = {}
        for entry, spellings in read_entries():
            for word in spellings:
                if 4 <= len(word) <= 16 and word.isalpha():
                    self._words.setdefault(word[0] + word[-1], []).append((entry, word))
        for entry, word in language_lists.maskable():
            self._words.setdefault(word[0] + word[-1], []).append((entry, word))
        # The possible first and last characters of a key.
        self._heads = {
            begin + end
            for words in self._words.values()
            for _, word in words
            for begin in (word[:2], word[0] + "*")
            for end in (word[-1], "*")
        }
        self._by_key: dict[str, dict[str, list[Mask]]] = {}

    def get(self, key: str) -> Sequence[Mask]:
        """Return the possible words for a key, the worst first; usually none."""
        if key[:2] + key[-1:] not in self._heads and key[:1] != "*":
            # Most keys match no word, so only few tables are ever built.
            return ()
        ends = key[0] + key[-1]
        made = self._by_key.get(ends)
        if made is None:
            made = self._by_key[ends] = _by_key(
                self._between(ends[0], ends[-1]), ends[0] == "*", ends[-1] == "*"
            )
        return made.get(key, ())

    def _between(self, first: str, last: str) -> list[tuple[Entry, str]]:
        """Return the words with these ends, where `*` matches any letter."""
        if first == last == "*":
            # A word with both ends hidden has only its vowels hidden.
            firsts = lasts = _VOWELS
        else:
            firsts = _LETTERS if first == "*" else first
            lasts = _LETTERS if last == "*" else last
        return [word for a in firsts for z in lasts for word in self._words.get(a + z, ())]


def _by_key(words: list[tuple[Entry, str]], begins: bool, ends: bool) -> dict[str, list[Mask]]:
    made: dict[str, list[Mask]] = {}
    for entry, word in words:
        for key, counts in _hidden(word, begins, ends):
            made.setdefault(key, []).append((entry, counts))
    for masks in made.values():
        masks.sort(key=lambda m: (m[0].language != "", m[0].company, -m[0].score))
    return made


def _hidden(word: str, begins: bool, ends: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the word with one stretch hidden, or its end, its first letter, or its vowels.

    `begins` and `ends` require the first and the last letter to be among the hidden ones.
    """
    size = len(word)
    if begins and not ends:
        yield f"*{word[1:]}", (1,)
    elif ends and not begins:
        for first in range((size + 1) // 2, size):
            yield f"{word[:first]}*", (size - first,)
    elif not begins:
        for first in range(1, size - 1):
            for last in range(first + 1, min(size, first + 12)):
                yield f"{word[:first]}*{word[last:]}", (last - first,)
    vowels = [i for i, letter in enumerate(word) if letter in _VOWELS][:5]
    for choice in range(1, 1 << len(vowels)):
        hidden = [v for bit, v in enumerate(vowels) if choice >> bit & 1]
        if (hidden[0] == 0) is begins and (hidden[-1] == size - 1) is ends:
            key = "".join("*" if i in hidden else letter for i, letter in enumerate(word))
            yield _STARS.sub("*", key), tuple(map(len, _STARS.findall(key)))


_STARS = re.compile(r"\*+")
_VOWELS = "aeiou"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def masks() -> Masks:
    """Return the hidden words of the built-in list."""
    return Masks()


@cache
def exceptions() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return innocent words that contain a profanity, and those that excuse it in longer words."""
    words: set[str] = set()
    within: list[str] = []
    for line in read_lines("exceptions.en.txt"):
        for word in line.split():
            if word.startswith("~"):
                within.append(word[1:])
            words.add(word.removeprefix("~"))
    return frozenset(words), tuple(within)


@cache
def glue() -> frozenset[str]:
    """Return words that are run together with profanities."""
    return frozenset(word for line in read_lines("glue.en.txt") for word in line.split())


@cache
def pieces() -> frozenset[str]:
    """Return words that occur next to each other without forming the word they spell together."""
    return glue() | {word for line in read_lines("pieces.en.txt") for word in line.split()}
