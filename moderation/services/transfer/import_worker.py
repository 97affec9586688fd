"""Finds the jobs of site imports and runs each in a process of its own, one at a time.

All that a process has committed stays when it is stopped, and the same job goes on from there. A
lease keeps each job in one process; a worker that is killed loses it within half a minute.
"""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Update, and_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.errors import Busy
from moderation.storage.engine import Store, begin_write
from moderation.storage.models.site_imports import SiteImport

from . import job_process, uploads
from .job_process import LEASE, PAUSE
from .site_imports import RUNNING, State

log = structlog.get_logger(__name__)

#: A worker waits this long for another one that has the file, then it reports that none has.
ALONE = timedelta(seconds=60)
#: Times that a job may end without progress.
TRIES = 3


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
    free = job_process.is_free(SiteImport, now)
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
    ended = job_process.run(
        "moderation.services.transfer.import_job",
        settings,
        id,
        holder,
        folder=uploads.folder_of(settings),
        keeps=lambda: beat(store, id, holder, clock=_now),
        stop=stop,
    )
    if ended.code not in (None, 0):
        log.error("import.failed", import_id=str(id), kind=ended.kind)
    if ended.code != 0:
        with store.sessions() as session:
            job_process.let_go(session, SiteImport, _held(id, holder))


def beat(store: Store, id: uuid.UUID, holder: str, *, clock: Callable[[], datetime]) -> bool:
    """Renew the lease of a job; return False when it was cancelled or is another worker's."""
    held = _held(id, holder) & SiteImport.state.in_(RUNNING)
    return job_process.beat(store, SiteImport, held, clock=clock)


def _held(id: uuid.UUID, holder: str) -> ColumnElement[bool]:
    return and_(SiteImport.id == id, SiteImport.holder == holder)
