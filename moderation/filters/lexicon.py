"""The built-in word list as one matcher, made once from the files in data/."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from ahocorasick_rs import AhoCorasick, MatchKind

VERSION = "en-2026.11"

SEVERITIES = {"mild": 0.55, "strong": 0.75, "slur": 0.92}

#: Read backwards these are plain words or names.
_BACKWARDS_PLAIN = frozenset(
    {"slag", "tard", "arse", "anal", "wank", "anus", "boob", "poon", "mong", "muff", "porn"}
    | {"homo", "semen", "spic", "spik", "milf", "nonce"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed word and how it has to be met."""

    word: str
    severity: str
    category: str
    #: Counts within longer words too.
    inside: bool = False
    #: Counts at the beginning of longer words, unless they look like names.
    prefix: bool = False
    #: Counts only in bad company: disguised, said to someone, alone.
    company: bool = False
    #: Is also a name when capitalised.
    name: bool = False
    #: Languages of which it is a plain word.
    plain_in: frozenset[str] = frozenset()

    @property
    def score(self) -> float:
        return SEVERITIES[self.severity]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One spelling of an entry, as letters without repeats and how often each must stand."""

    entry: Entry
    spelling: str
    needs: tuple[int, ...]
    #: Lengths of the words of a phrase; one length for a single word.
    words: tuple[int, ...]
    backwards: bool = False


def runs(letters: str) -> tuple[str, tuple[int, ...]]:
    """Return the letters without repeats, and the length of each run."""
    groups = [(letter, len(list(group))) for letter, group in groupby(letters)]
    return "".join(g[0] for g in groups), tuple(g[1] for g in groups)


def pattern(
    entry: Entry, spelling: str, *, backwards: bool = False, leet: bool = False
) -> tuple[str, Pattern]:
    """Return what the matcher looks for, and the pattern it stands for."""
    words = re.findall("[a-z]+", spelling)
    letters = "".join(words)
    if leet:
        letters = letters.replace("l", "i")
    key, needs = runs(letters[::-1] if backwards else letters)
    return key, Pattern(entry, spelling, needs, tuple(len(w) for w in words), backwards)


class Lexicon:
    """Patterns by their letters without repeats, and one automaton over all of them."""

    def __init__(self, patterns: Iterable[tuple[str, Pattern]]) -> None:
        found: dict[str, list[Pattern]] = {}
        for key, made in patterns:
            found.setdefault(key, []).append(made)
        self.patterns = [tuple(p) for p in found.values()]
        self.automaton = AhoCorasick(list(found), matchkind=MatchKind.Standard) if found else None

    def hits(self, letters: str) -> list[tuple[int, int, int]]:
        """Return (index into patterns, begin, end) of all hits, overlapping ones too."""
        if self.automaton is None:
            return []
        return self.automaton.find_matches_as_indexes(letters, overlapping=True)


def _lines(name: str) -> Iterator[str]:
    text = files("moderation.filters").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def read_entries() -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """Yield each entry of the list with all its spellings."""
    for line in _lines("words.en.tsv"):
        word, severity, category, manners, endings = (line + "\t").split("\t")[:5]
        given = set(manners.split())
        entry = Entry(
            word,
            severity,
            category,
            inside="inside" in given,
            prefix="prefix" in given,
            company="company" in given,
            name="name" in given,
            plain_in=frozenset(m[4:] for m in given if m.startswith("not:")),
        )
        spellings = [word]
        for ending in endings.split():
            spellings.append(word[:-1] + ending[1:] if ending[0] == "-" else word + ending)
        yield entry, tuple(spellings)


@cache
def builtin() -> Lexicon:
    """The matcher of the built-in list."""
    patterns: dict[str, tuple[str, Pattern]] = {}
    for entry, spellings in read_entries():
        for spelling in spellings:
            patterns.setdefault(spelling, pattern(entry, spelling))
    for entry, spellings in read_entries():
        for spelling in spellings:
            turned = spelling[::-1]
            if len(spelling) >= 4 and spelling.isalpha() and spelling not in _BACKWARDS_PLAIN:
                patterns.setdefault(turned, pattern(entry, spelling, backwards=True))
    return Lexicon(p for p in patterns.values() if len(p[0]) >= 3)


@cache
def builtin_leet() -> Lexicon:
    """The matcher for letters in which every l is read as an i, as for 1 and !."""
    patterns: dict[str, tuple[str, Pattern]] = {}
    for entry, spellings in read_entries():
        for spelling in spellings:
            patterns.setdefault(spelling, pattern(entry, spelling, leet=True))
    return Lexicon(p for p in patterns.values() if len(p[0]) >= 3)


@cache
def masks() -> dict[str, tuple[tuple[Entry, tuple[int, ...]], ...]]:
    """Words with letters hidden, each hidden stretch as one `*`, to how many letters it hides."""
    found: dict[str, list[tuple[Entry, tuple[int, ...]]]] = {}

    def hide(entry: Entry, word: str, hidden: frozenset[int]) -> None:
        key = ""
        counts: list[int] = []
        for index, letter in enumerate(word):
            if index not in hidden:
                key += letter
            elif index - 1 in hidden:
                counts[-1] += 1
            else:
                key += "*"
                counts.append(1)
        found.setdefault(key, []).append((entry, tuple(counts)))

    for entry, spellings in read_entries():
        for word in spellings:
            size = len(word)
            if not 4 <= size <= 16 or not word.isalpha():
                continue
            ways = {
                frozenset(range(first, last))
                for first in range(1, size - 1)
                for last in range(first + 1, min(size, first + 12))
                if size - (last - first) >= 2
            }
            ways |= {frozenset(range(first, size)) for first in range((size + 1) // 2, size)}
            ways.add(frozenset({0}))
            vowels = [i for i, letter in enumerate(word) if letter in "aeiou"]
            for choice in range(1, 1 << min(len(vowels), 5)):
                ways.add(frozenset(v for bit, v in enumerate(vowels[:5]) if choice >> bit & 1))
            for way in ways:
                hide(entry, word, way)
    return {
        key: tuple(sorted(made, key=lambda m: (m[0].company, -m[0].score)))
        for key, made in found.items()
    }


@cache
def exceptions() -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole words that contain a profanity and are none, and those that also excuse within."""
    words: set[str] = set()
    within: list[str] = []
    for line in _lines("exceptions.en.txt"):
        for word in line.split():
            if word.startswith("~"):
                within.append(word[1:])
            words.add(word.removeprefix("~"))
    return frozenset(words), tuple(within)


@cache
def glue() -> frozenset[str]:
    """Words that people run together with a profanity."""
    return frozenset(word for line in _lines("glue.en.txt") for word in line.split())


@cache
def pieces() -> frozenset[str]:
    """Words that people write next to each other without meaning what they spell together."""
    return glue() | {word for line in _lines("pieces.en.txt") for word in line.split()}


@cache
def harmless() -> re.Pattern[str]:
    """Phrases in which a listed word is innocent."""
    phrases = sorted(_lines("harmless.en.txt"), key=len, reverse=True)
    alternatives = "|".join(r"[\s,.\-]{1,3}".join(map(re.escape, p.split())) for p in phrases)
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])")
