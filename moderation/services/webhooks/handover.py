"""What the previous release leaves while it still runs: addresses it set, messages it put.

It knows one address for a site, in `sites.webhook_url`, and delivers only what it put into the
outbox itself. The worker copies its changes to the endpoints, and gives its messages deliveries.
To be removed with `sites.webhook_url`, one release later.
"""

from datetime import datetime

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.webhook_events import EVENTS
from moderation.storage.engine import begin_write
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint

from .. import endpoints
from ..outbox import REMOVED

#: Messages that are handed over in one commit.
BATCH = 200


def hand_over(session: Session, *, now: datetime) -> int:
    """Apply changes of the previous release and return how many there were; commits."""
    return _adopt_addresses(session, now) + _adopt_messages(session, now)


def _adopt_addresses(session: Session, now: datetime) -> int:
    main = and_(WebhookEndpoint.site_id == Site.id, WebhookEndpoint.main)
    differs = or_(
        func.coalesce(Site.webhook_url, "") != func.coalesce(WebhookEndpoint.url, ""),
        Site.webhook_disabled_at.is_(None) != WebhookEndpoint.disabled_at.is_(None),
    )
    # Without an endpoint there is no switch to compare.
    changed = or_(
        and_(WebhookEndpoint.id.is_(None), func.coalesce(Site.webhook_url, "") != ""),
        and_(WebhookEndpoint.id.is_not(None), differs),
    )
    site_ids = session.scalars(
        select(Site.id).outerjoin(WebhookEndpoint, main).where(changed).limit(BATCH)
    ).all()
    session.rollback()
    for site_id in site_ids:
        begin_write(session)
        site = session.get(Site, site_id, populate_existing=True, with_for_update=True)
        removed = None if site is None else _adopt_address(session, site, now)
        session.commit()
        if removed is not None:
            endpoints.discard(session, removed)
    return len(site_ids)


def _adopt_address(session: Session, site: Site, now: datetime) -> int | None:
    """Make the main endpoint as the site's columns have it; return one to be discarded."""
    main = next((e for e in endpoints.listed(session, site.id) if e.main), None)
    if main is None:
        if site.webhook_url:
            main = endpoints.main_endpoint(site, site.webhook_url, now)
            main.disabled_at = site.webhook_disabled_at
            main.disabled_why = endpoints.GONE if main.disabled_at else ""
            session.add(main)
        return None
    if not site.webhook_url:
        main.main = False
        endpoints.switch(main, on=False, now=now, why=REMOVED)
        return main.id
    main.url = site.webhook_url
    if (main.disabled_at is None) is not (site.webhook_disabled_at is None):
        off = site.webhook_disabled_at is not None
        endpoints.switch(main, on=not off, now=now, why=endpoints.GONE)
    return None


def _adopt_messages(session: Session, now: datetime) -> int:
    left = (
        OutboxMessage.state.in_(["waiting", "failed"]),
        OutboxMessage.type.in_(EVENTS),
        # A worker of the previous release is sending it.
        or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until < now),
        OutboxMessage.site_id.in_(
            select(WebhookEndpoint.site_id).where(WebhookEndpoint.disabled_why != REMOVED)
        ),
    )
    anything = session.scalar(select(OutboxMessage.id).where(*left).limit(1))
    session.rollback()
    if anything is None:
        return 0
    begin_write(session)
    messages = session.scalars(
        select(OutboxMessage)
        .where(*left)
        .order_by(OutboxMessage.created_at, OutboxMessage.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for message in messages:
        _adopt_message(session, message, now)
    session.commit()
    return len(messages)


def _adopt_message(session: Session, message: OutboxMessage, now: datetime) -> None:
    for endpoint in endpoints.listed(session, message.site_id):
        wanted = not endpoint.events or f",{message.type}," in endpoint.events
        # The attempts so far went to the main endpoint alone.
        if not wanted or (message.state == "failed" and not endpoint.main):
            continue
        session.execute(
            insert(WebhookDelivery).values(
                event_id=message.id,
                endpoint_id=endpoint.id,
                comment_id=message.comment_id,
                state=message.state,
                attempts=message.attempts if endpoint.main else 0,
                due_at=message.due_at,
                last_error=message.last_error if endpoint.main else "",
                created_at=message.created_at,
                finished_at=message.finished_at,
            )
        )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message.id)
        .values(state="queued", leased_until=None, finished_at=message.finished_at or now)
    )
