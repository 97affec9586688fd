"""The audit trail: one line for everything that people and sites do, never any text."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.decisions import AuditEntry

_INSERT = insert(AuditEntry.__table__)  # type: ignore[arg-type]


def write(
    session: Session,
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
    session.connection().execute(
        _INSERT,
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
