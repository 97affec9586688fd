"""The preparation of exports: killed workers, leases, progress, full disks and bounds."""

import errno
import json
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from moderation.domain.errors import Busy
from moderation.services import export_files
from moderation.services.sites import changes
from moderation.services.transfer import export_job, export_worker, exporting, site_exports
from moderation.services.transfer.export_job import Lost
from moderation.storage.models.site_exports import SiteExport
from moderation.web.state import app_state
from tests.conftest import one_store

from .conftest import HOLDER, PATH

OTHER = "b" * 32


class Killed(BaseException):
    """Ends a run as `kill -9` does: nothing of it is tidied up."""


@pytest.fixture
def kill(monkeypatch):
    """Run a job until a number of its parts are written, and kill it there."""

    def end(job, parts=3):
        written = []

        def counted(real):
            def write(*arguments, **more):
                for part in real(*arguments, **more):
                    if len(written) == parts:
                        raise Killed
                    written.append(part)
                    yield part

            return write

        with monkeypatch.context() as patch:
            patch.setattr(exporting, "export", counted(exporting.export))
            patch.setattr(export_files, "remove_work_folder", lambda *_: None)
            with pytest.raises(Killed):
                export_job.run(job)

    return end


def test_the_export_of_a_killed_worker_is_begun_anew_and_becomes_ready(
    make_comment, order, claim, kill, work, shown, download, files, session, settings, clock
):
    make_comment("The first remark.", name="Ada")
    made = order()
    kill(claim(OTHER))
    assert shown(made)["state"] == "running"
    # Its lease is another worker's until it is over.
    assert claim() is None
    make_comment("The second remark.", name="Bea")

    clock.advance(seconds=31)
    work()

    assert (shown(made)["state"], shown(made)["done"]) == ("ready", 2)
    lines = [json.loads(line) for line in download(made).data.splitlines()]
    assert [each["text"] for each in lines if each["type"] == "comment"] == [
        "The first remark.",
        "The second remark.",
    ]
    assert lines[-1] == {"type": "end", "lines": len(lines)}
    # What the killed one left is removed.
    assert len(files()) == 2
    assert export_files.remove_unknown(session, settings) == 1
    assert files() == [f"{UUID(made['id']).hex}.export"]


def test_a_worker_that_lost_its_lease_changes_nothing(order, claim, shown, download, clock):
    made = order()
    late = claim(OTHER)
    clock.advance(seconds=31)
    job = claim()

    # While the next run is under way, and after it.
    with pytest.raises(Lost):
        export_job.run(late)
    assert shown(made)["state"] == "running"
    export_job.run(job)
    whole = download(made).data
    with pytest.raises(Lost):
        export_job.run(late)

    assert (shown(made)["state"], download(made).data) == ("ready", whole)
    assert not export_worker.beat(late.store, late.id, OTHER, clock=clock)


def test_a_lease_that_is_renewed_stays_with_its_worker(order, claim, clock):
    order()
    job = claim(OTHER)
    for _ in range(5):
        clock.advance(seconds=20)
        assert export_worker.beat(job.store, job.id, OTHER, clock=clock)
        assert claim() is None


def test_an_export_that_crashes_waits_longer_each_time_and_is_given_up_in_the_end(
    order, claim, shown, session, clock
):
    made = order()

    for tried in range(1, export_worker.TRIES + 1):
        job = claim()
        export_worker.let_go(session, job.id, HOLDER, crashed=True, now=clock.now)
        assert shown(made)["state"] == "waiting"
        assert claim() is None
        clock.advance(seconds=12 * tried + 1)
    assert claim() is None

    found = shown(made)
    assert (found["state"], found["problem"]["code"]) == ("failed", "export_failed")


def test_a_worker_that_is_stopped_gives_its_export_back_at_once(
    order, claim, shown, session, clock
):
    made = order()
    for _ in range(export_worker.TRIES + 1):
        job = claim()
        export_worker.let_go(session, job.id, HOLDER, crashed=False, now=clock.now)

    assert claim().id == UUID(made["id"])


def test_progress_counts_comments_of_all(
    make_comment, order, claim, shown, monkeypatch, floods_pass
):
    monkeypatch.setattr("moderation.services.transfer.snapshot.PAGE", 2)
    monkeypatch.setattr(export_job, "_REPORTED", 0.0)
    for number in range(5):
        make_comment(f"Remark number {number} about bridges.", name=f"A{number}")
    made = order()
    job, seen = claim(), []
    report = job.progress

    class Seen(export_job.Job):
        def progress(self, done, total):
            report(done, total)
            found = shown(made)
            seen.append((found["done"], found["total"]))

    export_job.run(Seen(job.store, job.settings, job.id, job.holder, job.clock))

    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]


@one_store
def test_a_store_that_is_busy_costs_no_finished_export(order, claim, shown, monkeypatch):
    made, tries = order(), []
    job = claim()
    begin = export_job.begin_write

    def busy(session):
        tries.append(session)
        if len(tries) < export_job.PATIENCE:
            raise Busy("The store is busy.")
        begin(session)

    monkeypatch.setattr(export_job, "begin_write", busy)
    monkeypatch.setattr(export_job, "_REPORTED", float("inf"))
    export_job.run(job)

    assert shown(made)["state"] == "ready"


@pytest.mark.parametrize("format", ["jsonl", "wxr"])
def test_a_full_disk_fails_with_what_to_do_and_leaves_no_file(order, work, shown, files, format):
    made = order(format=format)

    work(free=lambda _: export_job.SPARE - 1)

    found = shown(made)
    assert (found["state"], found["problem"]["code"]) == ("failed", "no_room")
    assert "make room" in found["problem"]["detail"]
    assert files() == []


@one_store
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no_room"),
        (PermissionError(errno.EACCES, "Permission denied"), "not_writable"),
    ],
)
def test_a_folder_that_cannot_be_written_fails_with_what_to_do(
    order, work, shown, monkeypatch, error, code
):
    def refuse(*_):
        raise error

    made = order()
    monkeypatch.setattr(export_files, "make_work_folder", refuse)

    work()

    assert shown(made)["problem"]["code"] == code
    assert "Ask the operator" in shown(made)["problem"]["detail"]


@one_store
def test_a_full_disk_under_the_order_of_comments_fails_with_what_to_do(
    order, work, shown, monkeypatch
):
    def refuse(*_):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    made = order(format="disqus")
    monkeypatch.setattr("moderation.services.transfer.numbered._number", refuse)

    work()

    assert shown(made)["problem"]["code"] == "no_room"


def test_prepared_exports_take_no_more_than_is_set_aside(
    call, order, claim, shown, session, settings, clock
):
    made = order()
    few = replace(settings, export_bytes=100)
    job = claim()
    job.settings = few
    export_job.run(job)
    assert (shown(made)["state"], shown(made)["problem"]["code"]) == ("failed", "no_room")
    assert "MODERATION_EXPORT_BYTES" in shown(made)["problem"]["detail"]

    # Another site's exports take the room of all sites together.
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
    large = {"format": "csv", "actor_name": "a", "created_at": clock.now, "touched_at": clock.now}
    size = settings.export_bytes * site_exports.SITES
    until = clock.now + timedelta(hours=1)
    session.add(
        SiteExport(
            id=uuid4(), site_id=other.id, state="ready", size=size, expires_at=until, **large
        )
    )
    session.commit()
    refused = call("POST", PATH, {})
    assert (refused.status_code, refused.get_json()["code"]) == (507, "no_room")


def test_the_worker_prepares_an_export_in_a_process_of_its_own(
    make_comment, order, shown, download, call, app, settings
):
    """The real process, as the worker starts it."""
    make_comment("A friendly remark about bridges.")
    made = order(format="wxr")
    with app_state(app).store.sessions() as own:
        id = export_worker.claim(own, HOLDER, now=datetime.now(UTC))

    export_worker._run(app_state(app).store, settings, id, HOLDER, threading.Event())

    assert shown(made)["state"] == "ready"
    assert "about bridges" in download(made).get_data(as_text=True)
