"""One job of a site's import in a process of its own: the dry run, or the import.

The worker starts it (`import_worker`, `job_process`). All that it changes is changed on condition
that the worker still holds the job.
"""

import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain.actors import By
from moderation.domain.status import Actor
from moderation.storage.engine import Store, begin_write, open_store
from moderation.storage.models.site_imports import SiteImport
from moderation.storage.models.sites import Site

from .. import audit
from ..signing import Signing
from . import formats, imports, job_process, jsonl_import, report, uploads
from .dates import zone_named
from .files import open_file
from .import_tally import combined, combined_rows
from .jsonl_file import NotAnExport
from .records import Unreadable, Why
from .site_imports import State
from .storing import Stored
from .url_map import BadMap, read_map

#: Seconds that one regular expression may take for one address.
LONGEST_MATCH = 1.0
#: Seconds between two reports of progress.
_REPORTED = 0.5
#: Refused comments that the page shows; the report has all.
SHOWN_NOTES = 20


class Lost(Exception):
    """The job was cancelled, or another worker has it."""


class _Failed(Exception):
    """The file or a choice is wrong; the admin reads why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(slots=True)
class Job:
    """A claimed job, and the ways to report about it."""

    store: Store
    settings: Settings
    id: UUID
    holder: str
    clock: Callable[[], datetime]
    _reported: float = 0.0

    def change(self, session: Session, at: State, **values: Any) -> None:
        """Change the row in the caller's transaction; raise Lost when the job is another's."""
        changed = session.execute(
            update(SiteImport)
            .where(
                SiteImport.id == self.id,
                SiteImport.holder == self.holder,
                SiteImport.state == at,
            )
            .values(**values)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]
            raise Lost

    def stored(self, session: Session, done: int, total: int, tally: dict[str, Any]) -> None:
        """Note a batch in the caller's transaction, so that counts match what is stored."""
        stage = imports.STORING.lower()
        self.change(
            session,
            State.IMPORTING,
            stage=stage,
            done=done,
            total=total,
            # It made progress.
            tries=0,
            tally=tally,
        )

    def progress(self, state: State) -> imports.Progress:
        """Return a callable that stores progress, at most twice a second."""

        def show(stage: str, done: int, total: int) -> None:
            if time.monotonic() - self._reported < _REPORTED:
                return
            self._reported = time.monotonic()
            with self.store.sessions() as session:
                begin_write(session)
                self.change(session, state, stage=stage.lower(), done=done, total=total)
                session.commit()

        return show


def run(job: Job) -> None:
    """Run a job to its end and store what became of it; raises Lost when it is taken away."""
    with job.store.sessions() as session:
        row = session.get_one(SiteImport, job.id)
        session.expunge(row)
        site = session.get_one(Site, row.site_id)
        session.expunge(site)
        session.rollback()
        path = uploads.file_of(job.settings, job.id)
        state = State(row.state)
        try:
            if not path.exists():
                missing = uploads.elsewhere()
                raise _Failed(missing.code, missing.detail)
            if state is State.CHECKING:
                _check(job, session, site, row, path)
            else:
                _import(job, session, site, row, path)
        except Unreadable as error:
            code = "bad_map" if isinstance(error, BadMap) else "unreadable_file"
            _fail(job, session, state, code, str(error))
        except NotAnExport as error:
            detail = error.detail.removesuffix(" Nothing was imported.")
            _fail(job, session, state, error.code, detail.replace(path.name, "The file"))
        except _Failed as error:
            _fail(job, session, state, error.code, error.detail)


def _fail(job: Job, session: Session, state: State, code: str, detail: str) -> None:
    session.rollback()
    begin_write(session)
    job.change(
        session,
        state,
        state=State.FAILED.value,
        error_code=code,
        error=detail[:500],
        touched_at=job.clock(),
        leased_until=None,
    )
    session.commit()


# The dry run


def _check(job: Job, session: Session, site: Site, row: SiteImport, path: Path) -> None:
    options = _options(row)
    opened, format = imports.recognise(path, options.format)
    if format is formats.Format.JSONL:
        _require_plain(row)
        opened.progress = lambda _: None
        done = jsonl_import.run(
            session, Signing(job.settings), site, path, now=job.clock(), dry_run=True
        )
        name = formats.name_of(format, opened)
        found: dict[str, Any] = {
            "format": format.value,
            "name": name,
            "lines": done.lines,
            "settings": done.settings,
            "has_new_ids": done.has_new_ids,
        }
        sha256 = opened.digest()
    else:
        progress = job.progress(State.CHECKING)
        with imports.read(
            session, site, path, options, now=job.clock(), progress=progress
        ) as reading:
            found = {
                "format": reading.format.value,
                "name": reading.name,
                "plan": reading.plan.as_json(),
                "notes": list(_first_notes(reading)),
            }
            sha256 = reading.digest
            _write_report(job, report.document(reading, None))
    session.rollback()
    begin_write(session)
    job.change(
        session,
        State.CHECKING,
        state=State.CHECKED.value,
        found=found,
        sha256=sha256,
        touched_at=job.clock(),
        leased_until=None,
    )
    session.commit()


def _first_notes(reading: imports.Reading) -> Iterator[dict[str, str]]:
    shown = 0
    for note in reading.spill.notes():
        if note.why is Why.REFUSED and shown < SHOWN_NOTES:
            shown += 1
            yield {"place": note.place, "reason": note.reason}


def _options(row: SiteImport) -> imports.Options:
    chosen = row.options
    rules = read_map(chosen["map"].splitlines())
    rules.only_hosts = frozenset(host.lower().rstrip(".") for host in chosen["hosts"])
    rules.guard = time_limit
    named = chosen["format"]
    return imports.Options(
        None if named == "auto" else formats.Format(named),
        rules,
        zone_named(chosen["timezone"]) if chosen["timezone"] else UTC,
        hold=chosen["status"] == "hold",
    )


def _require_plain(row: SiteImport) -> None:
    chosen = row.options
    if chosen["map"] or chosen["hosts"] or chosen["timezone"] or chosen["status"] != "keep":
        raise _Failed(
            "options_not_used",
            "The file is an export of this service, which is restored as it is: leave addresses, "
            "hosts, time zone and status at their defaults.",
        )


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise BadMap in a block that takes longer than a match may; for the main thread only."""
    old = signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_MATCH)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def _too_slow(_number: int, _frame: object) -> None:
    raise BadMap(
        "A regular expression of the rules for addresses takes more than a second for one "
        "address. Write it without repetitions inside repetitions."
    )


# The import


def _import(job: Job, session: Session, site: Site, row: SiteImport, path: Path) -> None:
    options, by = _options(row), By(Actor.MODERATOR, row.actor_name)
    opened = open_file(path)
    if opened.digest() != row.sha256:
        raise _Failed(
            "file_changed",
            "The file is not the one that the dry run read. Discard it, and upload it again.",
        )
    if row.found["format"] == formats.Format.JSONL:
        tally = _restore(job, session, site, row, path, by)
    else:
        tally = _store(job, session, site, row, path, options)
    session.rollback()
    now = job.clock()
    begin_write(session)
    job.change(
        session,
        State.IMPORTING,
        state=State.DONE.value,
        tally=tally,
        touched_at=now,
        leased_until=None,
    )
    counts = {name: tally.get(name, 0) for name in ("added", "changed", "posts", "bans")}
    detail = {"format": row.found["format"], "sha256": row.sha256, **counts}
    audit.write_about(session, site, by, "import.finished", now, detail)
    session.commit()
    uploads.remove(job.settings, job.id, report=False)


def _store(
    job: Job, session: Session, site: Site, row: SiteImport, path: Path, options: imports.Options
) -> dict[str, Any]:
    base = Stored(**row.tally) if row.tally else Stored()
    with imports.read(
        session, site, path, options, now=job.clock(), progress=job.progress(State.IMPORTING)
    ) as reading:
        total = reading.plan.comments

        def tally(so_far: Stored) -> None:
            job.stored(session, so_far.done, total, combined(base, so_far))

        stored = imports.store_comments(
            session,
            Signing(job.settings),
            site,
            reading,
            options,
            clock=job.clock,
            tally=tally,
        )
        result = combined(base, stored)
        _write_report(job, report.document(reading, result))
    return result


def _restore(
    job: Job, session: Session, site: Site, row: SiteImport, path: Path, by: By
) -> dict[str, Any]:
    base: Counter[str] = Counter(row.tally.get("rows", {}))
    total = row.found["lines"].get("comment", 0)
    place = [0]

    def moved(done: int, _total: int) -> None:
        place[0] = done

    def tally(rows: Counter[str]) -> None:
        job.stored(session, place[0], total, combined_rows(base, rows))

    done = jsonl_import.run(
        session,
        Signing(job.settings),
        site,
        path,
        now=job.clock(),
        by=by,
        progress=moved,
        tally=tally,
    )
    return combined_rows(base, done.done)


def _write_report(job: Job, content: bytes) -> None:
    path = uploads.report_of(job.settings, job.id)
    half = path.with_suffix(".part")
    half.unlink(missing_ok=True)
    file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
    half.replace(path)


# The process


def main() -> None:
    """Run the job that standard input describes."""
    job_process.serve(_serve)


def _serve(settings: Settings, id: UUID, holder: str) -> None:
    tempfile.tempdir = str(uploads.folder_of(settings))
    store = open_store(settings)
    try:
        run(Job(store, settings, id, holder, lambda: datetime.now(UTC)))
    except Lost:
        pass
    finally:
        store.close()
