"""Comments and their earlier texts."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.status import Listing, Status

from .base import Base, Id, UtcDateTime

#: Behind every comment that has a priority.
_LAST = datetime(2999, 1, 1, tzinfo=UTC)
_HELD = text(f"status = '{Status.HELD.value}'")
_ESCALATED = text("escalated_at IS NOT NULL")
_NEAR = text("near_key IS NOT NULL")
_LISTED = text(f"listing <> '{Listing.HIDDEN.value}'")
_UNLISTED = text(f"listing = '{Listing.HIDDEN.value}'")
_ANSWER = text("parent_id IS NOT NULL")


#: Four columns of sixteen bits each: see filters/text/near_duplicates.
NEAR_BANDS = ("near_1", "near_2", "near_3", "near_4")


class Comment(Base):
    """A comment. Only `services/comments/ledger` writes `status` and `listing`."""

    __tablename__ = "comments"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE")
    )
    status: Mapped[str] = mapped_column(String(16))
    listing: Mapped[str] = mapped_column(String(16), default=Listing.HIDDEN)
    #: Direct replies that are listed.
    reply_count: Mapped[int] = mapped_column(Integer, default=0)
    author_name: Mapped[str] = mapped_column(String(80))
    author_email: Mapped[str | None] = mapped_column(String(254))
    author_website: Mapped[str | None] = mapped_column(Text)
    #: The main site's own id of the author; only signed requests can set it.
    author_id: Mapped[str | None] = mapped_column(String(255))
    #: Keyed hash of the strongest identity known: the site's id, e-mail, or name and address.
    author_key: Mapped[str | None] = mapped_column(String(32))
    email_key: Mapped[str | None] = mapped_column(String(32))
    #: Keyed hashes of the address and of its /24 or /56; removed after the retention time.
    address_key: Mapped[str | None] = mapped_column(String(32))
    block_key: Mapped[str | None] = mapped_column(String(32))
    #: Staff of the site: a moderator, or an author for whom the main site vouches.
    staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The main site has checked who the author is: they have the badge of that.
    verified: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: Id of the author's picture when they wrote it; None without one.
    avatar: Mapped[str | None] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    #: Rendered and sanitised once, at write.
    html: Mapped[str] = mapped_column(Text)
    #: Hash of the folded text, to find equal texts.
    text_key: Mapped[int | None] = mapped_column(BigInteger)
    #: Similarity hash of the text, and its bands: nearly equal texts share one of them.
    near_key: Mapped[int | None] = mapped_column(BigInteger)
    near_1: Mapped[int | None] = mapped_column(Integer)
    near_2: Mapped[int | None] = mapped_column(Integer)
    near_3: Mapped[int | None] = mapped_column(Integer)
    near_4: Mapped[int | None] = mapped_column(Integer)
    #: Counts the texts; a decision binds the one it was made about.
    revision: Mapped[int] = mapped_column(Integer, default=1)
    #: Counts every change; a decision names the version it is about.
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The decision with the latest findings of the filters.
    verdict_id: Mapped[UUID | None] = mapped_column(Id)
    #: Codes that decided then, as `|LINKS|PROFANITY|`.
    reasons: Mapped[str] = mapped_column(String(400), default="")
    #: When a moderator decided about the current revision; None: not yet.
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The worst score among the findings that decided; 0 when nothing did.
    score: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    #: Its place in the order by priority: see policy/priority.
    priority_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=_LAST, server_default="2999-01-01 00:00:00.000000"
    )
    #: When a moderator asked a senior to decide.
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When a moderator featured it.
    featured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When a moderator last redacted its text.
    redacted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Votes for and against it: those of `comment_votes`, and those that an import brought.
    votes_up: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    votes_down: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Its places in the orders by votes, from `domain/votes`; None: behind those that have one.
    top_rank: Mapped[int | None] = mapped_column(Integer)
    controversy: Mapped[int | None] = mapped_column(Integer)


Index(
    "ix_comments_thread",
    Comment.post_id,
    Comment.parent_id,
    Comment.created_at,
    Comment.id,
    sqlite_where=_LISTED,
    postgresql_where=_LISTED,
)
# Only for comments with votes, so that a new comment writes to neither of them.
for _order, _with_place in (("top", "top_rank"), ("controversy", "controversy")):
    _voted = text(f"parent_id IS NULL AND {_with_place} IS NOT NULL AND listing <> 'hidden'")
    Index(
        f"ix_comments_{_order}",
        Comment.post_id,
        Comment.__table__.c[_with_place],
        Comment.created_at,
        Comment.id,
        sqlite_where=_voted,
        postgresql_where=_voted,
    )
# The indexes of held comments include every column that they are filtered by, so that a scan of
# 50,000 of them reads no other page of the store.
_NARROWED = (
    Comment.site_id,
    Comment.post_id,
    Comment.author_key,
    Comment.reasons,
    Comment.score,
    Comment.escalated_at,
)
Index(
    "ix_comments_priority",
    Comment.priority_at,
    Comment.id,
    Comment.created_at,
    *_NARROWED,
    sqlite_where=_HELD,
    postgresql_where=_HELD,
)
Index(
    "ix_comments_held",
    Comment.created_at,
    Comment.id,
    *_NARROWED,
    sqlite_where=_HELD,
    postgresql_where=_HELD,
)
Index(
    "ix_comments_escalated",
    Comment.created_at,
    Comment.id,
    sqlite_where=_ESCALATED,
    postgresql_where=_ESCALATED,
)
Index(
    "ix_comments_unlisted",
    Comment.post_id,
    Comment.created_at,
    Comment.id,
    sqlite_where=_UNLISTED,
    postgresql_where=_UNLISTED,
)
Index("ix_comments_parent", Comment.parent_id, sqlite_where=_ANSWER, postgresql_where=_ANSWER)
Index("ix_comments_queue", Comment.site_id, Comment.status, Comment.created_at, Comment.id)
Index("ix_comments_text", Comment.site_id, Comment.text_key, Comment.created_at)
# With the status, so that an author's comments are counted from the index alone.
Index("ix_comments_author", Comment.site_id, Comment.author_key, Comment.created_at, Comment.status)
for _band in NEAR_BANDS:
    Index(
        f"ix_comments_{_band}",
        Comment.site_id,
        Comment.__table__.c[_band],
        Comment.created_at,
        Comment.near_key,
        sqlite_where=_NEAR,
        postgresql_where=_NEAR,
    )
Index("ix_comments_address", Comment.site_id, Comment.address_key, Comment.created_at)


class Revision(Base):
    """A text that its author has since replaced; moderators may see it."""

    __tablename__ = "comment_revisions"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)
