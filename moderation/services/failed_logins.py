"""Failed logins in the audit trail: one entry for a name and a minute, and few a minute.

A name that is no account's may be a password that was typed into the wrong field, so only
its keyed hash is written; so is the network's. An attacker who tries many names fills one
entry a minute, not the trail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.decisions import AuditEntry
from moderation.storage.dialects import begin_write
from moderation.storage.people import Moderator

from . import audit

ACTION = "login.failed"
#: Entries a minute; further names are counted together in one more.
ENTRIES = 10
#: The subject under which those are counted.
OTHERS = "login:others"


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
    """Count a failed login; commits. `moderator` is the account of that name, if there is one."""
    subject = f"moderator:{moderator.login}" if moderator else f"login:{attempt.name[:16]}"
    minute = now.replace(second=0, microsecond=0)
    begin_write(session)
    entry = _entry(session, subject, minute)
    if entry is None and _entries(session, minute) >= ENTRIES:
        subject = OTHERS
        entry = _entry(session, subject, minute)
    if entry is None:
        detail: dict[str, Any] = {"count": 1, "why": why}
        if subject != OTHERS:
            detail |= {"name": attempt.name[:16], "network": attempt.network[:16]}
        audit.write(session, now, Actor.MODERATOR, "", ACTION, subject, detail=detail)
    else:
        detail = {**entry.detail, "count": entry.detail.get("count", 1) + 1}
        if detail.get("network", "") not in ("", attempt.network[:16]):
            detail["network"] = "several"
        session.execute(update(AuditEntry).where(AuditEntry.id == entry.id).values(detail=detail))
    session.commit()


def _entry(session: Session, subject: str, minute: datetime) -> AuditEntry | None:
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == subject, AuditEntry.action == ACTION, AuditEntry.at >= minute)
        .order_by(AuditEntry.at.desc())
        .limit(1)
    ).first()


def _entries(session: Session, minute: datetime) -> int:
    newest = (
        select(AuditEntry.id)
        .where(AuditEntry.action == ACTION, AuditEntry.at >= minute)
        .limit(ENTRIES)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(newest)) or 0
