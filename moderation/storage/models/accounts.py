"""Moderators, their logins, tokens and roles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .authors import Ban
from .base import Base, BigKey, Id, Json, UtcDateTime


class Moderator(Base):
    __tablename__ = "moderators"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    #: On every site; `none`: only on those of `site_roles`.
    role: Mapped[str] = mapped_column(String(16), default="moderator")
    #: The public name beside replies; reserved for this moderator.
    display_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    #: The requested name; an admin has to approve it.
    name_wish: Mapped[str] = mapped_column(String(80), default="", server_default="")
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    #: When the address was confirmed; nothing else is sent before.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: off, now, hourly or daily: when mail about held comments is sent.
    mail: Mapped[str] = mapped_column(String(16), default="off", server_default="off")
    #: The hour of the daily mail, in this time zone.
    mail_hour: Mapped[int] = mapped_column(Integer, default=7, server_default="7")
    mail_zone: Mapped[str] = mapped_column(String(64), default="UTC", server_default="UTC")
    #: Comments up to this time have been queued for mail.
    mail_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The TOTP secret is derived from it and the service's secret key; None: no second factor.
    totp_nonce: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    totp_added_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The time step of the last code that was accepted; none up to it is accepted again.
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SiteRole(Base):
    """A moderator's role on one site, beside the one on every site."""

    __tablename__ = "site_roles"

    moderator_id: Mapped[int] = mapped_column(
        ForeignKey("moderators.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[int] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(16))


class Token(Base):
    """A bearer token of the API, kept as its SHA-256: it is random, so no salt is needed."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    #: None: every site.
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80), default="", server_default="")
    #: None: until it is removed.
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TokenOrigin(Base):
    """The maker of a token, an account or a token: the token is invalid without it.

    A token without this row was made by the command, or before this table existed.
    """

    __tablename__ = "token_origins"

    token_id: Mapped[int] = mapped_column(
        ForeignKey("tokens.id", ondelete="CASCADE"), primary_key=True
    )
    by_moderator: Mapped[bool] = mapped_column(Boolean)
    #: None although `by_moderator`: the account was removed.
    moderator_id: Mapped[int | None] = mapped_column(
        ForeignKey("moderators.id", ondelete="SET NULL"), index=True
    )
    by_token: Mapped[bool] = mapped_column(Boolean)
    #: None although `by_token`: that token was removed.
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("tokens.id", ondelete="SET NULL"), index=True
    )


class RecoveryCode(Base):
    """A code that replaces the second factor once; using it deletes the row."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    moderator_id: Mapped[int] = mapped_column(
        ForeignKey("moderators.id", ondelete="CASCADE"), index=True
    )
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    #: SHA-256 of salt and code.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class Notice(Base):
    """Mail to one moderator about their account or a failure; deleted once sent or failed."""

    __tablename__ = "account_notices"

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    moderator_id: Mapped[int] = mapped_column(
        ForeignKey("moderators.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(32))
    #: What it is about, such as a webhook endpoint; empty: the account.
    detail: Mapped[str] = mapped_column(String(300), default="", server_default="")
    #: Stored here, since a new address is announced to the old one.
    recipient: Mapped[str] = mapped_column(String(254))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsoleSession(Base):
    """A moderator who is logged in to the console; deleting the row logs them out."""

    __tablename__ = "console_sessions"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    moderator_id: Mapped[int] = mapped_column(
        ForeignKey("moderators.id", ondelete="CASCADE"), index=True
    )
    csrf_token: Mapped[str] = mapped_column(String(64))
    #: Browser and system in two words, so that people recognise their own.
    agent: Mapped[str] = mapped_column(String(80), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When it was last used, to the minute; None: not since it was created.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When the password was last entered; None: when the session was created.
    authenticated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index("uq_bans_site_id_author_key", Ban.site_id, Ban.author_key, unique=True)
