"""Keys of a site for foreign protocols: Perspective, Akismet, OpenAI and Coral."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, bindparam, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import NotFound
from moderation.domain.status import Actor
from moderation.storage.change_feed import notify_readers
from moderation.storage.compiled_statements import CompiledStatement, DirectConnection
from moderation.storage.models.compat import ServiceKey
from moderation.storage.models.sites import Site
from moderation.storage.rotation import keep_newest
from moderation.storage.transactions import transact

from .. import audit
from ..sites import registry


class Service(StrEnum):
    """A foreign protocol that has keys."""

    PERSPECTIVE = "perspective"
    AKISMET = "akismet"
    OPENAI = "openai"
    CORAL = "coral"


CLI = By(Actor.SITE, "cli")
#: Keys of a service that are valid at the same time, so that one can be replaced.
VALID = 2
#: No key is longer; a longer one is not looked up.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Key:
    """A valid key in clear, with its age."""

    service: Service
    key: str
    created_at: datetime


def make(
    session: Session,
    site: Site,
    service: Service,
    *,
    now: datetime,
    by: By = CLI,
    short: bool = False,
) -> str:
    """Add a key and return it; the one before it stays valid. Commits.

    A `short` key of Akismet has 12 characters, the only length that WordPress' plugin takes. It
    is as long as Akismet's own; wrong keys are charged to the network that tries them.
    """
    key = secrets.token_hex(6) if short and service is Service.AKISMET else _new(service)

    def store() -> None:
        session.add(
            ServiceKey(
                site_id=site.id,
                service=service.value,
                key=key,
                digest=_digest(service, key),
                created_at=now,
            )
        )
        session.flush()
        keep_newest(session, ServiceKey.id, *_of(site.id, service), number=VALID)
        _record(session, site, service, "service_key.added", now, by)

    transact(session, store)
    return key


def _new(service: Service) -> str:
    if service is Service.AKISMET:
        # It can be the first label of a host name, and some clients keep hex digits alone.
        return secrets.token_hex(16)
    if service is Service.OPENAI:
        # Tools that scan for leaked keys, and some clients, expect the prefix.
        return "sk-" + secrets.token_urlsafe(32)
    return secrets.token_urlsafe(32)


def _digest(service: Service, key: str) -> bytes:
    if service is Service.AKISMET:
        # Host names arrive in any case.
        key = key.lower()
    return hashlib.sha256(f"{service.value}:{key}".encode("utf-8", "surrogatepass")).digest()


_SITE = CompiledStatement(
    select(Site.id, Site.version, Site.name)
    .join(ServiceKey, ServiceKey.site_id == Site.id)
    .where(ServiceKey.digest == bindparam("digest"))
)


def site_of(session: Session, service: Service, key: str) -> Site | None:
    """Return the site of a key, detached and read-only; None: unknown or revoked."""
    return site_in(session.get_bind().engine, service, key)


def site_in(engine: Engine, service: Service, key: str) -> Site | None:
    """Return the same as `site_of`, without a session: for requests that need none else."""
    if not 0 < len(key) <= LONGEST:
        return None
    with DirectConnection(engine) as connection:
        row = _SITE.first(connection, {"digest": _digest(service, key)})
    return None if row is None else registry.of_version(engine, row[2], row[0], row[1])


def current(session: Session, site: Site, service: Service) -> str | None:
    """Return the newest key in clear; None: the site has none."""
    return next((found.key for found in valid(session, site, service)), None)


def valid(session: Session, site: Site, service: Service | None = None) -> list[Key]:
    """Return the valid keys of a site, the newest first; None: those of every service."""
    rows = select(ServiceKey).where(ServiceKey.site_id == site.id).order_by(ServiceKey.id.desc())
    if service is not None:
        rows = rows.where(ServiceKey.service == service.value)
    return [Key(Service(row.service), row.key, row.created_at) for row in session.scalars(rows)]


def revoke(
    session: Session,
    site: Site,
    service: Service,
    *,
    now: datetime,
    only_old: bool = False,
    by: By = CLI,
) -> int:
    """Revoke a service's keys, or all except the newest; return their number. Commits."""

    def remove() -> int:
        kept = 1 if only_old else 0
        removed = keep_newest(session, ServiceKey.id, *_of(site.id, service), number=kept)
        if removed:
            _record(session, site, service, "service_key.removed", now, by)
        return removed

    return transact(session, remove)


def _of(site_id: int, service: Service) -> tuple[ColumnElement[bool], ...]:
    return ServiceKey.site_id == site_id, ServiceKey.service == service.value


def _record(
    session: Session, site: Site, service: Service, action: str, now: datetime, by: By
) -> None:
    """Write a change of keys to the audit trail, and notify processes that cache keys."""
    audit.write_about(session, site, by, action, now, {"service": service.value})
    notify_readers(session, f"keys:{site.id}")


# For people: keys by their last four characters


def listed(session: Session, site: Site) -> list[dict[str, Any]]:
    """Return the valid keys of a site by their last four characters, the newest first."""
    rows = session.scalars(
        select(ServiceKey).where(ServiceKey.site_id == site.id).order_by(ServiceKey.id.desc())
    )
    return [
        {
            "id": row.id,
            "service": row.service,
            "last_four": row.key[-4:],
            "created_at": row.created_at,
        }
        for row in rows
    ]


def remove(session: Session, site: Site, key_id: int, *, now: datetime, by: By) -> None:
    """Revoke one key, effective at once; raise NotFound where the site has none of this id.

    Commits.
    """

    def revoke_it() -> None:
        row = session.get(ServiceKey, key_id)
        if row is None or row.site_id != site.id:
            raise NotFound("There is no such key. Reload the list.")
        session.delete(row)
        _record(session, site, Service(row.service), "service_key.removed", now, by)

    transact(session, revoke_it)
