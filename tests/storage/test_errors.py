"""An unavailable store is distinguished from a programming error."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from moderation.storage.errors import is_unavailable


def sqlite_error(work) -> sqlite3.Error:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as store:
        store.execute("CREATE TABLE t (a INTEGER UNIQUE)")
        try:
            work(store)
        except sqlite3.Error as error:
            return error
    raise AssertionError("nothing went wrong")


def fill(store):
    store.execute("PRAGMA max_page_count=3")
    store.execute(
        "INSERT INTO t SELECT value FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL"
        " SELECT value + 1 FROM n LIMIT 9999) SELECT value FROM n)"
    )


def read_only(store):
    store.execute("PRAGMA query_only=ON")
    store.execute("INSERT INTO t VALUES (1)")


@pytest.mark.parametrize(
    ("work", "away"),
    [
        (fill, True),
        (read_only, True),
        (lambda store: sqlite3.connect("/nowhere/at/all"), True),
        (lambda store: store.execute("SELECT * FROM nothing"), False),
        (lambda store: store.execute("INSERT INTO t VALUES (1), (1)"), False),
    ],
)
def test_errors_of_sqlite_are_classified(work, away):
    orig = sqlite_error(work)

    assert is_unavailable(OperationalError("SELECT", {}, orig)) is away


@pytest.mark.parametrize(
    ("orig", "away"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.QueryCanceled(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.OperationalError("server closed the connection unexpectedly"), True),
        (psycopg.errors.UndefinedTable(), False),
        (psycopg.errors.UniqueViolation(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_of_postgresql_are_classified(orig, away):
    assert is_unavailable(OperationalError("SELECT", {}, orig)) is away


def test_a_connection_that_was_given_up_is_away_and_a_programming_error_is_not():
    orig = psycopg.ProgrammingError("no such thing")

    assert is_unavailable(DBAPIError("SELECT", {}, orig, connection_invalidated=True))
    assert not is_unavailable(ProgrammingError("SELECT", {}, orig))
