"""Votes of readers on comments; the totals are columns of the comments themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id, UtcDateTime


class Vote(Base):
    """A reader's vote on a comment; without one there is no row.

    The row holds nothing but a keyed hash of the reader, another one than those of authors, so
    that votes and comments of one person cannot be joined without the key.
    """

    __tablename__ = "comment_votes"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    voter: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    #: 1 or -1.
    value: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("ix_comment_votes_voter", Vote.site_id, Vote.voter)


class VoteRefresh(Base):
    """A comment whose new totals readers do not see yet, and when they do at the latest."""

    __tablename__ = "vote_refreshes"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
