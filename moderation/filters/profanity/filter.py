"""The profanity filter: the built-in list in any spelling, and the site's own words.

`letter_matcher`, `masked_letters` and `spelling_variants` find candidates of the built-in
list; `context` decides about those that are not disguised.
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

from ..text.document import Text
from . import site_word_lists, word_list
from .context import ProfanityContext
from .cyrillic_words import cyrillic_hits
from .fixed_expressions import expression_hits
from .harmless_spans import phrase_spans
from .letter_matcher import letter_hits
from .masked_letters import ass_hits, masked_hits
from .match import MAX_MATCHES, Match
from .spelling_variants import respelled_hits

MAX_SPANS = 50
#: The kind of a finding, by the severity of its word, or by its category.
_KINDS = {
    "mild": "Mild profanity",
    "strong": "Profanity",
    "slur": "Slur",
    "hate symbol": "Hate symbol",
    "call to suicide": "Call to suicide",
    "gesture": "Obscene gesture",
}
_AROUND = b".,!?;:\"'()*"
_URL = re.compile(r"(?:https?://|www\.)\S+")


def find(text: Text) -> list[Match]:
    """Return the profanities of a text, the longest first where they overlap."""
    hits = letter_hits(text)
    hits += masked_hits(text)
    hits += ass_hits(text)
    # Most texts have no word that these need, which a look at the words alone shows.
    words = text.lower.encode(errors="replace").translate(None, _AROUND).split()
    hits += respelled_hits(text, words)
    hits += cyrillic_hits(text)
    hits += expression_hits(text, words)
    if not hits:
        return []
    lower = text.lower
    innocent = {place for span in phrase_spans(text) for place in range(*span)}
    addresses = _covered(lower, _URL) if "http" in lower or "www." in lower else set()
    context = ProfanityContext(text)
    kept: list[Match] = []
    worst = 0.0
    reached = -1
    rejected = (0, 0)
    for hit in sorted(hits, key=lambda h: (h.begin, -h.end, -h.entry.score)):
        # A word that another list has as well may count there.
        inside = hit.end <= reached and (hit.begin, hit.end) != rejected
        if inside or (len(kept) >= MAX_MATCHES and hit.entry.score <= worst):
            continue
        if hit.begin in innocent:
            continue
        if hit.begin in addresses and (hit.disguised or _among_digits(lower, hit)):
            continue
        if not hit.disguised and not context.is_profane(hit):
            # Shorter matches inside it have the same innocent use.
            reached = max(reached, hit.end)
            rejected = (hit.begin, hit.end)
            continue
        kept.append(hit)
        worst = max(worst, hit.entry.score)
        reached = hit.end
    return kept


def _covered(lower: str, pattern: re.Pattern[str]) -> set[int]:
    """Return all positions within matches of a pattern."""
    return {place for match in pattern.finditer(lower) for place in range(*match.span())}


def _among_digits(lower: str, hit: Match) -> bool:
    return lower[hit.begin - 1 : hit.begin].isdigit() or lower[hit.end : hit.end + 1].isdigit()


class ProfanityFilter:
    """Searches the text, the title and the author's fields for built-in and site words."""

    name = "profanity"
    version = f"2+{word_list.VERSION}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        signals: list[Signal] = []
        score = 0.0
        fields = (
            (TEXT, draft.text),
            (TITLE, draft.title),
            (AUTHOR_NAME, draft.author_name),
            (AUTHOR_WEBSITE, draft.author_website),
        )
        lists = site_word_lists.compiled(rules.words)
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
            words: dict[str, list[Match]] = {}
            cover = site_word_lists.Cover(allowed)
            for hit in found:
                if (hit.begin, hit.end) not in cover:
                    words.setdefault(_named(view, hit), []).append(hit)
            for word, hits in words.items():
                weight = _weight(hits)
                if name == TEXT:
                    score = max(score, weight)
                signals.append(_signal(view, word, hits, weight, name))
        return Findings(tuple(signals), {"profanity": score})


def _weight(hits: list[Match]) -> float:
    entry = hits[0].entry
    hidden = entry.category not in _KINDS and any(hit.disguised for hit in hits)
    return entry.score + (0.05 if hidden else 0.0)


def _named(view: Text, hit: Match) -> str:
    """Return the word for the explanation: the whole one if only its stem is listed."""
    if hit.entry.language and hit.entry.prefix and not hit.disguised:
        return view.lower[hit.begin : hit.end]
    return hit.entry.word


def _signal(view: Text, word: str, hits: list[Match], score: float, field: str) -> Signal:
    spans = tuple(view.span(h.begin, h.end) for h in hits[:MAX_SPANS])
    entry = hits[0].entry
    kind = _KINDS.get(entry.category) or _KINDS[entry.severity]
    disguised = entry.category not in _KINDS and all(h.disguised for h in hits)
    suffix = ", disguised" if disguised else ""
    where = "" if field == TEXT else f" in {field}"
    return Signal(Code.PROFANITY, score, f"{kind}{where}: “{word}”{suffix}.", spans, field)


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
