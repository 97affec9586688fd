"""The audit trail: one line for everything that people and sites do, never any text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.decisions import AuditEntry
from moderation.storage.prepared import Prepared, Unit

_INSERT = Prepared(
    insert(AuditEntry.__table__).inline(),  # type: ignore[arg-type]
    ("at", "actor", "actor_name", "action", "subject", "site_id", "detail"),
)


def write(
    unit: Unit,
    at: datetime,
    actor: Actor,
    actor_name: str,
    action: str,
    subject: str,
    *,
    site_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry to the caller's transaction."""
    _INSERT.run(
        unit.connection(),
        {
            "at": at,
            "actor": actor.value,
            "actor_name": actor_name,
            "action": action,
            "subject": subject,
            "site_id": site_id,
            "detail": detail or {},
        },
    )


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries; None means any. A prefix of the action finds all of its kind."""

    action: str | None = None
    actor_name: str | None = None
    subject: str | None = None
    before: datetime | None = None
    after: datetime | None = None
    #: None: every site, and what is about none.
    site_ids: tuple[int, ...] | None = None


def search(
    session: Session, query: AuditQuery, *, limit: int = 50, before_id: int | None = None
) -> list[dict[str, Any]]:
    """The newest entries that a query finds; `before_id` continues behind a page."""
    statement = _matching(query).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return [_view(entry) for entry in session.scalars(statement)]


def export(session: Session, query: AuditQuery) -> Iterator[dict[str, Any]]:
    """Every entry that a query finds, the oldest first, a few at a time."""
    last = 0
    while True:
        page = session.scalars(
            _matching(query).where(AuditEntry.id > last).order_by(AuditEntry.id).limit(500)
        ).all()
        yield from (_view(entry) for entry in page)
        if len(page) < 500:
            return
        last = page[-1].id
        session.expunge_all()


def _matching(query: AuditQuery) -> Select[AuditEntry]:
    statement = select(AuditEntry)
    if query.action is not None:
        statement = statement.where(AuditEntry.action.startswith(query.action, autoescape=True))
    if query.actor_name is not None:
        statement = statement.where(AuditEntry.actor_name == query.actor_name)
    if query.subject is not None:
        statement = statement.where(AuditEntry.subject == query.subject)
    if query.before is not None:
        statement = statement.where(AuditEntry.at < query.before)
    if query.after is not None:
        statement = statement.where(AuditEntry.at >= query.after)
    if query.site_ids is not None:
        statement = statement.where(AuditEntry.site_id.in_(query.site_ids))
    return statement


def _view(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
