"""The import of a site from the console: its steps, its jobs, and what a crash leaves."""

import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from moderation.services.transfer import import_job, import_worker, site_imports, storing, uploads
from moderation.services.transfer.import_job import Job, Lost
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.site_imports import SiteImport
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.transfer import exports
from tests.transfer.conftest import dump

PATH = "/sites/news/import"
HOLDER = "a" * 32


@pytest.fixture
def settings(app):
    return app_state(app).settings


@pytest.fixture
def upload(call, client, reviewing):
    """Upload a text or bytes in parts of ten bytes or more."""

    def send(content, part=100_000):
        raw = content if isinstance(content, bytes) else content.encode()
        assert call("POST", PATH, {"size": len(raw)}).status_code == 201
        for offset in range(0, len(raw), part):
            answer = put(offset, raw[offset : offset + part])
            assert answer.status_code == 200, answer.data
        return answer.get_json()

    def put(offset, part):
        return client.put(
            f"/api/v1/review{PATH}/file?offset={offset}",
            data=part,
            content_type="application/octet-stream",
            headers=reviewing,
        )

    send.put = put
    return send


@pytest.fixture
def work(app, session, settings, clock):
    """Run the job that is due, as the worker's process does."""

    def run():
        id = import_worker.claim(session, settings, HOLDER, now=clock.now)
        assert id is not None
        import_job.run(Job(app_state(app).store, settings, id, HOLDER, clock))

    return run


@pytest.fixture
def stored(session):
    """Return the comments of the store."""

    def read():
        session.rollback()
        return session.scalars(select(Comment)).all()

    return read


@pytest.fixture
def state(call):
    return lambda: call("GET", PATH).get_json()["import"]


def checked(call, upload, work, content, **options):
    upload(content)
    assert call("POST", f"{PATH}/check", options).status_code == 202
    work()
    return call("GET", PATH).get_json()["import"]


def start(call, found):
    answer = call("POST", f"{PATH}/run", {"sha256": found["sha256"]})
    assert answer.status_code == 202, answer.data


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


def test_a_file_goes_from_the_upload_over_the_dry_run_into_the_store(
    call, upload, work, state, session, settings, stored
):
    found = checked(call, upload, work, exports.DISQUS)

    assert (found["state"], found["found"]["format"]) == ("checked", "disqus")
    assert found["found"]["plan"]["comments"] == 5
    assert {"place": "post 14, line 16", "reason": "the thread is not in the file"} in (
        found["found"]["notes"]
    )
    assert stored() == []

    start(call, found)
    work()

    done = state()
    assert (done["state"], done["tally"]["added"], done["tally"]["posts"]) == ("done", 5, 3)
    assert len(stored()) == 5
    report = call("GET", f"{PATH}/report").get_json()
    assert report["result"]["added"] == 5
    assert len(report["notes"]) == len(report["plan"]["reasons"])
    # The upload is gone; the report stays, for the service's account only.
    (left,) = uploads.folder_of(settings).iterdir()
    assert (left.suffix, stat.S_IMODE(left.stat().st_mode)) == (".json", 0o600)
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    actions = [entry.action for entry in entries if entry.action.startswith("import.")]
    assert actions == ["import.started", "import.finished"]
    assert entries[-1].detail["added"] == 5


def test_a_second_import_of_a_file_adds_nothing(call, upload, work, state, stored):
    for added in (5, 0):
        start(call, checked(call, upload, work, exports.DISQUS))
        work()

        assert (state()["state"], state()["tally"]["added"]) == ("done", added)
        assert len(stored()) == 5


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


def test_an_export_of_this_service_is_restored(call, upload, work, state, make_comment, client):
    make_comment("A friendly remark about bridges.")
    content = call("GET", "/sites/news/export").get_data()

    found = checked(call, upload, work, content)
    assert found["found"]["format"] == "jsonl"
    assert found["found"]["lines"]["comment"] == 1
    start(call, found)
    work()

    assert state()["state"] == "done"
    assert (state()["tally"]["added"], state()["tally"]["unchanged"]) == (0, 1)


@pytest.mark.parametrize(
    ("content", "options", "code", "sentence"),
    [
        ("neither this nor that", {}, "unreadable_file", "its format is not recognised"),
        ("<disqus><post>", {"format": "disqus"}, "unreadable_file", ""),
        ('{"type": "site"', {}, "not_an_export", "The file is cut off in line 1."),
        (
            exports.DISQUS,
            {"map": r"re:(a+)+\d+$ /x"},
            "",
            "",
        ),
    ],
)
@one_store
def test_a_broken_file_ends_in_a_sentence_and_stores_nothing(
    call, upload, work, stored, content, options, code, sentence
):
    found = checked(call, upload, work, content, **options)

    if code:
        assert (found["state"], found["problem"]["code"]) == ("failed", code)
        assert sentence in found["problem"]["detail"]
    assert stored() == []
    # With other options it may be tried again.
    assert call("POST", f"{PATH}/check", {}).status_code == 202


@one_store
def test_a_regular_expression_that_would_never_end_is_stopped(call, upload, work, monkeypatch):
    monkeypatch.setattr(import_job, "LONGEST_MATCH", 0.05)
    address = f"https://blog.example/{'a' * 60}!"
    content = exports.DISQUS.replace("https://blog.example/a/", address)

    found = checked(call, upload, work, content, map=r"re:(a|aa)+$ /x")

    assert (found["state"], found["problem"]["code"]) == ("failed", "bad_map")
    assert "without repetitions inside repetitions" in found["problem"]["detail"]


@one_store
def test_wrong_options_are_named_in_the_form(call, upload):
    upload(exports.DISQUS)

    for body, pointer in (
        ({"map": "one two three"}, "#/map"),
        ({"map": "re:( /x"}, "#/map"),
        ({"timezone": "Mars/Olympus"}, "#/timezone"),
        ({"format": "word"}, "#/format"),
    ):
        answer = call("POST", f"{PATH}/check", body)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


@one_store
def test_a_file_that_is_too_large_or_has_no_room_is_refused_before_it_is_sent(
    call, settings, monkeypatch
):
    answer = call("POST", PATH, {"size": settings.import_bytes + 1})
    assert (answer.status_code, answer.get_json()["code"]) == (413, "upload_too_large")

    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: type("", (), {"free": 1 << 20}))
    answer = call("POST", PATH, {"size": 10})
    assert (answer.status_code, answer.get_json()["code"]) == (507, "no_room")
    assert call("GET", PATH).get_json()["import"] is None


@one_store
def test_a_part_is_bounded_and_begins_where_the_last_one_ended(call, upload, settings):
    raw = exports.DISQUS.encode()
    call("POST", PATH, {"size": len(raw)})

    assert upload.put(0, raw[:10]).get_json()["received"] == 10
    # A part that arrives twice changes nothing.
    assert upload.put(0, raw[:10]).get_json()["received"] == 10
    for offset, part in ((11, raw[11:20]), (10, raw[10:] + b"x")):
        answer = upload.put(offset, part)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "upload_out_of_place")
    assert upload.put(10, b"x" * (uploads.LARGEST_PART + 1)).status_code == 413
    assert call("POST", f"{PATH}/check", {}).get_json()["code"] == "import_state"
    assert upload.put(10, raw[10:]).get_json()["state"] == "uploaded"
    (file,) = uploads.folder_of(settings).iterdir()
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (raw, 0o600)


@one_store
def test_one_import_of_a_site_at_a_time(call, upload):
    upload(exports.DISQUS)

    answer = call("POST", PATH, {"size": 10})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "import_running")
    call("POST", f"{PATH}/check", {})
    assert call("DELETE", PATH).get_json()["code"] == "import_state"
    assert call("DELETE", f"{PATH}/run").get_json()["state"] == "uploaded"
    assert call("DELETE", PATH).status_code == 204
    assert call("POST", PATH, {"size": 10}).status_code == 201


@one_store
def test_a_file_that_was_changed_after_the_dry_run_is_not_imported(
    call, upload, work, state, settings, stored
):
    found = checked(call, upload, work, exports.DISQUS)
    (file,) = (each for each in uploads.folder_of(settings).iterdir() if each.suffix == ".upload")
    file.write_text(exports.DISQUS.replace("pills", "bills"))
    start(call, found)
    work()

    assert state()["problem"]["code"] == "file_changed"
    assert stored() == []
    assert call("POST", f"{PATH}/run", {"sha256": "0" * 64}).get_json()["code"] == "import_state"


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
