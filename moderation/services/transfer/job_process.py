"""A process of its own for a job of the worker, which loses the job when it stops beating.

A process of its own keeps the web process fast, gives its memory back, and can be stopped at any
moment. It ends when its standard input is closed, so it never outlives its worker.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.storage.engine import Store, begin_write

LEASE = timedelta(seconds=30)
#: Seconds between two renewals of the lease, which also see that a job was cancelled.
BEAT = 1.0
#: Seconds between two searches for a job.
PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a process."""

    #: None when it was stopped, since the worker stops or has lost the job.
    code: int | None
    #: The class of the error that ended it; empty without one.
    kind: str


def run(
    module: str,
    settings: Settings,
    id: UUID,
    holder: str,
    *,
    folder: Path,
    keeps: Callable[[], bool],
    stop: threading.Event,
) -> Ended:
    """Run a module's `main` in a process until it ends, `stop` is set or `keeps` returns False."""
    child = subprocess.Popen(  # noqa: S603 (our own code)
        [sys.executable, "-c", f"from {module} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(folder), "SQLITE_TMPDIR": str(folder)},
    )
    try:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise AssertionError("both are pipes")
        pickle.dump((settings, id, holder), stdin)
        stdin.flush()
        while child.poll() is None and not stop.wait(BEAT):
            if not keeps():
                break
        code = child.poll()
    finally:
        child.kill()
        child.wait()
        with child:
            kind = b"" if child.stdout is None else child.stdout.read(200)
    return Ended(code, kind.decode("ascii", "replace"))


def serve(act: Callable[[Settings, UUID, str], None]) -> None:
    """Do what standard input describes; the exit code is 0 unless the job has to be repeated.

    Of an unexpected error only the kind is written: its message could quote a comment.
    """
    # Ctrl-C reaches the whole group; the worker ends, and this process with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings, id, holder = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own worker)
    threading.Thread(target=_end_with_worker, daemon=True).start()
    # Requests come first where the machine is busy.
    os.nice(5)
    try:
        act(settings, id, holder)
    except Exception as error:
        sys.stdout.write(type(error).__name__)
        sys.stdout.flush()
        os._exit(70)


def _end_with_worker() -> None:
    # The pipe is closed when the worker ends, also after kill -9.
    sys.stdin.buffer.read(1)
    os._exit(71)


# Leases of rows with `holder` and `leased_until`


def is_free(table: Any, now: datetime) -> ColumnElement[bool]:
    """Return the condition of rows that no worker holds."""
    return or_(
        table.leased_until.is_(None),
        table.leased_until < now,
        # Taken by a clock that was ahead.
        table.leased_until > now + 2 * LEASE,
    )


def beat(
    store: Store, table: Any, held: ColumnElement[bool], *, clock: Callable[[], datetime]
) -> bool:
    """Renew the lease of a row; return False when it is not held any more."""
    with store.sessions() as session:
        begin_write(session)
        renewed = session.execute(update(table).where(held).values(leased_until=clock() + LEASE))
        session.commit()
        return bool(renewed.rowcount)  # type: ignore[attr-defined]


def let_go(session: Session, table: Any, held: ColumnElement[bool]) -> None:
    """End the lease of a row, so that the job goes on elsewhere, or later; commits."""
    begin_write(session)
    session.execute(update(table).where(held).values(leased_until=None))
    session.commit()
