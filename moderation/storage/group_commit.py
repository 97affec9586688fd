"""Many small writes in one commit: SQLite has one writer, and its commit is what costs.

Whoever wants to write queues a job. The first in the queue opens a transaction, runs every
job that is waiting, each inside its own savepoint, commits once, and only then is anybody
told that theirs succeeded. Under load a dozen comments share one flush to the disk; alone,
nobody waits for anybody. PostgreSQL does this by itself.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from .dialects import busy, is_busy
from .prepared import Turn, as_sqlalchemy

T = TypeVar("T")

#: Jobs in one transaction: others must not wait for long while it is open.
MOST = 64


def write(session: Session, job: Callable[[Turn], T]) -> T:
    """Run a job in a transaction and commit; its exception undoes what it did.

    The job may run in another thread than the caller's, together with others: it writes
    through the turn that it is given, reads again what matters, and neither commits nor
    rolls back. What the caller's session has not committed is lost. Raises Busy when the
    turn to write does not come in time; nothing was stored then.
    """
    engine = session.get_bind().engine
    session.rollback()
    if engine.dialect.name == "sqlite":
        return cast("T", _group_of(engine).run(engine, job))
    return _alone(engine, job)


class _Job:
    __slots__ = ("error", "finished", "result", "run", "taken", "wake")

    def __init__(self, run: Callable[[Turn], Any]) -> None:
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
        #: Seconds that a job waits for its turn.
        self.budget = budget
        self._mutex = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._led = False

    def run(self, engine: Engine, run: Callable[[Turn], Any]) -> Any:
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
        """Until the job is done, or it is this thread's turn to lead."""
        if job.wake.acquire(timeout=self.budget):
            return
        with self._mutex:
            if not job.taken:
                self._waiting.remove(job)
                raise busy()
        # Somebody is at it, or has just handed over: the store's own time limit counts now.
        job.wake.acquire()

    def _lead(self, engine: Engine) -> None:
        """Write for everybody who waits, then hand over to whoever has come meanwhile."""
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
    """Run the jobs and commit; whatever stops the commit is every job's error."""
    try:
        turn = Turn(engine)
    except Exception as error:
        for job in group:
            job.error = error
        return
    committed = False
    try:
        _execute(turn, "BEGIN IMMEDIATE")
        for job in group:
            _run(turn, job, alone=len(group) == 1)
        if len(group) > 1 or group[0].error is None:
            _execute(turn, "COMMIT")
            committed = True
    except BaseException as error:
        for job in group:
            job.result, job.error = None, job.error or error
        if not isinstance(error, Exception):
            raise
    finally:
        if turn.raw.in_transaction:
            turn.raw.rollback()
        turn.close()
    if committed:
        _tell(turn)


def _tell(turn: Turn) -> None:
    for call in turn.after_commit:
        call()


def _run(turn: Turn, job: _Job, *, alone: bool) -> None:
    told = len(turn.after_commit)
    if not alone:
        _execute(turn, "SAVEPOINT job")
    try:
        job.result = job.run(turn)
    except Exception as error:
        job.error = error
        del turn.after_commit[told:]
        if not alone:
            # Fails where the store has already given up the transaction, as on a full disk.
            _execute(turn, "ROLLBACK TO job")
    if not alone:
        _execute(turn, "RELEASE job")


def _execute(turn: Turn, statement: str) -> None:
    try:
        turn.raw.execute(statement)
    except turn.dialect.loaded_dbapi.Error as error:
        wrapped = as_sqlalchemy(error, turn.dialect, statement)
        if isinstance(wrapped, DBAPIError) and is_busy(wrapped):
            raise busy() from None
        raise wrapped from error


def _alone(engine: Engine, job: Callable[[Turn], T]) -> T:
    """PostgreSQL: a transaction of its own, as it knows how to share a flush itself.

    Statements are sent one behind the other without waiting for each answer. Whoever reads
    waits for all that were sent before, and so does the end; an error stops the rest.
    """
    with Turn(engine) as turn:
        try:
            with turn.raw.pipeline():
                turn.raw.execute("BEGIN")
                result = job(turn)
                ended = turn.raw.execute("COMMIT")
            if ended.statusmessage != "COMMIT":
                raise AssertionError("a job went on after its transaction had failed")
        except Exception as error:
            if isinstance(error, turn.dialect.loaded_dbapi.Error):
                raise as_sqlalchemy(error, turn.dialect, "COMMIT") from error
            raise
    _tell(turn)
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
    """How long a write may wait, as the engine was told."""
    pool: Any = engine.pool
    timeout = getattr(pool, "timeout", None)
    return float(timeout()) if callable(timeout) else 5.0
