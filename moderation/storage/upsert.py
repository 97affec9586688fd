"""Inserts that keep or replace an existing row."""

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


@lru_cache(maxsize=64)
def _inserting(table: Table, columns: tuple[str, ...], dialect: str) -> CompiledStatement:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing().returning(*table.primary_key)
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
