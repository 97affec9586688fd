"""Mail to readers: their addresses, what they follow, and the outbox of their mail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, Json, UtcDateTime

_UNFINISHED = text("state IN ('waiting', 'sending', 'handed')")
_CONFIRMATION = text("kind = 'confirm_address'")
_WAITING = text("mail_id IS NULL")
_THREAD = text("comment_id IS NULL")
_ANSWERS = text("comment_id IS NOT NULL")


class ReaderAddress(Base):
    """An address that asked for mail about a site, confirmed or not yet."""

    __tablename__ = "reader_addresses"
    __table_args__ = (
        UniqueConstraint("site_id", "email_key"),
        Index(None, "email_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    #: In clear, since it is written to; None: its reader wants no mail from this site.
    email: Mapped[str | None] = mapped_column(String(254))
    #: Keyed hash of the address, as comments have it.
    email_key: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    #: None: until then nothing but a request for confirmation is sent.
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ReaderFollow(Base):
    """Answers to one comment, or all comments of one post, for one address."""

    __tablename__ = "reader_follows"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("reader_addresses.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    #: None: every comment of the post.
    comment_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    #: Keyed hash of the author who asked, whose own comments are not mailed to them.
    author_key: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index(
    "uq_reader_follows_thread",
    ReaderFollow.address_id,
    ReaderFollow.post_id,
    unique=True,
    sqlite_where=_THREAD,
    postgresql_where=_THREAD,
)
Index(
    "uq_reader_follows_answers",
    ReaderFollow.address_id,
    ReaderFollow.comment_id,
    unique=True,
    sqlite_where=_ANSWERS,
    postgresql_where=_ANSWERS,
)


class ShownAnswer(Base):
    """A comment that became public in a thread that readers follow; the worker takes it."""

    __tablename__ = "shown_answers"

    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    shown_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ReaderMail(Base):
    """One mail to a reader, stored in the commit of its cause; at most one for each key."""

    __tablename__ = "reader_mails"
    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        Index(None, "email_key", "created_at"),
        Index(None, "network_key", "created_at"),
        Index(None, "finished_at"),
    )

    #: Also its Message-ID, by which a bounce is recognised.
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    address_id: Mapped[int | None] = mapped_column(
        ForeignKey("reader_addresses.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(160))
    #: Emptied, as the values are, when the mail is finished.
    recipient: Mapped[str] = mapped_column(String(254))
    #: None: not computed yet.
    email_key: Mapped[str | None] = mapped_column(String(32))
    #: Keyed hash of the client's network, for requests for confirmation only.
    network_key: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    values: Mapped[dict[str, Any]] = mapped_column(Json)
    #: waiting, sending (claimed by a worker), handed (the server is taking it), sent, dropped
    #: (not wanted any more), failed (refused, or tries used up) or uncertain (a worker died while
    #: the server was taking it).
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    #: While it is being sent: when another worker may take it over.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


Index(
    "ix_reader_mails_due",
    ReaderMail.due_at,
    sqlite_where=_UNFINISHED,
    postgresql_where=_UNFINISHED,
)
Index(
    "ix_reader_mails_confirmations",
    ReaderMail.site_id,
    ReaderMail.created_at,
    sqlite_where=_CONFIRMATION,
    postgresql_where=_CONFIRMATION,
)


class ReaderAnswer(Base):
    """A comment for one address: mailed at most once, under any later decision.

    It has no text, which is read when the mail is sent.
    """

    __tablename__ = "reader_answers"

    address_id: Mapped[int] = mapped_column(
        ForeignKey("reader_addresses.id", ondelete="CASCADE"), primary_key=True
    )
    comment_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    #: An answer to the reader's own comment, not just one in a thread that they follow.
    to_reader: Mapped[bool] = mapped_column()
    #: The mail that it is in; None: it waits.
    mail_id: Mapped[UUID | None] = mapped_column(
        Id, ForeignKey("reader_mails.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


Index(
    "ix_reader_answers_waiting",
    ReaderAnswer.address_id,
    ReaderAnswer.created_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)


class StoppedAddress(Base):
    """An address that no site may write to: it bounced, or its owner complained."""

    __tablename__ = "stopped_addresses"

    email_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    #: bounced or complained.
    why: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
