"""A site's webhook endpoints, and the deliveries of outbox messages to each of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigKey, Id, Json, UtcDateTime

_WAITING = text("state = 'waiting'")
_FAILED = text("state = 'failed'")


class WebhookEndpoint(Base):
    """An address that receives a site's events, with secrets of its own."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(Text)
    #: The event types that it receives, as `,type,type,`; empty: all.
    events: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: It also receives the texts of comments that are not published.
    held_text: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    #: It was set as the site's webhook address, where the previous release reads and changes it.
    main: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    #: The newest first; two while one replaces the other. Empty: the site's secrets sign.
    secrets: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Switched off since then: `gone` (the receiver answered 410) or `admin`.
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_why: Mapped[str] = mapped_column(String(16), default="", server_default="")
    #: The receiver is overloaded: nothing is sent until then.
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The first failed attempt, and the first delivery that was given up, since the last success.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """One outbox message on its way to one endpoint.

    Ids count up in the order of the commits of a comment, whose row is locked by each: they
    keep the order of its events, under any clocks of the nodes.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(
        Id, ForeignKey("outbox.id", ondelete="CASCADE"), index=True
    )
    endpoint_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("webhook_endpoints.id", ondelete="CASCADE")
    )
    #: The message's comment, if it has one.
    comment_id: Mapped[UUID | None] = mapped_column(Id)
    #: waiting, delivered or failed (tries used up, or the receiver is gone).
    state: Mapped[str] = mapped_column(String(16), default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: A worker that dies loses its claim at this moment.
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(200), default="", server_default="")
    #: The newest attempts: time, status, milliseconds and error of each.
    log: Mapped[list[dict[str, Any]]] = mapped_column(
        Json, default=list, server_default=text("'[]'")
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_D = WebhookDelivery
Index("ix_webhook_deliveries_endpoint_id", _D.endpoint_id, _D.id)
Index(
    "ix_webhook_deliveries_due",
    _D.endpoint_id,
    _D.due_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_webhook_deliveries_order",
    _D.endpoint_id,
    _D.comment_id,
    _D.id,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_webhook_deliveries_failed",
    _D.endpoint_id,
    _D.finished_at,
    sqlite_where=_FAILED,
    postgresql_where=_FAILED,
)
