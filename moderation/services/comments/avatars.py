"""Pictures of signed-in authors: queued by a comment, fetched by the worker, served by us.

A reader's browser asks only this service for them. Off unless a site switches them on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.domain.inner_networks import Networks
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.authors import Avatar
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import outbound
from ..signing import Signing
from ..sites import registry
from . import avatar_images
from .requests import Submission

#: A picture at the same address is fetched again after this time.
FRESH = timedelta(days=1)
#: Bytes of a picture as it comes, and seconds of a request.
MOST_BYTES = 512 * 1024
TIMEOUT = 10.0
#: Requests that fail before the picture is given up; the pause doubles from a minute.
TRIES = 5
#: Pictures of one turn of the worker.
BATCH = 5

Send = Callable[..., outbound.Answer]
_T = Avatar.__table__


def id_for(runtime: Signing, site: Site, submission: Submission) -> str | None:
    """Return the id of the picture of a comment's author; None without one."""
    if not submission.picture or not site.settings.get("avatars"):
        return None
    return runtime.author_key("avatar", str(site.id), submission.author_id)


def add(unit: Executor, comment: dict[str, Any], url: str, now: datetime) -> None:
    """Queue the picture of a comment's author, in the caller's transaction."""
    connection = unit.connection()
    _upsert(connection.dialect.name).run(
        connection,
        {
            "id": comment["avatar"],
            "site_id": comment["site_id"],
            "author_key": comment["author_key"],
            "url": url,
            "image": None,
            "attempts": 0,
            "due_at": now,
            "asked_at": now,
            "old": now - FRESH,
        },
    )


@lru_cache(maxsize=2)
def _upsert(dialect: str) -> CompiledStatement:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(_T)
    given = insert.excluded
    statement = insert.values(
        {column.key: bindparam(column.key, type_=column.type) for column in _T.columns}
    ).on_conflict_do_update(
        index_elements=["id"],
        set_={name: given[name] for name in ("url", "attempts", "due_at", "asked_at")},
        where=or_(
            _T.c.url != given.url, _T.c.asked_at < bindparam("old", type_=_T.c.asked_at.type)
        ),
    )
    return CompiledStatement(statement)


def image(session: Session, id: str) -> bytes | None:
    """Return a picture; None where there is none or its site has switched pictures off."""
    row = session.execute(
        select(Avatar.image, Site.name)
        .join(Site, Site.id == Avatar.site_id)
        .where(Avatar.id == id, Avatar.image.is_not(None))
    ).first()
    if row is None or not registry.find(session, row[1]).settings.get("avatars"):
        return None
    found: bytes | None = row[0]
    return found


def forget(session: Session, site: Site, keys: list[str]) -> None:
    """Remove the pictures of authors, in the caller's transaction."""
    session.execute(delete(Avatar).where(Avatar.site_id == site.id, Avatar.author_key.in_(keys)))


# The worker


def fetch_due(
    session: Session, allowed: Networks, *, now: datetime, send: Send = outbound.send
) -> int:
    """Fetch the pictures that are due and return their number; commits."""
    due = session.execute(
        select(Avatar.id, Avatar.url, Avatar.due_at, Avatar.attempts)
        .where(Avatar.due_at.is_not(None), Avatar.due_at <= now)
        .order_by(Avatar.due_at)
        .limit(BATCH)
    ).all()
    session.rollback()
    for id, url, due_at, attempts in due:
        # Due again later: a worker that dies meanwhile loses nothing.
        later = now + timedelta(minutes=2**attempts)
        claimed: Any = {"due_at": later, "attempts": attempts + 1}
        if not _write(session, id, url, due_at, claimed):
            continue
        request = outbound.Request(url, {"Accept": "image/webp, image/png, image/jpeg"}, b"", "GET")
        answer = send(request, allowed=allowed, timeout=TIMEOUT, most_bytes=MOST_BYTES)
        if _may_come_later(answer) and attempts + 1 < TRIES:
            continue
        made = None
        if answer.status == 200 and not answer.is_cut:
            made = avatar_images.encoded(answer.body)
        _write(session, id, url, later, {"image": made, "due_at": None})
    return len(due)


def _write(
    session: Session, id: str, url: str, due_at: datetime | None, values: dict[str, Any]
) -> bool:
    """Change a picture's row unless it was changed since it was read; commits."""
    unchanged = (Avatar.id == id, Avatar.url == url, Avatar.due_at == due_at)
    statement = update(Avatar).where(*unchanged).values(**values).returning(Avatar.id)
    return transact(session, lambda: session.execute(statement).first() is not None)


def _may_come_later(answer: outbound.Answer) -> bool:
    refused = answer.error == outbound.BadAddress.__name__
    return not refused and (answer.status in (0, 429) or answer.status >= 500)
