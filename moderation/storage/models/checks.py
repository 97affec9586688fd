"""Coral's signing secrets, and a site's own checker with the comments that wait for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, UtcDateTime


class CoralSecret(Base):
    """Verifies requests of Coral's external phase; two are valid while one is being replaced."""

    __tablename__ = "coral_secrets"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), index=True
    )
    #: As Coral made it. Needed in clear to verify.
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CheckerState(Base):
    """The changing part of a site's checker: its secret, circuit breaker and daily count."""

    __tablename__ = "checkers"

    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    #: Value of the secret header; needed in clear to send it, and never shown again.
    secret: Mapped[str] = mapped_column(Text, default="")
    #: Failures in a row.
    failures: Mapped[int] = mapped_column(Integer, default=0)
    #: The circuit breaker is open until then; after it one request probes the checker.
    open_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    #: The UTC day of the count, as 2026-11-30.
    day: Mapped[str] = mapped_column(String(10), default="")
    #: Requests sent on that day.
    sent: Mapped[int] = mapped_column(Integer, default=0)
    #: The last comment that was not checked because the breaker was open or the cap reached.
    skipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutsideCheck(Base):
    """A comment's revision that waits for its site's checker; its Decision replaces it."""

    __tablename__ = "outside_checks"

    #: One of a comment: an edit replaces the check of the text before.
    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), index=True
    )
    revision: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: A worker that dies loses its claim at this moment.
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
