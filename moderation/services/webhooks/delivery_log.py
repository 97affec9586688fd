"""The delivery log of an endpoint: every message with its attempts, and sending again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Row, Select, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import FieldError, Invalid
from moderation.storage.engine import begin_write
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint

from .. import audit, endpoints

STATES = ("waiting", "delivered", "failed")

_D = WebhookDelivery


@dataclass(frozen=True, slots=True)
class LogPage:
    """Deliveries, the newest first."""

    entries: list[dict[str, Any]]
    #: The delivery after which the next page begins; None on the last page.
    next_id: int | None


def page(
    session: Session,
    endpoint_id: int,
    *,
    limit: int,
    state: str | None = None,
    before_id: int | None = None,
) -> LogPage:
    """Return the newest deliveries to an endpoint; `before_id` continues after an earlier page."""
    statement = _entries().where(_D.endpoint_id == endpoint_id)
    if state is not None:
        statement = statement.where(_D.state == state)
    if before_id is not None:
        statement = statement.where(_D.id < before_id)
    rows = session.execute(statement.limit(limit + 1)).all()
    entries = [_entry(row) for row in rows[:limit]]
    return LogPage(entries, entries[-1]["delivery"] if len(rows) > limit else None)


def newest(session: Session, site: Site, *, limit: int) -> list[dict[str, Any]]:
    """Return the newest deliveries to all endpoints of a site."""
    of_site = select(WebhookEndpoint.id).where(WebhookEndpoint.site_id == site.id)
    statement = _entries().where(_D.endpoint_id.in_(of_site)).limit(limit)
    return [_entry(row) for row in session.execute(statement)]


def redeliver(
    session: Session,
    site: Site,
    endpoint_id: int,
    by: By,
    *,
    now: datetime,
    ids: Collection[UUID] | None = None,
    since: datetime | None = None,
    delivered: bool = False,
) -> int:
    """Send messages to an endpoint again, from the first try on, and return how many; commits.

    Those with these ids, whether they were delivered or failed; or all that happened since a
    moment and failed, with `delivered` also those that were delivered. Each keeps its
    `webhook-id`, and the order of a comment's events.
    """
    if (ids is None) is (since is None):
        raise Invalid(
            "Name the messages by ids, or the time since which they are sent again.",
            errors=(FieldError("#/ids", "give either ids or since"),),
        )
    begin_write(session)
    endpoint = endpoints.find(session, site, endpoint_id)
    chosen: list[Any] = [_D.endpoint_id == endpoint.id, _D.state != "waiting"]
    if ids is not None:
        chosen.append(_D.event_id.in_(ids))
    else:
        chosen.append(_D.created_at >= since)
        chosen += [] if delivered else [_D.state == "failed"]
    result = session.execute(
        update(_D)
        .where(*chosen)
        .values(state="waiting", attempts=0, due_at=now, finished_at=None, leased_until=None)
        .execution_options(synchronize_session=False)
    )
    count = result.rowcount if isinstance(result, CursorResult) else 0
    if count:
        audit.write(
            session,
            now,
            by.actor,
            by.name,
            "site.webhook_redelivered",
            f"site:{site.name}",
            site_id=site.id,
            detail={"endpoint": endpoint.id, "messages": count},
        )
    session.commit()
    return count


def _entries() -> Select[WebhookDelivery, str]:
    return (
        select(_D, OutboxMessage.type)
        .join(OutboxMessage, OutboxMessage.id == _D.event_id)
        .order_by(_D.id.desc())
    )


def _entry(row: Row[WebhookDelivery, str]) -> dict[str, Any]:
    delivery, type = row
    return {
        "delivery": delivery.id,
        "endpoint": delivery.endpoint_id,
        "id": delivery.event_id,
        "type": type,
        "comment_id": delivery.comment_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "error": delivery.last_error,
        "created_at": delivery.created_at,
        "due_at": delivery.due_at if delivery.state == "waiting" else None,
        "finished_at": delivery.finished_at,
        "log": list(delivery.log),
    }
