"""The log of incoming webhooks: bounded, and without their content."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.storage.models.hooks import HookDelivery
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .hook_signatures import Adapter

#: Deliveries that are kept of each site.
KEPT = 500
#: Refused ones have a bound of their own: any client can send them.
REFUSED_KEPT = 20
#: At most one refused delivery is written for each adapter in this time.
REFUSED_EVERY = timedelta(minutes=1)
REFUSED = "refused"
#: Deliveries on a page.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery and its outcome; `post` is None for events that have none."""

    adapter: Adapter
    delivery: str
    outcome: str
    event: str = ""
    post: str | None = None
    code: str = ""


def write(session: Session, site: Site, line: Line, *, now: datetime) -> None:
    """Add a delivery and drop the oldest beyond the bound, in the caller's transaction."""
    session.add(
        HookDelivery(
            site_id=site.id,
            adapter=line.adapter,
            delivery=shown_id(line.delivery),
            event=line.event,
            post=line.post,
            outcome=line.outcome,
            code=line.code,
            received_at=now,
        )
    )
    session.flush()
    _trim(session, site.id, refused=line.outcome == REFUSED)


def write_refused(
    session: Session, site: Site, adapter: Adapter, code: str, *, now: datetime
) -> None:
    """Add a delivery with a wrong signature, unless one was added a moment ago; commits."""
    recent = select(HookDelivery.id).where(
        HookDelivery.site_id == site.id,
        HookDelivery.adapter == adapter,
        HookDelivery.outcome == REFUSED,
        HookDelivery.received_at > now - REFUSED_EVERY,
    )
    if session.scalar(recent.limit(1)) is not None:
        return
    session.rollback()
    line = Line(adapter, "", REFUSED, code=code)
    transact(session, lambda: write(session, site, line, now=now))


def newest(
    session: Session, site_id: int, *, before_id: int | None = None, limit: int = LISTED
) -> list[dict[str, Any]]:
    """Return the newest deliveries of a site; `before_id` continues after an earlier page."""
    statement = (
        select(HookDelivery)
        .where(HookDelivery.site_id == site_id)
        .order_by(HookDelivery.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(HookDelivery.id < before_id)
    names = ("id", "adapter", "delivery", "event", "post", "outcome", "code", "received_at")
    return [{name: getattr(row, name) for name in names} for row in session.scalars(statement)]


def shown_id(sent: str) -> str:
    """Return the sender's id of a delivery, or nothing where it could not be shown."""
    return sent if len(sent) <= 64 and sent and characters.is_identifier(sent) else ""


def _trim(session: Session, site_id: int, *, refused: bool) -> None:
    is_refused = HookDelivery.outcome == REFUSED
    ours = (HookDelivery.site_id == site_id, is_refused if refused else ~is_refused)
    beyond = session.scalar(
        select(HookDelivery.id)
        .where(*ours)
        .order_by(HookDelivery.id.desc())
        .offset(REFUSED_KEPT if refused else KEPT)
        .limit(1)
    )
    if beyond is not None:
        session.execute(delete(HookDelivery).where(*ours, HookDelivery.id <= beyond))
