"""Claims in force, and the standings, notes, bans and pictures of authors."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, UtcDateTime
from .decisions import Claim

# Leases expire rather than end at logout: people close laptops mid-review.
LEASE = timedelta(minutes=10)
#: A claim that ends later than this was made while a clock was ahead. Clocks of two machines
#: differ by less.
_LATEST = 2 * LEASE


def in_force(now: datetime) -> ColumnElement[bool]:
    """Return the condition of claims that are valid now."""
    return and_(Claim.expires_at > now, Claim.expires_at <= now + _LATEST)


class AuthorStanding(Base):
    """The standing that moderators gave an author, identified by a keyed hash."""

    __tablename__ = "author_standings"
    __table_args__ = (UniqueConstraint("site_id", "author_key"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    author_key: Mapped[str] = mapped_column(String(32))
    #: trusted or premoderated.
    standing: Mapped[str] = mapped_column(String(16))
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuthorNote(Base):
    """A moderator's note about an author, for the other moderators."""

    __tablename__ = "author_notes"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    author_key: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("ix_author_notes_author", AuthorNote.site_id, AuthorNote.author_key, AuthorNote.created_at)


class Ban(Base):
    __tablename__ = "bans"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    #: Matches a comment's author_key or email_key.
    author_key: Mapped[str] = mapped_column(String(32))
    #: Shown to the author.
    reason: Mapped[str] = mapped_column(Text, default="")
    #: None: until it is lifted.
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Avatar(Base):
    """The newest picture of a signed-in author, fetched and encoded anew by the worker.

    Without `image` it is not fetched yet, or was refused.
    """

    __tablename__ = "avatars"

    #: A keyed hash of the site and its id of the author, which cannot be guessed.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    author_key: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(Text)
    image: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    #: None: fetched, or given up.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When a token last asked for it to be fetched.
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


_DUE = text("due_at IS NOT NULL")
Index("ix_avatars_due", Avatar.due_at, sqlite_where=_DUE, postgresql_where=_DUE)
Index("ix_avatars_author", Avatar.site_id, Avatar.author_key)
