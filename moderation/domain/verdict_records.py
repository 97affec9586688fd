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
    return f"{start} because {_clauses(parts)}."


_READS_AS = "it reads as "


def _clauses(parts: list[str]) -> str:
    """Join clauses such as "it contains profanity" without repeating their subject or verb."""
    natures = [part.removeprefix(_READS_AS) for part in parts if part.startswith(_READS_AS)]
    if natures:
        *first, last = natures
        nature = f"{', '.join(first)} and {last}" if first else last
        at = next(at for at, part in enumerate(parts) if part.startswith(_READS_AS))
        rest = [part for part in parts if not part.startswith(_READS_AS)]
        parts = [*rest[:at], _READS_AS + nature, *rest[at:]]
    # Clauses about the comment come first, so that one "it" is the subject of them all.
    about_it = [part for part in parts if part.startswith("it ")]
    others = [part for part in parts if not part.startswith("it ")]
    joined = about_it[:1] + [part.removeprefix("it ") for part in about_it[1:]] + others
    *first, last = joined
    if not first:
        return last
    comma = "," if len(first) > 1 or any(" and " in part for part in joined) else ""
    return f"{', '.join(first)}{comma} and {last}"
