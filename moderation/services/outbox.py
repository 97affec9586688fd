"""The outbox: messages to sites are stored in the commit of their change, and sent later.

A message has a delivery for each endpoint of its site that receives its type.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, case, exists, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from moderation.domain.webhook_events import TEST
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.base import Id, UtcDateTime, new_id
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint

_T = OutboxMessage.__table__
_E = WebhookEndpoint.__table__
_MOMENT = UtcDateTime()
#: `disabled_why` of an endpoint that is being removed.
REMOVED = "removed"
_OF_SITE = and_(_E.c.site_id == bindparam("to_site"), _E.c.disabled_why != REMOVED)
#: Endpoints are looked up in the commit of the change: a change before the site had one is not
#: sent later, and does not stay in the backlog.
#: Not LIKE: SQLite compiles a statement again whenever a pattern is bound, which costs more than
#: the statement itself.
_WANTS = or_(
    _E.c.events == "",
    func.replace(_E.c.events, bindparam("subscribed", type_=Text), "") != _E.c.events,
)
_IS_WANTED = exists(literal(1)).where(_OF_SITE, _WANTS)
#: An address that the previous release has just set: the worker makes its endpoint.
_IS_LEFT_TO_WORKER = exists(literal(1)).where(
    Site.id == bindparam("to_site"),
    Site.webhook_url.is_not(None),
    ~exists(literal(1)).where(_E.c.site_id == Site.id, _E.c.main).correlate(Site.__table__),
)
#: The type of a message that carries a moderator's verdict to a foreign platform's address.
CALLBACK = "akismet.verdict"
_COLUMNS = [column.key for column in _T.columns if column.key not in ("state", "finished_at")]
_INSERT_CALLBACK = CompiledStatement(
    insert(_T).inline().values(state="waiting"),  # type: ignore[arg-type]
    _COLUMNS,
)
_INSERT = CompiledStatement(
    insert(_T)  # type: ignore[arg-type]
    .inline()
    .values(
        state=case((_IS_LEFT_TO_WORKER, "waiting"), (_IS_WANTED, "queued"), else_="dropped"),
        finished_at=case((~_IS_LEFT_TO_WORKER, bindparam("now", type_=_MOMENT))),
    ),
    _COLUMNS,
)
_DELIVER = CompiledStatement(
    insert(WebhookDelivery.__table__)  # type: ignore[arg-type]
    .inline()
    .from_select(
        ["event_id", "endpoint_id", "comment_id", "due_at", "created_at"],
        select(
            bindparam("event", type_=Id()),
            _E.c.id,
            bindparam("about", type_=Id()),
            bindparam("now", type_=_MOMENT),
            bindparam("now", type_=_MOMENT),
        ).where(_OF_SITE, _WANTS, ~_IS_LEFT_TO_WORKER),
        include_defaults=False,
    )
)


def put(
    unit: Executor,
    site_id: int,
    type: str,
    payload: dict[str, Any],
    now: datetime,
    *,
    comment_id: UUID | None = None,
) -> None:
    """Add a message to the caller's transaction, due at once at each endpoint that wants it."""
    connection = unit.connection()
    to = {"to_site": site_id, "subscribed": f",{type},", "now": now}
    row = _row(site_id, type, payload, now, comment_id)
    _INSERT.run(connection, {**row, **to})
    _DELIVER.run(connection, {**to, "event": row["id"], "about": comment_id})


def put_callback(
    unit: Executor, site_id: int, payload: dict[str, Any], now: datetime, *, comment_id: UUID
) -> None:
    """Add a moderator's verdict about a foreign comment, due at once; its address is the comment's.

    Whether the site has a webhook address of its own does not matter.
    """
    values = _row(site_id, CALLBACK, payload, now, comment_id)
    _INSERT_CALLBACK.run(unit.connection(), values)


def _row(
    site_id: int, type: str, payload: dict[str, Any], now: datetime, comment_id: UUID | None
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "site_id": site_id,
        "comment_id": comment_id,
        "type": type,
        "payload": payload,
        "attempts": 0,
        "last_error": "",
        "due_at": now,
        "leased_until": None,
        "created_at": now,
    }


def put_test(session: Session, endpoint: WebhookEndpoint, now: datetime) -> UUID:
    """Add a test message for one endpoint, under any subscription, and return its id."""
    message = OutboxMessage(
        id=new_id(),
        site_id=endpoint.site_id,
        type=TEST,
        payload={"endpoint": endpoint.id},
        state="queued",
        due_at=now,
        created_at=now,
        finished_at=now,
    )
    session.add(message)
    session.flush()
    session.add(
        WebhookDelivery(event_id=message.id, endpoint_id=endpoint.id, due_at=now, created_at=now)
    )
    return message.id
