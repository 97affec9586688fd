"""What goes out to sites, what came in from them, and who is doing which background job."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id, Json, UtcDateTime
from .sites import BigKey

_WAITING = text("state = 'waiting'")


class OutboxMessage(Base):
    """A webhook to send, written in the commit of the change that it tells of."""

    __tablename__ = "outbox"

    #: Also the webhook's id: it stays the same over all tries.
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    #: waiting, delivered, failed (tries used up) or dropped (the site has no address for it).
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: A worker that dies loses its claim at this moment.
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Index("ix_outbox_due", OutboxMessage.due_at, sqlite_where=_WAITING, postgresql_where=_WAITING)


class Mail(Base):
    """A line of a mail to a moderator, sent by the worker.

    It names a comment and holds nothing of it: what is written is read when it is sent, so
    that what was erased or decided by then is in no mail.
    """

    __tablename__ = "mails"
    __table_args__ = (UniqueConstraint("moderator_id", "comment_id"),)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderators.id", ondelete="CASCADE"))
    #: None: asks whether the address is theirs.
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    #: waiting, sent, failed (tries used up) or dropped (there was nothing left to say).
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Index("ix_mails_due", Mail.due_at, sqlite_where=_WAITING, postgresql_where=_WAITING)


class ReceivedEvent(Base):
    """An event of the main site that was applied, so that a repetition changes nothing."""

    __tablename__ = "received_events"

    site_id: Mapped[int] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    webhook_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(64))
    #: What `comment.submitted` led to, so that its repetition gets the same answer.
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE")
    )
    comment_status: Mapped[str | None] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class IdempotencyKey(Base):
    """A submission that was answered, so that its repetition is not a second comment."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    comment_id: Mapped[UUID] = mapped_column(Id, ForeignKey("comments.id", ondelete="CASCADE"))
    #: The status that was answered, whatever became of the comment since.
    comment_status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Lease(Base):
    """Who runs a background job until when; one row per job, however many processes."""

    __tablename__ = "leases"

    job: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
