"""The signing secrets of Coral's external phases, as Coral made them."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import AlreadyExists, Invalid
from moderation.storage.models.checks import CoralSecret
from moderation.storage.models.sites import Site
from moderation.storage.rotation import keep_newest
from moderation.storage.transactions import transact

from .. import audit
from .keys import CLI

#: Secrets that are valid at the same time, so that one can be replaced.
VALID = 2
_SECRET = re.compile(r"[\x21-\x7e]{8,200}")


def add(session: Session, site: Site, secret: str, *, now: datetime, by: By = CLI) -> None:
    """Add a secret that Coral shows; the one before it stays valid. Commits.

    Raises Invalid for one that cannot be Coral's, and AlreadyExists for one that is valid.
    """
    secret = secret.strip()
    if not _SECRET.fullmatch(secret):
        raise Invalid("Copy the signing secret from Coral whole: 8 to 200 characters, no blanks.")

    def store() -> None:
        if secret in valid(session, site.id):
            raise AlreadyExists("This secret is valid already.")
        session.add(CoralSecret(site_id=site.id, secret=secret, created_at=now))
        session.flush()
        keep_newest(session, CoralSecret.id, CoralSecret.site_id == site.id, number=VALID)
        audit.write_about(session, site, by, "coral_secret.added", now)

    transact(session, store)


def valid(session: Session, site_id: int) -> list[str]:
    """Return the valid secrets, the newest first."""
    return [secret for secret, _ in _rows(session, site_id)]


def ages(session: Session, site: Site) -> list[datetime]:
    """Return when each valid secret was added, the newest first; a secret is never shown."""
    return [created_at for _, created_at in _rows(session, site.id)]


def remove(
    session: Session, site: Site, *, now: datetime, only_old: bool = False, by: By = CLI
) -> int:
    """Remove all secrets, or all except the newest; return their number. Commits."""

    def forget() -> int:
        kept = 1 if only_old else 0
        of_site = CoralSecret.site_id == site.id
        removed = keep_newest(session, CoralSecret.id, of_site, number=kept)
        if removed:
            audit.write_about(session, site, by, "coral_secret.removed", now)
        return removed

    return transact(session, forget)


def _rows(session: Session, site_id: int) -> list[tuple[str, datetime]]:
    statement = (
        select(CoralSecret.secret, CoralSecret.created_at)
        .where(CoralSecret.site_id == site_id)
        .order_by(CoralSecret.id.desc())
    )
    return [(secret, created_at) for secret, created_at in session.execute(statement)]
