"""One decision about many comments, seen beforehand and undone as one.

Every comment is decided in a transaction of its own, so that readers and other moderators
never wait for a whole batch, and each answers for itself: what somebody else has decided or
is looking at stays as it is.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.errors import DecisionNotFound, Invalid, ModerationError
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import begin_write

from . import queues, review
from .ledger import By
from .selection import QueueQuery, ids, plan_of

#: Comments that one request decides; `remaining` tells how many are left for the next.
MOST = 500
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """Which comments: those named, or all that a query finds."""

    ids: tuple[UUID, ...] = ()
    query: QueueQuery | None = None
    #: None: every site.
    site_ids: tuple[int, ...] | None = None


def preview(session: Session, selection: Selection, by: By, *, now: datetime) -> dict[str, Any]:
    """How many comments a selection has, and five of them at random to look at first."""
    found = _ids(session, selection, by, queues.MOST_COUNTED)
    drawn = random.sample(found, min(SAMPLES, len(found)))
    return {"count": len(found), "samples": queues.items(session, drawn, by, now=now)}


def decide(
    session: Session,
    selection: Selection,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    reason: Reason | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Decide all of a selection; commits for each comment.

    Answers per comment with the decision, or with the code of why it was left alone.
    """
    if outcome is Outcome.ESCALATE:
        raise Invalid("Escalate comments one by one: somebody has to look at each.")
    chosen = _ids(session, selection, by, MOST + 1)
    batch_id = new_id()
    results = [
        _each(session, comment_id, outcome, by, now, reason, note, batch_id)
        for comment_id in chosen[:MOST]
    ]
    return {"batch_id": batch_id, "results": results, "more": len(chosen) > MOST}


def undo(session: Session, batch_id: UUID, by: By, *, now: datetime) -> dict[str, Any]:
    """Undo every decision of a batch that still stands; commits for each comment."""
    decisions = session.execute(
        select(Decision.id, Decision.comment_id)
        .where(Decision.batch_id == batch_id, Decision.outcome != Outcome.UNDO.value)
        .order_by(Decision.created_at, Decision.id)
    ).all()
    if not decisions:
        raise DecisionNotFound("There is no such batch.")
    results = []
    for decision_id, comment_id in decisions:
        begin_write(session)
        try:
            undone = review.undo_within(session, decision_id, by, now=now, batch_id=batch_id)
        except ModerationError as error:
            session.rollback()
            results.append(_left(comment_id, error))
        else:
            session.commit()
            results.append(_done(undone))
    return {"batch_id": batch_id, "results": results, "more": False}


def sites_of(session: Session, batch_id: UUID) -> set[int]:
    """Which sites the comments of a batch are on, for the permission check."""
    return set(
        session.scalars(
            select(Comment.site_id)
            .join(Decision, Decision.comment_id == Comment.id)
            .where(Decision.batch_id == batch_id)
            .distinct()
        )
    )


def _ids(session: Session, selection: Selection, by: By, most: int) -> list[UUID]:
    if selection.query is not None:
        return ids(session, plan_of(session, selection.query, by), most)
    statement = select(Comment.id).where(Comment.id.in_(selection.ids))
    if selection.site_ids is not None:
        statement = statement.where(Comment.site_id.in_(selection.site_ids))
    return list(session.scalars(statement.order_by(Comment.created_at, Comment.id).limit(most)))


def _each(
    session: Session,
    comment_id: UUID,
    outcome: Outcome,
    by: By,
    now: datetime,
    reason: Reason | None,
    note: str,
    batch_id: UUID,
) -> dict[str, Any]:
    begin_write(session)
    try:
        decision = review.decide_within(
            session,
            comment_id,
            outcome,
            by,
            now=now,
            reason=reason,
            note=note,
            batch_id=batch_id,
        )
    except ModerationError as error:
        session.rollback()
        return _left(comment_id, error)
    session.commit()
    return _done(decision)


def _done(decision: Decision) -> dict[str, Any]:
    return {
        "comment_id": decision.comment_id,
        "decision_id": decision.id,
        "status": decision.status,
        "error": None,
    }


def _left(comment_id: UUID, error: ModerationError) -> dict[str, Any]:
    return {"comment_id": comment_id, "decision_id": None, "status": None, "error": error.code}
