"""Statements of SQLAlchemy Core that are compiled once and run directly on the driver.

A comment that is submitted costs a dozen statements, each a few microseconds of the store's
time; preparing an execution costs SQLAlchemy ten times that. Cached here is the output of its
dialect: text, order of the parameters, and the conversions of each type.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import Engine, Float, Select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .models.base import UtcDateTime

Convert = Callable[[Any], Any]


def as_sqlalchemy(
    error: Exception, dialect: Dialect, statement: str | None, *, gone: bool = False
) -> BaseException:
    """Wrap a driver's error as SQLAlchemy does, without the parameters."""
    base: Any = dialect.loaded_dbapi.Error
    return DBAPIError.instance(
        statement,
        None,
        error,
        base,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=dialect,
    )


class DirectConnection:
    """A driver's connection from the pool, for prepared statements only.

    A read begins no transaction: every statement has its own snapshot. Writes are in
    `group_commit`. `connection()` returns itself, so that functions accept it in place of a
    session.
    """

    __slots__ = ("_proxied", "_set_back", "after_commit", "dialect", "raw")

    def __init__(self, engine: Engine) -> None:
        try:
            self._proxied = engine.raw_connection()
        except Exception as error:
            if isinstance(error, engine.dialect.loaded_dbapi.Error):
                raise as_sqlalchemy(error, engine.dialect, None) from error
            raise
        self.raw = cast("Any", self._proxied.driver_connection)
        self.dialect = engine.dialect
        #: Called after the commit.
        self.after_commit: list[Callable[[], None]] = []
        # psycopg would begin a transaction with the first statement, which costs a round trip,
        # and so does its end. sqlite3's connections are always in this mode.
        self._set_back = self.dialect.name == "postgresql"
        if self._set_back:
            self.raw.autocommit = True

    def connection(self) -> "DirectConnection":
        return self

    def invalidate(self, error: BaseException) -> None:
        """Mark the connection as lost, so that the pool does not reuse it."""
        self._proxied.invalidate(error)

    def close(self) -> None:
        """Return the connection to the pool; uncommitted writes are rolled back."""
        if self._set_back and self._proxied.is_valid:
            try:
                if self.raw.pgconn.transaction_status:
                    self.raw.rollback()
                self.raw.autocommit = False
            except self.dialect.loaded_dbapi.Error as error:
                self._proxied.invalidate(error)
        self._proxied.close()

    def __enter__(self) -> "DirectConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Compiled:
    """A statement compiled for one dialect."""

    __slots__ = ("_conversions", "_defaults", "_names", "_places", "convert", "results", "text")

    def __init__(self, statement: Executable, columns: Sequence[str] | None, dialect: Dialect):
        compiled: Any = statement.compile(  # type: ignore[attr-defined]
            dialect=dialect, column_keys=list(columns) if columns is not None else None
        )
        if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params:
            raise AssertionError("only statements with a fixed number of parameters")
        self.text = str(compiled)
        positional = bool(compiled.positional)
        places = list(
            (compiled.positiontup or ())
            if positional
            else dict.fromkeys(compiled.bind_names.values())
        )
        self._places = None if positional else places
        binds = [compiled.binds[place] for place in places]
        self._names = [bind.key for bind in binds]
        #: Values of the statement itself, such as a limit.
        self._defaults = {b.key: b.effective_value for b in binds if not b.required}
        converters = [_binding(bind.type, dialect) for bind in binds]
        self._conversions = [(n, c) for n, c in enumerate(converters) if c is not None]
        selected = statement.selected_columns if isinstance(statement, Select) else ()
        # Both drivers return floats unchanged.
        self.results: list[Convert | None] = [
            None
            if isinstance(column.type, Float)
            else column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in selected
        ]
        self.convert = any(self.results)

    def parameters(self, values: Mapping[str, Any]) -> Any:
        if self._defaults:
            values = {**self._defaults, **values}
        ordered = [values[name] for name in self._names]
        for place, convert in self._conversions:
            ordered[place] = convert(ordered[place])
        return ordered if self._places is None else dict(zip(self._places, ordered, strict=True))


def _binding(type: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """Return the conversion of a type's values for the driver, or None."""
    convert: Convert | None = type.dialect_impl(dialect).bind_processor(dialect)
    if convert is not None and isinstance(type, UtcDateTime):
        # A submission writes the same time a dozen times.
        return lru_cache(maxsize=64)(convert)
    return convert


class CompiledStatement:
    """A statement with named parameters, run inside the transaction of a connection.

    An insert names its `columns`. Errors are those that SQLAlchemy would raise, without the
    parameters: no comment gets into a log.
    """

    __slots__ = ("_by_dialect", "_columns", "_statement")

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement: Final[Executable] = statement
        self._columns = columns
        self._by_dialect: dict[str, _Compiled] = {}

    def run(self, connection: Connection | DirectConnection, values: Mapping[str, Any]) -> None:
        """Run it without returning rows."""
        self._execute(connection, self._compiled(connection.dialect), values)

    def run_many(
        self, connection: Connection | DirectConnection, rows: Sequence[Mapping[str, Any]]
    ) -> int:
        """Run it once for each of the rows, and return how many rows of the table changed."""
        if not rows:
            return 0
        compiled = self._compiled(connection.dialect)
        parameters = [compiled.parameters(values) for values in rows]

        def execute(raw: Any) -> list[tuple[Any, ...]]:
            cursor = raw.cursor()
            cursor.executemany(compiled.text, parameters)
            return [(cursor.rowcount,)]

        return int(self._on_driver(connection, compiled, execute)[0][0])

    def rows(
        self, connection: Connection | DirectConnection, values: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """Run it and return every row, converted to the types of its columns."""
        compiled = self._compiled(connection.dialect)
        raw_rows = self._execute(connection, compiled, values, fetch=True)
        if not compiled.convert:
            return raw_rows
        results = compiled.results
        return [
            tuple([v if c is None else c(v) for c, v in zip(results, row, strict=True)])
            for row in raw_rows
        ]

    def first(
        self, connection: Connection | DirectConnection, values: Mapping[str, Any]
    ) -> tuple[Any, ...] | None:
        """Run it and return the first row, or None."""
        rows = self.rows(connection, values)
        return rows[0] if rows else None

    def _compiled(self, dialect: Dialect) -> _Compiled:
        compiled = self._by_dialect.get(dialect.name)
        if compiled is None:
            compiled = _Compiled(self._statement, self._columns, dialect)
            self._by_dialect[dialect.name] = compiled
        return compiled

    def _execute(
        self,
        connection: Connection | DirectConnection,
        compiled: _Compiled,
        values: Mapping[str, Any],
        *,
        fetch: bool = False,
    ) -> list[tuple[Any, ...]]:
        def execute(raw: Any) -> list[tuple[Any, ...]]:
            cursor = raw.execute(compiled.text, compiled.parameters(values))
            # In a pipeline a statement's own error, or an earlier one's, comes with the rows.
            return cursor.fetchall() if fetch else []

        return self._on_driver(connection, compiled, execute)

    def _on_driver(
        self,
        connection: Connection | DirectConnection,
        compiled: _Compiled,
        execute: Callable[[Any], list[tuple[Any, ...]]],
    ) -> list[tuple[Any, ...]]:
        if isinstance(connection, DirectConnection):
            raw = connection.raw
        else:
            if not connection.in_transaction():
                raise AssertionError("begin a transaction first")
            raw = connection.connection.driver_connection
        try:
            return execute(raw)
        except Exception as error:
            dialect = connection.dialect
            base: Any = dialect.loaded_dbapi.Error
            if not isinstance(error, base):
                raise
            gone = dialect.is_disconnect(error, raw, None)
            if gone:
                connection.invalidate(error)
            raise as_sqlalchemy(error, dialect, compiled.text, gone=gone) from error


#: Either can run compiled statements, through its `connection()`.
Executor = Session | DirectConnection
