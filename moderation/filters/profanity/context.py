"""Decides from the context whether an undisguised word is used as profanity.

Words with an innocent use count only when they are aimed at a person or are the whole text.
A quoted word is mentioned rather than used, unless it is a slur.
"""

import re
from bisect import bisect_left
from functools import cached_property
from operator import itemgetter

from moderation.domain.judgement import Span

from ..text.document import Text
from .language_context import is_aimed, is_literal, is_mentioned
from .language_lists import CYRILLIC
from .lexicon import SEVERITIES
from .match import Match
from .reports import is_reported, is_speech

_ADJECTIVES = (
    "fucking|fuckin|fkn|fking|bloody|goddamn|damn|stupid|little|big|fat|total|complete|lying|ugly|"
    "dumb|dirty|old|lazy|silly|filthy|absolute|real|massive|cheap|pathetic|sad|sick|huge|whiny|"
    "arrogant|ignorant|fucken|worthless|useless|cowardly|racist|crazy|spineless"
)
_AIMED = re.compile(
    rf"(?:(?<![^\W_])(?:you|u|ya|you'?re|you’re|ur|youre|yous)(?:\s+(?:are|r|is))?(?:\s+such)?"
    rf"(?:\s+an?|\s+the)?(?:\s+(?:{_ADJECTIVES})){{0,3}}"
    rf"|(?P<of>(?<![^\W_])(?:such|what|being|like|is|he'?s|she'?s|was|are)\s+an?"
    rf"(?:\s+(?:{_ADJECTIVES})){{0,3}})"
    r"|(?<![^\W_])(?:suck|lick|eat|kiss|bite|sucking|sucks|sucked|licking|blow)"
    r"(?:\s+(?:my|his|your|her|some|a|on|fat|big))*"
    r"|(?<![^\W_])(?:fucking|fuckin|fkn|stupid|dumb|lying|ugly|dirty|filthy|racist|worthless))"
    r"[\s,]+$"
)
# A noun follows that the word only modifies, as in "is a nipple shield".
_FOLLOWING_NOUN = re.compile(
    r"[ \t]+(?!(?:and|or|but|who|that|which|because|for|to|in|on|of|at|with|if|when|as|so|by|about"
    r"|from|than|then|he|she|i|we|they|you|it|is|was|not|too|though|like|lol)(?![^\W_]))[^\W\d_]"
)
_POSSESSIVE = re.compile(
    r"(?<![^\W_])(?:my|your|ur|hard|erect|tiny|wet|tight|juicy|kick(?:s|ed|ing)?"
    r"|(?:up|in|out of|off) (?:the|your|his|her|my|their)|\w{1,20}['’]s)\s+$"
)
# All possible endings of a match without blanks; `endswith` is a fast pre-check.
_POSSESSIVE_ENDINGS = (
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
_MENTIONED = re.compile(
    r"(?<![^\W_])(?:words?|terms?|phrase|slur|epithet|expression|acronym)\s+['\"‘“]*$"
)
_YOU_AFTER = re.compile(r"\s+(?:you\w{0,5}|u|ya)(?![^\W_])")
_VOWELS = frozenset("AEIOU")
_BODILY = frozenset(["arse", "ass", "dick", "cock", "tits", "cum"])
_PERSON_CATEGORIES = frozenset({"insult", "ethnic", "orientation", "disability"})
_AIMED_CATEGORIES = _PERSON_CATEGORIES | {"sexual", "anatomy", "excrement"}
#: Words of these categories have an ordinary meaning, so they are fine alone.
_ALONE_IS_FINE = frozenset({"insult", "violence", "topic"})


_TOKEN = re.compile(r"[a-z]+")
#: Titles, other words that are shortened before names, and initials.
_SHORTENED = re.compile(
    r"(?<![^\W_])(?:mr|mrs|ms|mx|dr|drs|prof|profs|st|ste|rev|revd|hon|capt|cpt|lt|ltn|col|sgt|gen"
    r"|maj|cpl|pvt|adm|cmdr|messrs|mme|mmes|mlle|mlles|fr|frl|hr|hrn|sr|sra|srta|sig|sigg|dott|ing"
    r"|gov|sen|rep|pres|supt|insp|det|fam|bros|vs|feat|ft|mt|gebr|cf|[^\W\d_])\.$",
    re.IGNORECASE,
)
_IS_NAMED = re.compile(r"(?:you|u|ya|you'?re|you’re|ur|youre|yous)(?:\s+(?:are|r|is))?")
_AIMING_WORDS = frozenset({
    "you", "u", "ya", "re", "r", "ur", "youre", "yous", "such", "what", "being", "like", "is", "he",
    "she", "was", "are", "suck", "sucks", "sucked", "sucking", "lick", "licking", "eat", "kiss",
    "bite", "blow", "fucking", "fuckin", "fkn", "stupid", "dumb", "lying", "ugly", "dirty",
    "filthy", "racist", "worthless",
})  # fmt: skip
#: The number of characters around a word that can affect the decision.
_CONTEXT_LENGTH = 80
_BLANKS = " \t\n\r'\"‘“"
_MENTIONS = (
    "word",
    "words",
    "term",
    "terms",
    "phrase",
    "slur",
    "epithet",
    "expression",
    "acronym",
)


def _aimed_at_next_word(before: str) -> re.Match[str] | None:
    """Return the match of words that aim the next word at a person, or None."""
    # Every match has one of these words, and the set look-up is fast.
    if _AIMING_WORDS.isdisjoint(_TOKEN.findall(before)):
        return None
    return _AIMED.search(before)


def _has_possessive(before: str) -> bool:
    """Return whether a possessive or a descriptive word before a body part makes it vulgar."""
    return before.rstrip().endswith(_POSSESSIVE_ENDINGS) and _POSSESSIVE.search(before) is not None


def is_aimed_at_person(lower: str, begin: int, end: int) -> bool:
    """Return whether the word at this place is aimed at a person."""
    before = lower[max(0, begin - 60) : begin]
    return _aimed_at_next_word(before) is not None or _YOU_AFTER.match(lower, end) is not None


def is_person_meant(lower: str, begin: int) -> bool:
    """Return whether a capitalised word is an insult in spite of that, as in "you are a Dick"."""
    aim = _aimed_at_next_word(lower[max(0, begin - 60) : begin])
    # Without an article or an adjective it is the name of the person.
    return aim is not None and len(aim[0].split()) > 1 and not _IS_NAMED.fullmatch(aim[0].strip())


def starts_sentence(clean: str, begin: int) -> bool:
    """Return whether a word begins a sentence; the dot of a title or an initial ends none."""
    before = clean[max(0, begin - 14) : begin].rstrip(" \t\xa0\"'“”‘’(")
    if not before:
        return True
    return before[-1] in ".!?\n…" and _SHORTENED.search(before) is None


def is_abbreviation(text: Text, begin: int, end: int) -> bool:
    """Return whether the word is an upper-case abbreviation in mixed-case text, like FCK."""
    shown = text.clean[begin:end]
    return shown.isupper() and text.capitals < 0.5 and (len(shown) < 4 or _VOWELS.isdisjoint(shown))


class ProfanityContext:
    """The context that decides about the undisguised words of one text."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._clean = text.clean
        self._lower = text.lower
        self._results: dict[tuple[int, int, int, str], bool] = {}

    def is_profane(self, hit: Match) -> bool:
        """Return whether an undisguised word is used as profanity at its place."""
        if self._quotations:
            return self._is_profane(hit)
        # Cache by context, so that a repetitive text costs no more than a short one.
        begin = max(0, hit.begin - _CONTEXT_LENGTH)
        around = self._clean[begin : hit.end + _CONTEXT_LENGTH]
        key = id(hit.entry), hit.begin - begin, hit.end - hit.begin, around
        result = self._results.get(key)
        if result is None:
            result = self._results[key] = self._is_profane(hit)
        return result

    def _is_profane(self, hit: Match) -> bool:
        entry = hit.entry
        if entry.language:
            return self._is_profane_in_its_language(hit)
        if entry.plain_in and self._text.language.code in entry.plain_in:
            return False
        before = self._lower[max(0, hit.begin - 60) : hit.begin]
        if before.rstrip(_BLANKS).endswith(_MENTIONS) and _MENTIONED.search(before) is not None:
            return False
        if entry.severity == "slur" and is_reported(self._lower, hit.begin, hit.end):
            return False
        # Slurs are often put in quotation marks, which do not make them harmless.
        if entry.severity != "slur" and self._is_quoted(hit, before):
            return False
        if entry.by_ear and self._is_abbreviation_or_code(hit):
            return False
        if not entry.company and not entry.name:
            return True
        shown = self._clean[hit.begin : hit.end]
        capitalised = shown[:1].isupper() and shown[1:].islower()
        alone = self._text_length <= hit.end - hit.begin
        if (
            entry.name
            and capitalised
            and (alone or not starts_sentence(self._clean, hit.begin))
            and (self._followed_by_name(hit.end) or not is_person_meant(self._lower, hit.begin))
        ):
            return False
        if not entry.company:
            return not capitalised or not self._followed_by_name(hit.end)
        if entry.category in _AIMED_CATEGORIES and self._is_aimed(before, hit):
            return True
        if entry.word in _BODILY and not capitalised and _has_possessive(before):
            return True
        if entry.category in _PERSON_CATEGORIES and self._is_name_calling(hit):
            return True
        return alone and (entry.score >= 0.7 or entry.category not in _ALONE_IS_FINE)

    def _is_profane_in_its_language(self, hit: Match) -> bool:
        entry = hit.entry
        if self._text.language.code in entry.plain_in:
            return False
        if is_mentioned(self._lower, hit.begin, hit.end):
            return False
        if is_literal(self._lower, hit.begin, hit.end, entry.word):
            return False
        before = self._lower[max(0, hit.begin - 60) : hit.begin]
        if entry.severity != "slur" and self._is_quoted(hit, before):
            return False
        shown = self._clean[hit.begin : hit.end]
        if entry.name and shown[:1].isupper() and not starts_sentence(self._clean, hit.begin):
            return False
        if not entry.company or is_aimed(self._lower, hit.begin, hit.end, entry.language):
            return True
        # Words from Russian in Latin letters stand in English texts.
        if entry.word.isascii() and entry.language in CYRILLIC and self._is_name_calling(hit):
            return True
        alone = self._text_length <= hit.end - hit.begin
        return alone and entry.score >= SEVERITIES["strong"]

    @cached_property
    def _text_length(self) -> int:
        """Return the length of the text without the punctuation around it."""
        return len(self._clean.strip(_AROUND))

    def _is_abbreviation_or_code(self, hit: Match) -> bool:
        """Return whether the letters are an abbreviation, or part of a URL or of source code."""
        after = self._lower[hit.end : hit.end + 2]
        if after[:1] and after[0] in "._-/@=(" and after[1:].isalnum():
            return True
        return is_abbreviation(self._text, hit.begin, hit.end) and not is_aimed_at_person(
            self._lower, hit.begin, hit.end
        )

    def _is_aimed(self, before: str, hit: Match) -> bool:
        aim = _aimed_at_next_word(before)
        if aim is None:
            return False
        if hit.entry.category != "anatomy" or hit.entry.word in _BODILY or aim["of"] is None:
            return True
        return _FOLLOWING_NOUN.match(self._lower, hit.end) is None

    @cached_property
    def _quotations(self) -> list[Span]:
        """Return the quoted spans, or none if most of the text is quoted."""
        clean = self._clean
        found = [match.span() for match in _QUOTATION.finditer(clean)]
        quoted = sum(sum(map(str.isalpha, clean[begin:end])) for begin, end in found)
        return found if 2 * quoted <= sum(map(str.isalpha, clean)) else []

    def _is_quoted(self, hit: Match, before: str) -> bool:
        """Return whether the word is part of a quotation, and not aimed at a person."""
        at = bisect_left(self._quotations, hit.begin, key=itemgetter(0)) - 1
        if at < 0 or hit.end > self._quotations[at][1]:
            return False
        # Quotation marks do not make an insult harmless.
        lower, begin = self._lower, self._quotations[at][0]
        if _aimed_at_next_word(lower[max(0, begin - 60) : begin]) is not None:
            return False
        # Words inside a quotation address the reader of the quoted text.
        if hit.begin - begin > 2 and is_speech(lower, begin):
            return True
        return (
            _aimed_at_next_word(before[max(0, len(before) - (hit.begin - begin)) :]) is None
            and _YOU_AFTER.match(lower, hit.end) is None
        )

    def _is_name_calling(self, hit: Match) -> bool:
        """Return whether the word ends a sentence about "you", as an insult does."""
        lower = self._lower
        after = lower[hit.end : hit.end + 2].lstrip("\"'”’ ")
        if after and after[0] not in "!.?,\n":
            return False
        before = lower[max(0, hit.begin - _CONTEXT_LENGTH) : hit.begin]
        if before.rstrip()[-1:] == ",":
            # Between commas it may be an item of a list.
            return not after or after[0] != ","
        if "u" not in before:
            return False
        sentence = re.split(r"[.!?\n\"“”]", before)[-1]
        return re.search(r"(?<![^\W_])(?:you|u|your|ur|you['’]re)(?![^\W_])", sentence) is not None

    def _followed_by_name(self, end: int) -> bool:
        return self._clean[end : end + 1] == " " and self._clean[end + 1 : end + 2].isupper()
