"""The secrets with which the main site signs its readers on by HS256, and their rotation."""

import secrets
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.models.sites import SignOnSecret, Site
from moderation.storage.rotation import keep_newest
from moderation.storage.transactions import transact

from .. import audit


def secrets_of(session: Session, site_id: int) -> list[str]:
    """Return the valid secrets, at most two, the newest first."""
    return list(
        session.scalars(
            select(SignOnSecret.secret)
            .where(SignOnSecret.site_id == site_id)
            .order_by(SignOnSecret.id.desc())
            .limit(2)
        )
    )


def rotate(session: Session, site: Site, *, now: datetime) -> str:
    """Add a secret and return it; the one before stays valid. Commits."""
    return transact(session, partial(_rotate, session, site, now))


def _rotate(session: Session, site: Site, now: datetime) -> str:
    # Text, for every library takes one; sites must not decode it.
    secret = "signon_" + secrets.token_urlsafe(32)
    session.add(SignOnSecret(site_id=site.id, secret=secret, created_at=now))
    session.flush()
    _keep_newest(session, site, 2)
    _audit(session, site, "sign_on_secret.rotated", now)
    return secret


def drop_old(session: Session, site: Site, *, now: datetime) -> int:
    """Remove all secrets except the newest and return their number; commits."""
    return transact(session, partial(_drop, session, site, 1, now))


def drop_all(session: Session, site: Site, *, now: datetime) -> int:
    """Remove every secret, which ends all sign-ons by HS256, and return their number; commits."""
    return transact(session, partial(_drop, session, site, 0, now))


def _drop(session: Session, site: Site, kept: int, now: datetime) -> int:
    dropped = _keep_newest(session, site, kept)
    _audit(session, site, "sign_on_secret.removed", now)
    return dropped


def _keep_newest(session: Session, site: Site, number: int) -> int:
    of_site = SignOnSecret.site_id == site.id
    return keep_newest(session, SignOnSecret.id, of_site, number=number)


def _audit(session: Session, site: Site, action: str, now: datetime) -> None:
    audit.write(session, now, Actor.SITE, "cli", action, f"site:{site.name}", site_id=site.id)
