"""The one place that changes a comment's status.

`record` writes, in the caller's transaction, the comment, its Decision, the audit entry,
the message to the site, what becomes visible or invisible with it, and the post's version.
Nobody else writes `comments.status` or `comments.listing`: a test looks for them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, insert, literal, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from moderation.domain.errors import CommentNotFound
from moderation.domain.judgement import Verdict
from moderation.domain.reasons import Reason
from moderation.domain.status import STATUS_AFTER, Actor, Listing, Outcome, Status
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.decisions import MACHINE, Decision
from moderation.storage.prepared import Prepared, Turn, Unit
from moderation.storage.sites import Post
from moderation.storage.versions import raise_version

from . import audit, counting, linked, outbox, told
from .priority import priority_at

# Statements on the tables, not the classes: the unit of work has nothing to do here.
_T = Comment.__table__

_INSERT_COMMENT = Prepared(
    insert(Comment.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in _T.columns],
)
_INSERT_DECISION = Prepared(
    insert(Decision.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in Decision.__table__.columns],
)
_COUNT_REPLY = Prepared(
    update(_T)  # type: ignore[arg-type]
    .where(_T.c.id == bindparam("parent"))
    .values(reply_count=_T.c.reply_count + 1)
)
#: What a new comment has where nothing is said.
_NEW = {
    column.key: column.default.arg if column.default is not None else None for column in _T.columns
}

#: Run for a whole subtree at once: everybody waits while a deep thread is hidden.
_RELIST = (
    update(_T)  # type: ignore[arg-type]
    .where(_T.c.id == bindparam("comment"))
    .values(listing=bindparam("now_listed"), reply_count=bindparam("replies"))
)

EVENT_OF = {
    Status.HELD: "comment.held",
    Status.APPROVED: "comment.approved",
    Status.REJECTED: "comment.rejected",
    Status.SPAM: "comment.rejected",
    Status.DELETED: "comment.deleted",
}
#: The text changed by a moderator's hand; the status did not.
REDACTED = "comment.redacted"


class PostLike(Protocol):
    """What the ledger needs to know of a post."""

    @property
    def id(self) -> Any: ...
    @property
    def external_id(self) -> Any: ...
    @property
    def comment_count(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class By:
    """Who decides."""

    actor: Actor
    name: str = ""
    moderator_id: int | None = None


POLICY = By(Actor.POLICY, MACHINE)
AUTHOR = By(Actor.AUTHOR, "author")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` wrote."""

    decision_id: UUID
    status: Status
    listing: Listing
    version: int


def record(
    unit: Unit,
    comment: dict[str, Any],
    post: PostLike,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    verdict: Verdict | None = None,
    reason: Reason | None = None,
    note: str = "",
    undoes: Decision | None = None,
    changes: dict[str, Any] | None = None,
    batch_id: UUID | None = None,
) -> Recorded:
    """Change a comment's status with everything that belongs to it, in one transaction.

    `comment` holds the row's columns; without a `version` it is new and inserted.
    `changes` are further columns of an edit or a decision. For Outcome.UNDO the status
    becomes what it was before the decision `undoes`; for Outcome.REDACT it stays. The caller
    has begun to write, has read the comment and the post in this transaction, and commits.
    """
    new = "version" not in comment
    previous = None if new else Status(comment["status"])
    if outcome is Outcome.UNDO:
        if undoes is None or undoes.previous_status is None:
            raise AssertionError("undo needs a decision that changed something")
        status = Status(undoes.previous_status)
    elif outcome is Outcome.REDACT:
        status = Status(comment["status"])
    else:
        status = STATUS_AFTER[outcome]
    version = 1 if new else comment["version"] + 1
    decision_id = new_id()
    changes = dict(changes or {})
    edited = bool(changes)
    if verdict:
        changes["verdict_id"] = decision_id
        changes["reasons"] = told.reasons(verdict)
        score = changes["score"] = told.score(verdict)
        changes["priority_at"] = priority_at(comment["created_at"], score, post.comment_count)
    row = {"reasons": "", **comment, **changes, "status": status.value, "version": version}
    connection = unit.connection()
    if new:
        listing = _insert(connection, row)
        visible, shown = listing is Listing.SHOWN, int(listing is Listing.SHOWN)
    else:
        if previous is None or not isinstance(unit, Session):
            raise AssertionError("a comment that is there is changed in a session")
        unit.execute(
            update(Comment)
            .where(Comment.id == row["id"])
            .values(**changes, status=status.value, version=version)
        )
        listing, moved, shown = _relist(unit, row)
        visible = moved or (edited and listing is Listing.SHOWN)
        if by.actor is Actor.MODERATOR and outcome is not Outcome.REDACT:
            linked.learn(unit, row["site_id"], row["text"], outcome, previous, status)
    if visible:
        raise_version(unit, post.id, shown=shown)
    _INSERT_DECISION.run(
        connection,
        {
            "id": decision_id,
            "comment_id": row["id"],
            "revision": row["revision"],
            "comment_version": version,
            "actor": by.actor.value,
            "moderator_id": by.moderator_id,
            "actor_name": by.name,
            "outcome": outcome.value,
            "previous_status": previous.value if previous else None,
            "status": status.value,
            "reason": reason.value if reason else None,
            "note": note,
            "causes": [told.cause_record(c) for c in verdict.causes] if verdict else [],
            "scores": {k: round(v, 4) for k, v in verdict.scores.items()} if verdict else {},
            "versions": dict(verdict.versions) if verdict else {},
            "policy": verdict.policy if verdict else "",
            "undoes": undoes.id if undoes else None,
            "batch_id": batch_id,
            "created_at": now,
        },
    )
    audit.write(
        unit,
        now,
        by.actor,
        by.name,
        f"comment.{outcome.value}",
        f"comment:{row['id']}",
        site_id=row["site_id"],
        detail={
            "decision": str(decision_id),
            "from": previous.value if previous else None,
            "to": status.value,
            "reason": reason.value if reason else None,
        },
    )
    outbox.put(
        unit,
        row["site_id"],
        REDACTED if outcome is Outcome.REDACT else EVENT_OF[status],
        told.payload(row, post.external_id, status, decision_id, by.actor, reason, verdict),
        now,
        comment_id=row["id"],
    )
    counting.count_decision(unit, by.actor, outcome, previous, row["reasons"])
    return Recorded(decision_id, status, listing, version)


def lock(session: Session, comment_id: UUID) -> tuple[Comment, Post]:
    """Read a comment and its post anew and lock them: the post first, as everybody does."""
    post_id = session.scalar(select(Comment.post_id).where(Comment.id == comment_id))
    anew = {"populate_existing": True}
    post = session.scalar(
        select(Post).where(Post.id == post_id).with_for_update().execution_options(**anew)
    )
    comment = session.scalar(
        select(Comment).where(Comment.id == comment_id).with_for_update().execution_options(**anew)
    )
    if comment is None or post is None:
        raise CommentNotFound("There is no such comment, or it is no longer there.")
    return comment, post


def columns(comment: Comment) -> dict[str, Any]:
    """The row's columns, as `record` takes them."""
    return {column.key: getattr(comment, column.key) for column in Comment.__table__.columns}


# What readers see


def _insert(connection: Connection | Turn, row: dict[str, Any]) -> Listing:
    """Insert a new comment; its parent, if it has one, is shown (the caller looked)."""
    listing = Listing.SHOWN if row["status"] == Status.APPROVED else Listing.HIDDEN
    _INSERT_COMMENT.run(connection, {**_NEW, **row, "listing": listing.value})
    if listing is Listing.SHOWN and row["parent_id"]:
        _COUNT_REPLY.run(connection, {"parent": row["parent_id"]})
    return listing


@dataclass(slots=True)
class _Node:
    id: UUID
    parent_id: UUID | None
    status: Status
    listing: Listing
    reply_count: int


def _relist(session: Session, row: dict[str, Any]) -> tuple[Listing, bool, int]:
    """Work out anew what is shown of a comment, its replies and its ancestors.

    Tells the comment's listing, whether anything moved, and how many more are shown.

    A comment is shown when it is approved and everything above it is approved or deleted;
    a deleted one stays as a tombstone while replies below it are listed.
    """
    above = _ancestors(session, row["parent_id"])
    below = _subtree(session, row["id"])
    children: dict[UUID | None, list[_Node]] = {}
    for node in below:
        children.setdefault(node.parent_id, []).append(node)
    before = {node.id: (node.listing, node.reply_count) for node in [*below, *above]}

    passable = all(_passes(node) for node in above)
    # Parents come before their children, so the open ways are known when they are needed.
    open_ways = {row["id"]: passable}
    for node in below:
        for child in children.get(node.id, ()):
            open_ways[child.id] = open_ways[node.id] and _passes(node)
    for node in reversed(below):
        node.reply_count = sum(c.listing is not Listing.HIDDEN for c in children.get(node.id, ()))
        node.listing = _listing(node, open_ways[node.id])
    root = below[0]
    change = (root.listing is not Listing.HIDDEN) - (before[root.id][0] is not Listing.HIDDEN)
    for depth, node in enumerate(above):
        node.reply_count += change
        old = node.listing
        node.listing = _listing(node, all(_passes(n) for n in above[depth + 1 :]))
        change = (node.listing is not Listing.HIDDEN) - (old is not Listing.HIDDEN)
        if not change:
            break

    moved, shown = list[dict[str, Any]](), 0
    for node in [*below, *above]:
        if (node.listing, node.reply_count) == before[node.id]:
            continue
        moved.append(
            {"comment": node.id, "now_listed": node.listing.value, "replies": node.reply_count}
        )
        was_shown = before[node.id][0] is Listing.SHOWN
        shown += (node.listing is Listing.SHOWN) - was_shown
    if moved:
        session.connection().execute(_RELIST, moved)
    return root.listing, bool(moved), shown


def _passes(node: _Node) -> bool:
    return node.status in (Status.APPROVED, Status.DELETED)


def _listing(node: _Node, way_is_open: bool) -> Listing:
    if way_is_open and node.status is Status.APPROVED:
        return Listing.SHOWN
    if way_is_open and node.status is Status.DELETED and node.reply_count > 0:
        return Listing.TOMBSTONE
    return Listing.HIDDEN


_COLUMNS = (Comment.id, Comment.parent_id, Comment.status, Comment.listing, Comment.reply_count)


def _ancestors(session: Session, parent_id: UUID | None) -> list[_Node]:
    """From the parent up to the top."""
    if parent_id is None:
        return []
    start = (
        select(*_COLUMNS, literal(0).label("depth"))
        .where(Comment.id == parent_id)
        .cte("above", recursive=True)
    )
    way = start.union_all(
        select(*_COLUMNS, start.c.depth + 1).join(start, Comment.id == start.c.parent_id)
    )
    return _nodes(session, select(way).order_by(way.c.depth))


def _subtree(session: Session, comment_id: UUID) -> list[_Node]:
    """The comment and everything below it, parents before their children."""
    start = (
        select(*_COLUMNS, literal(0).label("depth"))
        .where(Comment.id == comment_id)
        .cte("below", recursive=True)
    )
    tree = start.union_all(
        select(*_COLUMNS, start.c.depth + 1).join(start, Comment.parent_id == start.c.id)
    )
    return _nodes(session, select(tree).order_by(tree.c.depth))


def _nodes(session: Session, statement: Any) -> list[_Node]:
    return [
        _Node(r.id, r.parent_id, Status(r.status), Listing(r.listing), r.reply_count)
        for r in session.execute(statement)
    ]
