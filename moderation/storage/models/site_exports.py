"""Exports that admins order, and that the worker prepares as files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, Json, UtcDateTime

_EMPTY = text("'[]'")


class SiteExport(Base):
    """An export that was ordered, its progress, and where its file stands.

    The file itself is in the data folder, under the row's id.
    """

    __tablename__ = "site_exports"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), index=True
    )
    #: One of `services.transfer.site_exports.State`.
    state: Mapped[str] = mapped_column(String(16), index=True)
    #: One of `services.transfer.exporting.Format`.
    format: Mapped[str] = mapped_column(String(16))
    #: The part of the site that was ordered; None and empty: all of it.
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    posts: Mapped[list[str]] = mapped_column(Json, default=list, server_default=_EMPTY)
    actor_name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The end of the last run.
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The worker that writes the file, and until when it may be silent.
    holder: Mapped[str] = mapped_column(String(32), default="", server_default="")
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Times that a run ended unexpectedly.
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Comments that are written, and all of them.
    done: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: Of the finished file.
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Moderators and tokens whose download is in the audit trail.
    downloaded_by: Mapped[list[Any]] = mapped_column(Json, default=list, server_default=_EMPTY)
    #: Why it failed: a code, and a sentence for the admin.
    error_code: Mapped[str] = mapped_column(String(32), default="", server_default="")
    error: Mapped[str] = mapped_column(String(500), default="", server_default="")
