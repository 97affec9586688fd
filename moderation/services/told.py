"""How a decision is kept and told: for moderators, for the site, and for the queue."""

from typing import Any
from uuid import UUID

from moderation.domain.judgement import Cause, Verdict
from moderation.domain.reasons import Reason
from moderation.domain.status import Actor, Outcome, Status


def cause_record(cause: Cause) -> dict[str, Any]:
    """A cause as it is stored with the decision and shown to moderators."""
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


def payload(
    row: dict[str, Any],
    external_id: str,
    status: Status,
    decision_id: UUID,
    actor: Actor,
    reason: Reason | None,
    verdict: Verdict | None,
) -> dict[str, Any]:
    """What the site is sent about a change of status."""
    causes = verdict.deciding if verdict and status is not Status.APPROVED else ()
    return {
        "comment": {
            "id": str(row["id"]),
            "post": external_id,
            "parent_id": str(row["parent_id"]) if row["parent_id"] else None,
            "status": status.value,
            "author": {"name": row["author_name"], "id": row["author_id"]},
            # A withdrawn text is nobody's business any more.
            "text": "" if status is Status.DELETED else row["text"],
            "created_at": row["created_at"].isoformat(),
        },
        "decision": {
            "id": str(decision_id),
            "actor": actor.value,
            "reason": reason.value if reason else None,
            "codes": sorted({c.signal.code.value for c in causes}),
        },
    }


def reasons(verdict: Verdict) -> str:
    """The codes that decided, in a form that can be searched for one of them."""
    codes = dict.fromkeys(c.signal.code.value for c in verdict.deciding)
    return f"|{'|'.join(codes)}|" if codes else ""


def score(verdict: Verdict) -> float:
    """The worst score among the findings that decided."""
    if verdict.outcome is Outcome.APPROVE:
        return 0.0
    return round(max((cause.signal.score for cause in verdict.deciding), default=0.0), 4)
