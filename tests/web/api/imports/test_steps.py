"""The import of a site from the console: its steps, and what each refuses."""

import stat

import pytest
from sqlalchemy import select

from moderation.services.transfer import import_job, uploads
from moderation.storage.models.decisions import AuditEntry
from tests.conftest import one_store
from tests.transfer import exports
from tests.web.api.imports.conftest import PATH, checked, start


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
