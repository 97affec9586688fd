"""Indexes that are built while others write: for the migrations of tables that grow."""

from collections.abc import Mapping, Sequence

from alembic import op
from sqlalchemy import TextClause


def create_indexes(
    table: str, indexes: Mapping[str, Sequence[str]], where: TextClause | None = None
) -> None:
    """Create indexes by name; on PostgreSQL nobody who writes waits for it.

    There each is a transaction of its own, so that a migration has to do nothing else before:
    it would be done twice when building is cut off. What a build that was cut off left behind
    is replaced.
    """
    if op.get_bind().dialect.name != "postgresql":
        for name, columns in indexes.items():
            op.create_index(name, table, list(columns), sqlite_where=where)
        return
    with op.get_context().autocommit_block():
        # It waits for transactions that have begun, while nobody waits for it.
        patience = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute("SET lock_timeout = '10min'")
        for name, columns in indexes.items():
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name, table, list(columns), postgresql_where=where, postgresql_concurrently=True
            )
        op.execute(f"SET lock_timeout = '{patience}'")
