"""Floods: duplicates, near-duplicates and bursts. Compares counts that were made beforehand."""

from types import MappingProxyType

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal
from moderation.domain.reasons import Code

from .text.document import Text

#: Comments on one post within a minute; more look like an attack rather than a debate.
MAX_POST_1M = 60
#: Texts with fewer characters, such as "Thank you!", repeat by chance.
SHORT = 24
_NOTHING = Findings(scores=MappingProxyType({"flood": 0.0}))


class FloodFilter:
    """Detects duplicate texts and bursts by author, network address and post."""

    name = "flood"
    version = "1"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        signals = [*_duplicates(text, facts), *_bursts(facts, rules)]
        if not signals:
            return _NOTHING
        return Findings(tuple(signals), {"flood": max(s.score for s in signals)})


def _duplicates(text: Text, facts: Facts) -> list[Signal]:
    if len(text.clean.strip()) < SHORT:
        tolerated, near_tolerated = 3, 8
    else:
        tolerated, near_tolerated = 0, 4
    if facts.same_text_24h > tolerated:
        score = min(1.0, 0.6 + 0.1 * (facts.same_text_1h + facts.same_text_24h - tolerated - 1))
        return [
            Signal(
                Code.DUPLICATE,
                score,
                f"The same text came {_times(facts.same_text_24h)} within a day,"
                f" {facts.same_text_1h} of them within the last hour.",
            )
        ]
    if facts.near_text_1h > near_tolerated or facts.near_text_24h > 3 * near_tolerated + 2:
        score = min(1.0, 0.5 + 0.05 * (facts.near_text_1h - near_tolerated))
        return [
            Signal(
                Code.NEAR_DUPLICATE,
                max(0.5, score),
                f"Nearly the same text came {_times(facts.near_text_24h)} within a day,"
                f" {facts.near_text_1h} of them within the last hour.",
            )
        ]
    return []


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _bursts(facts: Facts, rules: Rules) -> list[Signal]:
    checks = (
        ("this author", "minute", facts.author_1m, rules.max_author_1m),
        ("this author", "ten minutes", facts.author_10m, rules.max_author_10m),
        ("this network address", "minute", facts.address_1m, rules.max_address_1m),
        ("this network address", "ten minutes", facts.address_10m, rules.max_address_10m),
    )
    signals = [
        Signal(
            Code.BURST,
            min(1.0, 0.5 + 0.5 * (count - limit) / (limit + 1)),
            f"{count} comments from {source} within one {span}, {limit} are usual."
            if span == "minute"
            else f"{count} comments from {source} within {span}, {limit} are usual.",
        )
        for source, span, count, limit in checks
        if count > limit
    ]
    if facts.flooded_until is not None:
        signals.append(
            Signal(
                Code.BURST,
                0.6,
                "Too many comments came on this post at once: all of them are held until"
                f" {facts.flooded_until:%H:%M} UTC.",
            )
        )
    elif facts.post_1m > MAX_POST_1M:
        signals.append(
            Signal(
                Code.BURST,
                0.5,
                f"{facts.post_1m} comments on this post within one minute.",
            )
        )
    return signals
