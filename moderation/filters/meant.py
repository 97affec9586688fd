"""Whether a word that stands there undisguised is meant as a profanity.

Words that have an innocent use count in bad company only: said to somebody, of somebody, or
alone. A word that is quoted is talked about, not said, unless it is a slur.
"""

import re
from bisect import bisect_left
from functools import cached_property
from operator import itemgetter

from moderation.domain.judgement import Span

from .hits import Hit
from .text import Text

_ADJECTIVES = (
    "fucking|fuckin|fkn|fking|bloody|goddamn|damn|stupid|little|big|fat|total|complete|lying|ugly|"
    "dumb|dirty|old|lazy|silly|filthy|absolute|real|massive|cheap|pathetic|sad|sick|huge|whiny|"
    "arrogant|ignorant|fucken|worthless|useless|cowardly|racist|crazy|spineless"
)
_TOLD = re.compile(
    rf"(?:(?<![^\W_])(?:you|u|ya|you'?re|you’re|ur|youre|yous)(?:\s+(?:are|r|is))?(?:\s+such)?"
    rf"(?:\s+an?|\s+the)?(?:\s+(?:{_ADJECTIVES})){{0,3}}"
    rf"|(?P<of>(?<![^\W_])(?:such|what|being|like|is|he'?s|she'?s|was|are)\s+an?"
    rf"(?:\s+(?:{_ADJECTIVES})){{0,3}})"
    r"|(?<![^\W_])(?:suck|lick|eat|kiss|bite|sucking|sucks|sucked|licking|blow)"
    r"(?:\s+(?:my|his|your|her|some|a|on|fat|big))*"
    r"|(?<![^\W_])(?:fucking|fuckin|fkn|stupid|dumb|lying|ugly|dirty|filthy|racist|worthless))"
    r"[\s,]+$"
)
# Another noun follows, of which the word is but the kind, as in "is a nipple shield".
_KIND = re.compile(
    r"[ \t]+(?!(?:and|or|but|who|that|which|because|for|to|in|on|of|at|with|if|when|as|so|by|about"
    r"|from|than|then|he|she|i|we|they|you|it|is|was|not|too|though|like|lol)(?![^\W_]))[^\W\d_]"
)
_OWNED = re.compile(
    r"(?<![^\W_])(?:my|your|ur|hard|erect|tiny|wet|tight|juicy|kick(?:s|ed|ing)?"
    r"|(?:up|in|out of|off) (?:the|your|his|her|my|their)|\w{1,20}['’]s)\s+$"
)
# How what matches ends, blanks left out; looking for it is quick.
_OWNERS = (
    *("my", "your", "ur", "hard", "erect", "tiny", "wet", "tight", "juicy", "kick", "kicks"),
    *("kicked", "kicking", "the", "his", "her", "their", "'s", "’s"),
)
_QUOTES = "\"“”„«»‘’'"
_AROUND = f" \t\n.,!?…*_~`()-{_QUOTES}"
_QUOTATION = re.compile(
    r'(?<![^\W_])"{1,2}(?=[^\s"])[^"\n]{1,160}(?<!\s)"{1,2}(?![^\W_]|")'
    r"|[“„](?=\S)[^“”„\n]{1,160}[“”]|«[^«»\n]{1,160}»|»[^«»\n]{1,160}«"
    r"|(?<![^\W_])['‘](?=[^\s'’])[^'‘’\n]{1,40}(?<!\s)['’](?![^\W_])"
    r"|^[ \t]{0,3}>[^\n]*",
    re.MULTILINE,
)
_NAMED = re.compile(
    r"(?<![^\W_])(?:words?|terms?|phrase|slur|epithet|expression|acronym)\s+['\"‘“]*$"
)
_YOU_AFTER = re.compile(r"\s+(?:you\w{0,5}|u|ya)(?![^\W_])")
_VOWELS = frozenset("AEIOU")
_BODILY = frozenset(["arse", "ass", "dick", "cock", "tits", "cum"])
_NAMES = frozenset({"insult", "ethnic", "orientation", "disability"})
_ADDRESSED = _NAMES | {"sexual", "anatomy", "excrement"}
#: What these mean is a matter that people talk about.
_ALONE_IS_FINE = frozenset({"insult", "violence", "topic"})


_TOKEN = re.compile(r"[a-z]+")
_TELLING = frozenset({
    "you", "u", "ya", "re", "r", "ur", "youre", "yous", "such", "what", "being", "like", "is", "he",
    "she", "was", "are", "suck", "sucks", "sucked", "sucking", "lick", "licking", "eat", "kiss",
    "bite", "blow", "fucking", "fuckin", "fkn", "stupid", "dumb", "lying", "ugly", "dirty",
    "filthy", "racist", "worthless",
})  # fmt: skip
#: Nothing further away tells what is meant.
_LOOK = 80
_BLANKS = " \t\n\r'\"‘“"
_NAMING = ("word", "words", "term", "terms", "phrase", "slur", "epithet", "expression", "acronym")


def _told(before: str) -> re.Match[str] | None:
    """Return how somebody is told what follows."""
    # Nothing can match without one of these words, and looking for them is quick.
    if _TELLING.isdisjoint(_TOKEN.findall(before)):
        return None
    return _TOLD.search(before)


def _owned(before: str) -> bool:
    """Say whether it is said whose part of the body follows, or how it is."""
    return before.rstrip().endswith(_OWNERS) and _OWNED.search(before) is not None


def said_to_somebody(lower: str, begin: int, end: int) -> bool:
    """Say whether what stands there is said to or of somebody."""
    before = lower[max(0, begin - 60) : begin]
    return _told(before) is not None or _YOU_AFTER.match(lower, end) is not None


def is_abbreviation(text: Text, begin: int, end: int) -> bool:
    """Say whether capitals, few or without a vowel, stand among small letters, as FCK does."""
    shown = text.clean[begin:end]
    return shown.isupper() and text.capitals < 0.5 and (len(shown) < 4 or _VOWELS.isdisjoint(shown))


class Meaning:
    """What a text says with its words."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._clean = text.clean
        self._lower = text.lower
        self._answers: dict[tuple[int, int, int, str], bool] = {}

    def counts(self, hit: Hit) -> bool:
        """Say whether an undisguised word is meant as a profanity where it stands."""
        if self._quotations:
            return self._counts(hit)
        # Who repeats himself is answered the same.
        begin = max(0, hit.begin - _LOOK)
        around = self._clean[begin : hit.end + _LOOK]
        key = id(hit.entry), hit.begin - begin, hit.end - hit.begin, around
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._counts(hit)
        return answer

    def _counts(self, hit: Hit) -> bool:
        entry = hit.entry
        if entry.plain_in and self._text.language.code in entry.plain_in:
            return False
        before = self._lower[max(0, hit.begin - 60) : hit.begin]
        if before.rstrip(_BLANKS).endswith(_NAMING) and _NAMED.search(before) is not None:
            return False
        # Whoever means a slur likes to put it into quotation marks.
        if entry.severity != "slur" and self._quoted(hit, before):
            return False
        if entry.by_ear and self._is_a_sign(hit):
            return False
        if not entry.company and not entry.name:
            return True
        shown = self._clean[hit.begin : hit.end]
        capitalised = shown[:1].isupper() and shown[1:].islower()
        alone = self._said <= hit.end - hit.begin
        if entry.name and capitalised and (alone or not self._starts_sentence(hit)):
            return False
        if not entry.company:
            return not capitalised or not self._followed_by_name(hit.end)
        if entry.category in _ADDRESSED and self._told(before, hit):
            return True
        if entry.word in _BODILY and not capitalised and _owned(before):
            return True
        if entry.category in _NAMES and self._called(hit):
            return True
        return alone and (entry.score >= 0.7 or entry.category not in _ALONE_IS_FINE)

    @cached_property
    def _said(self) -> int:
        """How much is said at all, punctuation around it left out."""
        return len(self._clean.strip(_AROUND))

    def _is_a_sign(self, hit: Hit) -> bool:
        """Say whether letters are an abbreviation, or part of an address or a program."""
        after = self._lower[hit.end : hit.end + 2]
        if after[:1] and after[0] in "._-/@=(" and after[1:].isalnum():
            return True
        return is_abbreviation(self._text, hit.begin, hit.end) and not said_to_somebody(
            self._lower, hit.begin, hit.end
        )

    def _told(self, before: str, hit: Hit) -> bool:
        told = _told(before)
        if told is None:
            return False
        if hit.entry.category != "anatomy" or hit.entry.word in _BODILY or told["of"] is None:
            return True
        return _KIND.match(self._lower, hit.end) is None

    @cached_property
    def _quotations(self) -> list[Span]:
        """Where something is quoted, unless it is most of what is said."""
        clean = self._clean
        found = [match.span() for match in _QUOTATION.finditer(clean)]
        quoted = sum(sum(map(str.isalpha, clean[begin:end])) for begin, end in found)
        return found if 2 * quoted <= sum(map(str.isalpha, clean)) else []

    def _quoted(self, hit: Hit, before: str) -> bool:
        """Say whether the word is said by somebody who is quoted."""
        at = bisect_left(self._quotations, hit.begin, key=itemgetter(0)) - 1
        if at < 0 or hit.end > self._quotations[at][1]:
            return False
        # Quotation marks do not make harmless what is thrown at somebody.
        lower, begin = self._lower, self._quotations[at][0]
        return (
            _told(before) is None
            and _told(lower[max(0, begin - 60) : begin]) is None
            and _YOU_AFTER.match(lower, hit.end) is None
        )

    def _called(self, hit: Hit) -> bool:
        """Say whether somebody is called that: the word ends a sentence that is about "you"."""
        lower = self._lower
        after = lower[hit.end : hit.end + 2].lstrip("\"'”’ ")
        if after and after[0] not in "!.?,\n":
            return False
        before = lower[max(0, hit.begin - _LOOK) : hit.begin]
        if before.rstrip()[-1:] == ",":
            # Between commas it may be one of a list.
            return not after or after[0] != ","
        if "u" not in before:
            return False
        sentence = re.split(r"[.!?\n\"“”]", before)[-1]
        return re.search(r"(?<![^\W_])(?:you|u|your|ur|you['’]re)(?![^\W_])", sentence) is not None

    def _starts_sentence(self, hit: Hit) -> bool:
        before = self._clean[max(0, hit.begin - 3) : hit.begin].rstrip()
        return not before or before[-1] in ".!?\n"

    def _followed_by_name(self, end: int) -> bool:
        return self._clean[end : end + 1] == " " and self._clean[end + 1 : end + 2].isupper()
