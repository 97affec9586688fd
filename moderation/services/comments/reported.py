"""Reported comments: their row in the queue, and the answer that a decision gives to reports.

Readers' reports come in by `services/community/reports`. This part is called by the ledger, in
the transaction of a decision, and by erasure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, case, delete, func, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.reports import NEEDS, ReportOutcome
from moderation.domain.status import Actor, Outcome, Status
from moderation.policy.priority import reported_at
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.reports import CommentReport, ReportedComment

#: A moderator may undo a decision for so long before reporters are notified.
GRACE = timedelta(minutes=10)
#: Columns of a report with a text or a person in it, without them.
ERASED: dict[str, Any] = {"text": "", "explanation": "", "name": "", "email": None, "due_at": None}
#: The outcome for reporters of a comment in this status.
OUTCOMES = {
    Status.APPROVED: ReportOutcome.KEPT,
    Status.REJECTED: ReportOutcome.REMOVED,
    Status.SPAM: ReportOutcome.REMOVED,
    Status.DELETED: ReportOutcome.GONE,
}


def answer(
    session: Session,
    comment_id: UUID,
    decision_id: UUID,
    outcome: Outcome,
    status: Status,
    by: By,
    now: datetime,
    undone: Decision | None = None,
) -> None:
    """Answer the open reports of a comment by a decision, or open those of an undone one.

    Only people answer reports: a rule's decision and an escalation leave them open.
    """
    if outcome is Outcome.REDACT or by.actor is Actor.POLICY:
        return
    if undone is not None:
        _reopen(session, comment_id, undone)
    elif status in OUTCOMES:
        _close(session, comment_id, decision_id, OUTCOMES[status], now)


def _close(
    session: Session, comment_id: UUID, decision_id: UUID, outcome: ReportOutcome, now: datetime
) -> None:
    session.execute(
        update(CommentReport)
        .where(CommentReport.comment_id == comment_id, CommentReport.decided_at.is_(None))
        .values(
            decided_at=now,
            outcome=outcome.value,
            decision_id=decision_id,
            due_at=case((CommentReport.email.is_not(None), now + GRACE)),
        )
    )
    session.execute(delete(ReportedComment).where(ReportedComment.comment_id == comment_id))


def _reopen(session: Session, comment_id: UUID, undone: Decision) -> None:
    opened = session.execute(
        update(CommentReport)
        .where(CommentReport.comment_id == comment_id, CommentReport.decision_id == undone.id)
        .values(decided_at=None, outcome=None, decision_id=None, due_at=None)
    )
    if isinstance(opened, CursorResult) and opened.rowcount:
        queue(session, comment_id)


def queue(session: Session, comment_id: UUID) -> tuple[int, bool]:
    """Update a comment's row in the queue from its open reports.

    Returns their weight, and whether the row is new. The caller has locked the comment.
    """
    open_reports = (CommentReport.comment_id == comment_id, CommentReport.decided_at.is_(None))
    found = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(CommentReport.weight), 0),
            func.min(CommentReport.created_at),
            func.max(CommentReport.created_at),
            func.max(case((CommentReport.reason.in_(sorted(NEEDS)), 1), else_=0)),
            func.min(CommentReport.site_id),
        ).where(*open_reports)
    ).one()
    count, weight, first_at, last_at, legal, site_id = found
    deleted = session.execute(
        delete(ReportedComment).where(ReportedComment.comment_id == comment_id)
    )
    if not count:
        return 0, False
    session.add(
        ReportedComment(
            comment_id=comment_id,
            site_id=site_id,
            reporters=count,
            weight=int(weight),
            first_at=first_at,
            last_at=last_at,
            priority_at=reported_at(first_at, int(weight), legal=bool(legal)),
        )
    )
    session.flush()
    return int(weight), isinstance(deleted, CursorResult) and not deleted.rowcount


def is_waiting(session: Session, comment_id: UUID) -> bool:
    """Return whether a comment has reports that no person has answered."""
    found = select(ReportedComment.comment_id).where(ReportedComment.comment_id == comment_id)
    return session.scalar(found) is not None


def last_decision_by_person(session: Session, comment: Comment) -> UUID | None:
    """Return the id of the last decision that a person made about a comment."""
    return session.scalar(
        select(Decision.id)
        .where(
            Decision.comment_id == comment.id,
            Decision.actor.in_((Actor.MODERATOR.value, Actor.SITE.value)),
            Decision.outcome != Outcome.REDACT.value,
        )
        .order_by(Decision.comment_version.desc())
        .limit(1)
    )


# Erasure


def forget_texts(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Remove the texts of reports of erased comments, which may quote them."""
    session.execute(
        update(CommentReport)
        .where(CommentReport.comment_id.in_(comment_ids))
        .values(text="", explanation="")
    )


def forget_reporter(
    session: Session, site_id: int, keys: Sequence[str], emails: Sequence[str] = ()
) -> list[UUID]:
    """Remove the reports of signed-in readers, and those that named one of the addresses.

    Returns the ids of the reported comments, whose rows in the queue are updated.
    """
    theirs = CommentReport.reporter.in_(keys) | func.lower(CommentReport.email).in_(
        [email.lower() for email in emails]
    )
    of_site = CommentReport.site_id == site_id
    touched = sorted(set(session.scalars(select(CommentReport.comment_id).where(of_site, theirs))))
    session.execute(delete(CommentReport).where(of_site, theirs))
    for comment_id in touched:
        if is_waiting(session, comment_id):
            queue(session, comment_id)
    return touched
