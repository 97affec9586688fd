"""Jobs of imports: what a crash leaves, cancelling, and what is cleaned up."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from moderation.services.transfer import import_job, import_worker, site_imports, storing, uploads
from moderation.services.transfer.import_job import Job, Lost
from moderation.storage.models.site_imports import SiteImport
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.transfer import exports
from tests.transfer.conftest import dump
from tests.web.api.imports.conftest import HOLDER, PATH, checked, start


def long_export(comments=1000):
    """Return an export of Disqus with comments on ten pages."""
    threads = "".join(
        f'<thread dsq:id="{n}"><link>https://blog.example/{n}/</link></thread>' for n in range(10)
    )
    posts = "".join(
        f'<post dsq:id="{n}"><message>Remark number {n} about roofs</message>'
        f"<createdAt>2014-01-01T00:{n // 60 % 60:02}:{n % 60:02}Z</createdAt>"
        f"<author><name>A{n % 7}</name></author>"
        f'<thread dsq:id="{n % 10}"/></post>'
        for n in range(comments)
    )
    return (
        '<?xml version="1.0"?><disqus xmlns="http://disqus.com" '
        f'xmlns:dsq="http://disqus.com/disqus-internals">{threads}{posts}</disqus>'
    )


def test_a_killed_import_goes_on_and_ends_as_in_one_go(
    app, call, upload, work, state, session, settings, clock, monkeypatch
):
    monkeypatch.setattr(storing, "BATCH", 100)
    start(call, checked(call, upload, work, long_export()))
    id = import_worker.claim(session, settings, "b" * 32, now=clock.now)
    job, batches = Job(app_state(app).store, settings, id, "b" * 32, clock), []
    change = job.change

    class Killed(BaseException):
        pass

    def kill(*arguments, **values):
        batches.extend(["batch"] if "tally" in values else [])
        if len(batches) == 4:
            raise Killed
        change(*arguments, **values)

    monkeypatch.setattr(Job, "change", lambda _, *a, **v: kill(*a, **v))
    with pytest.raises(Killed):
        import_job.run(job)
    monkeypatch.undo()
    half = state()
    assert (half["state"], half["tally"]["added"], half["done"]) == ("importing", 300, 300)
    assert import_worker.claim(session, settings, HOLDER, now=clock.now) is None

    clock.advance(seconds=31)
    work()

    done = state()
    assert done["state"] == "done"
    assert (done["tally"]["added"], done["tally"]["unchanged"]) == (1000, 0)
    assert (done["tally"]["posts"], done["tally"]["by_status"]) == (10, {"approved": 1000})
    rows = dump(session)
    assert (len(rows["comments"]), len(rows["posts"])) == (1000, 10)


def test_a_cancelled_import_stops_at_a_batch_and_goes_on(
    app, call, upload, work, state, session, settings, clock, monkeypatch, stored
):
    monkeypatch.setattr(storing, "BATCH", 100)
    found = checked(call, upload, work, long_export())
    start(call, found)
    id = import_worker.claim(session, settings, "b" * 32, now=clock.now)
    job, change, batches = Job(app_state(app).store, settings, id, "b" * 32, clock), Job.change, []

    def counted(self, *arguments, **values):
        change(self, *arguments, **values)
        batches.extend(["batch"] if "tally" in values else [])

    real = storing._Batch.write

    def cancelling(self):
        if len(batches) == 3:
            self._session.rollback()
            assert call("DELETE", f"{PATH}/run").status_code == 200
            self._session.rollback()
        return real(self)

    monkeypatch.setattr(Job, "change", counted)
    monkeypatch.setattr(storing._Batch, "write", cancelling)
    with pytest.raises(Lost):
        import_job.run(job)
    monkeypatch.undo()
    assert (state()["state"], state()["tally"]["added"], len(stored())) == ("cancelled", 300, 300)
    assert not import_worker.beat(app_state(app).store, id, "b" * 32, clock=clock)

    start(call, found)
    work()

    assert (state()["state"], state()["tally"]["added"], len(stored())) == ("done", 1000, 1000)


@one_store
def test_a_worker_without_the_file_leaves_the_job_to_others_and_reports_it_later(
    call, upload, state, session, settings, clock
):
    upload(exports.DISQUS)
    call("POST", f"{PATH}/check", {})
    for file in uploads.folder_of(settings).iterdir():
        file.unlink()

    assert import_worker.claim(session, settings, HOLDER, now=clock.now) is None
    assert state()["state"] == "checking"
    clock.advance(seconds=61)
    assert import_worker.claim(session, settings, HOLDER, now=clock.now) is None

    assert (state()["state"], state()["problem"]["code"]) == ("failed", "upload_elsewhere")
    assert "MODERATION_DATA_DIR" in state()["problem"]["detail"]
    assert upload.put(0, b"x").status_code == 200


@one_store
def test_a_job_that_ends_without_progress_again_and_again_is_given_up(
    call, upload, state, session, settings, clock
):
    upload(exports.DISQUS)
    call("POST", f"{PATH}/check", {})

    for _ in range(import_worker.TRIES):
        assert import_worker.claim(session, settings, HOLDER, now=clock.now) is not None
        clock.advance(seconds=31)
    assert import_worker.claim(session, settings, HOLDER, now=clock.now) is None

    assert state()["problem"]["code"] == "import_failed"


def test_abandoned_uploads_and_files_of_none_are_removed(call, upload, session, settings, clock):
    upload(exports.DISQUS)
    stray = uploads.folder_of(settings) / f"{'0' * 32}.upload"
    stray.write_bytes(b"of a site that was removed")
    old = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(stray, (old, old))
    assert site_imports.remove_old(session, settings, now=clock.now) == 1
    assert call("GET", PATH).get_json()["import"]["state"] == "uploaded"

    clock.advance(hours=25)
    assert site_imports.remove_old(session, settings, now=clock.now) == 1

    assert session.scalars(select(SiteImport)).all() == []
    assert list(uploads.folder_of(settings).iterdir()) == []


@one_store
def test_the_worker_runs_a_job_in_a_process_of_its_own(call, upload, app, settings, state):
    """The real process, as the worker starts it."""
    stop = threading.Event()
    upload(exports.DISQUS)
    call("POST", f"{PATH}/check", {})
    with app_state(app).store.sessions() as own:
        id = import_worker.claim(own, settings, HOLDER, now=datetime.now(UTC))

    import_worker._run(app_state(app).store, settings, id, HOLDER, stop)

    assert (state()["state"], state()["found"]["plan"]["comments"]) == ("checked", 5)
    assert json.dumps(state()["found"]).count("Tom") == 0
