"""One decision about many comments, with a preview and a common undo.

Every comment is decided in a transaction of its own, so that readers and other moderators
never wait for a whole batch. Each has its own result: a comment that another moderator has
decided or claimed stays as it is.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import DecisionNotFound, Invalid, ModerationError
from moderation.domain.status import Outcome
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.transactions import transact

from . import decisions as review
from . import queues
from .queue_query import QueueQuery, ids, plan_of

#: Comments that one request decides; `more` reports that others are left.
MOST = 500
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """The comments of a batch: the given ids, or all that a query finds."""

    ids: tuple[UUID, ...] = ()
    query: QueueQuery | None = None
    #: None: every site.
    site_ids: tuple[int, ...] | None = None


def preview(session: Session, selection: Selection, by: By, *, now: datetime) -> dict[str, Any]:
    """Return the number of comments in a selection, with five of them at random."""
    chosen = _ids(session, selection, by, queues.MOST_COUNTED)
    drawn = random.sample(chosen, min(SAMPLES, len(chosen)))
    return {"count": len(chosen), "samples": queues.items(session, drawn, by, now=now)}


def decide(
    session: Session,
    selection: Selection,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    reason: str | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Decide all of a selection; commits for each comment.

    Returns for each comment the decision, or the error code for which it was left unchanged.
    """
    if outcome is Outcome.ESCALATE:
        raise Invalid("Escalate comments one by one, after reading each.")
    chosen = _ids(session, selection, by, MOST + 1)
    batch_id = new_id()
    results = [
        _decide_each(session, comment_id, outcome, by, now, reason, note, batch_id)
        for comment_id in chosen[:MOST]
    ]
    return {"batch_id": batch_id, "results": results, "more": len(chosen) > MOST}


def undo(session: Session, batch_id: UUID, by: By, *, now: datetime) -> dict[str, Any]:
    """Undo every decision of a batch that is still the last one; commits for each comment."""
    decisions = session.execute(
        select(Decision.id, Decision.comment_id)
        .where(Decision.batch_id == batch_id, Decision.outcome != Outcome.UNDO.value)
        .order_by(Decision.created_at, Decision.id)
    ).all()
    if not decisions:
        raise DecisionNotFound("There is no such batch. Check its id.")
    results = []
    for decision_id, comment_id in decisions:
        undo_one = partial(review.undo_within, now=now, batch_id=batch_id)
        try:
            undone = transact(session, partial(undo_one, session, decision_id, by))
        except ModerationError as error:
            results.append(_unchanged_result(comment_id, error))
        else:
            results.append(_decided_result(undone))
    return {"batch_id": batch_id, "results": results, "more": False}


def sites_of(session: Session, batch_id: UUID) -> set[int]:
    """Return the sites of the comments in a batch, for the permission check."""
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


def _decide_each(
    session: Session,
    comment_id: UUID,
    outcome: Outcome,
    by: By,
    now: datetime,
    reason: str | None,
    note: str,
    batch_id: UUID,
) -> dict[str, Any]:
    chosen = partial(review.decide_within, now=now, reason=reason, note=note, batch_id=batch_id)
    try:
        decision = transact(session, partial(chosen, session, comment_id, outcome, by))
    except ModerationError as error:
        return _unchanged_result(comment_id, error)
    return _decided_result(decision)


def _decided_result(decision: Decision) -> dict[str, Any]:
    return {
        "comment_id": decision.comment_id,
        "decision_id": decision.id,
        "status": decision.status,
        "error": None,
    }


def _unchanged_result(comment_id: UUID, error: ModerationError) -> dict[str, Any]:
    return {"comment_id": comment_id, "decision_id": None, "status": None, "error": error.code}
