"""Spam: what sellers and programs write, and how their comments arrive."""

import re
from functools import cache
from importlib.resources import files

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal
from moderation.domain.reasons import Code

from .text import Text

MAX_SPANS = 20


@cache
def _phrases() -> re.Pattern[str]:
    text = files("moderation.filters").joinpath("data/phrases.en.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(lines)})(?![^\W_])")


_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"(.)\1{9,}", re.DOTALL)


class SpamFilter:
    """Phrases, shouting, repetition, links in the text; honeypot and haste from the form."""

    name = "spam"
    version = "1"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        signals = [*_arrival(facts, rules)]
        phrases = [m.span() for m in _phrases().finditer(text.lower)]
        shouting = _shouting(text)
        repetition, repeated = _repetition(text)
        weight = 0.1
        if phrases:
            shown = ", ".join(dict.fromkeys(f"“{text.lower[b:e]}”" for b, e in phrases[:3]))
            score = min(0.95, 0.5 + 0.15 * len(phrases) + (0.2 if text.links else 0.0))
            spans = tuple(text.span(*span) for span in phrases[:MAX_SPANS])
            signals.append(Signal(Code.SPAM_PHRASE, score, f"Spam says {shown}.", spans))
            weight = max(weight, score)
        if shouting > 0.7:
            signals.append(
                Signal(
                    Code.SHOUTING,
                    0.4,
                    f"{shouting:.0%} of the letters are capitals.",
                    ((0, len(draft.text)),),
                )
            )
        if repetition:
            signals.append(Signal(Code.REPETITION, repetition, repeated))
            weight = max(weight, repetition)
        for host in dict.fromkeys(link.host for link in text.links):
            bad, good = facts.link_history.get(host, (0, 0))
            if bad >= 2 and bad > 2 * good:
                score = min(0.95, 0.6 + 0.1 * bad)
                spans = tuple(link.span for link in text.links if link.host == host)[:MAX_SPANS]
                signals.append(
                    Signal(
                        Code.SPAM_TEXT,
                        score,
                        f"{bad} of {bad + good} comments with links to {host} were spam.",
                        spans,
                    )
                )
                weight = max(weight, score)
        return Findings(tuple(signals), {"spam": min(1.0, weight)})


def _arrival(facts: Facts, rules: Rules) -> list[Signal]:
    if facts.honeypot_filled:
        return [Signal(Code.HONEYPOT, 1.0, "A field that people cannot see was filled in.")]
    if facts.form_seconds is not None and facts.form_seconds < rules.min_form_seconds:
        return [
            Signal(
                Code.TOO_FAST,
                0.75,
                f"Sent {facts.form_seconds:.1f} seconds after the form was shown.",
            )
        ]
    return []


def _shouting(text: Text) -> float:
    """Return the share of capitals in texts long enough to shout."""
    upper = sum(map(str.isupper, text.clean))
    lower = sum(map(str.islower, text.clean))
    return upper / (upper + lower) if upper + lower >= 24 else 0.0


def _repetition(text: Text) -> tuple[float, str]:
    """Return how much a text says the same again, and what."""
    longest = max((len(m[0]) for m in _RUN.finditer(text.clean)), default=0)
    if longest >= 30 and longest > 0.3 * len(text.clean):
        return 0.75, f"One character {longest} times in a row."
    words = _WORD.findall(text.lower)
    if len(words) >= 12:
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        word, most = max(counts.items(), key=lambda item: item[1])
        if most > 0.5 * len(words) and len(counts) < 0.3 * len(words):
            return 0.75, f"“{word[:40]}” is {most} of {len(words)} words."
    return 0.0, ""
