"""Decisions from signals: a pure function that reads no text and looks nothing up."""

import hashlib
import json
from functools import lru_cache

from moderation.domain.judgement import (
    DEFAULT_THRESHOLDS,
    Assessment,
    Cause,
    Rules,
    Signal,
    Verdict,
)
from moderation.domain.reasons import CODES, Code
from moderation.domain.status import Outcome

#: Changes with the decision rule; stored with every decision.
POLICY = "thresholds-2"


def decide(assessment: Assessment, rules: Rules) -> Verdict:
    """Compare every signal with the site's thresholds; the most severe cause decides.

    A model or the built-in list can only hold: only codes that domain.reasons marks as
    deterministic refuse a comment by themselves. Causes of equal severity stay in the order of
    the filters, since scores of different filters cannot be compared.
    """
    causes = tuple(
        sorted(
            (_weigh(signal, rules) for signal in assessment.signals),
            key=lambda c: (-c.outcome.severity, c.signal.code not in _WHY_FIRST),
        )
    )
    outcome = max((c.outcome for c in causes), key=lambda o: o.severity, default=Outcome.APPROVE)
    return Verdict(outcome, causes, assessment.scores, assessment.versions, policy_name(rules))


#: A broken filter or the author's standing explains the decision better than any score.
_WHY_FIRST = frozenset({Code.FILTER_FAILED, Code.AUTHOR_BANNED, Code.EDITED_AFTER_DECISION})

#: Facts rather than scores: thresholds do not apply to them.
_NOT_WEIGHED = frozenset(
    {
        Code.FILTER_FAILED,
        Code.EDITED_AFTER_DECISION,
        Code.OTHER_LANGUAGE,
        Code.POST_PREMODERATED,
        Code.AUTHOR_PREMODERATED,
    }
)


def _weigh(signal: Signal, rules: Rules) -> Cause:
    name = CODES[signal.code].threshold
    threshold = rules.thresholds.get(name, DEFAULT_THRESHOLDS.get(name, 0.0))
    if signal.code in _NOT_WEIGHED:
        threshold = 0.0
    if CODES[signal.code].deterministic:
        outcome = Outcome.REJECT
    elif signal.score >= threshold:
        outcome = Outcome.HOLD
    else:
        outcome = Outcome.APPROVE
    return Cause(signal, threshold, outcome)


def policy_name(rules: Rules) -> str:
    """Return the name of the policy with its thresholds, for the decision's record."""
    return f"{POLICY}:{_fingerprint(tuple(sorted(rules.thresholds.items())))}:{rules.version}"


@lru_cache(maxsize=1024)
def _fingerprint(thresholds: tuple[tuple[str, float], ...]) -> str:
    return hashlib.sha256(json.dumps(thresholds).encode()).hexdigest()[:12]
