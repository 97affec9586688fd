"""Readers' reports as moderators see them: a summary with each comment, and the reports of one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.reports import suggested_reason
from moderation.storage.models.reports import CommentReport, ReportedComment

#: Reports of one comment that are shown, the newest first.
SHOWN = 100
#: Characters of a keyed hash that moderators see: enough to tell guests apart.
SHORT = 8


def summaries(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return for each comment in the queue Reported how many readers reported it, and why."""
    rows = session.scalars(
        select(ReportedComment).where(ReportedComment.comment_id.in_(comment_ids))
    ).all()
    if not rows:
        return {}
    counted = session.execute(
        select(CommentReport.comment_id, CommentReport.reason, func.count())
        .where(
            CommentReport.comment_id.in_([row.comment_id for row in rows]),
            CommentReport.decided_at.is_(None),
        )
        .group_by(CommentReport.comment_id, CommentReport.reason)
        .order_by(func.count().desc(), CommentReport.reason)
    ).all()
    return {
        row.comment_id: {
            "count": row.reporters,
            "weight": row.weight,
            "reasons": [
                {"code": code, "count": number}
                for comment_id, code, number in counted
                if comment_id == row.comment_id
            ],
            "first_at": row.first_at,
            "last_at": row.last_at,
        }
        for row in rows
    }


def suggestion(summary: dict[str, Any]) -> str | None:
    """Return the moderator's reason that the reports of a comment suggest."""
    found = suggested_reason(each["code"] for each in summary["reasons"])
    return found.value if found else None


def reports_of(session: Session, comment_id: UUID) -> list[dict[str, Any]]:
    """Return the reports of a comment, answered ones included, the newest first."""
    rows = session.scalars(
        select(CommentReport)
        .where(CommentReport.comment_id == comment_id)
        .order_by(CommentReport.created_at.desc(), CommentReport.id.desc())
        .limit(SHOWN)
    )
    return [
        {
            "id": row.id,
            "by": {
                "key": row.reporter[:SHORT],
                "name": row.name,
                "signed_in": row.signed_in,
                "email": row.email,
            },
            "reason": row.reason,
            "text": row.text,
            "explanation": row.explanation,
            "good_faith": row.good_faith,
            "weight": row.weight,
            "revision": row.revision,
            "outcome": row.outcome,
            "created_at": row.created_at,
            "decided_at": row.decided_at,
        }
        for row in rows
    ]
