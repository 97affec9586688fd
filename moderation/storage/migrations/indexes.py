"""Indexes that are built concurrently, for migrations of large tables."""

from collections.abc import Mapping, Sequence

from alembic import op
from sqlalchemy import TextClause


def create_indexes(
    table: str,
    indexes: Mapping[str, Sequence[str | TextClause]],
    where: TextClause | None = None,
    using: str = "btree",
) -> None:
    """Create indexes by name; on PostgreSQL writers do not wait for it.

    There each index is a transaction of its own, so a migration must do nothing else before:
    it would be done twice after an interrupted build. The remains of an interrupted build are
    replaced.
    """
    if op.get_bind().dialect.name != "postgresql":
        for name, columns in indexes.items():
            op.create_index(name, table, list(columns), sqlite_where=where)
        return
    with op.get_context().autocommit_block():
        # It waits for transactions that have begun, while no writer waits for it.
        patience = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute("SET lock_timeout = '10min'")
        for name, columns in indexes.items():
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                table,
                list(columns),
                postgresql_where=where,
                postgresql_using=using,
                postgresql_concurrently=True,
            )
        op.execute(f"SET lock_timeout = '{patience}'")
