"""Engines of SQLite and PostgreSQL, and the differences between them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection as SqliteConnection
from time import monotonic
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import orjson
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql import FromClause

from moderation.config import Settings

from .errors import busy, is_busy

_WRITING = "moderation_writing"
#: Seconds for which a returned connection is assumed to be alive.
_FRESH = 1.0
#: Options of every session. Rows are read after their commit: for answers, and by the worker.
SESSION_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"expire_on_commit": False, "autoflush": False}
)


@dataclass(frozen=True, slots=True)
class Store:
    """The engine of a database, with its pool, and a factory of sessions on it."""

    engine: Engine
    sessions: sessionmaker[Session]

    def close(self) -> None:
        """Close the pool's connections; its sessions must be closed before.

        A pool that is only forgotten leaves its files open until the interpreter collects it,
        which Python 3.13 warns of.
        """
        self.engine.dispose()


def open_store(settings: Settings) -> Store:
    """Build the engine and the sessions of the configured database; connects on first use."""
    engine = create_engine(settings.url, **engine_options(settings))
    prepare(engine, settings)
    return Store(engine, sessionmaker(engine, **SESSION_OPTIONS))


class _Compiler(SQLiteCompiler):
    """Writes hints such as `INDEXED BY` behind a table's name, as other dialects do.

    SQLite has no row counts to choose an index by itself, so the statements name it where needed.
    """

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


def engine_options(settings: Settings) -> dict[str, Any]:
    """Pool and connection options for the store that the settings name."""
    # A thread holds one connection; the worker and a command beside it may need one each.
    options: dict[str, Any] = {
        # A printed error must not contain comments.
        "hide_parameters": True,
        "pool_size": settings.threads + 2,
        "max_overflow": 2,
        "pool_timeout": settings.write_timeout,
        # The connection that was used last has the warmest cache.
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
            # Time out on an unreachable server instead of blocking every thread.
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
    """Install the pragmas and transaction events on an engine."""
    if engine.dialect.name != "sqlite":
        _ping_idle_connections(engine)
        return
    engine.dialect.statement_compiler = _Compiler

    @event.listens_for(engine, "connect")
    def _pragmas(connection: SqliteConnection, _record: object) -> None:
        # SQLAlchemy's begin event opens the transactions, so that a write transaction can be
        # IMMEDIATE: a read that turns into a write fails when it has to wait.
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


def _ping_idle_connections(engine: Engine) -> None:
    """Ping a connection on checkout, unless it was in use a moment ago.

    A round trip for each checkout is half of the cost of a comment's reads. A connection that
    breaks within that time is an error of one request, which may be sent again; all other
    connections are pinged from then on.
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
            # The server was restarted: every earlier connection is dead.
            raise InvalidatePoolError from error


def begin_write(session: Session) -> None:
    """Open the session's transaction for writing, waiting for the write lock within the budget.

    Rows that the session read before belong to another transaction: read them again. Raises
    Busy when the lock does not come in time.
    """
    session.rollback()
    try:
        session.connection(execution_options={_WRITING: True})
    except OperationalError as error:
        session.rollback()
        if is_busy(error):
            raise busy() from None
        raise


def one_at_a_time(session: Session, what: int) -> None:
    """Lock out other transactions with the same number until this one ends.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:what)"), {"what": what})


#: Messages of PostgreSQL or its client about a wrong address, and their meanings. Connection
#: errors have no code, only these messages.
_REFUSED = (
    ("invalid connection option", "has an unknown option"),
    ("invalid sslmode", "has an unknown sslmode"),
    ("password authentication failed", "names a login that the server refuses"),
    ("no password supplied", "needs a password"),
    ("no pg_hba.conf entry", "names a login or database that the server does not admit from here"),
    ("permission denied for database", "names a database that its login may not use"),
)
_NO_SUCH = re.compile(r"(database|role) \".*\" does not exist")
_AWAY = (
    ("resolve host", "names a host that cannot be found"),
    ("connection refused", "names a server that does not answer"),
    ("timeout expired", "names a server that does not answer in time"),
    ("unreachable", "names a server that cannot be reached"),
    ("no such file or directory", "names a socket that is not there"),
)


def refusal(error: DBAPIError) -> str:
    """Return the error in a database's address, where waiting would not help; else ""."""
    message = str(error.orig)
    missing = _NO_SUCH.search(message)
    if missing:
        return f"names a {missing[1]} that does not exist"
    return next((means for sign, means in _REFUSED if sign in message.lower()), "")


def absence(error: DBAPIError) -> str:
    """Return the reason why a database cannot be reached for now, if its client reports one."""
    message = str(error.orig).lower()
    return next((means for sign, means in _AWAY if sign in message), "")


#: PostgreSQL's codes of a deadlock, of a transaction that cannot be put in order with others,
#: and of a row that another transaction inserted first.
_LOST_RACES = frozenset({"40P01", "40001", "23505"})


def is_lost_race(error: DBAPIError) -> bool:
    """Return whether the same transaction can succeed when it is run again at once."""
    return getattr(error.orig, "sqlstate", None) in _LOST_RACES


def is_read_only(error: DBAPIError) -> bool:
    """Return whether the store refuses every write."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return bool(code & 0xFF == 8)
    return bool(getattr(error.orig, "sqlstate", None) == "25006")


def lacks_schema(error: DBAPIError) -> bool:
    """Return whether a statement named a table or column that the store does not have."""
    message = str(error.orig)
    missing = (
        "no such table" in message or "no such column" in message or "has no column" in message
    )
    return missing or getattr(error.orig, "sqlstate", None) in ("42P01", "42703")


def damage(error: DBAPIError) -> str:
    """Return a description of a damaged store; empty when it is not damaged."""
    code = (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF
    return {11: "is damaged", 26: "is not an SQLite database"}.get(code, "")


def read_one_moment(session: Session, *, read_only: bool = False) -> None:
    """Begin a transaction whose statements all read the same snapshot.

    With `read_only` PostgreSQL refuses every write in it.
    """
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": read_only}
        session.connection(execution_options=options)
        session.execute(text("SET LOCAL statement_timeout = 0"))


def unsound_rows(session: Session) -> dict[str, list[str]]:
    """Return the rows that the database's own checks reject, by check.

    Empty on PostgreSQL, which enforces its constraints; pg_amcheck checks its files.
    """
    if session.get_bind().dialect.name != "sqlite":
        return {}
    found = session.execute(text("PRAGMA integrity_check")).scalars().all()
    loose = session.execute(text("PRAGMA foreign_key_check")).all()
    return {
        "integrity_check": [row for row in found if row != "ok"],
        "foreign_key_check": [f"{row[0]} row {row[1]}" for row in loose],
    }


#: Milliseconds to wait for readers, during which every other writer waits as well.
_JOURNAL_WAIT = 1000
_unemptied: WeakSet[Engine] = WeakSet()


def empty_journal(session: Session) -> None:
    """Truncate SQLite's write-ahead log, which may hold deleted texts; PostgreSQL vacuums itself.

    While a long read, such as an export, blocks it, the log stays until
    `empty_owed_journal`.
    """
    session.rollback()
    engine = session.get_bind().engine
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            [(before,)] = raw.execute("PRAGMA busy_timeout").fetchall()
            raw.execute(f"PRAGMA busy_timeout={_JOURNAL_WAIT}")
            # On the driver, since a checkpoint cannot run inside a transaction.
            [(blocked, _, _)] = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            raw.execute(f"PRAGMA busy_timeout={before}")
            (_unemptied.add if blocked else _unemptied.discard)(engine)


#: Bytes of an SQLite file that is rewritten in about a second.
QUICK_TO_COMPACT = 64 * 2**20


def compact(session: Session) -> None:
    """Rewrite the store's files without the space of removed rows, which locks out writers.

    `secure_delete` overwrites what is deleted, but a row that SQLite moved to another page
    before may have left a copy in the unused part of the first. PostgreSQL keeps the old
    version of a row until its space is used again.
    """
    session.rollback()
    engine = session.get_bind().engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("VACUUM")
        else:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM FULL"))
    empty_journal(session)


def is_quick_to_compact(session: Session) -> bool:
    """Return whether `compact` would lock out writers for no longer than about a second."""
    if session.get_bind().dialect.name != "sqlite":
        return False
    pages = session.scalar(text("PRAGMA page_count")) or 0
    size = session.scalar(text("PRAGMA page_size")) or 0
    return bool(pages * size <= QUICK_TO_COMPACT)


def empty_owed_journal(session: Session) -> None:
    """Truncate the write-ahead log if `empty_journal` could not."""
    if session.get_bind().engine in _unemptied:
        empty_journal(session)
