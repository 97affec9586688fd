"""Idempotency of submissions: a repeated request gets the first answer again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from moderation.domain.errors import IdempotencyMismatch
from moderation.domain.reasons import CODES, Code, facts_of
from moderation.domain.status import Outcome, Status
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.authors import Ban
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.requests import IdempotencyKey, ReceivedEvent
from moderation.storage.models.sites import Site
from moderation.storage.upsert import insert_ignoring

from ..signing import Signing


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The key by which a repeated request is recognised.

    `webhook_id` for an event of the main site, else an Idempotency-Key with the fingerprint
    of its request body. With `alike`, the same comment of the same author within a minute is
    a repetition as well, from any form.
    """

    key: str = ""
    fingerprint: str = ""
    webhook_id: str = ""
    alike: bool = False


#: The public reason of a comment that no rule refused.
NO_REASON = "not_accepted"
#: The key of a request without an Idempotency-Key.
NO_KEY = RequestKey()


class CommentLike(Protocol):
    """A comment's columns, just written or read from the store."""

    id: Any
    parent_id: Any
    status: Any
    author_name: Any
    staff: Any
    verified: Any
    avatar: Any
    html: Any
    text: Any
    created_at: Any
    edited_at: Any
    reply_count: Any
    featured_at: Any
    redacted_at: Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a submission or an edit."""

    comment: CommentLike
    status: Status
    #: Empty for a comment that was recognised by its text: that proves no authorship.
    edit_token: str
    #: For a refused comment: a code for its author, never a score or a list.
    public_reason: str | None = None
    #: For a banned author: the notice of the ban.
    ban: "BanNotice | None" = None


@dataclass(frozen=True, slots=True)
class BanNotice:
    """The reason of a ban, possibly empty, and its end; None: permanent."""

    reason: str
    until: datetime | None


_EVENT = CompiledStatement(
    select(ReceivedEvent.comment_id, ReceivedEvent.comment_status).where(
        ReceivedEvent.site_id == bindparam("site"), ReceivedEvent.webhook_id == bindparam("key")
    )
)
_KEY = CompiledStatement(
    select(
        IdempotencyKey.fingerprint, IdempotencyKey.comment_id, IdempotencyKey.comment_status
    ).where(IdempotencyKey.site_id == bindparam("site"), IdempotencyKey.key == bindparam("key"))
)
_COLUMNS = tuple(column.key for column in Comment.__table__.columns)
_COMMENT = CompiledStatement(
    select(*(Comment.__table__.c[name] for name in _COLUMNS)).where(Comment.id == bindparam("id"))
)
_CAUSES = CompiledStatement(
    select(Decision.causes)
    .where(Decision.comment_id == bindparam("comment"), Decision.outcome == Outcome.REJECT.value)
    .order_by(Decision.created_at, Decision.id)
    .limit(1)
)

_BAN = CompiledStatement(
    select(Ban.reason, Ban.until)
    .where(
        Ban.site_id == bindparam("site"),
        or_(Ban.author_key == bindparam("author"), Ban.author_key == bindparam("email")),
    )
    .limit(1)
)


def ban_notice(unit: Executor, comment: Mapping[str, Any], reason: str | None) -> BanNotice | None:
    """Return the ban for which a comment was refused, or None for any other reason."""
    if reason != CODES[Code.AUTHOR_BANNED].public:
        return None
    author, email = comment["author_key"], comment["email_key"]
    keys = {"site": comment["site_id"], "author": author, "email": email}
    ban = _BAN.first(unit.connection(), keys)
    return BanNotice(*ban) if ban else None


def repeated_receipt(
    unit: Executor, runtime: Signing, site: Site, repeatable: RequestKey
) -> Receipt | None:
    """Return the stored answer to a repeated request; None for the first one."""
    if repeatable.webhook_id:
        event = _EVENT.first(unit.connection(), {"site": site.id, "key": repeatable.webhook_id})
        if event is None or event[0] is None or event[1] is None:
            return None
        return _replay(unit, event[0], Status(event[1]), runtime.edit_token(event[0]))
    if repeatable.key:
        seen = _KEY.first(unit.connection(), {"site": site.id, "key": repeatable.key})
        if seen is None:
            return None
        if seen[0] != repeatable.fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key was used before with another body. Use a new key for a new "
                "comment."
            )
        return _replay(unit, seen[1], Status(seen[2]), runtime.edit_token(seen[1]))
    return None


def receipt_without_token(unit: Executor, comment_id: UUID, status: Status) -> Receipt:
    """Return the answer for a stored comment, without an edit token."""
    return _replay(unit, comment_id, status, "")


def _replay(unit: Executor, comment_id: UUID, status: Status, edit_token: str) -> Receipt:
    [row] = _COMMENT.rows(unit.connection(), {"id": comment_id})
    comment = dict(zip(_COLUMNS, row, strict=True))
    reason = stored_public_reason(unit, comment_id) if status is Status.REJECTED else None
    return Receipt(
        SimpleNamespace(**comment),
        status,
        edit_token,
        reason,
        ban_notice(unit, comment, reason),
    )


def stored_public_reason(unit: Executor, comment_id: UUID) -> str:
    """Return the public reason of a refused comment, from its first such decision."""
    row = _CAUSES.first(unit.connection(), {"comment": comment_id})
    return public_code(row[0] if row else ())


def public_code(causes: Sequence[Mapping[str, Any]]) -> str:
    """Return the public code of the finding that refused a comment."""
    for cause in causes:
        if cause["outcome"] == Outcome.REJECT:
            return facts_of(cause["code"]).public
    return NO_REASON


def store_answer(
    unit: Executor,
    site: Site,
    repeatable: RequestKey,
    comment_id: UUID,
    status: Status,
    now: datetime,
) -> bool:
    """Store the answer for repetitions; return False when a concurrent request stored it first."""
    answer = {"site_id": site.id, "comment_id": comment_id, "comment_status": status.value}
    if repeatable.webhook_id:
        return insert_ignoring(
            unit,
            ReceivedEvent.__table__,  # type: ignore[arg-type]
            **answer,
            webhook_id=repeatable.webhook_id,
            type="comment.submitted",
            received_at=now,
        )
    if repeatable.key:
        return insert_ignoring(
            unit,
            IdempotencyKey.__table__,  # type: ignore[arg-type]
            **answer,
            key=repeatable.key,
            fingerprint=repeatable.fingerprint,
            created_at=now,
        )
    return True
