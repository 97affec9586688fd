"""An import from beginning to end: read the file, plan, store, judge.

The first pass reads the whole file and writes nothing to the store. A dry run ends there.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.storage.engine import begin_write
from moderation.storage.models.authors import Ban
from moderation.storage.models.sites import Site
from moderation.storage.models.transfer import ImportedComment as Mapping
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from .. import audit
from ..signing import Signing
from . import formats, identity, storing
from .dates import Times
from .files import Opened, open_file
from .judging import judge_imported, judge_of
from .planning import Plan, order
from .prepared import bounded, moment_of, prepare
from .records import (
    ImportedAuthor,
    ImportedBan,
    ImportedComment,
    ImportedThread,
    Note,
    Unreadable,
)
from .spill import Spill, open_spill
from .storing import Stored
from .url_map import UrlMap

#: Stages of which progress is reported.
READING, STORING, JUDGING = "Reading", "Storing", "Judging"
#: Called with the stage, what is done and what there is to do; bytes while reading.
Progress = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator chose."""

    #: None: recognised by the content.
    format: formats.Format | None = None
    rules: UrlMap = field(default_factory=UrlMap)
    zone: tzinfo = UTC
    #: Judge what was approved there, and let the doubtful wait.
    hold: bool = False


@dataclass(slots=True)
class Reading:
    """A file that was read whole, in order, with its plan."""

    format: formats.Format
    name: str
    digest: str
    plan: Plan
    spill: Spill


@dataclass(slots=True)
class Result:
    """What an import did."""

    stored: Stored
    judged: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        stored = self.stored
        return {
            "added": stored.added,
            "changed": stored.changed,
            "unchanged": stored.unchanged,
            "kept": stored.kept,
            "posts": stored.posts,
            "bans": stored.bans,
            "by_status": dict(sorted(stored.by_status.items())),
            "judged": self.judged,
        }


def _silent(_stage: str, _done: int, _all: int) -> None:
    pass


def recognise(path: Path, chosen: formats.Format | None) -> tuple[Opened, formats.Format]:
    """Open a file and return it with its format; raise Unreadable."""
    opened = open_file(path)
    if chosen is None:
        return opened, formats.recognise(opened)
    formats.check_kind(chosen, opened)
    return opened, chosen


@contextmanager
def read(
    session: Session,
    site: Site,
    path: Path,
    options: Options,
    *,
    now: datetime,
    progress: Progress = _silent,
) -> Iterator[Reading]:
    """Read a file whole and yield its plan; raise Unreadable. Writes nothing to the store."""
    opened, format = recognise(path, options.format)
    reader = formats.READERS.get(format)
    if reader is None:
        raise Unreadable(f"Files of the format {format} are imported in another way.")
    opened.progress = lambda position: progress(READING, position, opened.size)
    times = Times(options.zone)
    with open_spill() as spill:
        for record in reader(opened, times):
            _keep(spill, record, now)

        def known_parents(keys: list[str]) -> dict[str, str]:
            return _known_parents(session, site.id, format, keys)

        plan = order(spill, options.rules, known_parents)
        plan.dates_without_zone = times.without_zone
        plan.known = _count_known(session, site.id, format, spill)
        yield Reading(format, formats.name_of(format, opened), opened.digest(), plan, spill)


def _keep(spill: Spill, record: Any, now: datetime) -> None:
    match record:
        case ImportedComment():
            prepared = prepare(record, now)
            if isinstance(prepared, Note):
                spill.note(prepared)
            else:
                spill.add_comment(prepared)
        case ImportedThread():
            spill.add_thread(record)
        case ImportedAuthor():
            spill.add_author(bounded(record))
        case ImportedBan():
            spill.add_ban(record)
        case Note():
            spill.note(record)


def _known_parents(
    session: Session, site_id: int, format: formats.Format, keys: list[str]
) -> dict[str, str]:
    rows = session.execute(
        select(Mapping.foreign_id, Mapping.comment_id)
        .where(
            Mapping.site_id == site_id,
            Mapping.source == format.value,
            Mapping.foreign_id.in_(keys),
            Mapping.comment_id.is_not(None),
        )
        .order_by(Mapping.written_at)
    ).all()
    session.rollback()
    return {foreign_id: str(comment_id) for foreign_id, comment_id in rows}


def _count_known(session: Session, site_id: int, format: formats.Format, spill: Spill) -> int:
    found = 0
    rows = spill.each("SELECT key, written FROM comments")
    while batch := {(key, moment_of(written)) for key, written in islice(rows, 1000)}:
        keys = {key for key, _ in batch}
        known = session.execute(
            select(Mapping.foreign_id, Mapping.written_at).where(
                Mapping.site_id == site_id,
                Mapping.source == format.value,
                Mapping.foreign_id.in_(keys),
            )
        )
        found += sum((row.foreign_id, row.written_at) in batch for row in known)
        session.rollback()
    return found


def store(
    session: Session,
    runtime: Signing,
    site: Site,
    reading: Reading,
    options: Options,
    by: By,
    *,
    clock: Callable[[], datetime],
    progress: Progress = _silent,
) -> Result:
    """Store what was read and judge it; commits many times.

    Killed at any moment and run again, it has the same outcome as in one go.
    """
    site_id = site.id
    stored = store_comments(
        session, runtime, site, reading, options, clock=clock, progress=progress
    )
    if stored.added or stored.changed or stored.bans:
        begin_write(session)
        detail = {
            "source": reading.format.value,
            "sha256": reading.digest,
            **{name: getattr(stored, name) for name in ("added", "changed", "posts", "bans")},
        }
        audit.write_about(
            session, session.get_one(Site, site_id), by, "site.imported", clock(), detail
        )
        session.commit()
    result = Result(stored)
    waiting = _unjudged(session, site_id)
    result.judged = judge_imported(
        session,
        uuid.uuid4().hex,
        clock=clock,
        site_id=site_id,
        progress=lambda done: progress(JUDGING, done, waiting),
    )
    return result


def store_comments(
    session: Session,
    runtime: Signing,
    site: Site,
    reading: Reading,
    options: Options,
    *,
    clock: Callable[[], datetime],
    progress: Progress = _silent,
    tally: storing.Tally | None = None,
) -> Stored:
    """Store the comments and bans of what was read; commits many times."""
    site_id, total = site.id, reading.plan.comments
    stored = storing.store(
        session,
        runtime,
        site,
        reading.format.value,
        reading.spill,
        now=clock(),
        judge=judge_of(site) if options.hold else None,
        progress=lambda done: progress(STORING, done.done, total),
        tally=tally,
    )
    _ban(session, runtime, site_id, reading, stored, tally, now=clock())
    return stored


def _unjudged(session: Session, site_id: int) -> int:
    statement = select(func.count()).where(Mapping.site_id == site_id, Mapping.judged.is_(False))
    count = session.scalar(statement) or 0
    session.rollback()
    return count


def _ban(
    session: Session,
    runtime: Signing,
    site_id: int,
    reading: Reading,
    stored: Stored,
    tally: storing.Tally | None,
    *,
    now: datetime,
) -> None:
    """Store the bans that are in force, unless the author is banned here already."""
    rows = []
    for author, email, until, reason in reading.spill.each("SELECT * FROM bans"):
        ends = moment_of(until)
        keys = identity.keys_of(
            runtime, reading.format.value, bounded(ImportedAuthor(key=author, email=email))
        )
        if ends is None or ends > now:
            rows += [(key, ends, reason) for key in {keys.author_key, keys.email_key} if key]
            if keys.email_key and author:
                own = identity.keys_of(
                    runtime, reading.format.value, bounded(ImportedAuthor(key=author))
                )
                rows.append((own.author_key or "", ends, reason))

    def insert() -> int:
        added = sum(
            insert_ignoring(
                session,
                Ban.__table__,  # type: ignore[arg-type]
                site_id=site_id,
                author_key=key,
                reason=reason,
                until=ends,
                created_at=now,
            )
            for key, ends, reason in batch
        )
        if tally is not None:
            tally(replace(stored, bans=stored.bans + added))
        return added

    for begin in range(0, len(rows), storing.BATCH):
        batch = rows[begin : begin + storing.BATCH]
        stored.bans += transact(session, insert)
