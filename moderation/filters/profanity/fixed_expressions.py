"""Matches expressions that letters do not make up: numbers, signs and phrases with a fixed use.

A whistle such as 1488 is a number elsewhere, and a slogan is quoted in reports: they count where
they are nearly all of a sentence, or beside others of their kind.
"""

import re

from ..text.document import Text
from .lexicon import Entry
from .match import Match

_HATE = "hate symbol"
_SUICIDE = "call to suicide"
_NUMBER = re.compile(r"(?<![\w.,:/#§$€£+-])(?:14[ /]88|1488|h?h88|14 ?words)(?![\w%€$£/-]|[.,:]\d)")
_SALUTE = re.compile(
    r"(?<![^\W_])(?:heil hitler|sieg heil|white power|weiße macht|слава гитлеру|хайль гитлер"
    r"|зиг хайль|rahowa|gas the (?:jews|kikes)|juden raus|jews will not replace us|kill all jews)"
    r"(?![^\W_])"
)
_PRAISE = re.compile(
    r"(?<![^\W_])hitler (?:was|is) right(?![^\W_]|[- ](?:hand|wing|about|there|here|in front|at the"
    r"|to (?:fear|worry)))|(?<![^\W_])hitler (?:did nothing wrong|had the right idea"
    r"|should have finished|didn['’]?t finish|did not finish)"
)
#: Names or "they" in three pairs of brackets, the mark for Jews.
_ECHO = re.compile(
    r"(?<![^\s\"'“])\({3}\s?(?:they|them|their|these people|globalists?|bankers?|elites?|media"
    r"|owners?|you know who|[A-ZÀ-Þ][\w'’-]{2,20}(?: [A-ZÀ-Þ][\w'’-]{2,20}){0,2})\s?\){3}(?![\w(])"
)
_YOURSELF = r"(?:yo?ur? ?self|urselfs?|yo?urselves|yaself)"
#: In capitals it may be an abbreviation, but hardly in a text of three words.
_SHORT_ORDER = re.compile(r"[\W_]*kys(?![^\W_])[^\n]{0,40}$")
_OF_HEALTH = frozenset({
    "campaign", "day", "week", "event", "clinic", "test", "testing", "status", "means", "what",
})  # fmt: skip
_DEATH = re.compile(
    rf"(?<![^\W_])(?:unalive|neck|rope|game[- ]?end|sewerslide|off) {_YOURSELF}(?![^\W_])"
    r"|(?<![^\W_])(?:go|please|just) (?:sewerslide|unalive)(?=[\W_]*(?:$|[,.!]))"
    r"|(?<![^\W_])(?:go )?(?:commit )(?:sewerslide|unalive|game ?end|toaster bath)(?![^\W_])"
)
_NOT_MEANT = re.compile(
    r"(?<![^\W_])(?:don['’]?t|do not|never|not|to|who|he|she|they|about|would|i|want(?:ed|s)?)\s+"
    r"(?:\w+\s+)?$"
)
_FINGER = "\U0001f595"
_NAMED = re.compile(
    r"(?<![^\W_])(?:emoji|said|says|wrote|writes|shout|shouted|shouting|yelled|chant|chanted|chanting|cried"
    r"|sang|salute|slogan|sign|graffiti|banner|tattoo|film|movie|book|chapter|history|called|screamed"
    r"|nazis?|arrested|convicted|charged|court|ban|banned|illegal|police|word|means?|meaning|code|symbol"
    r"|who|claim(?:ed|s)?|think|thinks|believe|believes|not|never|no|nobody|if|rief|riefen|rufen"
    r"|gerufen|verboten|strafbar|кричал|кричали|лозунг)(?![^\W_])"
)
_WORDS = re.compile(r"[^\W_]+")
#: Words beside a whistle that confirm it.
_KIN = frozenset({
    "1488", "14", "88", "hh88", "h88", "14words", "words", "heil", "hail", "hitler", "sieg",
    "white",
    "power", "pride", "brother", "brothers", "forever", "always", "gang", "wp", "rahowa", "blood",
    "honour", "honor", "and", "for", "the", "lads", "boys", "my", "kamerad", "kameraden", "juden",
    "raus",
})  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?\n]+")
_MOST_WORDS = 4
_FEW_WORDS = 3
_REACH = 120
_MOST = 16


def expression_hits(text: Text, words: list[bytes]) -> list[Match]:
    """Return the fixed expressions of a text that count where they stand."""
    lower = text.lower
    found: list[Match] = []
    if not _TRIGGERS.isdisjoint(words) or (
        not lower.isascii() and any(trigger in lower for trigger in _OTHER_TRIGGERS)
    ):
        for match in _NUMBER.finditer(lower):
            if len(found) < _MOST and _is_whistle(lower, *match.span()):
                found.append(_hit(match, _HATE))
        for pattern, category in ((_SALUTE, _HATE), (_PRAISE, _HATE), (_DEATH, _SUICIDE)):
            for match in pattern.finditer(lower):
                if len(found) < _MOST and _is_meant(lower, *match.span(), category):
                    found.append(_hit(match, category))
        if b"kys" in words:
            found += _short_order(lower)
        place = lower.find(_FINGER)
        if place >= 0 and _NAMED.search(lower[:_REACH]) is None:
            found.append(Match(Entry(_FINGER, "strong", "gesture"), place, place + 1, True))
    if "(((" in lower:
        for match in _ECHO.finditer(text.clean):
            if len(found) < _MOST:
                found.append(_hit(match, _HATE))
    return found


def _short_order(lower: str) -> list[Match]:
    order = _SHORT_ORDER.match(lower)
    around = _WORDS.findall(lower)
    if order is None or len(around) > _FEW_WORDS or not _OF_HEALTH.isdisjoint(around):
        return []
    place = lower.index("kys")
    return [Match(Entry("kys", "slur", _SUICIDE), place, place + 3, True)]


_OTHER_TRIGGERS = ("хайль", "гитлер", "weiße macht", _FINGER)
#: One of these words is in every match in ASCII, and looking for them is fast.
_TRIGGERS = frozenset(
    b"1488 14/88 14 hh88 h88 14words hitler heil rahowa power gas raus jews unalive sewerslide "
    b"bath game game-end gameend neck rope off kys".split()
)


def _hit(match: re.Match[str], category: str) -> Match:
    # As a disguised word: the context has been judged here.
    return Match(Entry(match[0], "slur", category), *match.span(), True)


def _is_whistle(lower: str, begin: int, end: int) -> bool:
    """Return whether a number is used as a slogan: alone, or beside words of that kind."""
    around = _WORDS.findall(lower[max(0, begin - _REACH) : end + _REACH])
    return set(around) <= _KIN


def _is_meant(lower: str, begin: int, end: int, category: str) -> bool:
    """Return whether a phrase is used rather than reported, denied or quoted."""
    before = _SENTENCE_END.split(lower[max(0, begin - _REACH) : begin])[-1]
    after = _SENTENCE_END.split(lower[end : end + _REACH])[0]
    if before.rstrip()[-1:] in tuple("\"'“„«‘"):
        return False
    if category == _SUICIDE:
        return _NOT_MEANT.search(before) is None and _NAMED.search(before) is None
    if _NAMED.search(before) is not None or _NAMED.search(after) is not None:
        return False
    return len(_WORDS.findall(before + " " + after)) <= _MOST_WORDS
