"""Files of prepared exports, and the withdrawal of exports that have data to be erased.

The files are in a folder of the data folder, readable by the service's account only, under names
that contain a random id. A run writes into a work folder of its own, so that a run that lost its
lease cannot damage the file of the next one. A file or folder that belongs to no row is removed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.export_state import UNFINISHED, ExportState
from moderation.storage.engine import one_at_a_time
from moderation.storage.models.site_exports import SiteExport

FOLDER = "exports"
_FILE, _WORK = ".export", ".work"
_ORDERING = 4_502


def folder_of(settings: Settings) -> Path:
    """Return the folder of prepared exports."""
    return settings.data_dir / FOLDER


def file_of(settings: Settings, id: UUID) -> Path:
    """Return the path of a finished export."""
    return folder_of(settings) / f"{id.hex}{_FILE}"


def work_folder_of(settings: Settings, id: UUID, holder: str) -> Path:
    """Return the folder in which a worker writes an export."""
    return folder_of(settings) / f"{id.hex}-{holder}{_WORK}"


def make_work_folder(settings: Settings, id: UUID, holder: str) -> None:
    """Create the work folder of a run; raise OSError when the data folder cannot be written."""
    folder_of(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    work_folder_of(settings, id, holder).mkdir(mode=0o700)


def remove_work_folder(settings: Settings, id: UUID, holder: str) -> None:
    """Remove the work folder of a run, if it is there."""
    shutil.rmtree(work_folder_of(settings, id, holder), ignore_errors=True)


def publish(settings: Settings, id: UUID, written: Path) -> None:
    """Move a complete file to its place, which lasts through a loss of power."""
    written.replace(file_of(settings, id))
    folder = os.open(folder_of(settings), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def lock_orders(session: Session) -> None:
    """Wait until no other transaction orders or withdraws an export."""
    one_at_a_time(session, _ORDERING)


def withdraw(session: Session, site_id: int, *, now: datetime) -> None:
    """Delete the finished exports of a site and restart the others, in the caller's transaction.

    The restarted ones read the site after the caller's commit. `remove_unknown` removes the files.
    """
    # An order that is added meanwhile could be read before the caller's commit.
    lock_orders(session)
    of_site = SiteExport.site_id == site_id
    session.execute(
        update(SiteExport)
        .where(of_site, SiteExport.state.in_(UNFINISHED))
        .values(
            state=ExportState.WAITING.value,
            holder="",
            leased_until=None,
            done=0,
            total=0,
            touched_at=now,
        )
    )
    session.execute(delete(SiteExport).where(of_site, SiteExport.state == ExportState.READY))


def remove_unknown(session: Session, settings: Settings) -> int:
    """Remove files and work folders that belong to no export; return how many there were.

    Only this machine's data folder is searched; the worker of another one removes its own.
    """
    # Before the rows: a file is created after its row, so each file found has one, or lost it.
    found = [(name, path) for name, path in _entries(settings) if name.endswith((_FILE, _WORK))]
    if not found:
        return 0
    rows = session.execute(
        select(SiteExport.id, SiteExport.state, SiteExport.holder).where(
            SiteExport.state.in_((ExportState.RUNNING, ExportState.READY))
        )
    ).all()
    session.rollback()
    # The file of a running export is there just before its row becomes ready.
    known = {f"{row.id.hex}{_FILE}" for row in rows}
    known |= {f"{row.id.hex}-{row.holder}{_WORK}" for row in rows if row.state == "running"}
    removed = 0
    for name, path in found:
        if name in known:
            continue
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    return removed


def _entries(settings: Settings) -> Iterator[tuple[str, Path]]:
    with suppress(OSError), os.scandir(folder_of(settings)) as entries:
        yield from ((entry.name, Path(entry.path)) for entry in entries)
