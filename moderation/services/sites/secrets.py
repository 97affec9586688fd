"""A site's secrets: what signs its webhooks both ways, and how they are replaced."""

import base64
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.dialects import begin_write
from moderation.storage.sites import Site, SiteSecret

from . import audit


def rotate(session: Session, site: Site, *, now: datetime) -> str:
    """Add a secret; the one before it stays valid until the next rotation. Commits."""
    begin_write(session)
    secret = add(session, site.id, now)
    newest = session.scalars(
        select(SiteSecret.id)
        .where(SiteSecret.site_id == site.id)
        .order_by(SiteSecret.id.desc())
        .limit(2)
    ).all()
    session.execute(
        delete(SiteSecret).where(SiteSecret.site_id == site.id, SiteSecret.id.not_in(newest))
    )
    audit.write(
        session, now, Actor.SITE, "cli", "secret.rotated", f"site:{site.name}", site_id=site.id
    )
    session.commit()
    return secret


def drop_old(session: Session, site: Site, *, now: datetime) -> int:
    """Leave only the newest secret valid, ending a rotation; commits."""
    begin_write(session)
    newest = session.scalar(
        select(SiteSecret.id)
        .where(SiteSecret.site_id == site.id)
        .order_by(SiteSecret.id.desc())
        .limit(1)
    )
    dropped = session.execute(
        delete(SiteSecret).where(SiteSecret.site_id == site.id, SiteSecret.id != newest)
    )
    audit.write(
        session, now, Actor.SITE, "cli", "secret.removed", f"site:{site.name}", site_id=site.id
    )
    session.commit()
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def add(session: Session, site_id: int, now: datetime) -> str:
    """Add a secret in the caller's transaction."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    session.add(SiteSecret(site_id=site_id, secret=secret, created_at=now))
    session.flush()
    return secret
