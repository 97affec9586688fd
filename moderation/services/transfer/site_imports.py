"""The import of a site from the console: its steps, from the upload to the report.

Here are the steps that people take. `import_worker` finds the jobs and runs each in a process of
its own, `import_job` is what that process does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.actors import By
from moderation.domain.errors import FieldError, Invalid
from moderation.domain.import_errors import (
    ImportNotFound,
    ImportRunning,
    ImportState,
    UploadOutOfPlace,
)
from moderation.storage.engine import begin_write
from moderation.storage.models.site_imports import SiteImport
from moderation.storage.models.sites import Site

from .. import audit
from . import uploads
from .dates import NoZone, zone_named
from .url_map import BadMap, read_map

#: An upload without a next step is removed after this time, a result after the longer one.
ABANDONED = timedelta(days=1)
KEPT = timedelta(days=30)


class State(StrEnum):
    """The step of an import."""

    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    #: The dry run waits for the worker, or runs.
    CHECKING = "checking"
    CHECKED = "checked"
    #: The import waits for the worker, or runs.
    IMPORTING = "importing"
    #: Stopped by a person; it can go on.
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"


RUNNING = (State.CHECKING, State.IMPORTING)
_CHECKABLE = (State.UPLOADED, State.CHECKED, State.FAILED, State.CANCELLED)
_STARTABLE = (State.CHECKED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Choices:
    """What an admin chose; all of it may be left out."""

    format: str = "auto"
    map: str = ""
    hosts: tuple[str, ...] = ()
    timezone: str = ""
    status: str = "keep"

    def as_json(self) -> dict[str, Any]:
        """Return the choices as they are stored."""
        return {
            "format": self.format,
            "map": self.map,
            "hosts": list(self.hosts),
            "timezone": self.timezone,
            "status": self.status,
        }

    def check(self) -> None:
        """Raise Invalid, with the field, where a choice cannot be understood."""
        try:
            read_map(self.map.splitlines())
        except BadMap as error:
            raise _wrong("map", str(error)) from None
        if self.timezone:
            try:
                zone_named(self.timezone)
            except NoZone:
                raise _wrong(
                    "timezone",
                    "This time zone is not known. Use a name such as Europe/Berlin, or +08:00.",
                ) from None


def _wrong(field: str, detail: str) -> Invalid:
    return Invalid(
        f"The request is not valid: see #/{field}.", errors=(FieldError(f"#/{field}", detail),)
    )


def current(session: Session, site: Site) -> SiteImport | None:
    """Return the site's import; None when there is none."""
    return session.scalar(
        select(SiteImport)
        .where(SiteImport.site_id == site.id)
        .execution_options(populate_existing=True)
    )


def find(session: Session, site: Site) -> SiteImport:
    """Return the site's import; raise ImportNotFound."""
    found = current(session, site)
    if found is None:
        raise ImportNotFound("This site has no import. Upload a file first.")
    return found


def begin(
    session: Session, settings: Settings, site: Site, size: int, by: By, *, now: datetime
) -> SiteImport:
    """Begin an upload; a finished import of the site makes room for it. Commits."""
    begin_write(session)
    old = session.scalar(select(SiteImport).where(SiteImport.site_id == site.id))
    if old is not None and old.state != State.DONE:
        session.rollback()
        raise ImportRunning(
            "This site has an import already. Finish it, or discard it, before the next one."
        )
    others = select(func.coalesce(func.sum(SiteImport.size), 0)).where(
        SiteImport.state != State.DONE
    )
    uploads.check_size(settings, size, int(session.scalar(others) or 0))
    if old is not None:
        uploads.remove(settings, old.id)
        session.delete(old)
        session.flush()
    made = SiteImport(
        id=uuid4(),
        site_id=site.id,
        state=State.UPLOADING.value,
        size=size,
        received=0,
        actor_name=by.name,
        created_at=now,
        touched_at=now,
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise ImportRunning("Another admin has just begun an import of this site.") from None
    uploads.create(settings, made.id)
    session.commit()
    return made


def add_part(
    session: Session, settings: Settings, site: Site, offset: int, part: bytes, *, now: datetime
) -> SiteImport:
    """Write a part of the file; one that is there already changes nothing. Commits."""
    found = find(session, site)
    id, received, size = found.id, found.received, found.size
    if offset + len(part) <= received:
        return found
    if found.state != State.UPLOADING:
        raise ImportState("The file is complete. Nothing can be added to it.")
    if offset != received or offset + len(part) > size or not part:
        raise UploadOutOfPlace(
            f"The next part begins at byte {received:,} of {size:,}. Go on there."
        )
    session.rollback()
    uploads.write(settings, id, offset, part)
    end = offset + len(part)
    begin_write(session)
    session.execute(
        update(SiteImport)
        .where(SiteImport.id == id, SiteImport.received == offset)
        .values(
            received=end,
            touched_at=now,
            state=(State.UPLOADED if end == size else State.UPLOADING).value,
        )
    )
    session.commit()
    return find(session, site)


def check(session: Session, site: Site, choices: Choices, by: By, *, now: datetime) -> SiteImport:
    """Ask for a dry run with these choices; commits."""
    choices.check()
    _step(
        session,
        site,
        _CHECKABLE,
        now,
        state=State.CHECKING.value,
        options=choices.as_json(),
        actor_name=by.name,
        found={},
        tally={},
        sha256="",
    )
    session.commit()
    return find(session, site)


def start(session: Session, site: Site, sha256: str, by: By, *, now: datetime) -> SiteImport:
    """Ask for the import that the dry run has shown; commits."""
    found = find(session, site)
    if found.state in _STARTABLE and found.sha256 != sha256:
        raise ImportState("The dry run is of another file. Look at it again, then import.")
    goes_on, id = found.state == State.CANCELLED, found.id
    detail = {"format": found.found.get("format", ""), "sha256": sha256}
    session.rollback()
    _step(session, site, _STARTABLE, now, state=State.IMPORTING.value, actor_name=by.name)
    if not goes_on:
        session.execute(update(SiteImport).where(SiteImport.id == id).values(tally={}))
    audit.write_about(session, site, by, "import.started", now, detail)
    session.commit()
    return find(session, site)


def cancel(session: Session, site: Site, by: By, *, now: datetime) -> SiteImport:
    """Stop the dry run or the import at its last commit; commits."""
    found = find(session, site)
    was_import = found.state == State.IMPORTING
    after = State.CANCELLED if was_import else State.UPLOADED
    session.rollback()
    _step(session, site, RUNNING, now, state=after.value)
    if was_import:
        stopped = find(session, site)
        detail = {name: stopped.tally.get(name, 0) for name in ("added", "changed")}
        audit.write_about(session, site, by, "import.cancelled", now, detail)
    session.commit()
    return find(session, site)


def discard(session: Session, settings: Settings, site: Site) -> None:
    """Remove the upload or the result of a site; commits."""
    found = current(session, site)
    if found is None:
        return
    if found.state in RUNNING:
        raise ImportState("The import is running. Cancel it first.")
    id = found.id
    session.rollback()
    begin_write(session)
    session.execute(delete(SiteImport).where(SiteImport.id == id, SiteImport.state.not_in(RUNNING)))
    session.commit()
    uploads.remove(settings, id)


def _step(
    session: Session, site: Site, steps: tuple[State, ...], now: datetime, **values: Any
) -> None:
    """Move the import from one of these steps; raise ImportState at another one."""
    begin_write(session)
    moved = session.execute(
        update(SiteImport)
        .where(SiteImport.site_id == site.id, SiteImport.state.in_(steps))
        .values(
            touched_at=now,
            holder="",
            leased_until=None,
            tries=0,
            stage="",
            done=0,
            total=0,
            error="",
            error_code="",
            **values,
        )
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        session.rollback()
        find(session, site)
        raise ImportState(
            "The import is at another step by now. Reload the page to see where it is."
        )


def remove_old(session: Session, settings: Settings, *, now: datetime) -> int:
    """Remove abandoned uploads and old results, and files that belong to none; commits."""
    begin_write(session)
    old = session.scalars(
        select(SiteImport.id).where(
            (SiteImport.state.not_in((*RUNNING, State.DONE)))
            & (SiteImport.touched_at < now - ABANDONED)
            | (SiteImport.state == State.DONE) & (SiteImport.touched_at < now - KEPT)
        )
    ).all()
    session.execute(delete(SiteImport).where(SiteImport.id.in_(old)))
    session.commit()
    for id in old:
        uploads.remove(settings, id)
    known = set(session.scalars(select(SiteImport.id)))
    session.rollback()
    return len(old) + uploads.remove_others(settings, known)
