"""Every row of a store that belongs to one site, to compare before and after."""

from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from moderation.storage import Base

#: Of no single site: accounts work on many, and jobs on the whole store.
SHARED = {"moderators", "recovery_codes", "account_notices", "console_sessions", "leases"} | {
    "stopped_addresses"
}
#: The parent of a row that names no site itself.
_THROUGH = {
    "endpoint_id": "webhook_endpoints",
    "address_id": "reader_addresses",
    "comment_id": "comments",
    "token_id": "tokens",
}


def rows_of(session: Session, site_id: int) -> dict[str, list[str]]:
    """Return all rows of a site by their table, each as text."""
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in SHARED:
            rows = session.execute(select(table).where(_belongs(table, site_id)))
            found[table.name] = sorted(repr(tuple(row)) for row in rows)
    session.rollback()
    return found


def _belongs(table: Table, site_id: int) -> Any:
    if table.name == "sites":
        return table.c.id == site_id
    if "site_id" in table.c:
        return table.c.site_id == site_id
    column, owner = next((c, o) for c, o in _THROUGH.items() if c in table.c)
    owners = Base.metadata.tables[owner]
    return table.c[column].in_(select(owners.c.id).where(owners.c.site_id == site_id))
