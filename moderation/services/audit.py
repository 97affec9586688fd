"""The audit trail: one line for everything that people and sites do, never any text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, false, func, insert, select, tuple_, union_all
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.decisions import MACHINE, NOT_MACHINE, AuditEntry
from moderation.storage.prepared import Prepared, Unit
from moderation.storage.sites import Site

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


#: Entries that one statement looks at when it has to look at each; the next goes on behind them.
LOOKED_AT = 2000
#: Entries of an export that are read at a time.
EXPORTED = 500


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries; None means any. A prefix of the action finds all of its kind."""

    action: str | None = None
    actor_name: str | None = None
    subject: str | None = None
    #: From this moment on, and before that one.
    since: datetime | None = None
    until: datetime | None = None
    #: None: every site, and what is about none.
    site_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in their order; there may be fewer than asked for, and yet more behind them."""

    entries: list[dict[str, Any]]
    #: The entry behind which the next page begins; None: there is none.
    next_id: int | None


def search(
    session: Session, query: AuditQuery, *, limit: int = 50, before_id: int | None = None
) -> AuditPage:
    """The newest entries that a query finds; `before_id` continues behind a page."""
    return _page(session, query, limit, before_id, newest_first=True)


def last(session: Session, action: str, subject: str) -> dict[str, Any] | None:
    """The newest entry of this very action about a subject; None when there is none."""
    query = AuditQuery(action=action, subject=subject)
    page = search(session, query, limit=1)
    while not page.entries and page.next_id is not None:
        page = search(session, query, limit=1, before_id=page.next_id)
    return page.entries[0] if page.entries else None


def export(session: Session, query: AuditQuery) -> Iterator[dict[str, Any]]:
    """Every entry that a query finds, the oldest first, each page in a transaction of its own."""
    behind = None
    while True:
        page = _page(session, query, EXPORTED, behind, newest_first=False)
        session.rollback()
        yield from page.entries
        behind = page.next_id
        if behind is None:
            return


# Read along an index: an entry is looked at when the index that narrows most has it, and what
# the others would narrow is told from the entry.


def _page(
    session: Session, query: AuditQuery, limit: int, behind: int | None, *, newest_first: bool
) -> AuditPage:
    parts, rest = _planned(session, query)
    within = [*_within(query), *_behind(session, behind, newest_first=newest_first)]
    most = LOOKED_AT if rest else limit + 1
    head = _head([part.where(*within) for part in parts], most, newest_first=newest_first)
    order = _order(AuditEntry.at, AuditEntry.id, newest_first=newest_first)
    statement = (
        select(AuditEntry, Site.name)
        .join(head, head.c.id == AuditEntry.id)
        .outerjoin(Site, Site.id == AuditEntry.site_id)
        .where(*rest)
        .order_by(*order)
        .limit(limit + 1)
    )
    found = session.execute(statement).all()
    entries = [_view(entry, site) for entry, site in found[:limit]]
    if len(found) > limit:
        return AuditPage(entries, entries[-1]["id"])
    last = _order(head.c.at, head.c.id, newest_first=newest_first)
    seen = select(head.c.id).order_by(*last).offset(most - 1)
    return AuditPage(entries, session.scalar(seen) if rest else None)


def _planned(session: Session, query: AuditQuery) -> tuple[list[Select[Any]], list[Any]]:
    """Statements of entries, each along one index, and what is to be told from the entries."""
    ways: list[tuple[list[Select[Any]], Any]] = []
    if query.subject is not None:
        about = AuditEntry.subject == query.subject
        ways.append(([_along("about", about)], about))
    if query.actor_name is not None:
        by = AuditEntry.actor_name == query.actor_name
        # The machine's own entries are in no index of names: they are most of the newest.
        known = [] if query.actor_name == MACHINE else [_along("by", by, NOT_MACHINE)]
        ways.append((known, by))
    if query.action is not None:
        actions = _actions(session, query.action)
        done = [_along("action", AuditEntry.action == action) for action in actions]
        ways.append((done or [_along("when", false())], AuditEntry.action.in_(actions)))
    if query.site_ids is not None:
        on = [_along("on", AuditEntry.site_id == id) for id in query.site_ids]
        ways.append((on or [_along("when", false())], AuditEntry.site_id.in_(query.site_ids)))
    chosen = next((number for number, (parts, _) in enumerate(ways) if parts), None)
    parts = [_along("when")] if chosen is None else ways[chosen][0]
    return parts, [test for number, (_, test) in enumerate(ways) if number != chosen]


def _along(index: str, *where: Any) -> Any:
    """Entries along this index; SQLite counts no rows before it chooses one, so we choose."""
    statement = select(AuditEntry.id, AuditEntry.at).where(*where)
    return statement.with_hint(AuditEntry, f"INDEXED BY ix_audit_entries_{index}", "sqlite")


def _head(parts: list[Select[Any]], most: int, *, newest_first: bool) -> Subquery:
    """The first `most` of all parts."""
    order = _order(AuditEntry.at, AuditEntry.id, newest_first=newest_first)
    firsts = [part.order_by(*order).limit(most).subquery() for part in parts]
    if len(firsts) == 1:
        return firsts[0]
    every = union_all(*(select(first) for first in firsts)).subquery()
    order = _order(every.c.at, every.c.id, newest_first=newest_first)
    return select(every).order_by(*order).limit(most).subquery()


def _order(*columns: Any, newest_first: bool) -> list[Any]:
    return [column.desc() if newest_first else column for column in columns]


def _actions(session: Session, beginning: str) -> list[str]:
    """The actions that there are and that begin so: a few dozen among however many entries."""
    least = select(func.min(AuditEntry.action).label("action"))
    known = least.cte("known", recursive=True)
    next_one = (
        select(func.min(AuditEntry.action))
        .where(AuditEntry.action > known.c.action)
        .correlate(known)
        .scalar_subquery()
    )
    known = known.union_all(select(next_one).where(known.c.action.is_not(None)))
    # Not compared in the database: which text begins where in its order is its language's.
    return [a for a in session.scalars(select(known.c.action)) if a and a.startswith(beginning)]


def _within(query: AuditQuery) -> Iterator[Any]:
    if query.since is not None:
        yield AuditEntry.at >= query.since
    if query.until is not None:
        yield AuditEntry.at < query.until


def _behind(session: Session, id: int | None, *, newest_first: bool) -> Iterator[Any]:
    if id is None:
        return
    at = session.scalar(select(AuditEntry.at).where(AuditEntry.id == id))
    here = tuple_(AuditEntry.at, AuditEntry.id)
    # Not `false()`: with it the other conditions go, by which SQLite may use a partial index.
    nothing = AuditEntry.id.is_(None)
    yield nothing if at is None else here < (at, id) if newest_first else here > (at, id)


def _view(entry: AuditEntry, site: str | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "site": site,
        "actor": entry.actor,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }
