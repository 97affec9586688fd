"""A site's webhook endpoints: addresses, subscriptions, secrets and switches.

The site's `webhook_url` is a view of its first endpoint.
"""

import base64
import secrets as random_secrets
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlunsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.domain import hosts
from moderation.domain.actors import By
from moderation.domain.errors import BadAddress, Conflict, EndpointNotFound, FieldError, Invalid
from moderation.domain.inner_networks import Networks
from moderation.domain.webhook_events import EVENTS
from moderation.storage.engine import begin_write
from moderation.storage.models.sites import Site, SiteSecret
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint

from . import audit, outbox
from .outbound import check_address

#: Endpoints of a site at most: each comment's commit writes a row for each.
MOST = 20
_LONGEST_ADDRESS = 2048
#: Deliveries that are removed in one commit.
_BATCH = 500
#: Why an endpoint is off.
GONE, BY_ADMIN = "gone", "admin"
#: It is being removed: hidden, and sent nothing more.
REMOVED = outbox.REMOVED
_IS_THERE = WebhookEndpoint.disabled_why != REMOVED


def listed(session: Session, site_id: int) -> list[WebhookEndpoint]:
    """Return a site's endpoints; the first is the one that `webhook_url` shows."""
    return list(
        session.scalars(
            select(WebhookEndpoint)
            .where(WebhookEndpoint.site_id == site_id, _IS_THERE)
            .order_by(WebhookEndpoint.main.desc(), WebhookEndpoint.id)
            .execution_options(populate_existing=True)
        )
    )


def find(session: Session, site: Site, endpoint_id: int) -> WebhookEndpoint:
    """Return an endpoint of a site; raise EndpointNotFound."""
    endpoint = session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.site_id == site.id, WebhookEndpoint.id == endpoint_id, _IS_THERE)
        .execution_options(populate_existing=True)
    ).first()
    if endpoint is None:
        raise EndpointNotFound(
            f"{site.name} has no webhook endpoint {endpoint_id}. `moderation webhook endpoints` "
            "lists them."
        )
    return endpoint


def view(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Return an endpoint's settings and state, without its secrets."""
    return {
        "id": endpoint.id,
        "url": hosts.masked_password(endpoint.url),
        "address": audit.origin_of(endpoint.url),
        "events": events_of(endpoint),
        "held_text": endpoint.held_text,
        "enabled": endpoint.disabled_at is None,
        "disabled_at": endpoint.disabled_at,
        "disabled_why": endpoint.disabled_why or None,
        "paused_until": endpoint.paused_until,
        "failing_since": endpoint.failing_since,
        "given_up_at": endpoint.given_up_at,
        "secrets": len(endpoint.secrets),
        "created_at": endpoint.created_at,
    }


def events_of(endpoint: WebhookEndpoint) -> list[str]:
    """Return the event types that an endpoint receives; empty: all."""
    return [type for type in endpoint.events.split(",") if type]


# Changes


def add(
    session: Session,
    site: Site,
    by: By,
    url: str,
    *,
    allowed: Networks,
    now: datetime,
    events: Collection[str] = (),
    held_text: bool = False,
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint with a secret of its own, which is returned as well; commits."""
    address, types = _meant(check_url(url, allowed), ""), _checked_events(events)
    if not address:
        raise Invalid("An endpoint needs an address. Give its URL.")
    begin_write(session)
    _lock(session, site)
    if len(listed(session, site.id)) >= MOST:
        session.rollback()
        raise Conflict(f"A site has at most {MOST} webhook endpoints. Remove one first.")
    secret = _new_secret()
    endpoint = WebhookEndpoint(
        site_id=site.id,
        url=address,
        events=types,
        held_text=held_text,
        secrets=[secret],
        created_at=now,
    )
    session.add(endpoint)
    session.flush()
    _audit(session, site, by, now, "added", endpoint, {"address": audit.origin_of(address)})
    session.commit()
    return endpoint, secret


def change(
    session: Session,
    site: Site,
    endpoint_id: int,
    by: By,
    *,
    allowed: Networks,
    now: datetime,
    url: str | None = None,
    events: Collection[str] | None = None,
    held_text: bool | None = None,
    enabled: bool | None = None,
) -> WebhookEndpoint:
    """Change the given values; commits. A new address is switched on."""
    if (address := None if url is None else check_url(url, allowed)) == "":
        raise Invalid("An endpoint needs an address. Remove the endpoint instead.")
    types = None if events is None else _checked_events(events)

    def apply(endpoint: WebhookEndpoint) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        if address is not None and (meant := _meant(address, endpoint.url)) != endpoint.url:
            changed["address"] = audit.origin_of(meant)
            _set_url(endpoint, meant)
        if types is not None and types != endpoint.events:
            endpoint.events = types
            changed["events"] = events_of(endpoint)
        if held_text is not None and held_text is not endpoint.held_text:
            changed["held_text"] = endpoint.held_text = held_text
        if enabled is not None and enabled is (endpoint.disabled_at is not None):
            changed["enabled"] = enabled
            switch(endpoint, on=enabled, now=now)
        return changed

    return _changed(session, site, endpoint_id, by, now, "changed", apply)


def remove(session: Session, site: Site, endpoint_id: int, by: By, *, now: datetime) -> None:
    """Remove an endpoint with its deliveries, a few at a time; commits many times."""
    begin_write(session)
    current = _lock(session, site)
    endpoint = find(session, site, endpoint_id)
    if endpoint.main:
        current.webhook_url = current.webhook_disabled_at = None
    _hide(endpoint, now)
    detail = {"address": audit.origin_of(endpoint.url)}
    _audit(session, site, by, now, "removed", endpoint, detail)
    session.commit()
    discard(session, endpoint_id)


def discard(session: Session, endpoint_id: int) -> None:
    """Delete a removed endpoint, its deliveries first; commits many times."""
    while True:
        begin_write(session)
        batch = session.scalars(
            select(WebhookDelivery.id)
            .where(WebhookDelivery.endpoint_id == endpoint_id)
            .limit(_BATCH)
        ).all()
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(batch)))
        if len(batch) < _BATCH:
            session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))
            session.commit()
            return
        session.commit()


def rotate(session: Session, site: Site, endpoint_id: int, by: By, *, now: datetime) -> str:
    """Add a secret and return it; the one before it signs, too, until the next rotation. Commits.

    The main endpoint gets secrets of its own with its first rotation.
    """
    secret = _new_secret()

    def apply(endpoint: WebhookEndpoint) -> dict[str, Any]:
        endpoint.secrets = [secret, *secrets_of(session, endpoint)[:1]]
        return {"secrets": 2}

    _changed(session, site, endpoint_id, by, now, "secret_rotated", apply)
    return secret


def end_rotation(session: Session, site: Site, endpoint_id: int, by: By, *, now: datetime) -> int:
    """Remove all secrets except the newest, and return how many; commits."""
    dropped = 0

    def apply(endpoint: WebhookEndpoint) -> dict[str, Any]:
        nonlocal dropped
        dropped = max(0, len(endpoint.secrets) - 1)
        endpoint.secrets = endpoint.secrets[:1]
        return {"secrets": len(endpoint.secrets)} if dropped else {}

    _changed(session, site, endpoint_id, by, now, "secret_removed", apply)
    return dropped


def send_test(session: Session, site: Site, endpoint_id: int, by: By, *, now: datetime) -> str:
    """Queue a test message for one endpoint, and return its `webhook-id`; commits."""
    id = ""

    def apply(endpoint: WebhookEndpoint) -> dict[str, Any]:
        nonlocal id
        id = f"msg_{outbox.put_test(session, endpoint, now).hex}"
        return {"message": id}

    _changed(session, site, endpoint_id, by, now, "tested", apply)
    return id


def secrets_of(session: Session, endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that sign messages to an endpoint, the newest first."""
    if endpoint.secrets:
        return list(endpoint.secrets)
    return list(
        session.scalars(
            select(SiteSecret.secret)
            .where(SiteSecret.site_id == endpoint.site_id)
            .order_by(SiteSecret.id.desc())
        )
    )


def set_first(session: Session, site: Site, address: str, now: datetime) -> int | None:
    """Set the address that `webhook_url` shows, in the caller's transaction.

    The first endpoint gets it and is switched on, or is made. An empty address removes that
    endpoint: its id is returned, for `discard` after the commit. The caller has locked the site.
    """
    first = next(iter(listed(session, site.id)), None)
    address = _meant(address, first.url if first is not None else "")
    if first is None or first.main:
        site.webhook_url, site.webhook_disabled_at = address or None, None
    removed = None
    if first is None and address:
        session.add(main_endpoint(site, address, now))
    elif first is not None and address:
        _set_url(first, address)
    elif first is not None:
        _hide(first, now)
        removed = first.id
    session.flush()
    return removed


def main_endpoint(site: Site, address: str, now: datetime) -> WebhookEndpoint:
    """Return a new endpoint as a site's only address always was: all events, with held texts."""
    return WebhookEndpoint(
        site_id=site.id, url=address, held_text=True, main=True, secrets=[], created_at=now
    )


def switch(endpoint: WebhookEndpoint, *, on: bool, now: datetime, why: str = BY_ADMIN) -> None:
    """Switch an endpoint on or off in the caller's transaction; messages wait while it is off."""
    endpoint.disabled_at, endpoint.disabled_why = (None, "") if on else (now, why)
    if on:
        endpoint.paused_until = None


def mirror(endpoint: WebhookEndpoint, site: Site) -> None:
    """Write the main endpoint's address and switch where the previous release reads them."""
    if endpoint.main:
        site.webhook_url, site.webhook_disabled_at = endpoint.url, endpoint.disabled_at


# Checks


def check_url(address: str, allowed: Networks) -> str:
    """Return a webhook address with its host in ASCII, or "" for none; raise Invalid."""
    written = address.strip()
    if not written:
        return ""
    if len(written) > _LONGEST_ADDRESS:
        raise Invalid(f"A webhook address has at most {_LONGEST_ADDRESS} characters. Shorten it.")
    try:
        parts, origin = hosts.web_address(written)
    except hosts.BadAddress as error:
        raise BadAddress(
            f"The webhook address cannot be used: {error}. Write it like "
            "https://news.example/hooks/comments."
        ) from None
    user, at, _ = parts.netloc.rpartition("@")
    place = str(origin).partition("://")[2]
    # A login becomes a header of the request, so that the guard reads an address without one.
    check_address(urlunsplit((origin.scheme, place, parts.path, parts.query, "")), allowed)
    return urlunsplit((origin.scheme, f"{user}{at}{place}", parts.path, parts.query, ""))


def _meant(address: str, before: str) -> str:
    """Return an address with the password that `view` masked; raise BadAddress."""
    found = hosts.unmasked_password(address, before)
    if found is None:
        raise BadAddress("The password in this address is masked. Type the password again.")
    return found


def _checked_events(events: Collection[str]) -> str:
    wrong = [
        FieldError(f"#/events/{place}", f"one of {', '.join(EVENTS)}")
        for place, type in enumerate(events)
        if type not in EVENTS
    ]
    if wrong:
        raise Invalid(
            f"There is no such event. Choose from: {', '.join(EVENTS)}.", errors=tuple(wrong)
        )
    return f",{','.join(dict.fromkeys(events))}," if events else ""


# Internal


def _hide(endpoint: WebhookEndpoint, now: datetime) -> None:
    endpoint.main = False
    switch(endpoint, on=False, now=now, why=REMOVED)


def _set_url(endpoint: WebhookEndpoint, address: str) -> None:
    endpoint.url = address
    endpoint.disabled_at, endpoint.disabled_why, endpoint.paused_until = None, "", None


def _changed(
    session: Session,
    site: Site,
    endpoint_id: int,
    by: By,
    now: datetime,
    action: str,
    apply: Callable[[WebhookEndpoint], dict[str, Any]],
) -> WebhookEndpoint:
    """Apply a change to a locked endpoint, write it to the audit trail, and commit."""
    begin_write(session)
    current = _lock(session, site)
    endpoint = find(session, site, endpoint_id)
    detail = apply(endpoint)
    if detail:
        mirror(endpoint, current)
        _audit(session, site, by, now, action, endpoint, detail)
    session.commit()
    return endpoint


def _lock(session: Session, site: Site) -> Site:
    """Lock the site's row, so that changes of its endpoints take turns."""
    return session.get_one(Site, site.id, populate_existing=True, with_for_update=True)


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(random_secrets.token_bytes(32)).decode()


def _audit(
    session: Session,
    site: Site,
    by: By,
    now: datetime,
    action: str,
    endpoint: WebhookEndpoint,
    detail: dict[str, Any],
) -> None:
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        f"site.webhook_{action}",
        f"site:{site.name}",
        site_id=site.id,
        detail={"endpoint": endpoint.id, **detail},
    )
