"""Sites, their secrets and their posts."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Json, UtcDateTime
from .posts import _FLOODED, Post


class Site(Base):
    __tablename__ = "sites"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    #: Origins whose pages may embed the site's comments.
    origins: Mapped[list[str]] = mapped_column(Json, default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: Names of the site's moderators, updated by `reserved_names`: judging reads no other table.
    staff_names: Mapped[list[str] | None] = mapped_column(Json)
    #: Their logins, updated likewise.
    staff_logins: Mapped[list[str] | None] = mapped_column(Json)
    #: Incremented with every change of settings; the key of compiled rules.
    version: Mapped[int] = mapped_column(Integer, default=1)
    #: Its own checker of comments (domain/checker), without the secret; None: it has none.
    checker: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: The main endpoint's address and switch, for the previous release; see `webhooks`.
    webhook_url: Mapped[str | None] = mapped_column(Text)
    webhook_disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When `queue.stale` was sent; None: the queue is not stale.
    queue_stale_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SiteSecret(Base):
    """Signs events of the site, and messages to its main endpoint until that has its own.

    Two are valid while one is being replaced.
    """

    __tablename__ = "site_secrets"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    #: `whsec_` and base64, as Standard Webhooks writes it. Needed in clear to sign.
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignOnSecret(Base):
    """Signs readers on by HS256; two are valid while one is being replaced."""

    __tablename__ = "sign_on_secrets"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    #: Needed in clear to compute the code that a token must have.
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("ix_posts_flooded", Post.flooded_until, sqlite_where=_FLOODED, postgresql_where=_FLOODED)


class LinkHost(Base):
    """Counts of decisions about comments that link to a host."""

    __tablename__ = "link_hosts"

    site_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    spam: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    fine: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
