"""Erasures of persons that wait for their time, or are being carried out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, Json, UtcDateTime


class ErasureRequest(Base):
    """One person's erasure on one site; the row goes when it is done or withdrawn.

    It names the person by keyed hashes alone. Its progress is stored in the commits of its
    parts, so that another process continues after a crash.
    """

    __tablename__ = "erasure_requests"
    __table_args__ = (UniqueConstraint("site_id", "digest"),)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    #: Hash of the person below: a second request for the same person is the first one.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    #: The keyed hashes, and single comments, as `Person.stored` writes them.
    person: Mapped[dict[str, Any]] = mapped_column(Json)
    #: Requested by the author, the site, or a moderator.
    actor: Mapped[str] = mapped_column(String(16))
    actor_name: Mapped[str] = mapped_column(String(80))
    #: The `webhook-id` of the event that requested it.
    event_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Until then it can be withdrawn.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    #: Comments erased so far, and the ids of the first of them.
    erased: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    erased_ids: Mapped[list[str]] = mapped_column(Json, default=list, server_default=text("'[]'"))
