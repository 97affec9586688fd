"""Comments that arrive twice: sent again from another form, or after going back to the first."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from moderation.domain.status import Status
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.comments import Comment
from moderation.storage.models.sites import Site

from .identity import Identity

#: Time within which the same comment counts as a repetition.
WINDOW = timedelta(minutes=1)

_C = Comment.__table__
_SAME = CompiledStatement(
    select(_C.c.id, _C.c.status)
    .where(
        _C.c.site_id == bindparam("site"),
        _C.c.author_key == bindparam("author"),
        _C.c.created_at > bindparam("since"),
        _C.c.created_at <= bindparam("now"),
        _C.c.address_key == bindparam("address"),
        _C.c.post_id == bindparam("post"),
        _C.c.parent_id.is_not_distinct_from(bindparam("parent", type_=_C.c.parent_id.type)),
        _C.c.author_name == bindparam("name"),
        _C.c.text == bindparam("text"),
    )
    .order_by(_C.c.created_at, _C.c.id)
    .limit(1)
)


def same_comment(
    unit: Executor,
    site: Site,
    post_id: int,
    identity: Identity,
    name: str,
    parent_id: UUID | None,
    text: str,
    now: datetime,
) -> tuple[UUID, Status] | None:
    """Return the comment that the same author wrote here within a minute, with its status.

    The network address must be the same as well: names and e-mail addresses are easily copied.
    """
    if identity.author_key is None or identity.address_key is None:
        return None
    keys = {
        "site": site.id,
        "author": identity.author_key,
        "address": identity.address_key,
        "since": now - WINDOW,
        "now": now,
        "post": post_id,
        "parent": parent_id,
        "name": name,
        "text": text,
    }
    row = _SAME.first(unit.connection(), keys)
    return None if row is None else (row[0], Status(row[1]))
