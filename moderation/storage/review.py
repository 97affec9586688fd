"""What moderators share while they work: who is looking at what, and what is known of authors."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id, UtcDateTime
from .sites import BigKey


class Claim(Base):
    """A comment that somebody is looking at; past its end it is free for anybody."""

    __tablename__ = "claims"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    #: Changes when the claim changes hands, so that a heartbeat cannot revive a lost one.
    lease_id: Mapped[UUID] = mapped_column(Id, unique=True)
    #: `moderator:<id>` or `token:<name>`.
    holder: Mapped[str] = mapped_column(String(100), index=True)
    holder_name: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuthorStanding(Base):
    """What moderators have settled about an author, recognised by a keyed hash."""

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
    """What a moderator wrote about an author for the others."""

    __tablename__ = "author_notes"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    author_key: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("ix_author_notes_author", AuthorNote.site_id, AuthorNote.author_key, AuthorNote.created_at)
