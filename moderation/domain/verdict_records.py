"""Conversion of a verdict into the values that the database, the API and the queue use."""

from collections.abc import Iterable
from typing import Any

from moderation.domain.judgement import Cause, Signal, Verdict
from moderation.domain.status import Outcome

from .reasons import Code, facts_of


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


def stored_causes(records: Iterable[dict[str, Any]]) -> list[Cause]:
    """Return stored causes as values, without those whose code only a newer release knows."""
    return [
        Cause(
            Signal(
                Code(record["code"]),
                record["score"],
                record["explanation"],
                tuple((begin, end) for begin, end in record["spans"]),
                record["field"],
            ),
            record["threshold"],
            Outcome(record["outcome"]),
        )
        for record in records
        if record["code"] in _KNOWN
    ]


_KNOWN = frozenset(code.value for code in Code)


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
