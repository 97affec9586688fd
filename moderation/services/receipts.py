"""What a submission is answered, and the same answer again to its repetition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.errors import IdempotencyMismatch
from moderation.domain.reasons import CODES
from moderation.domain.status import Outcome, Status
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import insert_ignoring
from moderation.storage.messages import IdempotencyKey, ReceivedEvent
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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission or an edit."""

    comment: CommentLike
    status: Status
    edit_token: str
    #: For a refused comment: a code for its author, never a score or a list.
    public_reason: str | None = None


def repeated_receipt(
    session: Session, runtime: Runtime, site: Site, repeatable: Repeatable
) -> Receipt | None:
    """The first answer to a request that came before; None when it is the first."""
    if repeatable.webhook_id:
        event = session.get(ReceivedEvent, (site.id, repeatable.webhook_id))
        if event is None or event.comment_id is None or event.comment_status is None:
            return None
        return _again(session, runtime, event.comment_id, Status(event.comment_status))
    if repeatable.key:
        seen = session.scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.site_id == site.id, IdempotencyKey.key == repeatable.key
            )
        )
        if seen is None:
            return None
        if seen.fingerprint != repeatable.fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key came before with another body. Use a new key for a new "
                "comment."
            )
        return _again(session, runtime, seen.comment_id, Status(seen.comment_status))
    return None


def _again(session: Session, runtime: Runtime, comment_id: UUID, status: Status) -> Receipt:
    comment = session.get_one(Comment, comment_id)
    return Receipt(
        comment,
        status,
        runtime.edit_token(comment_id),
        stored_public_reason(session, comment_id) if status is Status.REJECTED else None,
    )


def stored_public_reason(session: Session, comment_id: UUID) -> str:
    """The public reason of a comment that a rule refused, from its first such decision."""
    causes = session.scalar(
        select(Decision.causes)
        .where(Decision.comment_id == comment_id, Decision.outcome == Outcome.REJECT)
        .order_by(Decision.created_at, Decision.id)
        .limit(1)
    )
    for cause in causes or ():
        if cause["outcome"] == Outcome.REJECT:
            return CODES[cause["code"]].public
    return "not_accepted"


def remember(
    session: Session,
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
            session,
            ReceivedEvent.__table__,  # type: ignore[arg-type]
            **answered,
            webhook_id=repeatable.webhook_id,
            type="comment.submitted",
            received_at=now,
        )
    if repeatable.key:
        return insert_ignoring(
            session,
            IdempotencyKey.__table__,  # type: ignore[arg-type]
            **answered,
            key=repeatable.key,
            fingerprint=repeatable.fingerprint,
            created_at=now,
        )
    return True
