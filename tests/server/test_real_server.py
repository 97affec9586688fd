"""Tests that need a real server on a real socket: raw paths, raw bytes, kills and logs."""

import json
import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest

from tests.nodes import Node, comment

CANARY = "Xylophonquartz"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Node(tmp_path_factory.mktemp("server"))
    running.command("migrate")
    running.command("site", "add", "news", "--hold-first", "0", "--origin", "https://news.example")
    # One reader sends more than any person would.
    running.command("site", "settings", "news", 'thresholds={"flood": 1.01}')
    running.start()
    yield running
    running.kill()


IDS = [
    "/2026/a/",
    "/2026//a",
    "//",
    "/",
    "https://x/?y#z",
    "..",
    "../..",
    ".",
    "./a/../b",
    "%",
    "%2F",
    "100% wool",
    "a b",
    " a ",
    "+",
    "ü/日本/\U0001f600",
    "a;b=c,d&e=f",
    "\\",
    '"<>|^`{}',
    "a/comments",
    "comments/comments",
    "/comments/",
    "form",
    "x" * 512,
    "é" * 512,
]


def test_a_post_id_of_any_characters_comes_back_as_it_went_in(server):
    found = {}
    for number, id in enumerate(IDS):
        path = f"/api/v1/sites/news/posts/{quote(id, safe='')}/comments"
        status, _, body = server.ask("POST", path, comment(f"A remark on post {number}, friend."))
        assert status == 201, (id, status, body)
        status, _, body = server.ask("GET", path)
        page = json.loads(body)
        found[id] = (status, page["post"]["id"], page["post"]["count"])
        status, _, body = server.ask("GET", f"/api/v1/sites/news/counts?post={quote(id, safe='')}")
        assert json.loads(body) == {"counts": {id: 1}}

    assert found == {id: (200, id, 1) for id in IDS}


def test_slashes_in_a_post_id_need_not_be_encoded(server):
    for id in ("/2026/raw/", "//raw", "https://raw/a", "raw/../b", "a//raw"):
        server.ask(
            "POST",
            f"/api/v1/sites/news/posts/{quote(id, safe='')}/comments",
            comment(f"A remark on {id.replace('/', ' ')} by a friend."),
        )

        status, headers, body = server.ask("GET", f"/api/v1/sites/news/posts/{id}/comments")

        assert (status, "Location" in headers) == (200, False), id
        assert json.loads(body)["post"]["id"] == id
        assert json.loads(body)["post"]["count"] == 1


def test_an_id_that_cannot_be_is_refused_by_a_real_server_too(server):
    for id in ("%00", "a%00", "a%0Ab", "a%0A", "%0D%0A", "%09", "x" * 513, "%FF"):
        status, headers, _ = server.ask("GET", f"/api/v1/sites/news/posts/{id}/comments")

        assert (status, headers["Content-Type"]) == (422, "application/problem+json"), id


def test_raw_requests_of_any_kind_get_no_500(server):
    path = b"/api/v1/sites/news/posts/raw/comments"
    body = comment("A chunked remark, in two parts.")
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    events = b"/api/v1/sites/news/events"
    requests = {
        b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n%b" % (path, chunked): {201, 400},
        b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n11170\r\n%b\r\n0\r\n\r\n"
        % (path, b" " * 0x11170): {413, 400},
        b"GET %b HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n"
        % path: {200, 400},
        b"GET /api/v1/review/queue HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\r\n"
        b"Connection: close\r\n\r\n": {400, 401},
        b"POST %b HTTP/1.1\r\nHost: a\r\nwebhook-id: \xff\r\nwebhook-timestamp: 1\r\n"
        b"webhook-signature: v1,\xff\xfe\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        % events: {400, 401},
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n": {400, 404},
        b"GET %b HTTP/1.0\r\n\r\n" % path: {200, 400},
        b"BREW / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n": {400, 405, 501},
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n": {200, 400, 404, 405},
    }

    for request, expected in requests.items():
        answer = server.raw(request)
        assert answer, request
        assert int(answer.split(b" ", 2)[1]) in expected, (request[:200], answer[:300])


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        (b"/api/v1/sites/news/posts/raw/comments", 413, b"too_large"),
        (b"/v1alpha1/comments:analyze", 400, b"COMMENT_TOO_LONG"),
        (b"/1.1/comment-check", 413, b""),
        (b"/api/v1/sites/news/events", 413, b"too_large"),
    ],
)
def test_a_chunked_body_that_is_too_large_does_not_look_empty(server, path, status, word):
    piece = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
    head = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" % path

    answer = server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 9 + b"0\r\n\r\n")

    assert int(answer.split(b" ", 2)[1]) == status, answer
    assert word in answer


def test_a_chunked_body_is_read(server):
    body = comment("A chunked remark, all of it.")
    answer = server.raw(
        b"POST /api/v1/sites/news/posts/chunked/comments HTTP/1.1\r\nHost: a\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    )

    assert answer.startswith(b"HTTP/1.1 201"), answer[:500]


def test_no_log_line_holds_a_text_a_token_an_email_or_an_address(server):
    path = "/api/v1/sites/news/posts/logged/comments"
    fields = {
        "author": {"name": CANARY, "email": f"{CANARY}@mail.example"},
        "text": f"{CANARY} is a friendly word",
    }
    forwarded = {"X-Forwarded-For": "203.0.113.77"}
    made = json.loads(server.ask("POST", path, json.dumps(fields).encode(), **forwarded)[2])
    own = f"/api/v1/comments/{made['comment']['id']}"
    token = made["edit_token"]
    with closing(sqlite3.connect(server.folder / "moderation.sqlite3")) as store:
        # A store that fails under every kind of request.
        store.execute("ALTER TABLE outbox RENAME TO outbox_away")
        statuses = [
            server.ask("POST", path, json.dumps(fields).encode(), **forwarded)[0],
            server.ask(
                "PATCH",
                own,
                json.dumps({"text": f"{CANARY} again"}).encode(),
                Authorization=f"Bearer {token}",
                **forwarded,
            )[0],
            server.ask("DELETE", own, Authorization=f"Bearer {token}", **forwarded)[0],
        ]
        store.execute("ALTER TABLE outbox_away RENAME TO outbox")
    server.ask("POST", path, f'{{"text": "{CANARY}'.encode())
    server.ask("POST", path, comment(CANARY, extra=CANARY))
    server.ask("GET", own, Authorization=f"Bearer {token}x")
    server.ask("POST", "/review/login", f"login={CANARY}&password={CANARY}".encode())

    log = server.log.read_text()
    assert statuses == [500, 500, 500]
    assert "request.failed" in log
    for secret in (CANARY, token, token.rpartition(".")[2], "203.0.113.77", "mail.example"):
        assert secret not in log
