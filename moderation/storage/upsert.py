"""Inserts that keep or replace an existing row."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.schema import Table

from .compiled_statements import CompiledStatement, Executor


def insert_ignoring(unit: Executor, table: Table, **values: Any) -> bool:
    """Insert a row unless one with its key exists; return whether it was inserted.

    Columns with a default must be given, too.
    """
    connection = unit.connection()
    statement = _inserting(table, tuple(values), connection.dialect.name)
    # psycopg's row count is -1 here; a row that was not inserted returns nothing.
    return statement.first(connection, values) is not None


def insert_all_ignoring(unit: Executor, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows of the same columns unless their keys exist; return how many were inserted."""
    if not rows:
        return 0
    connection = unit.connection()
    statement = _inserting(table, tuple(rows[0]), connection.dialect.name, is_counted=True)
    return statement.run_many(connection, rows)


@lru_cache(maxsize=64)
def _inserting(
    table: Table, columns: tuple[str, ...], dialect: str, *, is_counted: bool = False
) -> CompiledStatement:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing()
    statement = statement.inline() if is_counted else statement.returning(*table.primary_key)
    return CompiledStatement(statement, columns)


def take_row(
    session: Session, table: Table, key: dict[str, Any], values: dict[str, Any], free: Any
) -> bool:
    """Insert a row, or overwrite the one with its key if it is `free`; return the success.

    One statement, so that of many concurrent attempts exactly one succeeds.
    """
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    statement = insert(table).values(**key, **values)
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=values, where=free)
    return session.execute(statement.returning(*table.primary_key)).first() is not None
