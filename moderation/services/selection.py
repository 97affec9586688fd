"""Which comments a queue has: read along an index, and never more of it than was asked for.

A queue is read in parts, each along one index: what waits is one part whatever it is narrowed
by, since its indexes carry all of that; of the other queues each site is a part. What no index
can narrow by, the reason of a decided comment for one, is looked for row by row, and a page
then looks at no more than SEARCHED rows.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from moderation.domain.reasons import Code
from moderation.domain.status import Actor, Listing, Outcome, Status
from moderation.storage import search
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.sites import Post, Site

from .ledger import By
from .threads import Cursor

#: Rows that one page looks at when it has to look at each; its cursor goes on behind them.
SEARCHED = 500
#: Of a search by frequent words, how many somebody who asks for the next can get.
FIRST = 200
#: Rows that are read at a time, since a page is often full long before.
_STEP = 250
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
    fits: Callable[[Any], bool] | None = None

    @property
    def exact(self) -> bool:
        """Every row of the parts is meant, so that they can be counted."""
        return self.fits is None


def plan_of(session: Session, query: QueueQuery, by: By) -> Plan:
    """Plan how to read a query."""
    found: list[UUID] | None = None
    if query.text and query.queue in WAITING:
        words = search.words_of(query.text)
        found = search.held(session, words) if words else None
    fits = _looking(query, text=bool(query.text) and found is None)
    if query.queue is Queue.MINE:
        return Plan(query, (_mine(session, query, by),), fits)
    if query.queue in WAITING:
        return Plan(query, (_waiting(session, query, found),), fits)
    return Plan(query, tuple(_decided(session, query)), fits)


def rows(
    session: Session, plan: Plan, limit: int, cursor: Cursor | None = None
) -> tuple[list[Any], Cursor | None]:
    """The next rows (`id`, `at`) of a plan, and where the rows behind them begin.

    Where rows have to be looked at one by one there may be fewer than `limit`, or none, and
    yet more behind them.
    """
    if plan.exact:
        read = _read(session, plan, limit + 1, cursor)
        return read[:limit], _behind(read[limit - 1]) if len(read) > limit else None
    found: list[Any] = []
    for _ in range(SEARCHED // _STEP):
        read = _read(session, plan, _STEP, cursor)
        for row in read:
            if plan.fits is None or plan.fits(row):
                found.append(row)
            if len(found) > limit:
                return found[:limit], _behind(found[limit - 1])
        if len(read) < _STEP:
            return found, None
        cursor = _behind(read[-1])
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


def _read(session: Session, plan: Plan, limit: int, cursor: Cursor | None) -> list[Any]:
    """Rows of all parts in their order."""
    query = plan.query
    place = query.place
    columns: list[Any] = [Comment.id, place[0].label("at")]
    if not plan.exact:
        columns += [Comment.reasons, Comment.score, *_said(query.text)]
    statements = []
    for part in plan.parts:
        if cursor is not None:
            behind, ahead = (cursor.created_at, cursor.id), tuple_(*place)
            part = part.where(ahead < behind if query.descending else ahead > behind)
        statements.append(
            part.with_only_columns(*columns)
            .order_by(*(c.desc() if query.descending else c for c in place))
            .limit(limit)
        )
    if len(statements) == 1:
        return list(session.execute(statements[0]))
    read: list[Any] = []
    for begin in range(0, len(statements), _PARTS):
        some = [select(part.subquery()) for part in statements[begin : begin + _PARTS]]
        read += session.execute(union_all(*some))
    return sorted(read, key=lambda row: (row.at, row.id), reverse=query.descending)[:limit]


def _behind(row: Any) -> Cursor:
    return Cursor(row.at, row.id)


# The parts


def _along(statement: Select[Any], index: str) -> Select[Any]:
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
        statement = statement.where(Comment.reasons.contains(_written(query.code), autoescape=True))
    for value, compare in ((query.score_from, operator.ge), (query.score_to, operator.le)):
        if value is not None:
            statement = statement.where(compare(Comment.score, value))
    if query.queue is Queue.ESCALATED:
        statement = statement.where(Comment.escalated_at.is_not(None))
    if found is not None:
        return _along(statement.where(Comment.id.in_(found)), "sqlite_autoindex_comments_1")
    if query.queue is Queue.ESCALATED:
        return _along(statement, "ix_comments_escalated")
    by_priority = query.order is Order.PRIORITY
    return _along(statement, "ix_comments_priority" if by_priority else "ix_comments_held")


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
            yield _along(of_post.where(listed), "ix_comments_thread")
            yield _along(of_post.where(unlisted), "ix_comments_unlisted")
        return
    for site in _sites(session, query):
        of_site = statement.where(Comment.site_id == site)
        if query.author is not None:
            of_site = of_site.where(Comment.author_key == query.author)
            yield _along(of_site, "ix_comments_author")
        else:
            yield _along(of_site, "ix_comments_queue")


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


# Row by row


def _written(code: Code) -> str:
    return f"|{code.value}|"


def _said(wanted: str) -> Iterator[Any]:
    """The texts that may say what is wanted: most do not, and need not be sent."""
    words = search.words_of(wanted) or [wanted]
    maybe = and_(
        *(
            or_(
                Comment.text.icontains(word, autoescape=True),
                Comment.author_name.icontains(word, autoescape=True),
            )
            for word in words
            # Databases fold the case of few letters but those of English.
            if word.isascii()
        ),
        true(),
    )
    yield case((maybe, Comment.author_name + " " + Comment.text), else_=None).label("said")


def _looking(query: QueueQuery, *, text: bool) -> Callable[[Any], bool] | None:
    """What has to be looked for row by row; None when the parts say it all."""
    tests: list[Callable[[Any], bool]] = []
    if query.queue not in WAITING:
        low, high = query.score_from, query.score_to
        if query.code is not None:
            code = _written(query.code)
            tests.append(lambda row: code in row.reasons)
        if low is not None:
            tests.append(lambda row: row.score >= low)
        if high is not None:
            tests.append(lambda row: row.score <= high)
    if text:
        tests.append(_says(query.text))
    if not tests:
        return None
    return lambda row: all(test(row) for test in tests)


def _says(wanted: str) -> Callable[[Any], bool]:
    """Tell whether a row has all words, or ones that begin so, as the index would."""
    words = search.words_of(wanted)
    if not words:
        plain = wanted.lower()
        return lambda row: row.said is not None and plain in row.said.lower()
    patterns = [re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in words]

    def says(row: Any) -> bool:
        said = row.said.lower() if row.said is not None else ""
        return all(pattern.search(said) for pattern in patterns)

    return says
