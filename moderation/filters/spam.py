"""Spam: what sellers and programs write, and how their comments arrive."""

import re
from collections import Counter
from functools import cache

from ahocorasick_rs import AhoCorasick

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

from . import spam_model
from .shipped import lines
from .text import Text

MAX_SPANS = 20
#: Below this probability the model's opinion is not worth a line in the console.
WORTH_SAYING = 0.5
_READ = 8192
_RUN = 30


@cache
def _phrases() -> tuple[AhoCorasick, tuple[re.Pattern[str], ...]]:
    """The phrases, and an automaton over a word that each cannot do without."""
    anchors: dict[str, list[str]] = {}
    for line in lines("phrases.en.txt"):
        words, _, phrase = line.partition("\t")
        for word in words.split("|"):
            anchors.setdefault(word, []).append(phrase)
    patterns = tuple(
        re.compile(rf"(?<![^\W_])(?:{'|'.join(said)})(?![^\W_])") for said in anchors.values()
    )
    return AhoCorasick(list(anchors)), patterns


def phrases(text: Text) -> list[Span]:
    """Return where in `clean` the text says what spam says; only its beginning is read."""
    lower = text.lower[:_READ]
    automaton, patterns = _phrases()
    wanted = {hit[0] for hit in automaton.find_matches_as_indexes(lower, overlapping=True)}
    found: list[Span] = []
    for index in wanted:
        found += (match.span() for match in patterns[index].finditer(lower))
    kept: list[Span] = []
    for span in sorted(found, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


class SpamFilter:
    """Phrases and the model on the text; honeypot, haste and the links' history from facts."""

    name = "spam"
    version = f"2+prior-{spam_model.VERSION}"

    def check(self, text: Text, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        said = phrases(text)
        seen = spam_model.features(text, len(said))
        score = spam_model.prior().score(seen)
        signals = _arrival(facts, rules)
        if said:
            shown = ", ".join(dict.fromkeys(f"“{text.lower[b:e]}”" for b, e in said[:3]))
            spans = tuple(text.span(*span) for span in said[:MAX_SPANS])
            weight = min(0.95, 0.45 + 0.15 * len(said) + (0.2 if text.links else 0.0))
            weight = max(weight, score)
            signals.append(Signal(Code.SPAM_PHRASE, weight, f"Says {shown}.", spans))
        elif score >= WORTH_SAYING:
            signals.append(
                Signal(
                    Code.SPAM_TEXT,
                    score,
                    f"Resembles spam in its words, links and form ({score:.0%}).",
                    tuple(link.span for link in text.links[:MAX_SPANS]),
                )
            )
        signals += _form(text, draft)
        signals += _history(text, facts)
        scored = (s.score for s in signals if s.code not in {Code.HONEYPOT, Code.TOO_FAST})
        return Findings(tuple(signals), {"spam": max([score, *scored])})


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


def _form(text: Text, draft: Draft) -> list[Signal]:
    signals = []
    shouting = text.capitals
    if shouting > 0.7 and len(text.clean) >= 24:
        signals.append(
            Signal(
                Code.SHOUTING,
                0.4,
                f"{shouting:.0%} of the letters are capitals.",
                ((0, len(draft.text)),),
            )
        )
    run = _longest_run(text)
    if run >= _RUN and run > 0.3 * len(text.clean):
        signals.append(Signal(Code.REPETITION, 0.75, f"One character {run} times in a row."))
    words = text.lower[:_READ].split()
    if len(words) >= 12 and 2 * len(set(words)) <= len(words) + 2:
        word, most = Counter(words).most_common(1)[0]
        if most > 0.5 * len(words):
            explanation = f"“{word[:40]}” is {most} of {len(words)} words."
            signals.append(Signal(Code.REPETITION, 0.75, explanation))
    return signals


def _longest_run(text: Text) -> int:
    points = text.points
    if points.size < _RUN:
        return 0
    changes = (points[1:] != points[:-1]).nonzero()[0]
    if not changes.size:
        return int(points.size)
    inner = int((changes[1:] - changes[:-1]).max()) if changes.size > 1 else 0
    return max(inner, int(changes[0]) + 1, int(points.size - 1 - changes[-1]))


def _history(text: Text, facts: Facts) -> list[Signal]:
    signals = []
    for host in dict.fromkeys(link.host for link in text.links):
        bad, good = facts.link_history.get(host, (0, 0))
        if bad >= 2 and bad > 2 * good:
            spans = tuple(link.span for link in text.links if link.host == host)[:MAX_SPANS]
            signals.append(
                Signal(
                    Code.SPAM_TEXT,
                    min(0.95, 0.6 + 0.1 * bad),
                    f"{bad} of {bad + good} comments with links to {host} were spam.",
                    spans,
                )
            )
    return signals
