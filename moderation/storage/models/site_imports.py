"""Imports that admins start in the console: one a site."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, Json, UtcDateTime

_NONE = text("'{}'")


class SiteImport(Base):
    """The upload of a site, its dry run, and the import that follows.

    The file itself is in the data folder, under the row's id. Counts are added in the commits of
    the batches that they count, so that another process continues exactly after a crash.
    """

    __tablename__ = "site_imports"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    #: Unique: a site has one import at a time.
    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), unique=True
    )
    #: One of `services.transfer.site_imports.State`.
    state: Mapped[str] = mapped_column(String(16), index=True)
    #: Bytes of the file, and those that have arrived.
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: The choices of the form, as its schema loads them.
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=_NONE)
    #: SHA-256 of the file that the dry run read; the import refuses another one.
    sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    #: Who uploaded the file or started the last job.
    actor_name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The last request about it, or the end of its last job.
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The worker that runs the job, and until when it may be silent.
    holder: Mapped[str] = mapped_column(String(32), default="", server_default="")
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Times that the job was begun without progress.
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    stage: Mapped[str] = mapped_column(String(16), default="", server_default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: What the dry run found.
    found: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=_NONE)
    #: Counts of what is stored.
    tally: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=_NONE)
    #: Why the last job failed: a code, and a sentence for the admin.
    error_code: Mapped[str] = mapped_column(String(32), default="", server_default="")
    error: Mapped[str] = mapped_column(String(500), default="", server_default="")
