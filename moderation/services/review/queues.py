"""The queues: filters over one store of comments, in pages, with counts.

Every page is read along an index and scans no more than a fixed number of rows, so it costs
the same in a store of a thousand comments and of a million.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import CommentNotFound, Invalid
from moderation.domain.status import Status
from moderation.storage.models.authors import in_force
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.decisions import Claim, Decision
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

from ..accounts.authentication import Reviewer
from ..comments import escalation, replies_below
from ..pagination import Cursor
from . import claims, queue_query, reports_view
from .queue_query import CLAIMABLE, WAITING, Order, Queue, QueueQuery
from .serializers import decision_view, item_view

__all__ = ["MOST_COUNTED", "WAITING", "Order", "Queue", "QueueQuery"]

#: Counting stops here: the console shows "1,000 or more".
MOST_COUNTED = 1000
#: Comments shown above and below the one in focus.
THREAD = 5
#: Characters of the answered comment in a list of items.
PARENT = 400


def page(
    session: Session,
    query: QueueQuery,
    by: By,
    *,
    now: datetime,
    limit: int = 25,
    cursor: Cursor | None = None,
) -> dict[str, Any]:
    """Return one page of a queue, each comment with its findings and its claim.

    `count` is the size of the whole queue, up to 1,000; it is None for a search, for one's own
    decisions and where rows were tested one by one. Such a page may be short or empty and still
    have a `next_cursor`; `searched_to` is the time up to which it has searched.
    """
    plan = queue_query.plan_of(session, query, by)
    rows, behind = queue_query.rows(session, plan, limit, cursor)
    counted = plan.exact and not query.text and query.queue is not Queue.MINE
    return {
        "items": items(session, [row.id for row in rows], by, now=now),
        "count": queue_query.count(session, plan, MOST_COUNTED) if counted else None,
        "next_cursor": behind.encode() if behind else None,
        "searched_to": behind.created_at if behind and plan.dated else None,
    }


def next_item(
    session: Session, query: QueueQuery, reviewer: Reviewer, *, now: datetime
) -> dict[str, Any] | None:
    """Claim and return the best unclaimed comment; None when there is none.

    Two concurrent requests never get the same one. Escalated comments go to seniors only.
    """
    require_waiting(query)
    statement = queue_query.candidates(session, query, reviewer.by)
    decidable = escalation.decidable_by(reviewer.by)
    if decidable is not None:
        statement = statement.where(decidable)
    claim = claims.take_first(session, statement, reviewer, now=now)
    if claim is None:
        return None
    claimed = items(session, [claim.comment_id], reviewer.by, now=now)
    lease = {"id": claim.lease_id, "expires_at": claim.expires_at}
    return {"item": claimed[0], "lease": lease}


def require_waiting(query: QueueQuery) -> None:
    """Raise Invalid for a queue without waiting comments."""
    if query.queue not in CLAIMABLE:
        raise Invalid(
            "Only the queues `held`, `escalated` and `reported` have a next comment. Choose one "
            "of them."
        )


def counts(session: Session, site_ids: tuple[int, ...] | None, by: By) -> dict[str, dict[str, Any]]:
    """Return each queue's number of comments, up to 1,000, and the time of the oldest."""
    by_queue: dict[str, dict[str, Any]] = {}
    for queue in Queue:
        if queue is Queue.MINE:
            continue
        plan = queue_query.plan_of(session, QueueQuery(queue=queue, site_ids=site_ids), by)
        by_queue[queue.value] = {
            "count": queue_query.count(session, plan, MOST_COUNTED),
            "oldest_at": queue_query.oldest(session, plan) if queue in CLAIMABLE else None,
        }
    return by_queue


def item(session: Session, comment_id: UUID, by: By, *, now: datetime) -> dict[str, Any]:
    """Return a comment in any status, with its decisions, its thread and its revisions."""
    views = items(session, [comment_id], by, now=now)
    if not views:
        raise CommentNotFound("There is no such comment. Check its id.")
    decisions = session.scalars(
        select(Decision)
        .where(Decision.comment_id == comment_id)
        .order_by(Decision.created_at, Decision.id)
    )
    return {
        **views[0],
        "decisions": [decision_view(decision) for decision in decisions],
        "reports": reports_view.reports_of(session, comment_id),
        "thread": _thread(session, comment_id),
        "revisions": [
            {"revision": row.revision, "text": row.text, "replaced_at": row.replaced_at}
            for row in session.scalars(
                select(Revision)
                .where(Revision.comment_id == comment_id)
                .order_by(Revision.revision)
            )
        ],
    }


def _thread(session: Session, comment_id: UUID) -> dict[str, Any]:
    """Return the comments above, the nearest last, and the first replies below."""
    above: list[Comment] = []
    parent_id = session.scalar(select(Comment.parent_id).where(Comment.id == comment_id))
    while parent_id is not None and len(above) < THREAD:
        parent = session.get_one(Comment, parent_id)
        above.insert(0, parent)
        parent_id = parent.parent_id
    below = session.scalars(
        select(Comment)
        .where(Comment.parent_id == comment_id, Comment.status != Status.DELETED.value)
        .order_by(Comment.created_at, Comment.id)
        .limit(THREAD)
    )
    return {
        "above": [_thread_comment(c) for c in above],
        "below": [_thread_comment(c) for c in below],
    }


def _thread_comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "author": {"name": comment.author_name, "staff": comment.staff},
        "text": comment.text,
        "status": comment.status,
        "created_at": comment.created_at,
    }


def _parents(session: Session, comments: list[Comment]) -> dict[UUID | None, dict[str, Any]]:
    """Return the answered comments by their ids, each with the beginning of its text."""
    ids = {comment.parent_id for comment in comments if comment.parent_id is not None}
    if not ids:
        return {}
    rows = session.execute(
        select(
            Comment.id,
            Comment.author_name,
            Comment.staff,
            func.substr(Comment.text, 1, PARENT + 1).label("text"),
            Comment.status,
            Comment.created_at,
        ).where(Comment.id.in_(ids))
    )
    return {
        row.id: {
            "id": row.id,
            "author": {"name": row.author_name, "staff": row.staff},
            "text": f"{row.text[:PARENT]}…" if len(row.text) > PARENT else row.text,
            "status": row.status,
            "created_at": row.created_at,
        }
        for row in rows
    }


def items(session: Session, ids: list[UUID], by: By, *, now: datetime) -> list[dict[str, Any]]:
    """Return comments as moderators see them, in the order of `ids`."""
    rows = session.execute(
        select(Comment, Post, Site.name, Decision, Claim, ForeignComment)
        .join(Post, Post.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .outerjoin(Claim, (Claim.comment_id == Comment.id) & in_force(now))
        .outerjoin(ForeignComment, ForeignComment.comment_id == Comment.id)
        .where(Comment.id.in_(ids))
    ).all()
    by_id = {row[0].id: row for row in rows}
    below = replies_below.counts(session, [row[0] for row in rows])
    reported = reports_view.summaries(session, list(by_id))
    parents = _parents(session, [row[0] for row in rows])
    views = []
    for id in ids:
        if id in by_id:
            comment, post, site, verdict, claim, foreign = by_id[id]
            view = item_view(comment, post, site, verdict, foreign)
            view["claim"] = claims.view(claim, by) if claim else None
            view["may_decide"] = escalation.may_decide(comment, by)
            view["replies_below"] = below.get(id, 0)
            view["reported"] = reported.get(id)
            if view["suggested_reason"] is None and id in reported:
                view["suggested_reason"] = reports_view.suggestion(reported[id])
            view["parent"] = parents.get(comment.parent_id)
            views.append(view)
    return views
