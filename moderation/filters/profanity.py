"""Profanity, however it is spelled, and the site's own words.

The built-in list is matched on the letters alone (`spelled`) and where letters are hidden
(`masked`); what is left to say here is whether a word is one that only bad company makes bad.
"""

import re

from moderation.domain.judgement import (
    AUTHOR_NAME,
    AUTHOR_WEBSITE,
    TEXT,
    TITLE,
    Draft,
    Facts,
    Findings,
    Rules,
    Signal,
    Span,
)
from moderation.domain.reasons import Code

from . import lexicon, sitewords
from .masked import ass_hits, masked_hits
from .spelled import ENOUGH, Hit, letter_hits
from .text import Text

MAX_SPANS = 50
_ADJECTIVES = (
    "fucking|fuckin|fkn|fking|bloody|goddamn|damn|stupid|little|big|fat|total|complete|lying|ugly|"
    "dumb|dirty|old|lazy|silly|filthy|absolute|real|massive|cheap|pathetic|sad|sick|huge|whiny|"
    "arrogant|ignorant|fucken|worthless|useless|cowardly|racist|crazy|spineless"
)
_TOLD = re.compile(
    rf"(?:(?<![^\W_])(?:you|u|ya|you'?re|you’re|ur|youre|yous)(?:\s+(?:are|r|is))?(?:\s+such)?"
    rf"(?:\s+an?|\s+the)?(?:\s+(?:{_ADJECTIVES})){{0,3}}"
    rf"|(?<![^\W_])(?:such|what|being|like|is|he'?s|she'?s|was|are)\s+an?"
    rf"(?:\s+(?:{_ADJECTIVES})){{0,3}}"
    r"|(?<![^\W_])(?:suck|lick|eat|kiss|bite|sucking|sucks|sucked|licking|blow)"
    r"(?:\s+(?:my|his|your|her|some|a|on|fat|big))*"
    r"|(?<![^\W_])(?:fucking|fuckin|fkn|stupid|dumb|lying|ugly|dirty|filthy|racist|worthless))"
    r"[\s,]+$"
)
_OWNED = re.compile(
    r"(?<![^\W_])(?:my|your|ur|hard|erect|tiny|wet|tight|juicy|kick(?:s|ed|ing)?"
    r"|(?:up|in|out of|off) (?:the|your|his|her|my|their)|\w{1,20}['’]s)\s+$"
)
_QUOTES = '"“”„«»'
_AROUND = f" \t\n.,!?…'*_~`()-{_QUOTES}"
_URL = re.compile(r"(?:https?://|www\.)\S+")
_BODILY = frozenset(["arse", "ass", "dick", "cock", "tits", "cum"])
_NAMES = frozenset({"insult", "ethnic", "orientation", "disability"})
_ALONE_IS_FINE = frozenset({"insult", "violence"})
_ADDRESSED = _NAMES | {"sexual", "anatomy", "excrement"}


def find(text: Text) -> list[Hit]:
    """Return the profanities of a text, longest first where they overlap."""
    hits = letter_hits(text)
    hits += masked_hits(text)
    hits += ass_hits(text)
    if not hits:
        return []
    lower = text.lower
    innocent = _covered(lower, lexicon.harmless())
    addresses = _covered(lower, _URL)
    kept: list[Hit] = []
    worst = 0.0
    reached = -1
    for hit in sorted(hits, key=lambda h: (h.begin, -h.end, -h.entry.score)):
        if hit.end <= reached or (len(kept) >= ENOUGH and hit.entry.score <= worst):
            continue
        if hit.begin in innocent:
            continue
        if hit.begin in addresses and (hit.disguised or _among_digits(lower, hit)):
            continue
        if not hit.disguised and not _counts_openly(text, hit):
            continue
        kept.append(hit)
        worst = max(worst, hit.entry.score)
        reached = hit.end
    return kept


def _covered(lower: str, pattern: re.Pattern[str]) -> set[int]:
    """Return all places within matches of a pattern."""
    return {place for match in pattern.finditer(lower) for place in range(*match.span())}


def _counts_openly(text: Text, hit: Hit) -> bool:
    """Say whether an undisguised word is meant as a profanity where it stands."""
    entry = hit.entry
    if entry.plain_in and text.language.code in entry.plain_in:
        return False
    quoted = _quoted(text.clean, hit)
    if not entry.company and not entry.name and not quoted:
        return True
    shown = text.clean[hit.begin : hit.end]
    capitalised = shown[:1].isupper() and shown[1:].islower()
    alone = len(text.clean.strip(_AROUND)) <= hit.end - hit.begin
    if quoted and not alone:
        # The word is talked about.
        return (
            _TOLD.search(text.lower[max(0, hit.begin - 60) : hit.begin].rstrip(_QUOTES)) is not None
        )
    if entry.name and capitalised and (alone or not _starts_sentence(text.clean, hit)):
        return False
    if not entry.company:
        return not capitalised or not _followed_by_name(text.clean, hit.end)
    before = text.lower[max(0, hit.begin - 60) : hit.begin]
    if entry.category in _ADDRESSED and _TOLD.search(before) is not None:
        return True
    if entry.word in _BODILY and not capitalised and _OWNED.search(before) is not None:
        return True
    if entry.category in _NAMES and _called(text.lower, hit):
        return True
    if entry.score < 0.7 and entry.category in _ALONE_IS_FINE:
        return False
    return alone


def _among_digits(lower: str, hit: Hit) -> bool:
    return lower[hit.begin - 1 : hit.begin].isdigit() or lower[hit.end : hit.end + 1].isdigit()


def _quoted(clean: str, hit: Hit) -> bool:
    """Say whether the word stands in quotation marks of its own."""
    before, after = clean[hit.begin - 1 : hit.begin], clean[hit.end : hit.end + 2].lstrip(".,!?")
    return before != "" and before in _QUOTES and after != "" and after[0] in _QUOTES


def _called(lower: str, hit: Hit) -> bool:
    """Say whether somebody is called that: the word ends a sentence that is about "you"."""
    after = lower[hit.end : hit.end + 2].lstrip("\"'”’ ")
    if after and after[0] not in "!.?,\n":
        return False
    before = lower[max(0, hit.begin - 80) : hit.begin]
    if before.rstrip()[-1:] == ",":
        # Between commas it may be one of a list.
        return not after or after[0] != ","
    sentence = re.split(r"[.!?\n]", before)[-1]
    return re.search(r"(?<![^\W_])(?:you|u|your|ur|you['’]re)(?![^\W_])", sentence) is not None


def _starts_sentence(clean: str, hit: Hit) -> bool:
    before = clean[max(0, hit.begin - 3) : hit.begin].rstrip()
    return not before or before[-1] in ".!?\n"


def _followed_by_name(clean: str, end: int) -> bool:
    return clean[end : end + 1] == " " and clean[end + 1 : end + 2].isupper()


class ProfanityFilter:
    """The built-in list and the site's lists, over the text, the title and the author's fields."""

    name = "profanity"
    version = f"1+{lexicon.VERSION}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        signals: list[Signal] = []
        score = 0.0
        fields = (
            (TEXT, draft.text),
            (TITLE, draft.title),
            (AUTHOR_NAME, draft.author_name),
            (AUTHOR_WEBSITE, draft.author_website),
        )
        lists = sitewords.compiled(rules.words)
        for name, raw in fields:
            if not raw:
                continue
            view = text if name == TEXT else Text(raw)
            found = find(view)
            allowed: list[Span] = []
            if lists is not None:
                allowed, blocked, suspect = lists.find(view)
                signals += _site_signals(view, blocked, Code.BLOCKED_WORD, name)
                signals += _site_signals(view, suspect, Code.SUSPECT_WORD, name)
            words: dict[str, list[Hit]] = {}
            for hit in found:
                if not any(b <= hit.begin and hit.end <= e for b, e in allowed):
                    words.setdefault(hit.entry.word, []).append(hit)
            for word, hits in words.items():
                weight = hits[0].entry.score + (0.05 if any(h.disguised for h in hits) else 0.0)
                if name == TEXT:
                    score = max(score, weight)
                signals.append(_signal(view, word, hits, weight, name))
        return Findings(tuple(signals), {"profanity": score})


def _signal(view: Text, word: str, hits: list[Hit], score: float, field: str) -> Signal:
    spans = tuple(view.span(h.begin, h.end) for h in hits[:MAX_SPANS])
    kind = {"mild": "Mild profanity", "strong": "Profanity", "slur": "Slur"}[hits[0].entry.severity]
    how = ", disguised" if all(h.disguised for h in hits) else ""
    where = "" if field == TEXT else f" in {field}"
    return Signal(Code.PROFANITY, score, f"{kind}{where}: “{word}”{how}.", spans, field)


def _site_signals(view: Text, found: dict[str, list[Span]], code: Code, field: str) -> list[Signal]:
    listed = "block" if code is Code.BLOCKED_WORD else "suspect"
    score = 1.0 if code is Code.BLOCKED_WORD else 0.8
    where = "" if field == TEXT else f" in {field}"
    return [
        Signal(
            code,
            score,
            f"“{word}”{where} is on the site's {listed} list.",
            tuple(view.span(*span) for span in spans[:MAX_SPANS]),
            field,
        )
        for word, spans in found.items()
    ]
