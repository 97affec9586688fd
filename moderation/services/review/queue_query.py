"""The comments of a queue, read along an index, with a bounded number of rows per page.

A queue is read in parts, each along one index. Waiting comments are one part, since their
indexes cover every condition; of the other queues each site is a part. Conditions that no index
covers, the words or the reason of a decided comment, are tested row by row (see row_filter.py),
and a page then scans no more than SEARCHED rows.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from moderation.domain.actors import By
from moderation.domain.posts import canonical_id
from moderation.domain.status import Actor, Listing, Outcome, Status
from moderation.storage import full_text
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.reports import ReportedComment
from moderation.storage.models.sites import Site

from ..pagination import Cursor
from . import row_filter
from .queue_choice import CLAIMABLE, WAITING, Order, Queue, QueueQuery

__all__ = ["CLAIMABLE", "WAITING", "Order", "Queue", "QueueQuery"]

#: Rows that one page scans where each must be tested; its cursor continues after them.
SEARCHED = 8000
#: The same where the database cannot filter any: words without an ASCII letter.
SENT = 2000
#: Candidates for the next comment from a search by frequent words.
FIRST = 200
#: Rows that are scanned first, since a page is often full after a few.
FIRST_LOOK = 250
#: Statuses of comments in the queue Reported: a rule may have refused one since, by an edit.
IN_REPORTED = (Status.APPROVED.value, Status.HELD.value)
#: Parts of one statement; SQLite joins no more than 500.
_PARTS = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a query: its parts, and the filter that is tested row by row."""

    query: QueueQuery
    #: Statements of comments without columns and order; together they are the queue.
    parts: tuple[Select[Any], ...]
    #: Tests each row of the parts; None: all match.
    look: row_filter.RowFilter | None = None

    @property
    def exact(self) -> bool:
        """Return whether every row of the parts matches, so that they can be counted."""
        return self.look is None

    @property
    def dated(self) -> bool:
        """Return whether rows are tested one by one, and in the order of their times."""
        by_priority = (Comment.priority_at, ReportedComment.priority_at)
        return not self.exact and not any(self.query.place[0] is each for each in by_priority)


def plan_of(session: Session, query: QueueQuery, by: By) -> Plan:
    """Plan how to read a query."""
    indexed_ids, is_exact = _indexed(session, query)
    looked = query.queue not in WAITING
    look = row_filter.row_filter_for(
        code=query.code if looked else None,
        score_from=query.score_from if looked else None,
        score_to=query.score_to if looked else None,
        text="" if is_exact else query.text,
    )
    if query.queue is Queue.MINE:
        return Plan(query, (_mine(session, query, by),), look)
    if query.queue is Queue.REPORTED:
        return Plan(query, (_reported(session, query),), look)
    if query.queue in WAITING:
        return Plan(query, (_waiting(session, query, indexed_ids),), look)
    return Plan(query, tuple(_decided(session, query)), look)


def _indexed(session: Session, query: QueueQuery) -> tuple[list[UUID] | None, bool]:
    """Return the ids that the word index finds, or None, and whether all of them match."""
    words = full_text.words_of(query.text) if query.queue in WAITING else []
    indexed = [word for word in words if full_text.is_indexed(word)]
    found = full_text.held_with_words(session, indexed) if indexed else None
    with_joined_words = full_text.held_with_joined_words(session) if found is not None else None
    if found is None or with_joined_words is None:
        return None, False
    found = list(dict.fromkeys([*found, *with_joined_words]))
    if not found and not query.text.isascii():
        # The index does not know every letter.
        return None, False
    return found, not with_joined_words and len(indexed) == len(words)


def rows(
    session: Session, plan: Plan, limit: int, cursor: Cursor | None = None
) -> tuple[list[Any], Cursor | None]:
    """Return the next rows (`id`, `at`) of a plan, and the cursor of the rows after them.

    Where rows are tested one by one there may be fewer than `limit`, or none, although more
    follow.
    """
    if plan.look is None:
        read = _read(session, plan, cursor, limit=limit + 1)
        return read[:limit], _behind(read[limit - 1]) if len(read) > limit else None
    matching: list[Any] = []
    most = SEARCHED if plan.look.is_sorted_out else SENT
    for step in (FIRST_LOOK, most - FIRST_LOOK):
        bound = _bound(session, plan, cursor, step)
        for row in _read(session, plan, cursor, until=bound):
            if plan.look.matches(row):
                matching.append(row)
            if len(matching) > limit:
                return matching[:limit], _behind(matching[limit - 1])
        if bound is None:
            return matching, None
        cursor = bound
    return matching, cursor


def count(session: Session, plan: Plan, most: int) -> int:
    """Count the comments of a plan, up to `most`."""
    counted = 0
    for part in plan.parts:
        few = part.limit(most - counted).subquery()
        counted += session.scalar(select(func.count()).select_from(few)) or 0
        if counted >= most:
            break
    return counted


def oldest(session: Session, plan: Plan) -> datetime | None:
    """Return the time since which the first comment of a plan waits, or None."""
    place: tuple[Any, Any] = (Comment.created_at, Comment.id)
    if plan.query.queue is Queue.REPORTED:
        place = (ReportedComment.first_at, ReportedComment.comment_id)
    first = [
        session.scalar(part.with_only_columns(place[0]).order_by(*place).limit(1))
        for part in plan.parts
    ]
    return min(filter(None, first), default=None)


def candidates(session: Session, query: QueueQuery, by: By) -> Select[Any]:
    """Return a statement of (id, site) of the claimable comments, the best first.

    For a search whose words are too frequent for the index it has only the first FIRST.
    """
    plan = plan_of(session, query, by)
    statement: Any = plan.parts[0]
    if not plan.exact:
        found = ids(session, plan, FIRST)
        if query.queue is Queue.REPORTED:
            statement = statement.where(Comment.id.in_(found))
        else:
            statement = _waiting(session, query, found)
    order = (c.desc() if query.descending else c for c in query.place)
    handed: Select[Any] = statement.with_only_columns(Comment.id, Comment.site_id)
    return handed.order_by(*order)


def ids(session: Session, plan: Plan, most: int) -> list[UUID]:
    """Return the ids of the first comments of a plan, over as many pages as needed."""
    first_ids: list[UUID] = []
    for row in _all(session, plan):
        first_ids.append(row.id)
        if len(first_ids) == most:
            break
    return first_ids


def _all(session: Session, plan: Plan) -> Iterator[Any]:
    cursor: Cursor | None = None
    while True:
        page, cursor = rows(session, plan, 500, cursor)
        yield from page
        if cursor is None:
            return


def _bound(session: Session, plan: Plan, cursor: Cursor | None, step: int) -> Cursor | None:
    """Return the place up to which `step` rows are read; None: there are fewer."""
    per_part = max(1, step // max(1, len(plan.parts)))
    lasts = [part.offset(per_part - 1).limit(1) for part in _statements(plan, cursor)]
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
    """Return the rows of all parts in order; with a row filter, those that may match."""
    statements = []
    for part in _statements(plan, cursor, until):
        if plan.look is not None:
            maybe = plan.look.maybe(session)
            part = part.add_columns(Comment.author_name, Comment.text).where(*maybe)
        statements.append(part.limit(limit))
    merged = _together(session, statements)
    if len(statements) == 1:
        return merged
    return sorted(merged, key=lambda row: (row.at, row.id), reverse=plan.query.descending)[:limit]


def _together(session: Session, statements: list[Select[Any]]) -> list[Any]:
    """Return the rows of all statements, unordered when there are several."""
    if len(statements) == 1:
        return list(session.execute(statements[0]))
    rows_read: list[Any] = []
    for begin in range(0, len(statements), _PARTS):
        selects = [select(part.subquery()) for part in statements[begin : begin + _PARTS]]
        rows_read += session.execute(union_all(*selects))
    return rows_read


def _statements(
    plan: Plan, cursor: Cursor | None, until: Cursor | None = None
) -> Iterator[Select[Any]]:
    """Yield a statement for each part's rows, in order, after one place and up to another."""
    query = plan.query
    place = query.place
    position = tuple_(*place)
    for part in plan.parts:
        if cursor is not None:
            behind = (cursor.created_at, cursor.id)
            part = part.where(position < behind if query.descending else position > behind)
        if until is not None:
            last = (until.created_at, until.id)
            part = part.where(position >= last if query.descending else position <= last)
        part = part.with_only_columns(Comment.id, place[0].label("at"))
        yield part.order_by(*(c.desc() if query.descending else c for c in place))


def _behind(row: Any) -> Cursor:
    return Cursor(row.at, row.id)


# The parts


def use_index(statement: Select[Any], index: str) -> Select[Any]:
    """Read along this index on SQLite, which has no row counts to choose one by itself."""
    return statement.with_hint(Comment, f"INDEXED BY {index}", "sqlite")


def _waiting(session: Session, query: QueueQuery, indexed_ids: list[UUID] | None) -> Select[Any]:
    # Written out, so that the planner sees that the indexes of held comments apply.
    held = Comment.status == literal_column(f"'{Status.HELD.value}'")
    statement = select(Comment.id).where(held, *_narrowed(query))
    if query.site_ids is not None:
        statement = statement.where(Comment.site_id.in_(query.site_ids))
    if query.post is not None:
        statement = statement.where(Comment.post_id.in_(_posts(session, query)))
    if query.code is not None:
        statement = statement.where(row_filter.has_code(query.code))
    for value, compare in ((query.score_from, operator.ge), (query.score_to, operator.le)):
        if value is not None:
            statement = statement.where(compare(Comment.score, value))
    if query.queue is Queue.ESCALATED:
        statement = statement.where(Comment.escalated_at.is_not(None))
    if indexed_ids is not None:
        return use_index(
            statement.where(Comment.id.in_(indexed_ids)), "sqlite_autoindex_comments_1"
        )
    if query.queue is Queue.ESCALATED:
        return use_index(statement, "ix_comments_escalated")
    by_priority = query.order is Order.PRIORITY
    return use_index(statement, "ix_comments_priority" if by_priority else "ix_comments_held")


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
            yield use_index(of_post.where(listed), "ix_comments_thread")
            yield use_index(of_post.where(unlisted), "ix_comments_unlisted")
        return
    for site in _sites(session, query):
        of_site = statement.where(Comment.site_id == site)
        if query.author is not None:
            of_site = of_site.where(Comment.author_key == query.author)
            yield use_index(of_site, "ix_comments_author")
        else:
            yield use_index(of_site, "ix_comments_queue")


def _reported(session: Session, query: QueueQuery) -> Select[Any]:
    statement = (
        select(Comment.id)
        .select_from(Comment)
        .join(ReportedComment, ReportedComment.comment_id == Comment.id)
        .where(Comment.status.in_(IN_REPORTED), *_narrowed(query))
    )
    if query.site_ids is not None:
        statement = statement.where(ReportedComment.site_id.in_(query.site_ids))
    if query.post is not None:
        statement = statement.where(Comment.post_id.in_(_posts(session, query)))
    return statement


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
    external_id = canonical_id(query.post or "")
    conditions = (Post.site_id.in_(_sites(session, query)), Post.external_id == external_id)
    return list(session.scalars(select(Post.id).where(and_(*conditions))))
