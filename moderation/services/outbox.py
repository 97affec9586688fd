"""What a site is to be told is written in the commit of what happened, and sent later."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from moderation.storage.base import new_id
from moderation.storage.messages import OutboxMessage
from moderation.storage.prepared import Prepared, Unit

_INSERT = Prepared(
    insert(OutboxMessage.__table__).inline(),  # type: ignore[arg-type]
    [column.key for column in OutboxMessage.__table__.columns],
)


def put(
    unit: Unit,
    site_id: int,
    type: str,
    payload: dict[str, Any],
    now: datetime,
    *,
    comment_id: UUID | None = None,
) -> None:
    """Add a message to the caller's transaction, due at once."""
    _INSERT.run(
        unit.connection(),
        {
            "id": new_id(),
            "site_id": site_id,
            "comment_id": comment_id,
            "type": type,
            "payload": payload,
            "state": "waiting",
            "attempts": 0,
            "last_error": "",
            "due_at": now,
            "leased_until": None,
            "created_at": now,
            "finished_at": None,
        },
    )
