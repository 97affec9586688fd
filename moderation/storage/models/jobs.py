"""Outgoing webhooks and mail, and the leases of background jobs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id, Json, UtcDateTime

_WAITING = text("state = 'waiting'")
_FAILED = text("state = 'failed'")


class OutboxMessage(Base):
    """A webhook to send, stored in the commit of the change that it reports."""

    __tablename__ = "outbox"

    #: Also the webhook's id: it stays the same over all tries.
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    #: queued (it has a delivery for each endpoint) or dropped (no endpoint wants it). Written by
    #: the previous release, until the worker hands them over: waiting, delivered and failed.
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: A worker that dies loses its claim at this moment.
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Index("ix_outbox_due", OutboxMessage.due_at, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index(
    "ix_outbox_failed",
    OutboxMessage.site_id,
    OutboxMessage.finished_at,
    sqlite_where=_FAILED,
    postgresql_where=_FAILED,
)


class Mail(Base):
    """A line of a mail to a moderator, sent by the worker.

    It refers to a comment without its text, which is read when the mail is sent, so
    that a comment that was erased or decided by then is in no mail.
    """

    __tablename__ = "mails"
    __table_args__ = (UniqueConstraint("moderator_id", "comment_id"),)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderators.id", ondelete="CASCADE"))
    #: None: a confirmation of the address.
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    #: waiting, sent, failed (tries used up) or dropped (the comment was decided).
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Index("ix_mails_due", Mail.due_at, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index(
    "ix_mails_failed",
    Mail.moderator_id,
    Mail.finished_at,
    sqlite_where=_FAILED,
    postgresql_where=_FAILED,
)


class Lease(Base):
    """The holder and the end of a background job's lease; one row per job."""

    __tablename__ = "leases"

    job: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
