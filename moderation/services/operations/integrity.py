"""Integrity checks of a store: those of the database, and the service's own invariants.

Reads only. Every check is one statement over whole tables, so that a million comments take
about a minute. All checks read the same snapshot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Select,
    String,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from moderation.domain.status import Listing, Status
from moderation.storage.engine import read_one_moment, unsound_rows
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.votes import Vote

from ..comments import restoring
from ..comments.ledger import IMPORT_POLICY
from .cleanup import MESSAGES

#: Wrong rows that are named.
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `wrong` is 0 for a sound store."""

    check: str
    wrong: int
    examples: tuple[str, ...] = ()


def verify(session: Session, *, now: datetime) -> list[Finding]:
    """Run every check on the session's store, the database's own first."""
    read_one_moment(session)
    try:
        return list(_findings(session, now))
    finally:
        session.rollback()


def _findings(session: Session, now: datetime) -> Iterator[Finding]:
    for check, rows in unsound_rows(session).items():
        yield Finding(check, len(rows), tuple(rows[:EXAMPLES]))
    for check, statement in _checks(now).items():
        wrong = statement.subquery()
        count = session.scalar(select(func.count()).select_from(wrong)) or 0
        examples = session.execute(select(wrong).limit(EXAMPLES)).all() if count else ()
        yield Finding(check, count, tuple(str(row[0]) for row in examples))


def _checks(now: datetime) -> dict[str, Any]:
    """Return the statements that must find no row, by the rule that a row would break."""
    parent = aliased(Comment)
    decided = cast(Decision.id, String)
    is_imported = Decision.policy.startswith(IMPORT_POLICY)
    return {
        "every comment has the decision that its status comes from": select(Comment.id).where(
            ~exists().where(
                Decision.comment_id == Comment.id,
                Decision.comment_version == Comment.version,
                Decision.status == Comment.status,
            )
        ),
        # An import has one entry, and sends no message about each comment.
        "every decision is in the audit trail": select(decided)
        .where(~is_imported)
        .except_(
            select(AuditEntry.detail["decision"].as_string()).where(
                AuditEntry.action.startswith("comment.")
            )
        ),
        # Delivered messages are kept only for a while.
        # There are none about comments of foreign platforms, unless the site wants them.
        "every decision has its message to the site": select(decided)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Post, Post.id == Comment.post_id)
        .where(Decision.created_at > now - MESSAGES, Post.origin.is_(None), ~is_imported)
        .except_(
            select(OutboxMessage.payload[("decision", "id")].as_string()),
            # Those of another store had theirs there.
            select(AuditEntry.detail["decision"].as_string()).where(
                AuditEntry.action == restoring.RESTORED
            ),
        ),
        "every comment is listed as its thread allows": _wrongly_listed(),
        "every post counts the comments that are shown": _wrong_counts(),
        "every comment counts the replies that are listed": _wrong_reply_counts(),
        "every comment counts the votes on it": _wrong_votes(),
        "every comment belongs to its post's site and its parent's post": select(Comment.id)
        .join(Post, Post.id == Comment.post_id)
        .outerjoin(parent, parent.id == Comment.parent_id)
        .where(or_(Post.site_id != Comment.site_id, parent.post_id != Comment.post_id)),
    }


def _wrongly_listed() -> Select[Any]:
    """Select comments whose listing does not follow from their status and their replies."""
    right = case(
        (Post.origin.is_not(None), literal(Listing.HIDDEN.value)),
        (Comment.status == Status.APPROVED.value, literal(Listing.SHOWN.value)),
        (Comment.reply_count > 0, literal(Listing.TOMBSTONE.value)),
        else_=literal(Listing.HIDDEN.value),
    )
    return select(Comment.id).join(Post, Post.id == Comment.post_id).where(Comment.listing != right)


def _wrong_counts() -> Select[Any]:
    shown = (
        select(Comment.post_id.label("post_id"), func.count().label("count"))
        .where(Comment.listing == Listing.SHOWN.value)
        .group_by(Comment.post_id)
        .subquery()
    )
    return (
        select(Post.id)
        .outerjoin(shown, shown.c.post_id == Post.id)
        .where(Post.comment_count != func.coalesce(shown.c.count, text("0")))
    )


def _wrong_reply_counts() -> Select[Any]:
    reply = aliased(Comment)
    listed = (
        select(reply.parent_id.label("parent_id"), func.count().label("count"))
        .where(reply.listing != Listing.HIDDEN.value, reply.parent_id.is_not(None))
        .group_by(reply.parent_id)
        .subquery()
    )
    return (
        select(Comment.id)
        .outerjoin(listed, listed.c.parent_id == Comment.id)
        .where(Comment.reply_count != func.coalesce(listed.c.count, text("0")))
    )


def _wrong_votes() -> Select[Any]:
    """Select comments with less votes than are stored; an import may have brought totals alone."""
    up, down = (func.sum(case((Vote.value == way, 1), else_=0)) for way in (1, -1))
    stored = (
        select(Vote.comment_id, up.label("up"), down.label("down"))
        .group_by(Vote.comment_id)
        .subquery()
    )
    return (
        select(Comment.id)
        .join(stored, stored.c.comment_id == Comment.id)
        .where(or_(Comment.votes_up < stored.c.up, Comment.votes_down < stored.c.down))
    )
