"""Which comments a queue has: read along an index, and never more of it than was asked for.

A queue is read in parts, each along one index: what waits is one part whatever it is narrowed
by, since its indexes carry all of that; of the other queues each site is a part. What no index
can narrow by, the words or the reason of a decided comment, is looked for row by row (see
looking.py), and a page then looks at no more than SEARCHED rows.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from moderation.domain.reasons import Code
from moderation.domain.status import Actor, Listing, Outcome, Status
from moderation.storage import search
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.sites import Post, Site

from . import looking
from .ledger import By
from .threads import Cursor

#: Rows that one page looks at when it has to look at each; its cursor goes on behind them.
SEARCHED = 8000
#: The same where the database can sort none of them out: words without a letter of English.
SENT = 2000
#: Of a search by frequent words, how many somebody who asks for the next can get.
FIRST = 200
#: Rows of these that are looked at first, since a page is often full soon.
FIRST_LOOK = 250
#: Parts of one statement; SQLite joins no more than 500.
_PARTS = 100


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

    @property
    def descending(self) -> bool:
        return self.queue is Queue.MINE or self.order is Order.NEWEST

    @property
    def place(self) -> tuple[Any, Any]:
        """The columns by which the queue is ordered."""
        if self.queue is Queue.MINE:
            return Decision.created_at, Comment.id
        if self.order is Order.PRIORITY and self.queue in WAITING:
            return Comment.priority_at, Comment.id
        return Comment.created_at, Comment.id


@dataclass(frozen=True, slots=True)
class Plan:
    """A query as it is read: its parts, and what has to be looked for row by row."""

    query: QueueQuery
    #: Statements of comments without columns and order; together they are the queue.
    parts: tuple[Select[Any], ...]
    #: Tells of a row whether it is meant; None: all are.
    look: looking.Look | None = None

    @property
    def exact(self) -> bool:
        """Every row of the parts is meant, so that they can be counted."""
        return self.look is None

    @property
    def dated(self) -> bool:
        """Rows are looked at one by one, and in the order of their moments."""
        return not self.exact and self.query.place[0] is not Comment.priority_at


def plan_of(session: Session, query: QueueQuery, by: By) -> Plan:
    """Plan how to read a query."""
    found: list[UUID] | None = None
    if query.text and query.queue in WAITING:
        words = search.words_of(query.text)
        found = search.held(session, words) if words else None
    looked = query.queue not in WAITING
    look = looking.at(
        code=query.code if looked else None,
        score_from=query.score_from if looked else None,
        score_to=query.score_to if looked else None,
        text=query.text if found is None else "",
    )
    if query.queue is Queue.MINE:
        return Plan(query, (_mine(session, query, by),), look)
    if query.queue in WAITING:
        return Plan(query, (_waiting(session, query, found),), look)
    return Plan(query, tuple(_decided(session, query)), look)


def rows(
    session: Session, plan: Plan, limit: int, cursor: Cursor | None = None
) -> tuple[list[Any], Cursor | None]:
    """The next rows (`id`, `at`) of a plan, and where the rows behind them begin.

    Where rows have to be looked at one by one there may be fewer than `limit`, or none, and
    yet more behind them.
    """
    if plan.look is None:
        read = _read(session, plan, cursor, limit=limit + 1)
        return read[:limit], _behind(read[limit - 1]) if len(read) > limit else None
    found: list[Any] = []
    most = SEARCHED if plan.look.is_sorted_out else SENT
    for step in (FIRST_LOOK, most - FIRST_LOOK):
        bound = _bound(session, plan, cursor, step)
        for row in _read(session, plan, cursor, until=bound):
            if plan.look.fits(row):
                found.append(row)
            if len(found) > limit:
                return found[:limit], _behind(found[limit - 1])
        if bound is None:
            return found, None
        cursor = bound
    return found, cursor


def count(session: Session, plan: Plan, most: int) -> int:
    """How many comments the parts of a plan have, counted no further than `most`."""
    counted = 0
    for part in plan.parts:
        few = part.limit(most - counted).subquery()
        counted += session.scalar(select(func.count()).select_from(few)) or 0
        if counted >= most:
            break
    return counted


def oldest(session: Session, plan: Plan) -> datetime | None:
    """Since when the oldest comment of a plan is there."""
    place = (Comment.created_at, Comment.id)
    first = [
        session.scalar(part.with_only_columns(Comment.created_at).order_by(*place).limit(1))
        for part in plan.parts
    ]
    return min(filter(None, first), default=None)


def handed_out(session: Session, query: QueueQuery, by: By) -> Select[Any]:
    """A statement of (id, site) of what waits, the best first.

    Of a search whose words are too frequent for the index it has the first FIRST.
    """
    plan = plan_of(session, query, by)
    statement: Any = plan.parts[0]
    if not plan.exact:
        statement = _waiting(session, query, ids(session, plan, FIRST))
    order = (c.desc() if query.descending else c for c in query.place)
    handed: Select[Any] = statement.with_only_columns(Comment.id, Comment.site_id)
    return handed.order_by(*order)


def ids(session: Session, plan: Plan, most: int) -> list[UUID]:
    """The first comments of a plan, however long it takes to find them."""
    found: list[UUID] = []
    for row in _all(session, plan):
        found.append(row.id)
        if len(found) == most:
            break
    return found


def _all(session: Session, plan: Plan) -> Iterator[Any]:
    cursor: Cursor | None = None
    while True:
        page, cursor = rows(session, plan, 500, cursor)
        yield from page
        if cursor is None:
            return


def _bound(session: Session, plan: Plan, cursor: Cursor | None, step: int) -> Cursor | None:
    """The place to which `step` rows are read; None: there are fewer."""
    each = max(1, step // max(1, len(plan.parts)))
    lasts = [part.offset(each - 1).limit(1) for part in _statements(plan, cursor)]
    ends = [_behind(row) for row in _together(session, lasts)]
    first = max if plan.query.descending else min
    return first(ends, key=lambda end: (end.created_at, end.id), default=None)


def _read(
    session: Session,
    plan: Plan,
    cursor: Cursor | None,
    *,
    limit: int | None = None,
    until: Cursor | None = None,
) -> list[Any]:
    """Rows of all parts in their order; of what is looked for, those that may be meant."""
    statements = []
    for part in _statements(plan, cursor, until):
        if plan.look is not None:
            maybe = plan.look.maybe(session)
            part = part.add_columns(Comment.author_name, Comment.text).where(*maybe)
        statements.append(part.limit(limit))
    read = _together(session, statements)
    if len(statements) == 1:
        return read
    return sorted(read, key=lambda row: (row.at, row.id), reverse=plan.query.descending)[:limit]


def _together(session: Session, statements: list[Select[Any]]) -> list[Any]:
    """The rows of all statements, in no order when there are several."""
    if len(statements) == 1:
        return list(session.execute(statements[0]))
    read: list[Any] = []
    for begin in range(0, len(statements), _PARTS):
        some = [select(part.subquery()) for part in statements[begin : begin + _PARTS]]
        read += session.execute(union_all(*some))
    return read


def _statements(
    plan: Plan, cursor: Cursor | None, until: Cursor | None = None
) -> Iterator[Select[Any]]:
    """The places of each part's rows, in order, behind one place and up to another."""
    query = plan.query
    place = query.place
    here = tuple_(*place)
    for part in plan.parts:
        if cursor is not None:
            behind = (cursor.created_at, cursor.id)
            part = part.where(here < behind if query.descending else here > behind)
        if until is not None:
            last = (until.created_at, until.id)
            part = part.where(here >= last if query.descending else here <= last)
        part = part.with_only_columns(Comment.id, place[0].label("at"))
        yield part.order_by(*(c.desc() if query.descending else c for c in place))


def _behind(row: Any) -> Cursor:
    return Cursor(row.at, row.id)


# The parts


def along(statement: Select[Any], index: str) -> Select[Any]:
    """Read along this index on SQLite, which counts no rows before it chooses one."""
    return statement.with_hint(Comment, f"INDEXED BY {index}", "sqlite")


def _waiting(session: Session, query: QueueQuery, found: list[UUID] | None) -> Select[Any]:
    # Written out, so that the planner sees that the indexes of held comments apply.
    held = Comment.status == literal_column(f"'{Status.HELD.value}'")
    statement = select(Comment.id).where(held, *_narrowed(query))
    if query.site_ids is not None:
        statement = statement.where(Comment.site_id.in_(query.site_ids))
    if query.post is not None:
        statement = statement.where(Comment.post_id.in_(_posts(session, query)))
    if query.code is not None:
        statement = statement.where(looking.has_code(query.code))
    for value, compare in ((query.score_from, operator.ge), (query.score_to, operator.le)):
        if value is not None:
            statement = statement.where(compare(Comment.score, value))
    if query.queue is Queue.ESCALATED:
        statement = statement.where(Comment.escalated_at.is_not(None))
    if found is not None:
        return along(statement.where(Comment.id.in_(found)), "sqlite_autoindex_comments_1")
    if query.queue is Queue.ESCALATED:
        return along(statement, "ix_comments_escalated")
    by_priority = query.order is Order.PRIORITY
    return along(statement, "ix_comments_priority" if by_priority else "ix_comments_held")


def _decided(session: Session, query: QueueQuery) -> Iterator[Select[Any]]:
    statement = select(Comment.id).where(
        Comment.status == query.queue.value, *_narrowed(query, author=False)
    )
    if query.post is not None:
        listed = Comment.listing != literal_column(f"'{Listing.HIDDEN.value}'")
        unlisted = Comment.listing == literal_column(f"'{Listing.HIDDEN.value}'")
        for post in _posts(session, query):
            of_post = statement.where(Comment.post_id == post)
            if query.author is not None:
                of_post = of_post.where(Comment.author_key == query.author)
            yield along(of_post.where(listed), "ix_comments_thread")
            yield along(of_post.where(unlisted), "ix_comments_unlisted")
        return
    for site in _sites(session, query):
        of_site = statement.where(Comment.site_id == site)
        if query.author is not None:
            of_site = of_site.where(Comment.author_key == query.author)
            yield along(of_site, "ix_comments_author")
        else:
            yield along(of_site, "ix_comments_queue")


def _mine(session: Session, query: QueueQuery, by: By) -> Select[Any]:
    later = aliased(Decision)
    statement = (
        select(Comment.id)
        .join(Decision, Decision.comment_id == Comment.id)
        .where(
            Decision.actor == literal_column(f"'{Actor.MODERATOR.value}'"),
            Decision.actor_name == by.name,
            Decision.outcome != Outcome.UNDO.value,
            Comment.status != Status.DELETED.value,
            ~select(later.id)
            .where(later.comment_id == Comment.id, later.comment_version > Decision.comment_version)
            .exists(),
            *_narrowed(query),
        )
    )
    if query.site_ids is not None:
        statement = statement.where(Comment.site_id.in_(query.site_ids))
    if query.post is not None:
        statement = statement.where(Comment.post_id.in_(_posts(session, query)))
    return statement


def _narrowed(query: QueueQuery, *, author: bool = True) -> Iterator[Any]:
    if author and query.author is not None:
        yield Comment.author_key == query.author
    if query.before is not None:
        yield Comment.created_at < query.before
    if query.after is not None:
        yield Comment.created_at > query.after


def _sites(session: Session, query: QueueQuery) -> list[int]:
    if query.site_ids is not None:
        return list(query.site_ids)
    return list(session.scalars(select(Site.id)))


def _posts(session: Session, query: QueueQuery) -> list[int]:
    wanted = (Post.site_id.in_(_sites(session, query)), Post.external_id == query.post)
    return list(session.scalars(select(Post.id).where(and_(*wanted))))
