"""The built-in word list as one matcher, made once from the files in data/."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from .matcher import Matcher
from .shipped import lines

VERSION = "en-2026.11.4"

SEVERITIES = {"mild": 0.55, "strong": 0.75, "slur": 0.92}

#: Read backwards these are plain words or names.
_BACKWARDS_PLAIN = frozenset(
    {"slag", "tard", "arse", "anal", "wank", "anus", "boob", "poon", "mong", "muff", "porn"}
    | {"homo", "semen", "spic", "spik", "milf", "nonce", "abos", "tits"}
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
    #: Is itself how another word is spelled by ear.
    by_ear: bool = False

    @property
    def score(self) -> float:
        return SEVERITIES[self.severity]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One spelling of an entry, as letters without repeats and how often each must stand."""

    entry: Entry
    spelling: str
    needs: tuple[int, ...]
    #: Where within the spelling a letter stands more than once, and how often.
    doubled: tuple[tuple[int, int], ...]
    #: Lengths of the words of a phrase; one length for a single word.
    words: tuple[int, ...]
    backwards: bool = False


def runs(letters: str) -> tuple[str, tuple[int, ...]]:
    """Return the letters without repeats, and the length of each run."""
    key = last = ""
    needs: list[int] = []
    for letter in letters:
        if letter == last:
            needs[-1] += 1
        else:
            key += letter
            needs.append(1)
            last = letter
    return key, tuple(needs)


def pattern(
    entry: Entry, spelling: str, *, backwards: bool = False, leet: bool = False
) -> tuple[str, Pattern]:
    """Return what the matcher looks for, and the pattern it stands for."""
    words = [spelling] if spelling.isalpha() else re.findall("[a-z]+", spelling)
    letters = "".join(words)
    if leet:
        letters = letters.replace("l", "i")
    key, needs = runs(letters[::-1] if backwards else letters)
    doubled = tuple((i, n) for i, n in enumerate(needs) if n > 1 and 0 < i < len(needs) - 1)
    sizes = tuple(len(w) for w in words)
    return key, Pattern(entry, spelling, needs, doubled, sizes, backwards)


class Lexicon:
    """Patterns by their letters without repeats, and one automaton over all of them."""

    def __init__(self, patterns: Iterable[tuple[str, Pattern]]) -> None:
        found: dict[str, list[Pattern]] = {}
        for key, made in patterns:
            found.setdefault(key, []).append(made)
        self.patterns = [tuple(p) for p in found.values()]
        self.matcher = Matcher(list(found))

    def hits(self, letters: str) -> list[tuple[int, int, int]]:
        """Return (index into patterns, begin, end) of all hits, overlapping ones too."""
        return self.matcher.find_all(letters)


@cache
def read_entries() -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Return each entry of the list with all its spellings."""
    return tuple(_entries())


def _entries() -> Iterator[tuple[Entry, tuple[str, ...]]]:
    for line in lines("words.en.tsv"):
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
            by_ear="ear" in given,
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


Mask = tuple[Entry, tuple[int, ...]]


class Masks:
    """Words with letters hidden, each hidden stretch as one `*`, to how many letters it hides.

    There are twenty thousand; they are made when first asked for, those with the same first
    and last character together.
    """

    def __init__(self) -> None:
        self._words: dict[str, list[tuple[Entry, str]]] = {}
        for entry, spellings in read_entries():
            for word in spellings:
                if 4 <= len(word) <= 16 and word.isalpha():
                    self._words.setdefault(word[0] + word[-1], []).append((entry, word))
        # How a key begins and ends that may be one of them.
        self._heads = {
            begin + end
            for words in self._words.values()
            for _, word in words
            for begin in (word[:2], word[0] + "*")
            for end in (word[-1], "*")
        }
        self._made: dict[str, dict[str, list[Mask]]] = {}

    def get(self, key: str) -> Sequence[Mask]:
        """Return what may be meant, what is meant worst first; nothing for most keys."""
        if key[:2] + key[-1:] not in self._heads and key[:1] != "*":
            # Most keys are like no word at all, so that few tables are ever made.
            return ()
        ends = key[0] + key[-1]
        made = self._made.get(ends)
        if made is None:
            made = self._made[ends] = _made(
                self._between(ends[0], ends[-1]), ends[0] == "*", ends[-1] == "*"
            )
        return made.get(key, ())

    def _between(self, first: str, last: str) -> list[tuple[Entry, str]]:
        """Return the words with these ends, of which a `*` is any."""
        if first == last == "*":
            # Of a word with both ends hidden only vowels are.
            firsts = lasts = _VOWELS
        else:
            firsts = _LETTERS if first == "*" else first
            lasts = _LETTERS if last == "*" else last
        return [word for a in firsts for z in lasts for word in self._words.get(a + z, ())]


def _made(words: list[tuple[Entry, str]], begins: bool, ends: bool) -> dict[str, list[Mask]]:
    made: dict[str, list[Mask]] = {}
    for entry, word in words:
        for key, counts in _hidden(word, begins, ends):
            made.setdefault(key, []).append((entry, counts))
    for masks in made.values():
        masks.sort(key=lambda m: (m[0].company, -m[0].score))
    return made


def _hidden(word: str, begins: bool, ends: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the word with one stretch hidden, or its end, its first letter, or its vowels.

    The first and the last letter are among the hidden ones where asked for.
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
    """The hidden words of the built-in list."""
    return Masks()


@cache
def exceptions() -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole words that contain a profanity and are none, and those that also excuse within."""
    words: set[str] = set()
    within: list[str] = []
    for line in lines("exceptions.en.txt"):
        for word in line.split():
            if word.startswith("~"):
                within.append(word[1:])
            words.add(word.removeprefix("~"))
    return frozenset(words), tuple(within)


@cache
def glue() -> frozenset[str]:
    """Words that people run together with a profanity."""
    return frozenset(word for line in lines("glue.en.txt") for word in line.split())


@cache
def pieces() -> frozenset[str]:
    """Words that people write next to each other without meaning what they spell together."""
    return glue() | {word for line in lines("pieces.en.txt") for word in line.split()}


@cache
def harmless() -> re.Pattern[str]:
    """Phrases in which a listed word is innocent."""
    phrases = sorted(lines("harmless.en.txt"), key=len, reverse=True)
    alternatives = "|".join(r"[\s,.\-_]{1,3}".join(map(re.escape, p.split())) for p in phrases)
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])")
