"""Conversion of a verdict into the values that the database, the API and the queue use."""

from typing import Any

from moderation.domain.judgement import Cause, Verdict
from moderation.domain.status import Outcome

from .reasons import facts_of


def cause_record(cause: Cause) -> dict[str, Any]:
    """Return a cause as it is stored with the decision and shown to moderators."""
    signal = cause.signal
    return {
        "filter": signal.filter,
        "code": signal.code.value,
        "score": round(signal.score, 4),
        "threshold": cause.threshold,
        "outcome": cause.outcome.value,
        "field": signal.field,
        "spans": [list(span) for span in signal.spans],
        "explanation": signal.explanation,
    }


def decisive_codes(verdict: Verdict) -> str:
    """Return the codes that decided, delimited by `|` so that each can be searched for."""
    codes = dict.fromkeys(c.signal.code.value for c in verdict.deciding)
    return f"|{'|'.join(codes)}|" if codes else ""


def decisive_score(verdict: Verdict) -> float:
    """Return the worst score among the findings that decided."""
    if verdict.outcome is Outcome.APPROVE:
        return 0.0
    return round(max((cause.signal.score for cause in verdict.deciding), default=0.0), 4)


def because(causes: list[dict[str, Any]], outcome: str) -> str:
    """Return one plain sentence that explains the machine's decision."""
    deciding = [cause for cause in causes if cause["outcome"] == outcome]
    parts = list(dict.fromkeys(facts_of(cause["code"]).because for cause in deciding))
    if not parts:
        return ""
    start = {"hold": "Held", "reject": "Refused"}.get(outcome, "Noted")
    reasons = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{start} because {reasons}."
