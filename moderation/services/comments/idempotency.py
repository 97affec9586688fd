"""What a submission is answered, and the same answer again to its repetition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from moderation.domain.errors import IdempotencyMismatch
from moderation.domain.reasons import CODES, Code
from moderation.domain.status import Outcome, Status
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import insert_ignoring
from moderation.storage.messages import IdempotencyKey, ReceivedEvent
from moderation.storage.people import Ban
from moderation.storage.prepared import Prepared, Unit
from moderation.storage.sites import Site

from .runtime import Runtime


@dataclass(frozen=True, slots=True)
class Repeatable:
    """By what a repetition of a request is recognised.

    `webhook_id` for an event of the main site, else an Idempotency-Key with the
    fingerprint of the body that it came with.
    """

    key: str = ""
    fingerprint: str = ""
    webhook_id: str = ""


#: A request that nobody means to repeat.
ONCE = Repeatable()


class CommentLike(Protocol):
    """A comment's columns, whether they were just written or read from the store."""

    id: Any
    parent_id: Any
    listing: Any
    author_name: Any
    staff: Any
    html: Any
    text: Any
    created_at: Any
    edited_at: Any
    reply_count: Any
    featured_at: Any
    redacted_at: Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission or an edit."""

    comment: CommentLike
    status: Status
    edit_token: str
    #: For a refused comment: a code for its author, never a score or a list.
    public_reason: str | None = None
    #: For a banned author: what they are told of it.
    ban: "ToldBan | None" = None


@dataclass(frozen=True, slots=True)
class ToldBan:
    """Why an author is banned, empty when no reason was given, and until when; None: for good."""

    reason: str
    until: datetime | None


_EVENT = Prepared(
    select(ReceivedEvent.comment_id, ReceivedEvent.comment_status).where(
        ReceivedEvent.site_id == bindparam("site"), ReceivedEvent.webhook_id == bindparam("key")
    )
)
_KEY = Prepared(
    select(
        IdempotencyKey.fingerprint, IdempotencyKey.comment_id, IdempotencyKey.comment_status
    ).where(IdempotencyKey.site_id == bindparam("site"), IdempotencyKey.key == bindparam("key"))
)
_COLUMNS = tuple(column.key for column in Comment.__table__.columns)
_COMMENT = Prepared(
    select(*(Comment.__table__.c[name] for name in _COLUMNS)).where(Comment.id == bindparam("id"))
)
_CAUSES = Prepared(
    select(Decision.causes)
    .where(Decision.comment_id == bindparam("comment"), Decision.outcome == Outcome.REJECT.value)
    .order_by(Decision.created_at, Decision.id)
    .limit(1)
)

_BAN = Prepared(
    select(Ban.reason, Ban.until)
    .where(
        Ban.site_id == bindparam("site"),
        or_(Ban.author_key == bindparam("author"), Ban.author_key == bindparam("email")),
    )
    .limit(1)
)


def told_ban(unit: Unit, comment: Mapping[str, Any], reason: str | None) -> ToldBan | None:
    """What the author of a refused comment is told of their ban; None when that is not why."""
    if reason != CODES[Code.AUTHOR_BANNED].public:
        return None
    author, email = comment["author_key"], comment["email_key"]
    asked = {"site": comment["site_id"], "author": author, "email": email}
    found = _BAN.first(unit.connection(), asked)
    return ToldBan(*found) if found else None


def repeated_receipt(
    unit: Unit, runtime: Runtime, site: Site, repeatable: Repeatable
) -> Receipt | None:
    """The first answer to a request that came before; None when it is the first."""
    if repeatable.webhook_id:
        event = _EVENT.first(unit.connection(), {"site": site.id, "key": repeatable.webhook_id})
        if event is None or event[0] is None or event[1] is None:
            return None
        return _again(unit, runtime, event[0], Status(event[1]))
    if repeatable.key:
        seen = _KEY.first(unit.connection(), {"site": site.id, "key": repeatable.key})
        if seen is None:
            return None
        if seen[0] != repeatable.fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key came before with another body. Use a new key for a new "
                "comment."
            )
        return _again(unit, runtime, seen[1], Status(seen[2]))
    return None


def _again(unit: Unit, runtime: Runtime, comment_id: UUID, status: Status) -> Receipt:
    [row] = _COMMENT.rows(unit.connection(), {"id": comment_id})
    comment = dict(zip(_COLUMNS, row, strict=True))
    reason = stored_public_reason(unit, comment_id) if status is Status.REJECTED else None
    return Receipt(
        SimpleNamespace(**comment),
        status,
        runtime.edit_token(comment_id),
        reason,
        told_ban(unit, comment, reason),
    )


def stored_public_reason(unit: Unit, comment_id: UUID) -> str:
    """The public reason of a comment that a rule refused, from its first such decision."""
    found = _CAUSES.first(unit.connection(), {"comment": comment_id})
    for cause in found[0] if found else ():
        if cause["outcome"] == Outcome.REJECT:
            return CODES[cause["code"]].public
    return "not_accepted"


def remember(
    unit: Unit,
    site: Site,
    repeatable: Repeatable,
    comment_id: UUID,
    status: Status,
    now: datetime,
) -> bool:
    """Keep what a repetition must be answered; False when it is one, of a twin's."""
    answered = {"site_id": site.id, "comment_id": comment_id, "comment_status": status.value}
    if repeatable.webhook_id:
        return insert_ignoring(
            unit,
            ReceivedEvent.__table__,  # type: ignore[arg-type]
            **answered,
            webhook_id=repeatable.webhook_id,
            type="comment.submitted",
            received_at=now,
        )
    if repeatable.key:
        return insert_ignoring(
            unit,
            IdempotencyKey.__table__,  # type: ignore[arg-type]
            **answered,
            key=repeatable.key,
            fingerprint=repeatable.fingerprint,
            created_at=now,
        )
    return True
