"""Removal of a site with all its rows, in small commits that let other writers proceed."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic, sleep

from sqlalchemy import Table, delete, select, tuple_, update
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.change_feed import notify_readers
from moderation.storage.engine import begin_write
from moderation.storage.models.base import Base
from moderation.storage.models.comments import Comment
from moderation.storage.models.compat import ServiceKey
from moderation.storage.models.site_exports import SiteExport
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookEndpoint

from .. import audit, endpoints

#: Rows per commit at most, and target seconds of a commit: others write in between.
MOST = 500
TURN = 0.05


def remove(
    session: Session, site: Site, *, now: datetime, rest: Callable[[float], object] = sleep
) -> None:
    """Remove a site with its posts, comments and secrets; commits many times.

    The first commit renames the site, which hides it and frees its name. An interrupted removal
    leaves the site under the name `….removed-<id>`; removing that continues it. After each commit
    it rests as long as the commit took, so that other writers get half of the time, even on
    SQLite with its single writer.
    """
    id, mark = site.id, f".removed-{site.id}"
    if not site.name.endswith(mark):
        begin_write(session)
        audit.write(session, now, Actor.SITE, "cli", "site.removed", f"site:{site.name}")
        renamed = site.name[: 64 - len(mark)] + mark
        session.execute(
            update(Site)
            .where(Site.id == id)
            .values(name=renamed, webhook_url=None, origins=[], version=Site.version + 1)
        )
        # A key finds its site by id, under any name of the site.
        session.execute(delete(ServiceKey).where(ServiceKey.site_id == id))
        session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.site_id == id)
            .values(main=False, disabled_at=now, disabled_why=endpoints.REMOVED)
        )
        # Their files are removed by `export_files.remove_unknown`.
        session.execute(delete(SiteExport).where(SiteExport.site_id == id))
        notify_readers(session, f"site:{id}")
        session.commit()
    _empty(session, id, rest)
    begin_write(session)
    session.execute(delete(Site).where(Site.id == id))
    session.commit()


def _empty(session: Session, site: int, rest: Callable[[float], object]) -> None:
    """Delete or detach, a few rows at a time, the rows that refer to the site."""
    for endpoint_id in session.scalars(
        select(WebhookEndpoint.id).where(WebhookEndpoint.site_id == site)
    ).all():
        endpoints.discard(session, endpoint_id)
    # Children first: comments before their posts.
    for table in reversed(Base.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table.name == Site.__tablename__:
                _empty_table(session, table, site, key.ondelete == "SET NULL", rest)


def _empty_table(
    session: Session, table: Table, site: int, kept: bool, rest: Callable[[float], object]
) -> None:
    limit = first = min(20, MOST)
    while True:
        began = monotonic()
        removed = _remove_batch(session, table, site, kept, limit)
        took = monotonic() - began
        if removed < limit:
            return
        rest(took)
        # The cost of a row differs a hundredfold between tables.
        limit = max(1, min(MOST, int(limit * TURN / max(took, 1e-4)), 2 * max(limit, first)))


def _remove_batch(session: Session, table: Table, site: int, kept: bool, limit: int) -> int:
    """Delete, or only detach, some rows of the site; return their number."""
    begin_write(session)
    rows = session.execute(
        select(*table.primary_key).where(table.c.site_id == site).limit(limit)
    ).all()
    if rows:
        batch = tuple_(*table.primary_key).in_([tuple(row) for row in rows])
        if table.name == Comment.__tablename__:
            # SQLite follows at most 1,000 cascades into each other.
            ids = [row[0] for row in rows]
            session.execute(
                update(Comment).where(Comment.parent_id.in_(ids)).values(parent_id=None),
                execution_options={"synchronize_session": False},
            )
        session.execute(
            table.update().where(batch).values(site_id=None)
            if kept
            else table.delete().where(batch)
        )
    session.commit()
    return len(rows)
