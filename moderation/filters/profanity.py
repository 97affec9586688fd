"""Profanity, however it is spelled, and the site's own words.

The built-in list is matched on the letters alone (`spelled`) and where letters are hidden
(`masked`); `meant` says of words that hide nothing whether they are meant.
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
from .hits import ENOUGH, Hit
from .masked import ass_hits, masked_hits
from .meant import Meaning
from .respelled import respelled_hits
from .spelled import letter_hits
from .text import Text

MAX_SPANS = 50
_URL = re.compile(r"(?:https?://|www\.)\S+")


def find(text: Text) -> list[Hit]:
    """Return the profanities of a text, longest first where they overlap."""
    hits = letter_hits(text)
    hits += masked_hits(text)
    hits += ass_hits(text)
    hits += respelled_hits(text)
    if not hits:
        return []
    lower = text.lower
    innocent = _covered(lower, lexicon.harmless())
    addresses = _covered(lower, _URL) if "http" in lower or "www." in lower else set()
    meaning = Meaning(text)
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
        if not hit.disguised and not meaning.counts(hit):
            # What is a part of it is not meant either.
            reached = max(reached, hit.end)
            continue
        kept.append(hit)
        worst = max(worst, hit.entry.score)
        reached = hit.end
    return kept


def _covered(lower: str, pattern: re.Pattern[str]) -> set[int]:
    """Return all places within matches of a pattern."""
    return {place for match in pattern.finditer(lower) for place in range(*match.span())}


def _among_digits(lower: str, hit: Hit) -> bool:
    return lower[hit.begin - 1 : hit.begin].isdigit() or lower[hit.end : hit.end + 1].isdigit()


class ProfanityFilter:
    """The built-in list and the site's lists, over the text, the title and the author's fields."""

    name = "profanity"
    version = f"2+{lexicon.VERSION}"

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
            cover = sitewords.Cover(allowed)
            for hit in found:
                if (hit.begin, hit.end) not in cover:
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
