"""Finds the jobs of site imports and runs each in a process of its own, one at a time.

A process of its own keeps the web process fast, gives its memory back, and can be stopped at any
moment: all that it has committed stays, and the same job goes on from there. A lease keeps each
job in one process; a worker that is killed loses it within half a minute.
"""

import os
import pickle
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Update, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.errors import Busy
from moderation.storage.engine import Store, begin_write
from moderation.storage.models.site_imports import SiteImport

from . import uploads
from .site_imports import RUNNING, State

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
#: Seconds between two renewals of the lease, which also see that a job was cancelled.
BEAT = 1.0
#: A worker waits this long for another one that has the file, then it reports that none has.
ALONE = timedelta(seconds=60)
#: Times that a job may end without progress.
TRIES = 3
PAUSE = 1.0
_MAIN = "from moderation.services.transfer.import_job import main; main()"


def _now() -> datetime:
    return datetime.now(UTC)


def work(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Run the jobs that are due until `stop` is set."""
    holder = uuid.uuid4().hex
    while not stop.is_set():
        try:
            with store.sessions() as session:
                id = claim(session, settings, holder, now=_now())
            if id is not None:
                _run(store, settings, id, holder, stop)
        except (SQLAlchemyError, Busy, OSError) as error:
            # The worker's own turns log that the store is away; here it is only tried again.
            log.debug("import.postponed", kind=type(error).__name__)
        stop.wait(PAUSE)


def claim(session: Session, settings: Settings, holder: str, *, now: datetime) -> uuid.UUID | None:
    """Take the lease of a job that no worker runs and whose file is here; commits."""
    free = or_(
        SiteImport.leased_until.is_(None),
        SiteImport.leased_until < now,
        # Taken by a clock that was ahead.
        SiteImport.leased_until > now + 2 * LEASE,
    )
    due = session.execute(
        select(SiteImport.id, SiteImport.touched_at, SiteImport.tries)
        .where(SiteImport.state.in_(RUNNING), free)
        .order_by(SiteImport.touched_at)
        .limit(20)
    ).all()
    session.rollback()
    for id, touched_at, tries in due:
        begin_write(session)
        mine = update(SiteImport).where(SiteImport.id == id, SiteImport.state.in_(RUNNING), free)
        if not uploads.file_of(settings, id).exists():
            if now - touched_at > ALONE:
                _give_up(session, mine, uploads.elsewhere().code, uploads.elsewhere().detail, now)
            session.rollback()
            continue
        if tries >= TRIES:
            _give_up(
                session,
                mine,
                "import_failed",
                "The import stopped unexpectedly several times; the log of the worker has more. "
                "What was stored is kept, and the next import of the file goes on from there.",
                now,
            )
            continue
        values = {"holder": holder, "leased_until": now + LEASE, "tries": SiteImport.tries + 1}
        taken = session.execute(mine.values(**values))
        session.commit()
        if taken.rowcount:  # type: ignore[attr-defined]
            return uuid.UUID(str(id))
    return None


def _give_up(session: Session, mine: Update, code: str, detail: str, now: datetime) -> None:
    session.execute(
        mine.values(
            state=State.FAILED.value,
            error_code=code,
            error=detail,
            touched_at=now,
            leased_until=None,
        )
    )
    session.commit()


def _run(
    store: Store, settings: Settings, id: uuid.UUID, holder: str, stop: threading.Event
) -> None:
    """Run a job in a process, which ends early when the worker stops or loses the job."""
    log.info("import.begun", import_id=str(id))
    folder = uploads.folder_of(settings)
    child = subprocess.Popen(  # noqa: S603 (our own code)
        [sys.executable, "-c", _MAIN],
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
            if not beat(store, id, holder, clock=_now):
                break
        code = child.poll()
    finally:
        child.kill()
        child.wait()
        with child:
            kind = b"" if child.stdout is None else child.stdout.read(200)
    if code not in (None, 0):
        log.error("import.failed", import_id=str(id), kind=kind.decode("ascii", "replace"))
    if code != 0:
        with store.sessions() as session:
            give_back(session, id, holder)


def beat(store: Store, id: uuid.UUID, holder: str, *, clock: Callable[[], datetime]) -> bool:
    """Renew the lease of a job; return False when it was cancelled or is another worker's."""
    with store.sessions() as session:
        begin_write(session)
        held = session.execute(
            update(SiteImport)
            .where(
                SiteImport.id == id,
                SiteImport.holder == holder,
                SiteImport.state.in_(RUNNING),
            )
            .values(leased_until=clock() + LEASE)
        )
        session.commit()
        return bool(held.rowcount)  # type: ignore[attr-defined]


def give_back(session: Session, id: uuid.UUID, holder: str) -> None:
    """End the lease of a job that goes on elsewhere, or later; commits."""
    begin_write(session)
    session.execute(
        update(SiteImport)
        .where(SiteImport.id == id, SiteImport.holder == holder)
        .values(leased_until=None)
    )
    session.commit()
