"""Deliveries to the endpoints of sites: signed, at least once, in order for each comment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, exists, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from moderation.domain.inner_networks import NO_NETWORKS, Networks
from moderation.storage.engine import begin_write
from moderation.storage.models.comments import Comment
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint

from .. import endpoints, outbound
from ..outbound import Answer, Request
from ..retries import LONGEST_WAIT
from . import alerts, envelope, schedule

__all__ = ["Answer", "Request", "Send", "deliver_due", "send_http"]

log = structlog.get_logger(__name__)

#: A worker that dies in the middle of a delivery loses it after this time.
LEASE = timedelta(minutes=1)
BATCH = 20
#: Attempts whose results are kept with a delivery.
LOGGED = 20
#: The receiver's address is gone for good.
GONE = 410

Send = Callable[[Request], Answer]
Clock = Callable[[], datetime]

_D = WebhookDelivery
# Written out, so that the planner sees that the indexes of these apply.
_WAITING = _D.state == literal_column("'waiting'")


def send_http(request: Request, *, allowed: Networks = NO_NETWORKS) -> Answer:
    """Post a request; the answer's body is not read."""
    return outbound.send(request, allowed=allowed, most_bytes=0)


def deliver_due(session: Session, send: Send, *, clock: Clock) -> int:
    """Send due messages, one endpoint after the other, and return the number of attempts."""
    return sum(
        deliver_to(session, endpoint_id, send, clock=clock)
        for endpoint_id in due_endpoints(session, clock())
    )


def due_endpoints(session: Session, now: datetime) -> Sequence[int]:
    """Return the endpoints that are on and have due deliveries; most polls find none."""
    found = session.scalars(
        select(WebhookEndpoint.id)
        .where(
            *_may_receive(now),
            exists().where(_D.endpoint_id == WebhookEndpoint.id, *_due(now)),
        )
        .order_by(WebhookEndpoint.id)
    ).all()
    session.rollback()
    return found


def deliver_to(session: Session, endpoint_id: int, send: Send, *, clock: Clock) -> int:
    """Send a batch of an endpoint's due deliveries and return the number of attempts.

    Each result is a commit of its own. Several workers may run at once: a delivery is claimed
    before it is sent, and an expired claim passes to the next worker. Deliveries that would wait
    too long behind a slow receiver are left to the next claim.
    """
    begun = clock()
    tried, left = 0, _claim(session, endpoint_id, begun)
    while left:
        now = clock()
        claimed = None if now >= begun + LEASE / 2 else _read(session, left[0], now)
        session.rollback()
        if claimed is None:
            break
        del left[0]
        try:
            answer = send(claimed.request())
        except Exception as failure:
            # A payload or a secret that cannot be signed must not stop the other messages.
            answer = Answer(0, error=type(failure).__name__)
        _record_result(session, claimed, answer, now, clock())
        tried += 1
        if answer.status == GONE or answer.status in schedule.OVERLOADED:
            break
    _release(session, left)
    return tried


# Claims


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A claimed delivery, copied so that no transaction stays open during the request."""

    id: int
    event_id: UUID
    comment_id: UUID | None
    endpoint_id: int
    site_name: str
    attempts: int
    url: str
    secrets: list[str]
    type: str
    created_at: datetime
    payload: dict[str, Any]
    now: datetime

    def request(self) -> Request:
        return envelope.build(
            self.url,
            self.secrets,
            id=self.event_id,
            type=self.type,
            at=self.created_at,
            site=self.site_name,
            payload=self.payload,
            now=self.now,
        )


def _may_receive(now: datetime) -> tuple[Any, ...]:
    return (
        WebhookEndpoint.disabled_at.is_(None),
        or_(
            WebhookEndpoint.paused_until.is_(None),
            WebhookEndpoint.paused_until <= now,
            # Paused by a clock that was ahead.
            WebhookEndpoint.paused_until > now + 2 * LONGEST_WAIT,
        ),
    )


def _due(now: datetime) -> tuple[Any, ...]:
    earlier = aliased(WebhookDelivery)
    return (
        _WAITING,
        _D.due_at <= now,
        or_(
            _D.leased_until.is_(None),
            _D.leased_until < now,
            # Claimed by a clock that was ahead, and by a worker that died with it.
            _D.leased_until > now + 2 * LEASE,
        ),
        # An event waits for the earlier ones of its comment.
        ~exists().where(
            earlier.endpoint_id == _D.endpoint_id,
            earlier.comment_id == _D.comment_id,
            earlier.id < _D.id,
            earlier.state == literal_column("'waiting'"),
        ),
    )


def _claim(session: Session, endpoint_id: int, now: datetime) -> list[int]:
    due = (_D.endpoint_id == endpoint_id, *_due(now))
    # Most claims find nothing: those must not block writers.
    anything = session.scalar(select(_D.id).where(*due).limit(1))
    session.rollback()
    if anything is None:
        return []
    begin_write(session)
    ids = list(
        session.scalars(
            select(_D.id)
            .where(*due)
            .order_by(_D.due_at, _D.id)
            .limit(BATCH)
            .with_for_update(of=_D, skip_locked=True)
        )
    )
    session.execute(update(_D).where(_D.id.in_(ids)).values(leased_until=now + LEASE))
    session.commit()
    return ids


def _read(session: Session, id: int, now: datetime) -> _Claimed | None:
    """Return a claimed delivery as it is now; None when the endpoint takes no more.

    Read right before it is sent: an erasure, a new address or a new secret applies at once.
    """
    row = session.execute(
        select(_D, WebhookEndpoint, OutboxMessage, Site.name, Comment.status)
        .join(WebhookEndpoint, WebhookEndpoint.id == _D.endpoint_id)
        .join(OutboxMessage, OutboxMessage.id == _D.event_id)
        .join(Site, Site.id == WebhookEndpoint.site_id)
        .outerjoin(Comment, Comment.id == _D.comment_id)
        .where(_D.id == id, _WAITING, *_may_receive(now))
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    delivery, endpoint, message, site_name, status = row
    return _Claimed(
        id=delivery.id,
        event_id=delivery.event_id,
        comment_id=delivery.comment_id,
        endpoint_id=endpoint.id,
        site_name=site_name,
        attempts=delivery.attempts,
        url=endpoint.url,
        secrets=endpoints.secrets_of(session, endpoint),
        type=message.type,
        created_at=message.created_at,
        payload=envelope.for_endpoint(
            message.payload, held_text=endpoint.held_text, current_status=status
        ),
        now=now,
    )


def _release(session: Session, ids: list[int]) -> None:
    """Give up the claims on deliveries that were not tried."""
    if ids:
        begin_write(session)
        session.execute(update(_D).where(_D.id.in_(ids), _WAITING).values(leased_until=None))
        session.commit()


# Results


def _record_result(
    session: Session, claimed: _Claimed, answer: Answer, began: datetime, now: datetime
) -> None:
    attempts = claimed.attempts + 1
    delivered = 200 <= answer.status < 300
    error = "" if delivered else (answer.error or f"HTTP {answer.status}")[:200]
    begin_write(session)
    # Another worker may have finished it, because this one took longer than its claim.
    delivery = session.scalars(
        select(_D)
        .where(_D.id == claimed.id, _WAITING, _D.attempts == claimed.attempts)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if delivery is None:
        session.rollback()
        return
    delivery.attempts, delivery.leased_until, delivery.last_error = attempts, None, error
    milliseconds = max(0, round((now - began).total_seconds() * 1000))
    attempt = {"at": began.isoformat(), "status": answer.status, "ms": milliseconds, "error": error}
    delivery.log = [*delivery.log[1 - LOGGED :], attempt]
    if delivered:
        delivery.state, delivery.finished_at = "delivered", now
        _clear_failures(session, claimed.endpoint_id)
    else:
        _record_failure(session, delivery, claimed, answer, now)
    session.commit()


def _clear_failures(session: Session, endpoint_id: int) -> None:
    clear = {"failing_since": None, "given_up_at": None, "paused_until": None}
    failed = and_(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.failing_since.is_not(None))
    if session.scalar(select(WebhookEndpoint.id).where(failed)) is not None:
        session.execute(update(WebhookEndpoint).where(failed).values(**clear))


def _record_failure(
    session: Session, delivery: WebhookDelivery, claimed: _Claimed, answer: Answer, now: datetime
) -> None:
    attempts, id, asked = delivery.attempts, claimed.event_id, answer.retry_after
    endpoint = session.get(
        WebhookEndpoint, claimed.endpoint_id, populate_existing=True, with_for_update=True
    )
    given_up = answer.status == GONE or attempts >= schedule.TRIES
    if given_up:
        delivery.state, delivery.finished_at = "failed", now
    else:
        delivery.due_at = now + schedule.wait_after(attempts, id, asked, now)
    log.warning(
        "webhook.not_delivered",
        message_id=str(id),
        site=claimed.site_name,
        endpoint=claimed.endpoint_id,
        attempt=attempts,
        error=delivery.last_error,
        given_up=given_up,
    )
    if endpoint is None:
        return
    endpoint.failing_since = endpoint.failing_since or now
    if answer.status in schedule.OVERLOADED:
        endpoint.paused_until = now + schedule.pause_after(attempts, id, asked, now)
    if answer.status == GONE and endpoint.disabled_at is None:
        site = session.get_one(Site, endpoint.site_id, populate_existing=True)
        endpoints.switch(endpoint, on=False, now=now, why=endpoints.GONE)
        endpoints.mirror(endpoint, site)
        alerts.tell_admins(session, endpoint, claimed.site_name, alerts.GONE, now)
    elif given_up and endpoint.given_up_at is None:
        alerts.tell_admins(session, endpoint, claimed.site_name, alerts.GIVEN_UP, now)
    if given_up:
        endpoint.given_up_at = endpoint.given_up_at or now
