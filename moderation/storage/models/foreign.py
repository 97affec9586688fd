"""Comments of foreign platforms in the review queue, and the checks that platforms ask for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, Json, UtcDateTime


class ForeignComment(Base):
    """The source of a comment of a foreign platform; its author and text are in `comments`."""

    __tablename__ = "foreign_comments"
    __table_args__ = (UniqueConstraint("site_id", "fingerprint"),)

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    #: Recognises the same comment when the platform asks again.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: Ids under which the platform knows its questions about this comment, the newest last.
    guids: Mapped[list[str]] = mapped_column(Json)
    #: Where the platform waits for a person's verdict; None: it does not.
    callback: Mapped[str | None] = mapped_column(Text)
    #: Names the key that the platform uses; the callback sends that one.
    key_name: Mapped[str] = mapped_column(String(16), default="", server_default="")
    #: Facts for moderators and for the callback: ids, kind, language and program.
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ForeignCheck(Base):
    """A check of the last day, without its text: repeated texts and bursts are found by it."""

    __tablename__ = "foreign_checks"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(BigKey, ForeignKey("sites.id", ondelete="CASCADE"))
    author_key: Mapped[str | None] = mapped_column(String(32))
    address_key: Mapped[str | None] = mapped_column(String(32))
    text_key: Mapped[int | None] = mapped_column(BigKey)
    #: Recognises the same comment, as in `foreign_comments`.
    fingerprint: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_C = ForeignCheck
Index("ix_foreign_checks_site_id_author_key", _C.site_id, _C.author_key, _C.created_at)
Index("ix_foreign_checks_site_id_address_key", _C.site_id, _C.address_key, _C.created_at)
Index("ix_foreign_checks_site_id_text_key", _C.site_id, _C.text_key, _C.created_at)
Index("ix_foreign_checks_created_at", _C.created_at)


class AkismetUsage(Base):
    """The number of a site's Akismet calls in a month, by the blog that they are about."""

    __tablename__ = "akismet_usage"

    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    #: As `2026-11`.
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    #: Host of the blog.
    blog: Mapped[str] = mapped_column(String(255), primary_key=True)
    api_calls: Mapped[int] = mapped_column(Integer, default=0)
    spam: Mapped[int] = mapped_column(Integer, default=0)
    ham: Mapped[int] = mapped_column(Integer, default=0)
    missed_spam: Mapped[int] = mapped_column(Integer, default=0)
    false_positives: Mapped[int] = mapped_column(Integer, default=0)
