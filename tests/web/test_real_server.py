"""What only a real server on a real socket can show: raw paths, raw bytes, kills and logs."""

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

ROOT = Path(__file__).parents[2]
CANARY = "Xylophonquartz"


class Server:
    """`moderation serve` on a store of its own; can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("MODERATION_")},
            "MODERATION_SECRET_KEY": "a key for tests that is long enough",
            "MODERATION_ENV": "development",
            "MODERATION_DATA_DIR": str(folder),
            "MODERATION_RATELIMIT_ENABLED": "0",
            "MODERATION_LOG_LEVEL": "DEBUG",
            "MODERATION_TRUSTED_PROXIES": "127.0.0.1/32",
        }

    def command(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "moderation", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def start(self) -> None:
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "moderation", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str):
        """One request with the path as it stands; returns status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def raw(self, request: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as wire:
            wire.sendall(request)
            received = b""
            while part := wire.recv(65_536):
                received += part
            return received


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    running.command("migrate")
    running.command("site", "add", "news", "--origin", "https://news.example")
    running.start()
    yield running
    running.kill()


def comment(text: str, **fields) -> bytes:
    return json.dumps({"author": {"name": "Ada"}, "text": text, **fields}).encode()


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
    "100%25",
    "a b",
    " a ",
    "+",
    "ü/日本/\U0001f600",
    "a\nb",
    "a\n",
    "\r\n",
    "\t",
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
    for id in ("%00", "a%00", "x" * 513, "%FF"):
        status, headers, _ = server.ask("GET", f"/api/v1/sites/news/posts/{id}/comments")

        assert (status, headers["content-type"]) == (422, "application/problem+json"), id


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


def test_kill_9_loses_nothing_that_was_answered(tmp_path):
    server = Server(tmp_path)
    server.command("migrate")
    server.command("site", "add", "news", "--webhook-url", "http://127.0.0.1:9/")
    rng = random.Random(9)  # noqa: S311 (a sequence that repeats, not a secret)
    answered: dict[str, int] = {}

    def load(stop: threading.Event, begun: threading.Event, name: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            text = f"Remark {number} of {name}{' is fucking rude' if number % 3 == 0 else ''}."
            try:
                status, _, body = server.ask(
                    "POST", f"/api/v1/sites/news/posts/p{number % 5}/comments", comment(text)
                )
            except (OSError, http.client.HTTPException):
                return
            if status in (201, 202):
                answered[json.loads(body)["comment"]["id"]] = status
                begun.set()

    for round in range(4):
        server.start()
        stop, begun = threading.Event(), threading.Event()
        threads = [
            threading.Thread(target=load, args=(stop, begun, f"round {round} thread {i}"))
            for i in range(3)
        ]
        for thread in threads:
            thread.start()
        # The moment of the kill is the point: somewhere in the middle of a write.
        begun.wait(20)
        stop.wait(0.3 + rng.random() * 0.5)
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()

    assert len(answered) > 20
    with closing(sqlite3.connect(tmp_path / "moderation.sqlite3")) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        kept = dict(store.execute("SELECT id, status FROM comments"))
        for id, status in answered.items():
            assert kept[id] == ("approved" if status == 201 else "held")
        for table, column in (("decisions", "comment_id"), ("outbox", "comment_id")):
            recorded = [row[0] for row in store.execute(f"SELECT {column} FROM {table}")]
            assert sorted(recorded) == sorted(kept)
        audited = {
            row[0].removeprefix("comment:")
            for row in store.execute("SELECT subject FROM audit_entries")
        }
        assert set(kept) <= audited
        counts = dict(store.execute("SELECT id, comment_count FROM posts"))
        assert counts == {
            id: store.execute(
                "SELECT count(*) FROM comments WHERE post_id = ? AND listing = 'shown'", (id,)
            ).fetchone()[0]
            for id in counts
        }
