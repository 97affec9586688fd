"""Adding a site and changing its settings."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import AlreadyExists, Invalid, SettingsChanged, SiteNotFound
from moderation.domain.inner_networks import NO_NETWORKS, Networks
from moderation.domain.status import Actor
from moderation.domain.webhook_events import EVENTS
from moderation.storage.change_feed import notify_readers
from moderation.storage.engine import begin_write
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site

from .. import audit, endpoints
from . import list_fields, reserved_names, secrets, settings_diff
from . import origins as site_origins
from .settings_schema import SITE_SETTINGS, check_settings

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def add(
    session: Session,
    name: str,
    *,
    title: str,
    origins: list[str],
    now: datetime,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Site, str]:
    """Create a site with these settings and its first webhook secret; commits."""
    check_name(name)
    chosen = check_settings(settings or {})
    title = list_fields.title(title)
    checked = site_origins.check_origins(origins)
    begin_write(session)
    if session.scalar(select(Site.id).where(Site.name == name)) is not None:
        session.rollback()
        raise AlreadyExists(f"There is a site called {name} already. Choose another name.")
    site = Site(name=name, title=title, origins=checked, settings=chosen, created_at=now)
    session.add(site)
    session.flush()
    reserved_names.refresh_sites(session)
    secret = secrets.add(session, site.id, now)
    audit.write(session, now, Actor.SITE, "cli", "site.added", f"site:{name}", site_id=site.id)
    session.commit()
    return site, secret


def change(
    session: Session,
    site: Site,
    *,
    now: datetime,
    settings: Mapping[str, Any] | None = None,
    origins: list[str] | None = None,
    title: str | None = None,
    webhook_url: str | None = None,
    allowed: Networks = NO_NETWORKS,
    by: str = "cli",
    actor: Actor = Actor.SITE,
    expected: int | None = None,
) -> None:
    """Change the given values; a setting of None returns to its default. Commits.

    `webhook_url` is the address of the first endpoint; `allowed` are the inner networks that it
    may lead into.
    Raises SettingsChanged when the site's version is not `expected`.
    """
    removed, given = _checked(settings or {})
    checked = None if origins is None else site_origins.check_origins(origins)
    title = None if title is None else list_fields.title(title)
    if webhook_url is not None:
        webhook_url = endpoints.check_url(webhook_url, allowed)
    begin_write(session)
    current = session.get(Site, site.id, populate_existing=True, with_for_update=True)
    if current is None:
        session.rollback()
        raise SiteNotFound("This site was removed. Check its name.")
    site = current
    if expected is not None and site.version != expected:
        changed_by = audit.last(session, "site.changed", f"site:{site.name}")
        session.rollback()
        raise SettingsChanged(
            "The settings were changed since you read them. Read them again, then change them.",
            change=changed_by,
        )
    before, removed_endpoint = _record_change(session, site), None
    if settings is not None:
        kept = {key: value for key, value in site.settings.items() if key not in removed}
        site.settings = kept | given
    if checked is not None:
        site.origins = checked
    if title is not None:
        site.title = title
    if webhook_url is not None:
        # Messages of the previous release from before the site had an address are not sent to it.
        if site.webhook_url is None:
            session.execute(
                update(OutboxMessage)
                .where(
                    OutboxMessage.site_id == site.id,
                    OutboxMessage.state == "waiting",
                    OutboxMessage.type.in_(EVENTS),
                )
                .values(state="dropped", finished_at=now)
            )
        removed_endpoint = endpoints.set_first(session, site, webhook_url, now)
    site.version += 1
    notify_readers(session, f"site:{site.id}")
    changed = sorted(settings or ()) + [
        name
        for name, value in (("origins", origins), ("title", title), ("webhook_url", webhook_url))
        if value is not None
    ]
    audit.write(
        session,
        now,
        actor,
        by,
        "site.changed",
        f"site:{site.name}",
        site_id=site.id,
        detail={
            "changed": changed,
            "values": settings_diff.differences(before, _record_change(session, site)),
        },
    )
    session.commit()
    if removed_endpoint is not None:
        endpoints.discard(session, removed_endpoint)


def _checked(settings: Mapping[str, Any]) -> tuple[set[str], dict[str, Any]]:
    """Return the settings that return to their defaults, and the others, validated."""
    removed = {key for key, value in settings.items() if value is None}
    unknown = removed - SITE_SETTINGS.keys()
    if unknown:
        raise Invalid(f"There is no setting called {sorted(unknown)[0]}. Check its name.")
    return removed, check_settings({k: v for k, v in settings.items() if v is not None})


def _record_change(session: Session, site: Site) -> dict[str, Any]:
    """Return a site's settings as the audit trail compares them."""
    first = next(iter(endpoints.listed(session, site.id)), None)
    own = {"origins": site.origins, "title": site.title}
    return {**site.settings, **own, "webhook_url": audit.origin_of(first.url if first else None)}


def check_name(name: str) -> str:
    """Return a valid site name, or raise Invalid with the rule."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            "A site's name is 1 to 64 of a-z, 0-9, '.', '_' and '-', and begins with a letter "
            "or digit. Choose another."
        )
    return name
