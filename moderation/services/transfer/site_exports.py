"""Prepared exports of a site: orders, their state, their download, and their end.

Here are the steps that people take. `export_worker` finds the orders and runs each in a process of
its own, `export_job` is what that process does.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.actors import By
from moderation.domain.export_errors import (
    ExportElsewhere,
    ExportExpired,
    ExportNotFound,
    ExportNotReady,
    TooManyExports,
)
from moderation.domain.export_state import UNFINISHED, ExportState
from moderation.domain.import_errors import NoRoom
from moderation.storage.engine import begin_write
from moderation.storage.models.site_exports import SiteExport
from moderation.storage.models.sites import Site

from .. import export_files
from . import exporting
from .exporting import Format
from .snapshot import Scope

#: Orders of a site that wait or run at a time.
MOST_UNFINISHED = 2
#: Exports of a site that wait, run or are ready.
MOST_KEPT = 10
#: All prepared exports together, in those that one site may have.
SITES = 4
#: Failed and expired exports stay in the list for this time.
LISTED = timedelta(days=7)


def all_of(session: Session, site: Site, *, now: datetime) -> list[SiteExport]:
    """Return the exports of a site, the newest first; one whose time is over is expired."""
    found = session.scalars(
        select(SiteExport)
        .where(SiteExport.site_id == site.id)
        .order_by(SiteExport.created_at.desc(), SiteExport.id)
        .execution_options(populate_existing=True)
    ).all()
    session.expunge_all()
    return [_as_of(each, now) for each in found]


def find(session: Session, site: Site, id: UUID, *, now: datetime) -> SiteExport:
    """Return an export of the site; raise ExportNotFound."""
    found = session.scalar(
        select(SiteExport)
        .where(SiteExport.site_id == site.id, SiteExport.id == id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ExportNotFound("This site has no such export. It may have been deleted.")
    session.expunge(found)
    return _as_of(found, now)


def _as_of(found: SiteExport, now: datetime) -> SiteExport:
    """Return a detached row as it is now: the worker may not have noted yet that it expired."""
    over = found.expires_at is not None and found.expires_at <= now
    if over and found.state == ExportState.READY:
        found.state = ExportState.EXPIRED.value
    return found


def order(
    session: Session,
    settings: Settings,
    site: Site,
    format: Format,
    scope: Scope,
    by: By,
    *,
    now: datetime,
) -> SiteExport:
    """Order an export, which the worker prepares; commits."""
    begin_write(session)
    export_files.lock_orders(session)
    states = session.scalars(select(SiteExport.state).where(SiteExport.site_id == site.id)).all()
    unfinished = sum(state in UNFINISHED for state in states)
    if unfinished >= MOST_UNFINISHED:
        session.rollback()
        raise TooManyExports(
            f"{unfinished} exports of this site are being prepared. Wait until one is ready, or "
            "delete one."
        )
    if unfinished + states.count(ExportState.READY) >= MOST_KEPT:
        session.rollback()
        raise TooManyExports(f"This site has {MOST_KEPT} prepared exports. Delete one first.")
    try:
        if room(session, settings, site.id) <= 0:
            raise no_room()
    except NoRoom:
        session.rollback()
        raise
    made = SiteExport(
        id=uuid4(),
        site_id=site.id,
        state=ExportState.WAITING.value,
        format=format.value,
        since=scope.since,
        posts=list(scope.posts),
        actor_name=by.name,
        created_at=now,
        touched_at=now,
        tries=0,
        done=0,
        total=0,
        size=0,
        sha256="",
        error_code="",
        error="",
    )
    session.add(made)
    session.flush()
    more = {"export": str(made.id), "step": "ordered"}
    exporting.write_note(session, site, format, scope, by, now=now, more=more)
    session.commit()
    return made


def room(session: Session, settings: Settings, site_id: int) -> int:
    """Return the bytes that the next export of a site may have."""
    kept = select(func.coalesce(func.sum(SiteExport.size), 0)).where(
        SiteExport.state == ExportState.READY
    )
    of_all = int(session.scalar(kept) or 0)
    of_site = int(session.scalar(kept.where(SiteExport.site_id == site_id)) or 0)
    most = settings.export_bytes
    return min(most - of_site, SITES * most - of_all)


def no_room() -> NoRoom:
    """Return the error of an export beyond the bytes that are set aside for exports."""
    return NoRoom(
        "Prepared exports take all the room that is set aside for them. Delete one, wait until "
        "others have expired, or ask the operator to raise MODERATION_EXPORT_BYTES."
    )


def file_of(settings: Settings, found: SiteExport) -> Path:
    """Return the file of an export that is ready; raise an error that names its state."""
    if found.state == ExportState.EXPIRED:
        raise ExportExpired("The file of this export was deleted. Order a new one.")
    if found.state == ExportState.FAILED:
        raise ExportNotReady(f"This export failed: {found.error}")
    if found.state != ExportState.READY:
        raise ExportNotReady("This export is being prepared. Its state is at its own address.")
    path = export_files.file_of(settings, found.id).absolute()
    if not path.exists():
        raise elsewhere()
    return path


def elsewhere() -> ExportElsewhere:
    """Return the error of a process that cannot reach the file."""
    return ExportElsewhere(
        "This process cannot find the file of the export. All web processes and workers need the "
        "same data folder (MODERATION_DATA_DIR) for prepared exports. Ask the operator, who can "
        "also run `moderation export`."
    )


def note_download(
    session: Session, site: Site, id: UUID, by: By, *, whole: bool, now: datetime
) -> None:
    """Write a download into the audit trail, unless it goes on with one that is there; commits.

    `whole`: it begins at the first byte. A later part counts as a download as well when the trail
    has none by this moderator or token.
    """
    found = find(session, site, id, now=now)
    if not whole and by.name in found.downloaded_by:
        session.rollback()
        return
    begin_write(session)
    names = list(dict.fromkeys([*found.downloaded_by, by.name]))
    session.execute(update(SiteExport).where(SiteExport.id == id).values(downloaded_by=names))
    scope = Scope(found.since, tuple(found.posts))
    more = {"export": str(id), "step": "downloaded"}
    exporting.write_note(session, site, Format(found.format), scope, by, now=now, more=more)
    session.commit()


def discard(session: Session, settings: Settings, site: Site, id: UUID, *, now: datetime) -> None:
    """Delete an export with its file, in any state; one that runs is stopped. Commits."""
    find(session, site, id, now=now)
    begin_write(session)
    session.execute(delete(SiteExport).where(SiteExport.id == id, SiteExport.site_id == site.id))
    session.commit()
    export_files.remove_unknown(session, settings)


def tidy(session: Session, settings: Settings, *, now: datetime) -> int:
    """End exports whose time is over, and remove files that belong to none; commits."""
    over = and_(SiteExport.state == ExportState.READY, SiteExport.expires_at <= now)
    old = and_(
        SiteExport.state.in_((ExportState.FAILED, ExportState.EXPIRED)),
        SiteExport.touched_at < now - LISTED,
    )
    due = session.scalar(select(SiteExport.id).where(or_(over, old)).limit(1))
    session.rollback()
    if due is not None:
        begin_write(session)
        expired = {"state": ExportState.EXPIRED.value, "touched_at": now}
        session.execute(update(SiteExport).where(over).values(**expired))
        session.execute(delete(SiteExport).where(old))
        session.commit()
    return export_files.remove_unknown(session, settings)
