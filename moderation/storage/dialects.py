"""Every difference between SQLite and PostgreSQL stands in this file."""

from functools import lru_cache
from sqlite3 import Connection as SqliteConnection
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.schema import Table
from sqlalchemy.sql import FromClause

from moderation.config import Settings
from moderation.domain.errors import Busy

from .prepared import Prepared, Unit

_WRITING = "moderation_writing"
#: Seconds for which a connection that was given back is believed to be alive.
_FRESH = 1.0


class _Compiler(SQLiteCompiler):
    """Writes hints such as `INDEXED BY` behind a table's name, as other dialects do.

    SQLite counts no rows before it chooses an index, so that where it matters we choose.
    """

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


def engine_options(settings: Settings) -> dict[str, Any]:
    """Pool and connection options for the store that the settings name."""
    # A thread holds one connection; the worker and a command beside it may need one each.
    options: dict[str, Any] = {
        # An error that is printed somewhere must not print what somebody wrote.
        "hide_parameters": True,
        "pool_size": settings.threads + 2,
        "max_overflow": 2,
        "pool_timeout": settings.write_timeout,
        # The connection that was used last still knows what it read.
        "pool_use_lifo": True,
        "json_serializer": _to_json,
        "json_deserializer": orjson.loads,
    }
    milliseconds = int(settings.write_timeout * 1000)
    if settings.url.startswith("sqlite"):
        options["connect_args"] = {"timeout": settings.write_timeout, "cached_statements": 256}
    else:
        options["connect_args"] = {
            "connect_timeout": max(2, int(settings.write_timeout)),
            # A server that a broken network hides is given up, not waited for by every thread.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": milliseconds * 3,
            "options": f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds * 2}"
            " -c timezone=utc",
        }
    return options


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def prepare(engine: Engine, settings: Settings) -> None:
    """Teach an engine the pragmas and transactions that the service relies on."""
    if engine.dialect.name != "sqlite":
        _ask_the_idle(engine)
        return
    engine.dialect.statement_compiler = _Compiler

    @event.listens_for(engine, "connect")
    def _pragmas(connection: SqliteConnection, _record: object) -> None:
        # SQLAlchemy's begin event opens the transactions, so that one which is going to
        # write can say so at once: a read that turns into a write fails when it has to wait.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA synchronous={settings.sqlite_synchronous}")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _ask_the_idle(engine: Engine) -> None:
    """Ask a connection whether it is alive, unless it was in use a moment ago.

    A round trip each time a connection is taken is half of what a comment's reads cost. One
    that breaks in that moment is an error of one request, which says to try again; all the
    others are asked from then on.
    """
    given_back: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    @event.listens_for(engine, "invalidate")
    def _doubt(_connection: Any, _record: Any, _error: Any) -> None:
        given_back.clear()

    @event.listens_for(engine, "connect")
    @event.listens_for(engine, "checkin")
    def _note(connection: Any, _record: Any) -> None:
        if connection is not None:
            given_back[connection] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, _record: Any, _proxy: Any) -> None:
        if monotonic() - given_back.get(connection, 0.0) < _FRESH:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The server was restarted: every connection of before is as dead.
            raise InvalidatePoolError from error


def begin_write(session: Session) -> None:
    """Open the session's transaction for writing, waiting for its turn within the budget.

    Whatever the session read before belongs to another moment: read again what matters.
    Raises Busy when the turn does not come.
    """
    session.rollback()
    try:
        session.connection(execution_options={_WRITING: True})
    except OperationalError as error:
        session.rollback()
        if is_busy(error):
            raise busy() from None
        raise


def busy() -> Busy:
    """What a client is told when the turn to write did not come."""
    return Busy("The service is busy. Nothing was stored; try again in a moment.")


def is_busy(error: DBAPIError) -> bool:
    """Tell whether another writer was in the way for too long."""
    told = str(error.orig).lower()
    return any(
        sign in told
        for sign in (
            "database is locked",
            "database is busy",
            "lock timeout",
            "statement timeout",
            "deadlock detected",
        )
    )


#: SQLite's primary codes of a store that cannot take or give anything for the moment: busy,
#: locked, no memory, read-only, input or output failed, full, cannot be opened, protocol.
_SQLITE_AWAY = frozenset({5, 6, 7, 8, 10, 13, 14, 15})
#: PostgreSQL's classes and codes of the same: connections, resources, an operator's or the
#: system's intervention, a standby, conflicts, and locks or statements that took too long.
_POSTGRES_AWAY = ("08", "53", "57", "58", "25006", "40", "55P03")


def is_unavailable(error: DBAPIError) -> bool:
    """Tell whether the store may be well again later, without anything being changed."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        # The lowest byte is the primary code, the rest says more about it.
        return code & 0xFF in _SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return bool(state.startswith(_POSTGRES_AWAY))
    # psycopg gives no state when the server cannot be reached or hangs up.
    return isinstance(error, OperationalError)


def is_read_only(error: DBAPIError) -> bool:
    """Tell whether the store refuses every write."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return bool(code & 0xFF == 8)
    return bool(getattr(error.orig, "sqlstate", None) == "25006")


def lacks_schema(error: DBAPIError) -> bool:
    """Tell whether a statement named a table or column that the store does not have."""
    told = str(error.orig)
    missing = "no such table" in told or "no such column" in told or "has no column" in told
    return missing or getattr(error.orig, "sqlstate", None) in ("42P01", "42703")


def damage(error: DBAPIError) -> str:
    """Describe a store that cannot be read because it is damaged; empty when it is not."""
    code = (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF
    return {11: "is damaged", 26: "is not an SQLite database"}.get(code, "")


def insert_ignoring(unit: Unit, table: Table, **values: Any) -> bool:
    """Insert a row unless one like it is there; tells whether it was inserted.

    Every column that has a default must be given.
    """
    connection = unit.connection()
    statement = _inserting(table, tuple(values), connection.dialect.name)
    # Not the row count: psycopg's is -1 here. A row that was not inserted returns nothing.
    return statement.first(connection, values) is not None


@lru_cache(maxsize=64)
def _inserting(table: Table, columns: tuple[str, ...], dialect: str) -> Prepared:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    return Prepared(statement, columns)


def take_row(
    session: Session, table: Table, key: dict[str, Any], values: dict[str, Any], free: Any
) -> bool:
    """Insert a row, or overwrite the one with its key where `free` holds; tells whether it did.

    One statement, so that of many who try at once exactly one succeeds.
    """
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    statement = insert(table).values(**key, **values)
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=values, where=free)
    return session.execute(statement.returning(*table.primary_key)).first() is not None


def read_one_moment(session: Session) -> None:
    """Begin a transaction whose statements all see the same moment, however long they take."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET LOCAL statement_timeout = 0"))


def unsound_rows(session: Session) -> dict[str, list[str]]:
    """What the database itself finds wrong, by the name of its check.

    PostgreSQL keeps its own promises and answers nothing here: pg_amcheck looks at its files.
    """
    if session.get_bind().dialect.name != "sqlite":
        return {}
    found = session.execute(text("PRAGMA integrity_check")).scalars().all()
    loose = session.execute(text("PRAGMA foreign_key_check")).all()
    return {
        "integrity_check": [row for row in found if row != "ok"],
        "foreign_key_check": [f"{row[0]} row {row[1]}" for row in loose],
    }


def empty_journal(session: Session) -> None:
    """Leave nothing that was deleted in SQLite's write-ahead log; PostgreSQL vacuums itself."""
    session.rollback()
    if session.get_bind().dialect.name != "sqlite":
        return
    with session.get_bind().engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            # Past SQLAlchemy, since a checkpoint cannot run inside a transaction.
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
