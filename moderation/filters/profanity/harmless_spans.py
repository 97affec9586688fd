"""Finds where a text has listed words in a harmless use: phrases, names and words that contain one.

For other filters, which can leave these spans out before they judge the rest: "Dick Van Dyke",
"the cock crowed", "Mr. Fuchs". What is not harmless, or not certain, is not among them.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from moderation.domain.judgement import Span

from ..text.data_files import read_lines
from ..text.document import Text
from ..text.string_matcher import Matcher
from . import word_list
from .context import is_person_meant, starts_sentence
from .language_lists import LANGUAGES
from .lexicon import Entry

_SEPARATOR = r"[\s,.\-_]{1,3}"
#: No phrase is longer than this on either side of its listed word.
_REACH = 60
_ALWAYS, _AS_NAME = "always", "as a name"


class _Phrases:
    """The phrases in which a listed word is innocent, each searched from one of its words.

    The other words of a phrase are common, but that one is rare: a comment without it costs no
    more than one pass of the automaton.
    """

    def __init__(self) -> None:
        listed = {spelling for _, spellings in word_list.read_entries() for spelling in spellings}
        by_word: dict[str, list[str]] = {}
        for phrase in _all_phrases():
            words = phrase.split()
            key = max(words, key=lambda word: (word in listed, len(word)))
            by_word.setdefault(key, []).append(phrase)
        self.words = list(by_word)
        self._patterns = [_pattern(by_word[word]) for word in self.words]

    def at(self, lower: str, index: int, begin: int, end: int) -> Iterator[Span]:
        """Yield the phrases around the word with this index at this place."""
        low, high = max(0, begin - _REACH), end + _REACH
        for match in self._patterns[index].finditer(lower, low, high):
            yield match.span()


def _all_phrases() -> list[str]:
    names = ["harmless.en.txt", *(f"harmless.{language}.txt" for language in LANGUAGES)]
    return list(dict.fromkeys(line for name in names for line in read_lines(name)))


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    alternatives = "|".join(_SEPARATOR.join(map(re.escape, p.split())) for p in longest)
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])")


@cache
def _phrases() -> tuple[_Phrases, Matcher]:
    phrases = _Phrases()
    return phrases, Matcher(phrases.words)


def phrase_spans(text: Text) -> list[Span]:
    """Return the phrases in which a listed word is innocent, in `text.clean`."""
    phrases, matcher = _phrases()
    found: dict[Span, None] = {}
    reached = -1
    for index, begin, end in matcher.find_all(text.lower):
        if _is_whole(text.lower, begin, end) and begin >= reached:
            for span in phrases.at(text.lower, index, begin, end):
                found[span] = None
                if span[0] <= begin < span[1]:
                    reached = span[1]
    return list(found)


def _is_whole(lower: str, begin: int, end: int) -> bool:
    return not (
        (begin and lower[begin - 1].isalpha()) or (end < len(lower) and lower[end].isalpha())
    )


@cache
def _words() -> tuple[Matcher, tuple[int | Entry | str, ...]]:
    """Return one matcher for all, and what each string is.

    That is the index of a phrase's word, the entry of a listed word, or when a word is innocent.
    """
    strings: list[str] = []
    meanings: list[int | Entry | str] = []
    for index, word in enumerate(_phrases()[0].words):
        strings.append(word)
        meanings.append(index)
    strong: list[str] = []
    for entry, spellings in word_list.read_entries():
        if entry.name or entry.plain_in:
            for spelling in spellings:
                strings.append(spelling)
                meanings.append(entry)
        if entry.inside or entry.prefix:
            strong += spellings
    words, within = word_list.exceptions()
    holds_strong = Matcher(strong)
    for word in sorted(words):
        if len(word) > 3:
            strings.append(word)
            flagged = word in within or holds_strong.find_all(word)
            meanings.append(_ALWAYS if flagged else _AS_NAME)
    return Matcher(strings), tuple(meanings)


def harmless_spans(text: Text) -> list[Span]:
    """Return the spans of `text.clean` in which listed words are harmless, in order.

    These are the shipped phrases ("pussy willow"), names that are written as names ("Mr. Wank"),
    words that contain a listed one ("Scunthorpe", and "Fuchs" as a name), and ordinary words of
    the text's own language ("dick" in German). Linear, about 20 µs for an ordinary comment.
    """
    matcher, meanings = _words()
    lower, clean = text.lower, text.clean
    found: list[Span] = []
    for number, begin, end in matcher.find_all(lower):
        if not _is_whole(lower, begin, end):
            continue
        meaning = meanings[number]
        if isinstance(meaning, int):
            found += _phrases()[0].at(lower, meaning, begin, end)
        elif isinstance(meaning, Entry):
            if _is_name(text, begin, end, meaning) or text.language.code in meaning.plain_in:
                found.append((begin, end))
        elif meaning is _ALWAYS or (clean[begin].isupper() and not starts_sentence(clean, begin)):
            found.append((begin, end))
    return _merged(found)


def _is_name(text: Text, begin: int, end: int, entry: Entry) -> bool:
    """Return whether a word is written as a name, and does not insult a person."""
    shown = text.clean[begin:end]
    if not entry.name or not shown[0].isupper() or not shown[1:].islower():
        return False
    followed = text.clean[end : end + 1] == " " and text.clean[end + 1 : end + 2].isupper()
    if starts_sentence(text.clean, begin) and not followed:
        return False
    return followed or not is_person_meant(text.lower, begin)


def _merged(spans: list[Span]) -> list[Span]:
    """Return the spans in order, with overlapping ones joined."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
