"""The secrets of incoming webhooks, by site and kind of sender, and their rotation."""

import base64
import secrets as randomness
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.actors import By
from moderation.domain.errors import FieldError, Invalid, NotFound
from moderation.storage.models.hooks import HookSecret
from moderation.storage.models.sites import Site
from moderation.storage.rotation import keep_newest
from moderation.storage.transactions import transact

from .. import audit
from . import mail_signatures
from .hook_signatures import Adapter

#: Secrets of one adapter that are valid at a time.
VALID = 2
#: Characters of a secret that the sender chose.
SHORTEST, LONGEST = 16, 320


def valid(session: Session, site_id: int, adapter: Adapter) -> list[str]:
    """Return the valid secrets, the newest first."""
    return list(
        session.scalars(
            select(HookSecret.secret)
            .where(HookSecret.site_id == site_id, HookSecret.adapter == adapter)
            .order_by(HookSecret.id.desc())
            .limit(VALID)
        )
    )


def add(
    session: Session, site: Site, adapter: Adapter, by: By, *, now: datetime, secret: str = ""
) -> str:
    """Add a secret, made here or given by the sender, and return it; commits.

    The one before it stays valid, older ones are removed.
    """
    mail_signatures.check_secret(adapter, secret)
    chosen = secret or _made(adapter)
    if not SHORTEST <= len(chosen) <= LONGEST or not chosen.isascii() or not chosen.isprintable():
        allowed = f"{SHORTEST} to {LONGEST} printable ASCII characters"
        raise Invalid(
            f"A secret is {allowed}. Choose another, or leave it out to have one made.",
            errors=(FieldError("#/secret", allowed),),
        )

    def write() -> None:
        session.add(HookSecret(site_id=site.id, adapter=adapter, secret=chosen, created_at=now))
        session.flush()
        _keep(session, site, adapter, VALID)
        _audit(session, site, adapter, by, "hook.secret.added", now)

    transact(session, write)
    return chosen


def _made(adapter: Adapter) -> str:
    if adapter is Adapter.MAIL:
        return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()
    return randomness.token_urlsafe(32)


def drop_old(session: Session, site: Site, adapter: Adapter, by: By, *, now: datetime) -> int:
    """Remove all secrets except the newest, which ends a rotation; commits."""
    return _reduce(session, site, adapter, by, now, lambda: _keep(session, site, adapter, 1))


def drop_all(session: Session, site: Site, adapter: Adapter, by: By, *, now: datetime) -> int:
    """Remove every secret, so that nothing is accepted any more; commits."""
    return _reduce(session, site, adapter, by, now, lambda: _keep(session, site, adapter, 0))


def remove(session: Session, site: Site, secret_id: int, by: By, *, now: datetime) -> None:
    """Remove one secret, effective at once; commits."""

    def write() -> None:
        found = session.get(HookSecret, secret_id)
        if found is None or found.site_id != site.id:
            raise NotFound("There is no such secret. Reload the list.")
        session.delete(found)
        _audit(session, site, Adapter(found.adapter), by, "hook.secret.removed", now)

    transact(session, write)


def listed(session: Session, site_id: int) -> list[dict[str, Any]]:
    """Return all secrets of a site by their last four characters, the newest first."""
    rows = session.scalars(
        select(HookSecret).where(HookSecret.site_id == site_id).order_by(HookSecret.id.desc())
    )
    return [
        {
            "id": row.id,
            "adapter": row.adapter,
            "last_four": characters.escaped(row.secret[-4:]),
            "created_at": row.created_at,
        }
        for row in rows
    ]


def _reduce(
    session: Session,
    site: Site,
    adapter: Adapter,
    by: By,
    now: datetime,
    drop: Callable[[], int],
) -> int:
    def write() -> int:
        dropped = drop()
        if dropped:
            _audit(session, site, adapter, by, "hook.secret.removed", now)
        return dropped

    return transact(session, write)


def _keep(session: Session, site: Site, adapter: Adapter, newest: int) -> int:
    """Delete all secrets of an adapter but the newest ones; return the number of deleted."""
    ours = (HookSecret.site_id == site.id, HookSecret.adapter == adapter)
    return keep_newest(session, HookSecret.id, *ours, number=newest)


def _audit(
    session: Session, site: Site, adapter: Adapter, by: By, action: str, now: datetime
) -> None:
    audit.write_about(session, site, by, action, now, {"adapter": adapter.value})
