"""Failed logins in the audit trail: by account, and never so many that they fill it.

A name that is no account's may be a password that was typed into the wrong field, so only
its keyed hash is written; so is the network's. Entries are only ever added, so what an
attacker with many names and networks can add is bounded: a few a minute for all unknown
names together, and a few for each account.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.decisions import AuditEntry
from moderation.storage.dialects import begin_write
from moderation.storage.people import Moderator

from . import audit

ACTION = "login.failed"
#: Entries a minute for one account, and for all names together that are no account's.
ENTRIES = 10


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a login came from, as keyed hashes: of the name that was typed and of the network."""

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
    """Write a failed login down, unless there were many this minute; commits.

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
