"""The audit trail: one entry for each action of a person or a site, without any comment text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, Subquery, false, func, insert, select, tuple_, union_all
from sqlalchemy.orm import Session

from moderation.domain.actors import MACHINE, By
from moderation.domain.status import Actor
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.decisions import NOT_MACHINE, AuditEntry
from moderation.storage.models.sites import Site

_INSERT = CompiledStatement(
    insert(AuditEntry.__table__).inline(),  # type: ignore[arg-type]
    ("at", "actor", "actor_name", "action", "subject", "site_id", "detail"),
)


def write(
    unit: Executor,
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


def write_about(
    unit: Executor,
    site: Site,
    by: By,
    action: str,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an entry about a site itself to the caller's transaction."""
    subject = f"site:{site.name}"
    write(unit, at, by.actor, by.name, action, subject, site_id=site.id, detail=detail)


#: The prefix of actions on claims.
CLAIMS = "claim."
#: Entries that one statement scans when no index covers the query; the next statement continues.
LOOKED_AT = 2000
#: Entries of an export that are read at a time.
EXPORTED = 500


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Conditions on entries; None matches any. `action` is matched by its prefix."""

    action: str | None = None
    actor_name: str | None = None
    subject: str | None = None
    #: From this moment on, and before that one.
    since: datetime | None = None
    until: datetime | None = None
    #: None: every site, and entries without a site.
    site_ids: tuple[int, ...] | None = None
    #: Whether to include claims and releases: most entries of a busy desk.
    claims: bool = True


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in order; a page may be shorter than its limit although more follow."""

    entries: list[dict[str, Any]]
    #: The entry after which the next page begins; None on the last page.
    next_id: int | None


def search(
    session: Session, query: AuditQuery, *, limit: int = 50, before_id: int | None = None
) -> AuditPage:
    """Return the newest entries of a query; `before_id` continues after an earlier page."""
    return _page(session, query, limit, before_id, newest_first=True)


def last(session: Session, action: str, subject: str) -> dict[str, Any] | None:
    """Return the newest entry of exactly this action about a subject, or None."""
    query = AuditQuery(action=action, subject=subject)
    page = search(session, query, limit=1)
    while not page.entries and page.next_id is not None:
        page = search(session, query, limit=1, before_id=page.next_id)
    return page.entries[0] if page.entries else None


def export(session: Session, query: AuditQuery) -> Iterator[dict[str, Any]]:
    """Yield every entry of a query, the oldest first, each page in a transaction of its own."""
    behind = None
    while True:
        page = _page(session, query, EXPORTED, behind, newest_first=False)
        session.rollback()
        yield from page.entries
        behind = page.next_id
        if behind is None:
            return


# Each query reads along its most selective index; the other conditions are tested on the rows
# that the index yields.


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
    rows = session.execute(statement).all()
    entries = [_view(entry, site) for entry, site in rows[:limit]]
    if len(rows) > limit:
        return AuditPage(entries, entries[-1]["id"])
    last = _order(head.c.at, head.c.id, newest_first=newest_first)
    seen = select(head.c.id).order_by(*last).offset(most - 1)
    return AuditPage(entries, session.scalar(seen) if rest else None)


def _planned(session: Session, query: AuditQuery) -> tuple[list[Select[Any]], list[Any]]:
    """Return statements along the most selective index, and the conditions left to test on rows."""
    ways: list[tuple[list[Select[Any]], Any]] = []
    if query.subject is not None:
        about = AuditEntry.subject == query.subject
        ways.append(([_along("about", about)], about))
    if query.actor_name is not None:
        by = AuditEntry.actor_name == query.actor_name
        # The machine's own entries are in no index of names: they are most of the newest.
        entries = [] if query.actor_name == MACHINE else [_along("by", by, NOT_MACHINE)]
        ways.append((entries, by))
    if query.action is not None:
        actions = _actions(session, query.action)
        entries_of_actions = [_along("action", AuditEntry.action == action) for action in actions]
        ways.append(
            (entries_of_actions or [_along("when", false())], AuditEntry.action.in_(actions))
        )
    if query.site_ids is not None:
        on = [_along("on", AuditEntry.site_id == id) for id in query.site_ids]
        ways.append((on or [_along("when", false())], AuditEntry.site_id.in_(query.site_ids)))
    chosen = next((number for number, (parts, _) in enumerate(ways) if parts), None)
    parts = [_along("when")] if chosen is None else ways[chosen][0]
    tests = [test for number, (_, test) in enumerate(ways) if number != chosen]
    if not query.claims:
        tests.append(AuditEntry.action.not_in(_actions(session, CLAIMS)))
    return parts, tests


def _along(index: str, *where: Any) -> Any:
    """Select entries along this index; SQLite has no row counts to choose an index by itself."""
    statement = select(AuditEntry.id, AuditEntry.at).where(*where)
    return statement.with_hint(AuditEntry, f"INDEXED BY ix_audit_entries_{index}", "sqlite")


def _head(parts: list[Select[Any]], most: int, *, newest_first: bool) -> Subquery:
    """Select the first `most` entries of all parts together."""
    order = _order(AuditEntry.at, AuditEntry.id, newest_first=newest_first)
    firsts = [part.order_by(*order).limit(most).subquery() for part in parts]
    if len(firsts) == 1:
        return firsts[0]
    combined = union_all(*(select(first) for first in firsts)).subquery()
    order = _order(combined.c.at, combined.c.id, newest_first=newest_first)
    return select(combined).order_by(*order).limit(most).subquery()


def _order(*columns: Any, newest_first: bool) -> list[Any]:
    return [column.desc() if newest_first else column for column in columns]


def _actions(session: Session, beginning: str) -> list[str]:
    """Return the stored actions with this prefix; the store has only a few dozen actions."""
    least = select(func.min(AuditEntry.action).label("action"))
    actions = least.cte("known", recursive=True)
    next_one = (
        select(func.min(AuditEntry.action))
        .where(AuditEntry.action > actions.c.action)
        .correlate(actions)
        .scalar_subquery()
    )
    actions = actions.union_all(select(next_one).where(actions.c.action.is_not(None)))
    # The prefix is compared here: the order of texts in the database depends on its collation.
    return [a for a in session.scalars(select(actions.c.action)) if a and a.startswith(beginning)]


def _within(query: AuditQuery) -> Iterator[Any]:
    if query.since is not None:
        yield AuditEntry.at >= query.since
    if query.until is not None:
        yield AuditEntry.at < query.until


def _behind(session: Session, id: int | None, *, newest_first: bool) -> Iterator[Any]:
    if id is None:
        return
    at = session.scalar(select(AuditEntry.at).where(AuditEntry.id == id))
    position = tuple_(AuditEntry.at, AuditEntry.id)
    # `false()` would remove the other conditions, which let SQLite use a partial index.
    nothing = AuditEntry.id.is_(None)
    yield nothing if at is None else position < (at, id) if newest_first else position > (at, id)


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


def origin_of(url: str | None) -> str | None:
    """Return a webhook's scheme and host; its path, query and login may be secret."""
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
