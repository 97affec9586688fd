"""The queues: filters over one store of comments, in pages, with counts.

Every page is read along an index and looks at no more than a fixed number of rows, so it
costs the same in a store of a thousand comments and of a million.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation.domain.errors import CommentNotFound, Invalid
from moderation.domain.roles import Role
from moderation.domain.status import Status
from moderation.storage.comments import Comment, Revision
from moderation.storage.decisions import Decision
from moderation.storage.review import Claim
from moderation.storage.sites import Post, Site

from . import claims, selection
from .accounts import Reviewer
from .ledger import By
from .review import decision_view, item_view
from .selection import WAITING, Order, Queue, QueueQuery
from .threads import Cursor

__all__ = ["MOST_COUNTED", "WAITING", "Order", "Queue", "QueueQuery"]

#: Counting goes no further: "1,000 or more" is all that anybody needs to know.
MOST_COUNTED = 1000
#: Comments shown above and below the one in focus.
THREAD = 5


def page(
    session: Session,
    query: QueueQuery,
    by: By,
    *,
    now: datetime,
    limit: int = 25,
    cursor: Cursor | None = None,
) -> dict[str, Any]:
    """One page of a queue, each comment with why it waits and who is looking at it.

    `count` is what the queue holds in all, counted no further than 1,000; it is None for
    a search, for one's own decisions and where rows had to be looked at one by one. Such a page
    may be short or empty and still have a `next_cursor`; `searched_to` tells how far it looked.
    """
    plan = selection.plan_of(session, query, by)
    rows, behind = selection.rows(session, plan, limit, cursor)
    counted = plan.exact and not query.text and query.queue is not Queue.MINE
    return {
        "items": items(session, [row.id for row in rows], by, now=now),
        "count": selection.count(session, plan, MOST_COUNTED) if counted else None,
        "next_cursor": behind.encode() if behind else None,
        "searched_to": behind.created_at if behind and plan.dated else None,
    }


def next_item(
    session: Session, query: QueueQuery, reviewer: Reviewer, *, now: datetime
) -> dict[str, Any] | None:
    """Claim and return the best comment that nobody is looking at; None when there is none.

    Two who ask at once never get the same one. What was escalated goes to seniors only.
    """
    if query.queue not in WAITING:
        raise Invalid("Only the held and the escalated wait for somebody to be next.")
    statement = selection.handed_out(session, query, reviewer.by)
    seniors = reviewer.reach.sites(Role.SENIOR)
    if seniors is not None:
        free = Comment.escalated_at.is_(None)
        # Without a list of sites where there is none, so that the plan stays simple.
        statement = statement.where(or_(free, Comment.site_id.in_(seniors)) if seniors else free)
    claim = claims.take_first(session, statement, reviewer, now=now)
    if claim is None:
        return None
    found = items(session, [claim.comment_id], reviewer.by, now=now)
    lease = {"id": claim.lease_id, "expires_at": claim.expires_at}
    return {"item": found[0], "lease": lease}


def counts(session: Session, site_ids: tuple[int, ...] | None, by: By) -> dict[str, dict[str, Any]]:
    """How many comments each queue holds, counted to 1,000, and since when the oldest waits."""
    found: dict[str, dict[str, Any]] = {}
    for queue in Queue:
        if queue is Queue.MINE:
            continue
        plan = selection.plan_of(session, QueueQuery(queue=queue, site_ids=site_ids), by)
        found[queue.value] = {
            "count": selection.count(session, plan, MOST_COUNTED),
            "oldest_at": selection.oldest(session, plan) if queue in WAITING else None,
        }
    return found


def item(session: Session, comment_id: UUID, by: By, *, now: datetime) -> dict[str, Any]:
    """One comment whatever its status, with all its decisions, its thread and its author."""
    found = items(session, [comment_id], by, now=now)
    if not found:
        raise CommentNotFound("There is no such comment.")
    decisions = session.scalars(
        select(Decision)
        .where(Decision.comment_id == comment_id)
        .order_by(Decision.created_at, Decision.id)
    )
    return {
        **found[0],
        "decisions": [decision_view(decision) for decision in decisions],
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
    """The comments above, the nearest last, and the first replies below."""
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
    return {"above": [_said(c) for c in above], "below": [_said(c) for c in below]}


def _said(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "author": {"name": comment.author_name, "staff": comment.staff},
        "text": comment.text,
        "status": comment.status,
        "created_at": comment.created_at,
    }


def items(session: Session, ids: list[UUID], by: By, *, now: datetime) -> list[dict[str, Any]]:
    """Comments as moderators see them, in the order of `ids`."""
    rows = session.execute(
        select(Comment, Post, Site.name, Decision, Claim)
        .join(Post, Post.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .outerjoin(Claim, (Claim.comment_id == Comment.id) & claims.in_force(now))
        .where(Comment.id.in_(ids))
    ).all()
    known = {row[0].id: row for row in rows}
    found = []
    for id in ids:
        if id in known:
            comment, post, site, verdict, claim = known[id]
            view = item_view(comment, post, site, verdict)
            view["claim"] = claims.view(claim, by) if claim else None
            found.append(view)
    return found
