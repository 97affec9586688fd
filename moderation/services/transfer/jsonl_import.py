"""Imports a whole site from JSON lines, as `moderation export` writes them.

Two passes: the first reads the whole file and stores nothing (`jsonl_file`), the second stores
it in small commits (`jsonl_store`). Both may be interrupted at any moment: the same command then
continues, and a further one adds nothing. A later export of the same site brings what is new,
and what was changed there and not here.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.status import Actor
from moderation.storage.change_feed import notify_readers
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit
from ..signing import Signing
from . import jsonl_ids
from .jsonl_file import Checked, Group, Line, checked
from .jsonl_store import Store

#: Lines of one commit, which takes some hundredths of a second, and the part of that time for
#: which it rests, so that other writers get their turn.
BATCH = 800
REST = 0.3

Progress = Callable[[int, int], object]
CLI = By(Actor.SITE, "cli")


@dataclass(slots=True)
class Result:
    """What an import did, or a dry run would do."""

    #: Lines of the file by their type.
    lines: dict[str, int]
    #: Every id was replaced, since another site of this store has one of them.
    has_new_ids: bool
    #: `restored`, `kept` (the site has posts and settings of its own) or `same`.
    settings: str
    #: Rows by what became of them, such as `comments added` and `comments unchanged`.
    done: Counter[str] = field(default_factory=Counter)


def run(
    session: Session,
    runtime: Signing,
    site: Site,
    source: Path,
    *,
    now: datetime,
    by: By = CLI,
    dry_run: bool = False,
    progress: Progress | None = None,
    rest: Callable[[float], object] = sleep,
    tally: Callable[[Counter[str]], object] | None = None,
) -> Result:
    """Import a file into a site; commits many times. Raises NotAnExport before the first one.

    `progress` is called with the comments that are done and those of the file. After each commit
    it rests for a part of the time that the commit took, so that other writers get their turn.
    `tally` is called within each of them with the rows so far.
    """
    with checked(source) as file:
        ids = jsonl_ids.chosen(session, site.id, file)
        session.rollback()
        settings = _settings_state(session, site, file.head)
        result = Result(file.counts, ids.are_new, settings)
        if dry_run:
            return result
        if settings == "restored":
            transact(session, partial(_restore_settings, session, site.id, file.head, by, now))
        store = Store(session, runtime, site.id, ids, by, now)
        _Run(store, result, progress, rest, tally).through(file)
        transact(session, partial(_finish, session, site, result, by, now))
    return result


class _Run:
    """Stores a checked file, one batch after the other."""

    def __init__(
        self,
        store: Store,
        result: Result,
        progress: Progress | None,
        rest: Callable[[float], object],
        tally: Callable[[Counter[str]], object] | None,
    ) -> None:
        self._store, self._result = store, result
        self._progress, self._rest, self._tally = progress, rest, tally
        self._comments = 0

    def through(self, file: Checked) -> None:
        """Store everything."""
        self._simple(file.beginning())
        groups: list[Group] = []
        size = 0
        for group in file.groups():
            groups.append(group)
            size += 1 + len(group.decisions) + len(group.revisions) + len(group.attached)
            if size >= BATCH:
                self._groups(groups)
                groups, size = [], 0
        if groups:
            self._groups(groups)
        self._simple(file.ending())

    def _groups(self, groups: list[Group]) -> None:
        self._store.prepare(groups)
        self._commit(partial(self._store.groups, groups))
        self._advance(groups)

    def _simple(self, lines: Iterable[Line]) -> None:
        batch: list[Line] = []
        for line in lines:
            batch.append(line)
            if len(batch) == BATCH:
                self._commit(partial(self._store.lines, batch))
                batch = []
        if batch:
            self._commit(partial(self._store.lines, batch))

    def _commit(self, job: Callable[[], Counter[str]]) -> None:
        began = monotonic()

        def counted() -> Counter[str]:
            done = job()
            if self._tally is not None:
                self._tally(self._result.done + done)
            return done

        self._result.done += transact(self._store.session, counted)
        self._store.session.expunge_all()
        self._rest(REST * (monotonic() - began))

    def _advance(self, groups: list[Group]) -> None:
        self._comments += sum(not group.is_continued for group in groups)
        if self._progress is not None:
            self._progress(self._comments, self._result.lines.get("comment", 0))


def _settings_state(session: Session, site: Site, head: Line) -> str:
    if _own_settings(site) == _settings_of(head):
        return "same"
    has_posts = session.scalar(select(func.min(Post.id)).where(Post.site_id == site.id))
    session.rollback()
    return "restored" if has_posts is None else "kept"


def _own_settings(site: Site) -> tuple[object, ...]:
    return site.title, site.origins, site.settings, site.created_at


def _settings_of(head: Line) -> tuple[object, ...]:
    return head["title"], head["origins"], head["settings"], head["created_at"]


def _restore_settings(session: Session, site_id: int, head: Line, by: By, now: datetime) -> None:
    site = session.get_one(Site, site_id, populate_existing=True, with_for_update=True)
    site.title = head["title"]
    site.origins = head["origins"]
    site.settings = head["settings"]
    site.created_at = head["created_at"]
    site.version += 1
    notify_readers(session, f"site:{site.id}")
    changed = [*sorted(head["settings"]), "origins", "title"]
    audit.write_about(session, site, by, "site.changed", now, {"changed": changed})


def _finish(session: Session, site: Site, result: Result, by: By, now: datetime) -> None:
    detail = {"format": "jsonl", **{k: v for k, v in sorted(result.done.items()) if v}}
    audit.write_about(session, site, by, "site.imported", now, detail)
