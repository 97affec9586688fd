"""Failed logins in the audit trail, by account and with a limited rate.

An unknown login may be a password that was typed into the wrong field, so only its keyed hash
is stored, and that of the network. Entries are never removed, so their rate is limited: a few a
minute for all unknown logins together, and a few for each account.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.decisions import AuditEntry

from .. import audit

ACTION = "login.failed"
#: Entries a minute for one account, and for all unknown logins together.
ENTRIES = 10


@dataclass(frozen=True, slots=True)
class Attempt:
    """Keyed hashes of a login attempt: of the typed name and of the network."""

    name: str = ""
    network: str = ""


UNKNOWN = Attempt()


def write(
    session: Session,
    attempt: Attempt,
    moderator: Moderator | None,
    *,
    now: datetime,
    why: str = "password",
) -> None:
    """Store a failed login, unless there were too many this minute; commits.

    `moderator` is the account of the name that was typed, if there is one.
    """
    name = attempt.name[:16]
    subject = f"moderator:{moderator.login}" if moderator else f"login:{name}"
    alike = AuditEntry.subject == subject if moderator else AuditEntry.subject.like("login:%")
    minute = now.replace(second=0, microsecond=0)
    begin_write(session)
    before = _entries(session, minute, alike)
    if before >= ENTRIES:
        session.rollback()
        return
    detail = {"name": name, "network": attempt.network[:16], "why": why}
    if before == ENTRIES - 1:
        detail["more"] = "Further ones within this minute are not written."
    audit.write(session, now, Actor.MODERATOR, "", ACTION, subject, detail=detail)
    session.commit()


def _entries(session: Session, minute: datetime, alike: ColumnElement[bool]) -> int:
    found = (
        select(AuditEntry.id)
        .where(AuditEntry.action == ACTION, AuditEntry.at >= minute, alike)
        .limit(ENTRIES)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(found)) or 0
