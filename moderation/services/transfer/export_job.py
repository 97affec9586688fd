"""One prepared export in a process of its own: the file, from one snapshot of the site.

The worker starts it (`export_worker`, `job_process`). All that it changes is changed on condition
that the worker still holds the order.
"""

import errno
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.errors import Busy
from moderation.domain.export_state import ExportState
from moderation.storage.engine import Store, begin_write, open_store
from moderation.storage.models.site_exports import SiteExport
from moderation.storage.models.sites import Site

from .. import export_files
from ..signing import Signing
from . import exporting, job_process, site_exports
from .exporting import Format
from .snapshot import Scope

#: Bytes between two looks at the room that is left.
STEP = 4 << 20
#: Bytes that an export leaves on the disk, for the store and its log.
SPARE = 256 << 20
#: Times that a finished export waits for the write lock.
PATIENCE = 12
#: Seconds between two reports of progress.
_REPORTED = 0.5


class Lost(Exception):
    """The export was deleted, has to be begun anew, or is another worker's."""


class _Failed(Exception):
    """The export cannot be written; the admin reads why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(slots=True)
class Job:
    """A claimed export, and the ways to report about it."""

    store: Store
    settings: Settings
    id: UUID
    holder: str
    clock: Callable[[], datetime]
    #: Returns the free bytes of the disk of a folder.
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    #: Comments that are written.
    done: int = 0
    _reported: float = 0.0

    @property
    def folder(self) -> Path:
        """The folder that this run writes into, and no other one."""
        return export_files.work_folder_of(self.settings, self.id, self.holder)

    def change(self, session: Session, **values: Any) -> None:
        """Change the row in the caller's transaction; raise Lost when it is not held any more."""
        changed = session.execute(
            update(SiteExport)
            .where(
                SiteExport.id == self.id,
                SiteExport.holder == self.holder,
                SiteExport.state == ExportState.RUNNING,
            )
            .values(**values)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]
            raise Lost

    def progress(self, done: int, total: int) -> None:
        """Store the progress, at most twice a second."""
        self.done = done
        if time.monotonic() - self._reported < _REPORTED:
            return
        self._reported = time.monotonic()
        try:
            with self.store.sessions() as session:
                begin_write(session)
                self.change(session, done=done, total=total)
                session.commit()
        except (Busy, SQLAlchemyError):
            # The file is worth more than a report about it; the next one may succeed.
            return


@dataclass(frozen=True, slots=True)
class _Written:
    """A complete file."""

    path: Path
    size: int
    sha256: str


def run(job: Job) -> None:
    """Write the file of an export and store the outcome; raise Lost when it is taken away."""
    try:
        with job.store.sessions() as session:
            row = session.get(SiteExport, job.id)
            if row is None:
                raise Lost
            session.expunge(row)
            site = session.get_one(Site, row.site_id)
            session.expunge(site)
            most = site_exports.room(session, job.settings, site.id)
            session.rollback()
            try:
                written = _write(job, session, site, row, most)
                _finish(job, session, site, written)
            except OSError as error:
                _fail(job, session, *_unwritable(error))
            except sqlite3.OperationalError as error:
                # Of the temporary database, in which the order of comments is made.
                if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                    raise
                _fail(job, session, *_unwritable(_disk_is_full()))
            except _Failed as error:
                _fail(job, session, error.code, error.detail)
    finally:
        export_files.remove_work_folder(job.settings, job.id, job.holder)


def _write(job: Job, session: Session, site: Site, row: SiteExport, most: int) -> _Written:
    """Write the whole file into the work folder, part by part."""
    export_files.make_work_folder(job.settings, job.id, job.holder)
    path, digest, size = job.folder / "file", hashlib.sha256(), 0
    parts = exporting.export(
        session,
        Signing(job.settings),
        site,
        Format(row.format),
        Scope(row.since, tuple(row.posts)),
        progress=job.progress,
    )
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb", buffering=1 << 20) as file:
        for part in _with_room(job, parts, most):
            digest.update(part)
            size += file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return _Written(path, size, digest.hexdigest())


def _with_room(job: Job, parts: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield the parts while there is room for them; raise _Failed or OSError."""
    size, looked_at = 0, -STEP
    for part in parts:
        size += len(part)
        if size > most:
            raise _too_large()
        if size - looked_at >= STEP:
            looked_at = size
            if job.free(job.folder) < SPARE:
                raise _disk_is_full()
        yield part


def _finish(job: Job, session: Session, site: Site, written: _Written) -> None:
    """Give the file its name and mark the export as ready, if it is still wanted."""
    now = job.clock()
    _begin_patiently(session)
    export_files.lock_orders(session)
    if written.size > site_exports.room(session, job.settings, site.id):
        # Another export of the site became ready meanwhile.
        raise _too_large()
    job.change(
        session,
        state=ExportState.READY.value,
        done=job.done,
        total=job.done,
        size=written.size,
        sha256=written.sha256,
        ready_at=now,
        touched_at=now,
        expires_at=now + timedelta(hours=job.settings.export_hours),
        leased_until=None,
    )
    export_files.publish(job.settings, job.id, written.path)
    session.commit()


def _begin_patiently(session: Session) -> None:
    """Open a transaction for writing; a long write elsewhere must not cost a whole export."""
    for _ in range(PATIENCE - 1):
        try:
            begin_write(session)
        except Busy:
            continue
        return
    begin_write(session)


def _fail(job: Job, session: Session, code: str, detail: str) -> None:
    session.rollback()
    begin_write(session)
    job.change(
        session,
        state=ExportState.FAILED.value,
        error_code=code,
        error=detail[:500],
        touched_at=job.clock(),
        leased_until=None,
    )
    session.commit()


def _unwritable(error: OSError) -> tuple[str, str]:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            "no_room",
            "The disk of the service has too little room for this export. Ask the operator to "
            "make room and order it again, or to run `moderation export` with a file on another "
            "disk. A part of the site, by time or by posts, needs less.",
        )
    return (
        "not_writable",
        f"The file cannot be written to the data folder ({error.strerror or 'output error'}). Ask "
        "the operator to check the folder's permissions, then order the export again.",
    )


def _disk_is_full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _too_large() -> _Failed:
    return _Failed("no_room", site_exports.no_room().detail)


def main() -> None:
    """Run the export that standard input describes."""
    job_process.serve(_serve)


def _serve(settings: Settings, id: UUID, holder: str) -> None:
    store = open_store(settings)
    job = Job(store, settings, id, holder, lambda: datetime.now(UTC))
    # The order of comments is made there, and must not outlive the run.
    tempfile.tempdir = str(job.folder)
    try:
        run(job)
    except Lost:
        pass
    finally:
        store.close()
