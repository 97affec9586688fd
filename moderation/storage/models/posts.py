"""Posts: the articles that are commented on."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.status import PostState

from .base import Base, BigKey, Json, UtcDateTime


class Post(Base):
    __tablename__ = "posts"
    # Keys are never reused: cached pages are identified by them.
    __table_args__ = (UniqueConstraint("site_id", "external_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    #: As the main site names it; any characters but NUL.
    external_id: Mapped[str] = mapped_column(String(512))
    title: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default=PostState.OPEN)
    #: Incremented in the commit of any change that readers can see.
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    #: Comments that are shown.
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    #: The site has announced this post.
    announced: Mapped[bool] = mapped_column(default=False)
    #: The minute (since 1970) of the newest comment, and the counts of it and of the one before.
    minute: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    minute_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    minute_before: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Under attack: until then every comment is held.
    flooded_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Timestamp of the last event of the site that was applied.
    event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The post's own rules, set by moderators or the site: see services/sites/post_rules.
    rules: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: When the site published it, if known.
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The platform whose comments wait here for a moderator, `akismet` or `coral`: see
    #: services/comments/foreign_verdicts. Nothing of such a post is ever public. None: our own.
    origin: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PostRedirect(Base):
    """An earlier id of a post, for pages that readers have open and links that lead to it."""

    __tablename__ = "post_redirects"

    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    external_id: Mapped[str] = mapped_column(String(512), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("posts.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_FLOODED = text("flooded_until IS NOT NULL")
