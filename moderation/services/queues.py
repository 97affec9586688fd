"""The queues: filters over one store of comments, in pages, with counts.

Every page is read along an index and looks at no more than a fixed number of rows, so it
costs the same in a store of a thousand comments and of a million.
"""

import operator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from moderation.domain.errors import CommentNotFound, Invalid
from moderation.domain.reasons import Code
from moderation.domain.roles import Role
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.comments import Comment, Revision
from moderation.storage.decisions import Decision
from moderation.storage.review import Claim
from moderation.storage.sites import Post, Site

from . import claims
from .accounts import Reviewer
from .ledger import By
from .review import decision_view, item_view
from .threads import Cursor

#: Counting goes no further: "1,000 or more" is all that anybody needs to know.
MOST_COUNTED = 1000
#: Comments shown above and below the one in focus.
THREAD = 5
#: Rows that one page of a search looks at; its cursor goes on behind them.
SEARCHED = 2000


class Queue(StrEnum):
    """The queues that there are."""

    HELD = "held"
    ESCALATED = "escalated"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"
    #: What I decided last.
    MINE = "mine"


WAITING = frozenset({Queue.HELD, Queue.ESCALATED})


class Order(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"
    #: Severity, age and traffic: see services/priority.
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Which comments to list; None and empty mean any."""

    queue: Queue = Queue.HELD
    site_ids: tuple[int, ...] | None = None
    post: str | None = None
    code: Code | None = None
    #: The keyed hash by which an author is recognised.
    author: str | None = None
    text: str = ""
    score_from: float | None = None
    score_to: float | None = None
    before: datetime | None = None
    after: datetime | None = None
    order: Order = Order.OLDEST


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

    `count` is what the queue holds in all, counted no further than 1,000; it is None for a
    search. A page of a search may be short or empty and still have a `next_cursor`.
    """
    place = _place(query)
    statement = _matching(query, by)
    narrowed = bool(query.text)
    count = None if narrowed else _count(session, statement)
    if cursor is not None:
        behind = (cursor.created_at, cursor.id)
        ahead = tuple_(*place)
        statement = statement.where(ahead < behind if _descending(query) else ahead > behind)
    statement = statement.with_only_columns(Comment.id, place[0].label("at"))
    statement = statement.order_by(*(c.desc() if _descending(query) else c for c in place))
    last: Cursor | None = None
    if narrowed:
        ids, last = _search(session, statement, query.text, limit)
    else:
        rows = session.execute(statement.limit(limit + 1)).all()
        ids = [row.id for row in rows[:limit]]
        if len(rows) > limit:
            last = Cursor(rows[limit - 1].at, rows[limit - 1].id)
    return {
        "items": items(session, ids, by, now=now),
        "count": count,
        "next_cursor": last.encode() if last else None,
    }


def next_item(
    session: Session, query: QueueQuery, reviewer: Reviewer, *, now: datetime
) -> dict[str, Any] | None:
    """Claim and return the best comment that nobody is looking at; None when there is none.

    Two who ask at once never get the same one. What was escalated goes to seniors only.
    """
    if query.queue not in WAITING:
        raise Invalid("Only the held and the escalated wait for somebody to be next.")
    place = _place(query)
    statement = matching(query, reviewer.by).with_only_columns(Comment.id, Comment.site_id)
    seniors = reviewer.reach.sites(Role.SENIOR)
    if seniors is not None:
        free = Comment.escalated_at.is_(None)
        # Without a list of sites where there is none, so that the plan stays simple.
        statement = statement.where(or_(free, Comment.site_id.in_(seniors)) if seniors else free)
    statement = statement.order_by(*(c.desc() if _descending(query) else c for c in place))
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
        statement = _matching(QueueQuery(queue=queue, site_ids=site_ids), by)
        oldest = None
        if queue in WAITING:
            oldest = session.scalar(
                statement.with_only_columns(Comment.created_at)
                .order_by(Comment.created_at, Comment.id)
                .limit(1)
            )
        found[queue.value] = {"count": _count(session, statement), "oldest_at": oldest}
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
        .outerjoin(Claim, (Claim.comment_id == Comment.id) & (Claim.expires_at > now))
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


def _matching(query: QueueQuery, by: By) -> Select[Any]:
    statement: Select[Any] = select(Comment.id)
    if query.queue is Queue.MINE:
        later = aliased(Decision)
        statement = statement.join(Decision, Decision.comment_id == Comment.id).where(
            Decision.actor == literal_column(f"'{Actor.MODERATOR.value}'"),
            Decision.actor_name == by.name,
            Decision.outcome != Outcome.UNDO.value,
            Comment.status != Status.DELETED.value,
            ~select(later.id)
            .where(later.comment_id == Comment.id, later.comment_version > Decision.comment_version)
            .exists(),
        )
    else:
        if query.queue is Queue.ESCALATED:
            # The function keeps the planner from the index of every status: few are escalated.
            held = func.coalesce(Comment.status, "") == Status.HELD.value
            statement = statement.where(Comment.escalated_at.is_not(None), held)
        else:
            # Written out, so that the planner sees that the indexes of held comments apply.
            status: Any = literal_column(f"'{query.queue.value}'")
            statement = statement.where(Comment.status == status)
    if query.site_ids is not None:
        statement = statement.where(Comment.site_id.in_(query.site_ids))
    if query.post is not None:
        statement = statement.join(Post, Post.id == Comment.post_id).where(
            Post.external_id == query.post
        )
    if query.code is not None:
        statement = statement.where(
            Comment.reasons.contains(f"|{query.code.value}|", autoescape=True)
        )
    if query.author is not None:
        statement = statement.where(Comment.author_key == query.author)
    for value, compare, column in (
        (query.score_from, operator.ge, Comment.score),
        (query.score_to, operator.le, Comment.score),
        (query.before, operator.lt, Comment.created_at),
        (query.after, operator.gt, Comment.created_at),
    ):
        if value is not None:
            statement = statement.where(compare(column, value))
    return statement


def matching(query: QueueQuery, by: By) -> Select[Any]:
    """The ids of everything that a query finds, for acting on all of it."""
    statement = _matching(query, by)
    return statement.where(_says(query.text)) if query.text else statement


def _place(query: QueueQuery) -> tuple[Any, Any]:
    if query.queue is Queue.MINE:
        return Decision.created_at, Comment.id
    if query.order is Order.PRIORITY and query.queue in WAITING:
        return Comment.priority_at, Comment.id
    return Comment.created_at, Comment.id


def _descending(query: QueueQuery) -> bool:
    return query.queue is Queue.MINE or query.order is Order.NEWEST


def _count(session: Session, statement: Select[Any]) -> int:
    few = statement.limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _says(text: str) -> Any:
    return or_(
        Comment.text.icontains(text, autoescape=True),
        Comment.author_name.icontains(text, autoescape=True),
    )


def _search(
    session: Session, statement: Select[Any], text: str, limit: int
) -> tuple[list[UUID], Cursor | None]:
    """Look through the next rows for a text, case aside."""
    rows = session.execute(statement.add_columns(_says(text).label("says")).limit(SEARCHED)).all()
    found = [row for row in rows if row.says]
    ids = [row.id for row in found[:limit]]
    if len(found) > limit:
        return ids, Cursor(found[limit - 1].at, found[limit - 1].id)
    return ids, Cursor(rows[-1].at, rows[-1].id) if len(rows) == SEARCHED else None
