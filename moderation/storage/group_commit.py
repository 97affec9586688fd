"""Group commit: many small writes in one transaction, since SQLite's commits are expensive.

Each writer queues a job. The first in the queue leads: it opens a transaction, runs every
waiting job inside its own savepoint, commits once, and only then reports success to the others.
Under load a dozen comments share one flush to the disk; a single writer does not wait.
PostgreSQL does this by itself.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from .compiled_statements import DirectConnection, as_sqlalchemy
from .errors import busy, is_busy
from .transactions import retry_lost_races

T = TypeVar("T")

#: Jobs in one transaction: others must not wait for long while it is open.
MOST = 64


def run_grouped(session: Session, job: Callable[[DirectConnection], T]) -> T:
    """Run a job in a transaction and commit; its exception rolls it back.

    The job may run in another thread than the caller's, together with others: it writes
    through the given connection, reads again the rows that it depends on, and neither commits
    nor rolls back. Uncommitted changes of the caller's session are lost. Raises Busy when the
    write lock does not come in time; nothing is stored then.
    """
    engine = session.get_bind().engine
    session.rollback()
    if engine.dialect.name == "sqlite":
        return cast("T", _group_of(engine).run(engine, job))
    return retry_lost_races(lambda: _run_single(engine, job))


class _Job:
    __slots__ = ("error", "finished", "result", "run", "taken", "wake")

    def __init__(self, run: Callable[[DirectConnection], Any]) -> None:
        self.run = run
        self.wake = threading.Lock()
        self.wake.acquire()
        self.taken = self.finished = False
        self.result: Any = None
        self.error: BaseException | None = None

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class Group:
    """The writers of one store in this process."""

    def __init__(self, budget: float) -> None:
        #: Seconds that a job waits for the leader.
        self.budget = budget
        self._mutex = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._led = False

    def run(self, engine: Engine, run: Callable[[DirectConnection], Any]) -> Any:
        job = _Job(run)
        with self._mutex:
            self._waiting.append(job)
            leading, self._led = not self._led, True
        if not leading:
            self._wait(job)
        if not job.finished:
            self._lead(engine)
        return job.outcome()

    def _wait(self, job: _Job) -> None:
        """Wait until the job is done, or this thread is to lead."""
        if job.wake.acquire(timeout=self.budget):
            return
        with self._mutex:
            if not job.taken:
                self._waiting.remove(job)
                raise busy()
        # A leader has taken the job: from here the store's own time limit applies.
        job.wake.acquire()

    def _lead(self, engine: Engine) -> None:
        """Run all waiting jobs, then make the next writer in the queue the leader."""
        with self._mutex:
            group = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            for job in group:
                job.taken = True
        try:
            _commit(engine, group)
        finally:
            with self._mutex:
                for job in group:
                    job.finished = True
                self._led = bool(self._waiting)
                if self._led:
                    self._waiting[0].taken = True
                    self._waiting[0].wake.release()
            for job in group:
                job.wake.release()


def _commit(engine: Engine, group: list[_Job]) -> None:
    """Run the jobs and commit; an error of the commit is every job's error."""
    try:
        connection = DirectConnection(engine)
    except Exception as error:
        for job in group:
            job.error = error
        return
    committed = False
    try:
        _execute(connection, "BEGIN IMMEDIATE")
        for job in group:
            _run(connection, job, alone=len(group) == 1)
        if len(group) > 1 or group[0].error is None:
            _execute(connection, "COMMIT")
            committed = True
    except BaseException as error:
        for job in group:
            job.result, job.error = None, job.error or error
        if not isinstance(error, Exception):
            raise
    finally:
        if connection.raw.in_transaction:
            connection.raw.rollback()
        connection.close()
    if committed:
        _call_after_commit(connection)


def _call_after_commit(connection: DirectConnection) -> None:
    for call in connection.after_commit:
        call()


def _run(connection: DirectConnection, job: _Job, *, alone: bool) -> None:
    registered = len(connection.after_commit)
    if not alone:
        _execute(connection, "SAVEPOINT job")
    try:
        job.result = job.run(connection)
    except Exception as error:
        job.error = error
        del connection.after_commit[registered:]
        if not alone:
            # Fails where the store has already rolled back the transaction, as on a full disk.
            _execute(connection, "ROLLBACK TO job")
    if not alone:
        _execute(connection, "RELEASE job")


def _execute(connection: DirectConnection, statement: str) -> None:
    try:
        connection.raw.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        wrapped = as_sqlalchemy(error, connection.dialect, statement)
        if isinstance(wrapped, DBAPIError) and is_busy(wrapped):
            raise busy() from None
        raise wrapped from error


def _run_single(engine: Engine, job: Callable[[DirectConnection], T]) -> T:
    """Run a job in its own transaction on PostgreSQL, which groups commits itself.

    Statements are pipelined, without waiting for each answer. A read waits for all earlier
    statements, and so does the commit; an error stops the rest.
    """
    with DirectConnection(engine) as connection:
        try:
            with connection.raw.pipeline():
                connection.raw.execute("BEGIN")
                result = job(connection)
                ended = connection.raw.execute("COMMIT")
            if ended.statusmessage != "COMMIT":
                raise AssertionError("a job went on after its transaction had failed")
        except Exception as error:
            if isinstance(error, connection.dialect.loaded_dbapi.Error):
                raise as_sqlalchemy(error, connection.dialect, "COMMIT") from error
            raise
    _call_after_commit(connection)
    return result


_groups: "WeakKeyDictionary[Engine, Group]" = WeakKeyDictionary()
_making = threading.Lock()


def _group_of(engine: Engine) -> Group:
    group = _groups.get(engine)
    if group is None:
        with _making:
            group = _groups.setdefault(engine, Group(_budget(engine)))
    return group


def _budget(engine: Engine) -> float:
    """Return the seconds that a write may wait, from the engine's options."""
    pool: Any = engine.pool
    timeout = getattr(pool, "timeout", None)
    return float(timeout()) if callable(timeout) else 5.0
