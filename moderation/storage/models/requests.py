"""Requests that must not be carried out twice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, UtcDateTime


class ReceivedEvent(Base):
    """An event of the main site that was applied, so that a repetition changes nothing."""

    __tablename__ = "received_events"

    site_id: Mapped[int] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    webhook_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(64))
    #: The comment of `comment.submitted`, so that a repetition gets the same answer.
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
    #: The status in the answer, unchanged by later decisions.
    comment_status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
