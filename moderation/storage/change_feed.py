"""Versions of public content, by which cached answers are checked.

`stamp` is cheap enough for every request; only when it has changed are the versions of the
requested thread read, by key. A version is the pair of a post's row and its counter, together
with the site's: equal versions mean equal bytes.

On SQLite the stamp is `PRAGMA data_version` of a connection that never writes: it moves
with every commit of any other connection, in this process or another. On PostgreSQL it
counts notifications, which a commit sends only when something visible changed; without a
heartbeat of the listener the stamp moves with every request, so that no answer is served
that is older than the last heartbeat.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import psycopg
import structlog
from sqlalchemy import bindparam, event, func, select, update
from sqlalchemy.orm import Session

from .compiled_statements import CompiledStatement, Executor
from .models.posts import Post

log = structlog.get_logger(__name__)

CHANNEL = "moderation_visible"
#: Seconds between two heartbeats of the listener.
HEARTBEAT = 0.3
#: Without a heartbeat for this long every answer is checked against the store.
SILENCE = 0.8

Version = tuple[Any, ...]

#: Errors of a watch whose store is unavailable.
UNAVAILABLE = (sqlite3.Error, psycopg.Error)

_RAISE = CompiledStatement(
    update(Post.__table__)  # type: ignore[arg-type]
    .where(Post.id == bindparam("post"))
    .values(version=Post.version + 1, comment_count=Post.comment_count + bindparam("shown"))
)
_NOTIFY = CompiledStatement(select(func.pg_notify(bindparam("channel"), bindparam("what"))))
_THREAD = """
SELECT s.id, s.version, p.id, p.version FROM sites s
LEFT JOIN posts p ON p.site_id = s.id AND p.external_id = {0} WHERE s.name = {0}
"""
_POSTS = """
SELECT s.id, s.version, p.id, p.version FROM sites s
LEFT JOIN posts p ON p.site_id = s.id AND p.external_id IN ({list}) WHERE s.name = {0}
ORDER BY p.id
"""


def bump_version(unit: Executor, post_id: int, *, shown: int = 0) -> None:
    """Increment the post's version in this commit, and its count by `shown`."""
    _RAISE.run(unit.connection(), {"post": post_id, "shown": shown})
    notify_readers(unit, f"post:{post_id}")


def bump_versions(unit: Executor, shown: Mapping[int, int]) -> None:
    """Increment the versions of posts in this commit, and the count of each by its number."""
    # In the order of their keys, so that no two transactions wait for each other.
    posts = [{"post": post_id, "shown": change} for post_id, change in sorted(shown.items())]
    _RAISE.run_many(unit.connection(), posts)
    for post in posts:
        notify_readers(unit, f"post:{post['post']}")


def notify_readers(unit: Executor, what: str) -> None:
    """Notify the other nodes when this transaction commits; SQLite needs no notification."""
    if unit.connection().dialect.name == "postgresql":
        # This process must see its own write at once, before the notification arrives.
        if isinstance(unit, Session):
            event.listen(unit, "after_commit", _count_own, once=True)
        else:
            unit.after_commit.append(_count_own)
        _NOTIFY.run(unit.connection(), {"channel": CHANNEL, "what": what})


_own_commits = 0
_counting = threading.Lock()


def _count_own(_session: Session | None = None) -> None:
    # Under a lock: a thread that overwrote a newer number with an older one would let the next
    # notification lead to a stamp that was used before.
    global _own_commits
    with _counting:
        _own_commits += 1


class ChangeWatch(Protocol):
    """Reads versions from a store; may be used by several threads at once."""

    #: A read takes microseconds, so that an event loop may do it.
    local: bool

    def stamp(self) -> int:
        """Return a number that stays the same while nothing has been committed."""
        ...

    def versions(self, site: str, posts: Sequence[str]) -> Version:
        """Return the versions of a site and some of its posts, empty without such a site."""
        ...

    def close(self) -> None: ...


def watcher(url: str) -> ChangeWatch:
    """Return the watch of a process for the store at this address."""
    if url.startswith("sqlite"):
        return SqliteWatch(url.removeprefix("sqlite:///"))
    return PostgresWatch(url.replace("postgresql+psycopg://", "postgresql://"))


class SqliteWatch:
    """One connection of the process, outside the pool and any transaction.

    It never writes: its own commits would not change its data_version. After an error it is
    opened again, and no earlier stamp is repeated.
    """

    local = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._cursor: sqlite3.Cursor | None = None
        self._generation = 0

    def stamp(self) -> int:
        with self._lock:
            cursor = self._cursor or self._open()
            try:
                cursor.execute("PRAGMA data_version")
                # SQLite counts in 32 bits, and restarts with each connection.
                return (self._generation << 32) + int(cursor.fetchone()[0])
            except sqlite3.Error:
                self._close()
                raise

    def versions(self, site: str, posts: Sequence[str]) -> Version:
        parameters = (*posts, site)
        if len(posts) == 1:
            statement = _THREAD.format("?")
        else:
            statement = _POSTS.format("?", list=",".join("?" * len(posts)))
        with self._lock:
            cursor = self._cursor or self._open()
            try:
                return tuple(cursor.execute(statement, parameters).fetchall())
            except sqlite3.Error:
                self._close()
                raise

    def close(self) -> None:
        with self._lock:
            self._close()

    def _open(self) -> sqlite3.Cursor:
        # Without a timeout: readers of a WAL do not wait, and an event loop must not.
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=0
        )
        connection.execute("PRAGMA query_only=ON")
        self._generation += 1
        self._cursor = connection.cursor()
        return self._cursor

    def _close(self) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            cursor.connection.close()


class PostgresWatch:
    """Uses connections of its own, at most one for each concurrent thread."""

    local = False

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._listener = Listener(conninfo)
        self._idle: list[psycopg.Connection[Any]] = []
        self._closed = False

    def stamp(self) -> int:
        self._listener.start()
        return self._listener.stamp()

    def versions(self, site: str, posts: Sequence[str]) -> Version:
        if len(posts) == 1:
            return self._fetch(_THREAD.format("%s"), (posts[0], site))
        marks = ",".join(["%s"] * len(posts))
        return self._fetch(_POSTS.format("%s", list=marks), (*posts, site))

    def _fetch(self, statement: str, parameters: tuple[str, ...]) -> Version:
        while True:
            connection, fresh = self._borrow()
            try:
                rows = tuple(connection.execute(statement.encode(), parameters).fetchall())
            except psycopg.Error as error:
                connection.close()
                # The server was restarted: every idle connection may be as dead.
                if fresh or not isinstance(error, psycopg.OperationalError):
                    raise
                continue
            self._idle.append(connection)
            if self._closed:
                self.close()
            return rows

    def _borrow(self) -> tuple[psycopg.Connection[Any], bool]:
        with suppress(IndexError):
            return self._idle.pop(), False
        return psycopg.connect(self._conninfo, autocommit=True, connect_timeout=2), True

    def close(self) -> None:
        """Close the idle connections and end the listener."""
        self._closed = True
        self._listener.stop()
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


class Listener:
    """Counts the notifications of visible changes, with one thread and connection a process."""

    def __init__(self, conninfo: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._conninfo = conninfo
        self._monotonic = monotonic
        self._count = 0
        self._heard = float("-inf")
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="visible-changes", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End the thread; from then on every request of the watch reads the store."""
        self._stop.set()
        with self._lock:
            if self._thread is not None:
                self._thread.join()
                self._thread = None

    def stamp(self) -> int:
        if self._monotonic() - self._heard > SILENCE:
            # Notifications may have been lost: let every request read the store.
            self._count += 1
        return self._count + _own_commits

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(
                    self._conninfo, autocommit=True, connect_timeout=2
                ) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    # Commits before the LISTEN were not notified.
                    self._count += 1
                    self._listen(connection)
            except psycopg.Error as error:
                log.warning("visible_changes.not_heard", kind=type(error).__name__)
                self._stop.wait(HEARTBEAT)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        while not self._stop.is_set():
            begun = self._monotonic()
            connection.execute("SELECT 1")
            self._heard = begun
            for _ in connection.notifies(timeout=HEARTBEAT, stop_after=1):
                self._count += 1
