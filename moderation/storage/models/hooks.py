"""Webhooks of other systems: their secrets, the posts they speak of, and the log of deliveries."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, UtcDateTime


class HookSecret(Base):
    """Verifies what one kind of sender signs; two are valid while one is being replaced."""

    __tablename__ = "hook_secrets"
    __table_args__ = (Index(None, "site_id", "adapter"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    adapter: Mapped[str] = mapped_column(String(32))
    #: As the sender has it, in clear: a signature can be checked with nothing less.
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HookPost(Base):
    """A post by the id that its sender uses, which stays the same when its address changes."""

    __tablename__ = "hook_posts"

    site_id: Mapped[int] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    adapter: Mapped[str] = mapped_column(String(32), primary_key=True)
    foreign_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    #: The sender withdrew it, which closed it: its next publication opens it again.
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=false())


class HookDelivery(Base):
    """One delivery and its outcome, without its content."""

    __tablename__ = "hook_deliveries"
    __table_args__ = (Index(None, "site_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    adapter: Mapped[str] = mapped_column(String(32))
    #: The sender's id of the delivery; empty where it has none.
    delivery: Mapped[str] = mapped_column(String(64))
    #: The type of our event; empty when nothing was read.
    event: Mapped[str] = mapped_column(String(64))
    #: The id of the post, if the event has one.
    post: Mapped[str | None] = mapped_column(String(512))
    #: applied, repeated, outdated, ignored, failed or refused.
    outcome: Mapped[str] = mapped_column(String(16))
    #: The error's code, if failed or refused; empty otherwise.
    code: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
