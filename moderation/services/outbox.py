"""What a site is to be told is written in the commit of what happened, and sent later."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, exists, insert

from moderation.storage.base import new_id
from moderation.storage.messages import OutboxMessage
from moderation.storage.prepared import Prepared, Unit
from moderation.storage.sites import Site

_T = OutboxMessage.__table__
#: Whether the site is told at all is asked in the commit of what happened: what happened
#: before there was an address is not sent later, and nobody looks through it for ever.
_TOLD = exists().where(Site.id == bindparam("to_site"), Site.webhook_url.is_not(None))
_INSERT = Prepared(
    insert(_T)  # type: ignore[arg-type]
    .inline()
    .values(
        state=case((_TOLD, "waiting"), else_="dropped"),
        finished_at=case((~_TOLD, bindparam("now", type_=_T.c.created_at.type))),
    ),
    [column.key for column in _T.columns if column.key not in ("state", "finished_at")],
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
    """Add a message to the caller's transaction, due at once, or dropped without an address."""
    _INSERT.run(
        unit.connection(),
        {
            "id": new_id(),
            "site_id": site_id,
            "to_site": site_id,
            "now": now,
            "comment_id": comment_id,
            "type": type,
            "payload": payload,
            "attempts": 0,
            "last_error": "",
            "due_at": now,
            "leased_until": None,
            "created_at": now,
        },
    )
