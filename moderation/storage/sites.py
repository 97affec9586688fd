"""Sites, their secrets and their posts."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from moderation.domain.status import PostState

from .base import Base, Json, UtcDateTime

#: SQLite counts up only in a plain INTEGER key.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class Site(Base):
    __tablename__ = "sites"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    #: Origins whose pages may embed the site's comments.
    origins: Mapped[list[str]] = mapped_column(Json, default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: Names of moderators with a say here, kept by `staff_names`: judging asks no other table.
    staff_names: Mapped[list[str] | None] = mapped_column(Json)
    #: Raised with every change of settings; compiled rules are kept by it.
    version: Mapped[int] = mapped_column(Integer, default=1)
    webhook_url: Mapped[str | None] = mapped_column(Text)
    #: Set when the receiver answered 410 Gone; cleared by setting the address again.
    webhook_disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SiteSecret(Base):
    """Signs webhooks both ways; two are valid while one is being replaced."""

    __tablename__ = "site_secrets"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    #: `whsec_` and base64, as Standard Webhooks writes it. Needed in clear to sign.
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Post(Base):
    __tablename__ = "posts"
    # Numbers are never used again: ready-made pages are told apart by them.
    __table_args__ = (UniqueConstraint("site_id", "external_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    #: As the main site names it; any characters but NUL.
    external_id: Mapped[str] = mapped_column(String(512))
    title: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default=PostState.OPEN)
    #: Raised in the same commit as any change that readers could see.
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    #: Comments that are shown.
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    #: The site told of this post itself.
    announced: Mapped[bool] = mapped_column(default=False)
    #: The minute (since 1970) of the newest comment, how many came in it and in the one before.
    minute: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    minute_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    minute_before: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: Under attack: until then every comment waits for a person.
    flooded_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Timestamp of the last event of the site that was applied.
    event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What moderators, or the site, settled about this post: see services/post_rules.
    rules: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: When the site published it, if it said so.
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_FLOODED = text("flooded_until IS NOT NULL")
Index("ix_posts_flooded", Post.flooded_until, sqlite_where=_FLOODED, postgresql_where=_FLOODED)


class LinkHost(Base):
    """What people decided about comments that link to a host."""

    __tablename__ = "link_hosts"

    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    spam: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    fine: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
