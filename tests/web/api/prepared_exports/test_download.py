"""Prepared exports over HTTP: orders, downloads that resume, permissions and the audit trail."""

import json
import os
import stat
from uuid import UUID

import pytest

from moderation.services import export_files
from moderation.services.accounts import api_tokens
from moderation.services.sites import changes
from moderation.services.transfer import site_exports
from moderation.web.api import prepared_exports
from tests.conftest import one_store

from .conftest import PATH


@pytest.mark.parametrize("format", ["jsonl", "wxr", "disqus", "csv"])
def test_a_prepared_export_has_the_bytes_of_a_streamed_one(
    call, make_comment, order, work, shown, download, format
):
    make_comment("A friendly remark about bridges.")
    made = order(format=format)
    assert (made["state"], made["file"], made["size"]) == ("waiting", None, 0)

    work()

    ready, answer = shown(made), download(made)
    assert (ready["state"], ready["done"], ready["total"]) == ("ready", 1, 1)
    assert call("GET", PATH).get_json()["exports"] == [ready]
    assert answer.status_code == 200
    assert answer.data == call("GET", f"/sites/news/export?format={format}").data
    assert (answer.content_length, answer.headers["ETag"]) == (
        ready["size"],
        f'"{ready["sha256"]}"',
    )
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=news-20")


def test_a_part_is_chosen_as_for_a_streamed_export(make_comment, order, work, download, clock):
    make_comment("The first remark.", post="2025/a", name="Ada")
    clock.advance(days=2)
    make_comment("The second remark.", post="2026/a", name="Bea")
    make_comment("The third remark.", post="2027/a", name="Cid")
    since = clock.now.isoformat().replace("+00:00", "Z")
    made = order(since=since, posts=["2025/", "2026/"])

    work()

    lines = [json.loads(line) for line in download(made).data.splitlines()]
    texts = [line["text"] for line in lines if line["type"] == "comment"]
    assert texts == ["The second remark."]


def test_a_download_that_broke_goes_on_and_has_the_same_bytes(make_comment, order, work, download):
    make_comment("A friendly remark about bridges.")
    made = order()
    work()
    whole = download(made)
    tag = whole.headers["ETag"]

    first = download(made, Range="bytes=0-99")
    rest = download(made, Range="bytes=100-", **{"If-Range": tag})
    other = download(made, Range="bytes=100-", **{"If-Range": '"another"'})
    head = download(made, "HEAD")

    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.data + rest.data == whole.data
    size = len(whole.data)
    assert rest.headers["Content-Range"] == f"bytes 100-{size - 1}/{size}"
    assert rest.content_length == size - 100
    # The file is another one than the client began with: all of it.
    assert (other.status_code, other.data) == (200, whole.data)
    assert (head.status_code, head.data, head.content_length) == (200, b"", size)
    assert (head.headers["ETag"], head.headers["Accept-Ranges"]) == (tag, "bytes")


@one_store
def test_a_part_beyond_the_end_is_refused_with_the_length(order, work, download):
    made = order()
    work()
    size = len(download(made).data)

    answer = download(made, Range=f"bytes={size}-")

    assert (answer.status_code, answer.get_json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_the_order_and_each_download_are_in_the_audit_trail_but_not_each_part(
    call, order, work, download
):
    made = order(format="csv")
    work()

    def entries():
        found = call("GET", "/audit?action=site.exported").get_json()["entries"]
        return [each["detail"]["step"] for each in found]

    assert entries() == ["ordered"]
    download(made, "HEAD")
    download(made, Range="bytes=9999999-")
    assert entries() == ["ordered"]
    download(made)
    download(made, Range="bytes=10-20")
    download(made, Range="bytes=21-")
    assert entries() == ["downloaded", "ordered"]
    download(made, Range="bytes=0-")
    assert entries() == ["downloaded", "downloaded", "ordered"]
    (newest, *_) = call("GET", "/audit?action=site.exported").get_json()["entries"]
    assert newest["detail"] == {
        "format": "csv",
        "since": None,
        "posts": [],
        "export": made["id"],
        "step": "downloaded",
    }


def test_a_later_part_is_a_download_of_those_who_have_none(
    client, call, session, clock, order, work, download
):
    made = order()
    work()
    download(made)
    token = api_tokens.add_token(session, "late", scopes=("review", "admin"), now=clock.now)
    headers = {"Authorization": f"Bearer {token}", "Range": "bytes=1-"}

    with client.get(f"/api/v1/review{PATH}/{made['id']}/file", headers=headers) as answer:
        assert answer.status_code == 206

    entries = call("GET", "/audit?action=site.exported").get_json()["entries"]
    assert [each["detail"]["step"] for each in entries] == ["downloaded", "downloaded", "ordered"]
    assert entries[0]["actor_name"] != entries[1]["actor_name"]


def test_no_other_site_sees_orders_downloads_or_deletes_an_export(
    client, session, clock, order, work, shown
):
    made = order()
    work()
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
    token = api_tokens.add_token(
        session, "of other", scopes=("review", "admin"), site=other, now=clock.now
    )
    headers = {"Authorization": f"Bearer {token}"}

    def ask(method, path, **more):
        return client.open(f"/api/v1/review{path}", method=method, headers=headers, **more)

    export = f"exports/{made['id']}"
    for method, what in (
        *(("GET", "exports"), ("POST", "exports"), ("GET", export)),
        *(("GET", f"{export}/file"), ("DELETE", export)),
    ):
        body = {"json": {}} if method == "POST" else {}
        assert ask(method, f"/sites/news/{what}", **body).status_code == 403
        if what.startswith(export):
            # By its own site's address.
            answer = ask(method, f"/sites/other/{what}")
            assert (answer.status_code, answer.get_json()["code"]) == (404, "export_not_found")
    assert ask("GET", "/sites/other/exports").get_json() == {"exports": []}
    assert shown(made)["state"] == "ready"


@one_store
def test_only_admins_may(client, app, session, clock, order):
    made = order()
    token = api_tokens.add_token(session, "no admin", scopes=("review",), now=clock.now)

    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        for path in (PATH, f"{PATH}/{made['id']}", f"{PATH}/{made['id']}/file"):
            answer = client.get(f"/api/v1/review{path}", headers=headers)
            assert answer.status_code == (403 if headers else 401)


@one_store
@pytest.mark.parametrize(
    "body", [{"format": "xml"}, {"since": "soon"}, {"posts": ["x" * 513]}, {"posts": ["a"] * 101}]
)
def test_a_wrong_order_is_refused(call, body):
    assert call("POST", PATH, body).status_code == 422


@one_store
def test_without_its_file_an_export_is_refused_with_the_reason(
    call, order, work, download, settings, clock
):
    made = order()
    assert (download(made).status_code, download(made).get_json()["code"]) == (
        409,
        "export_not_ready",
    )
    work()
    export_files.file_of(settings, UUID(made["id"])).unlink()

    answer = download(made)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "export_elsewhere")
    assert "MODERATION_DATA_DIR" in answer.get_json()["detail"]


def test_the_file_is_for_the_services_account_alone(order, work, settings):
    order()
    old = os.umask(0)
    try:
        work()
    finally:
        os.umask(old)

    folder = export_files.folder_of(settings)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@one_store
def test_downloads_at_a_time_are_limited_and_a_place_is_given_back(call, order, work, download):
    made = order()
    work()
    open_ones = [call("GET", f"{PATH}/{made['id']}/file") for _ in range(prepared_exports.MOST)]

    refused = download(made)
    assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
    for each in open_ones:
        each.close()

    for _ in range(prepared_exports.MOST + 1):
        assert download(made).status_code == 200
        assert download(made, Range="bytes=999999-").status_code == 416


def test_a_site_has_a_bound_of_unfinished_and_of_kept_exports(call, order, work):
    for _ in range(site_exports.MOST_UNFINISHED):
        order()

    refused = call("POST", PATH, {})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too_many_exports")

    while len(call("GET", PATH).get_json()["exports"]) < site_exports.MOST_KEPT:
        work()
        order()
    work()
    assert call("POST", PATH, {}).get_json()["code"] == "too_many_exports"
    (newest, *_) = call("GET", PATH).get_json()["exports"]
    assert call("DELETE", f"{PATH}/{newest['id']}").status_code == 204
    order()
