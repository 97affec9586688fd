"""A site's webhook secrets and their rotation."""

import base64
import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.engine import begin_write
from moderation.storage.models.sites import Site, SiteSecret
from moderation.storage.rotation import keep_newest

from .. import audit


def rotate(session: Session, site: Site, *, now: datetime) -> str:
    """Add a secret; the one before it stays valid until the next rotation. Commits."""
    begin_write(session)
    secret = add(session, site.id, now)
    keep_newest(session, SiteSecret.id, SiteSecret.site_id == site.id, number=2)
    audit.write(
        session, now, Actor.SITE, "cli", "secret.rotated", f"site:{site.name}", site_id=site.id
    )
    session.commit()
    return secret


def drop_old(session: Session, site: Site, *, now: datetime) -> int:
    """Remove all secrets except the newest, which ends a rotation; commits."""
    begin_write(session)
    dropped = keep_newest(session, SiteSecret.id, SiteSecret.site_id == site.id, number=1)
    audit.write(
        session, now, Actor.SITE, "cli", "secret.removed", f"site:{site.name}", site_id=site.id
    )
    session.commit()
    return dropped


def add(session: Session, site_id: int, now: datetime) -> str:
    """Add a secret in the caller's transaction."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    session.add(SiteSecret(site_id=site_id, secret=secret, created_at=now))
    session.flush()
    return secret
