"""The payloads of webhooks about comments and their authors."""

from datetime import datetime
from typing import Any
from uuid import UUID

from moderation.domain.judgement import Verdict
from moderation.domain.status import Actor, Status
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.reports import CommentReport


def payload(
    row: dict[str, Any],
    external_id: str,
    status: Status,
    decision_id: UUID,
    actor: Actor,
    reason: str | None,
    verdict: Verdict | None,
) -> dict[str, Any]:
    """Return the payload for a change of status."""
    causes = verdict.deciding if verdict and status is not Status.APPROVED else ()
    return {
        "comment": _comment(row, external_id, status),
        "decision": {
            "id": str(decision_id),
            "actor": actor.value,
            "reason": reason,
            "codes": sorted({c.signal.code.value for c in causes}),
        },
    }


def reported(row: dict[str, Any], external_id: str, report: CommentReport) -> dict[str, Any]:
    """Return the payload for the first open report; it names no reporter and quotes none."""
    return {
        "comment": _comment(row, external_id, Status(row["status"])),
        "report": {"reason": report.reason, "signed_in": report.signed_in},
    }


def _comment(row: dict[str, Any], external_id: str, status: Status) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "post": external_id,
        "parent_id": str(row["parent_id"]) if row["parent_id"] else None,
        "status": status.value,
        "author": {"name": row["author_name"], "id": row["author_id"]},
        # The text of a deleted comment is no longer sent.
        "text": "" if status is Status.DELETED else row["text"],
        "created_at": row["created_at"].isoformat(),
    }


def appeal(made: Appeal, row: dict[str, Any], external_id: str) -> dict[str, Any]:
    """Return the payload for an appeal that was made or decided."""
    status = Status(row["status"])
    gone = status is Status.DELETED
    return {
        "comment": _comment(row, external_id, status),
        "appeal": {
            "id": str(made.id),
            "decision": str(made.decision_id),
            "state": made.state,
            "text": "" if gone else made.text,
            "answer": "" if gone else made.answer,
            "created_at": made.created_at.isoformat(),
            "decided_at": made.decided_at.isoformat() if made.decided_at else None,
        },
    }


def banned(
    key: str, author_id: str | None, reason: str, until: datetime | None, actor: Actor
) -> dict[str, Any]:
    """Return the payload for a ban; `author_id` is the main site's own id, where it is known."""
    return {
        "author": {"key": key, "id": author_id},
        "reason": reason,
        "until": until.isoformat() if until else None,
        "actor": actor.value,
    }
