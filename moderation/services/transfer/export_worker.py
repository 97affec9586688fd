"""Finds the exports that are ordered and prepares each in a process of its own, one at a time.

A process that ends early leaves nothing that counts: the next run begins with a new snapshot. A
lease keeps each export in one process; a worker that is killed loses it within half a minute.
"""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.errors import Busy
from moderation.domain.export_state import UNFINISHED, ExportState
from moderation.storage.engine import Store, begin_write
from moderation.storage.models.site_exports import SiteExport

from .. import export_files
from . import job_process, site_exports
from .job_process import LEASE, PAUSE

log = structlog.get_logger(__name__)

#: Unexpected ends after which an export is given up.
TRIES = 5
#: Time before the next run, for each unexpected end so far. It stays below two leases, beyond
#: which `is_free` takes the clock for wrong.
AGAIN = timedelta(seconds=12)
#: Seconds between two searches for expired exports.
TIDY = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


def work(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Prepare the exports that are due until `stop` is set."""
    holder, tidied = uuid.uuid4().hex, -TIDY
    while not stop.is_set():
        try:
            with store.sessions() as session:
                if monotonic() - tidied >= TIDY:
                    tidied = monotonic()
                    site_exports.tidy(session, settings, now=_now())
                id = claim(session, holder, now=_now())
            if id is not None:
                _run(store, settings, id, holder, stop)
        except (SQLAlchemyError, Busy, OSError) as error:
            # The worker's own turns log that the store is away; here it is only tried again.
            log.debug("export.postponed", kind=type(error).__name__)
        stop.wait(PAUSE)


def claim(session: Session, holder: str, *, now: datetime) -> uuid.UUID | None:
    """Take the lease of an export that no worker holds; commits."""
    free = job_process.is_free(SiteExport, now)
    due = session.execute(
        select(SiteExport.id, SiteExport.tries)
        .where(SiteExport.state.in_(UNFINISHED), free)
        .order_by(SiteExport.created_at)
        .limit(20)
    ).all()
    session.rollback()
    for id, tries in due:
        begin_write(session)
        mine = update(SiteExport).where(SiteExport.id == id, SiteExport.state.in_(UNFINISHED), free)
        if tries >= TRIES:
            session.execute(mine.values(**_given_up(now)))
            session.commit()
            continue
        # Counted until the run ends in order: a killed worker cannot count.
        values = {"holder": holder, "leased_until": now + LEASE, "tries": SiteExport.tries + 1}
        begun = {"state": ExportState.RUNNING.value, "done": 0, "total": 0}
        taken = session.execute(mine.values(**values, **begun))
        session.commit()
        if taken.rowcount:  # type: ignore[attr-defined]
            return uuid.UUID(str(id))
    return None


def _given_up(now: datetime) -> dict[str, object]:
    return {
        "state": ExportState.FAILED.value,
        "error_code": "export_failed",
        "error": "The export stopped unexpectedly several times; the log of the worker has more. "
        "Ask the operator, then order it again.",
        "touched_at": now,
        "leased_until": None,
    }


def _run(
    store: Store, settings: Settings, id: uuid.UUID, holder: str, stop: threading.Event
) -> None:
    """Prepare an export in a process, which ends early when the worker stops or loses it."""
    log.info("export.begun", export_id=str(id))
    ended = job_process.run(
        "moderation.services.transfer.export_job",
        settings,
        id,
        holder,
        folder=export_files.folder_of(settings),
        keeps=lambda: beat(store, id, holder, clock=_now),
        stop=stop,
    )
    export_files.remove_work_folder(settings, id, holder)
    if ended.code == 0:
        return
    if ended.code is not None:
        log.error("export.failed", export_id=str(id), kind=ended.kind)
    with store.sessions() as session:
        let_go(session, id, holder, crashed=ended.code is not None, now=_now())


def beat(store: Store, id: uuid.UUID, holder: str, *, clock: Callable[[], datetime]) -> bool:
    """Renew the lease of an export; return False when it was deleted or has to be begun anew."""
    return job_process.beat(store, SiteExport, _held(id, holder), clock=clock)


def let_go(session: Session, id: uuid.UUID, holder: str, *, crashed: bool, now: datetime) -> None:
    """Return an export to the queue: after a crash for a later run, else for one at once."""
    begin_write(session)
    held = _held(id, holder)
    tries = session.scalar(select(SiteExport.tries).where(held))
    if tries is not None:
        session.execute(
            update(SiteExport)
            .where(held)
            .values(
                state=ExportState.WAITING.value,
                holder="",
                leased_until=now + AGAIN * tries if crashed else None,
                tries=tries if crashed else tries - 1,
                done=0,
                total=0,
            )
        )
    session.commit()


def _held(id: uuid.UUID, holder: str) -> ColumnElement[bool]:
    return and_(
        SiteExport.id == id,
        SiteExport.holder == holder,
        SiteExport.state == ExportState.RUNNING,
    )
