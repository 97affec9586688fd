"""Taking a site away with everything that is its own, without standing in anybody's way."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic, sleep

from sqlalchemy import Table, delete, select, tuple_, update
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.base import Base
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write
from moderation.storage.sites import Site
from moderation.storage.versions import tell

from . import audit

#: Rows per commit at most, and seconds that a commit should take: others write in between.
MOST = 500
TURN = 0.05


def remove(
    session: Session, site: Site, *, now: datetime, rest: Callable[[float], object] = sleep
) -> None:
    """Remove a site with its posts, comments and secrets; commits many times.

    For everybody the site is gone with the first commit, which takes its name away and so frees it.
    A removal that was cut off leaves the site under the name `….removed-<id>`; removing that goes
    on with it. After each commit it rests as long as that took, so that half of the time is
    others' even where SQLite lets one write at a time.
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
        tell(session, f"site:{id}")
        session.commit()
    _empty(session, id, rest)
    begin_write(session)
    session.execute(delete(Site).where(Site.id == id))
    session.commit()


def _empty(session: Session, site: int, rest: Callable[[float], object]) -> None:
    """Take away a few rows at a time what would go, or be changed, with the site's row."""
    # In the order in which nothing is left that another row needs: comments before their posts.
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
        done = _some(session, table, site, kept, limit)
        took = monotonic() - began
        if done < limit:
            return
        rest(took)
        # A row of one table costs a hundred times what one of another does.
        limit = max(1, min(MOST, int(limit * TURN / max(took, 1e-4)), 2 * max(limit, first)))


def _some(session: Session, table: Table, site: int, kept: bool, limit: int) -> int:
    """Take away, or only let go, some rows of the site; tell how many."""
    begin_write(session)
    rows = session.execute(
        select(*table.primary_key).where(table.c.site_id == site).limit(limit)
    ).all()
    if rows:
        some = tuple_(*table.primary_key).in_([tuple(row) for row in rows])
        if table.name == Comment.__tablename__:
            # SQLite follows at most 1,000 cascades into each other.
            ids = [row[0] for row in rows]
            session.execute(
                update(Comment).where(Comment.parent_id.in_(ids)).values(parent_id=None),
                execution_options={"synchronize_session": False},
            )
        session.execute(
            table.update().where(some).values(site_id=None) if kept else table.delete().where(some)
        )
    session.commit()
    return len(rows)
