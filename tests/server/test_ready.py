"""Ready-made responses written by the event loop: the same as the application's, and as new."""

import gzip
import json
import threading

import pytest
from werkzeug import test as werkzeug

from moderation.web.state import app_state
from tests.conftest import ORIGIN

from .conftest import Running, one_response

THREAD = "/api/v1/sites/news/posts/story/comments"


@pytest.fixture
def server(app, site):
    with Running(app.wsgi_app, hot=app_state(app).cache) as running:
        yield running


def ask(wire, path=THREAD, method="GET", **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    wire.sendall(f"{method} {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
    return one_response(wire)


def fields(head: bytes) -> dict[str, str]:
    lines = head.decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept_Encoding": "gzip"},
        {"Accept_Encoding": "br, gzip"},
        {"Origin": ORIGIN},
        {"Origin": "https://evil.example"},
    ],
)
def test_the_loop_answers_as_the_application_does(server, app, make_comment, headers):
    make_comment("Long enough to be worth compressing. " * 20)
    plain = werkzeug.Client(app_state(app).cache)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    expected = plain.get(THREAD, headers=named)

    with server.wire() as wire:
        first = ask(wire, **headers)
        second = ask(wire, **headers)

    assert first[1] == second[1] == expected.data
    validated = fields(second[0])
    assert validated.pop("date")
    # A refusal has a number of its own.
    own = {"x-request-id"} & validated.keys()
    assert {**validated, **dict.fromkeys(own)} == {
        name.lower(): None if name.lower() in own else value for name, value in expected.headers
    }


def test_a_client_that_has_the_bytes_gets_304_from_the_loop(server, make_comment):
    make_comment("One.")
    with server.wire() as wire:
        head, _ = ask(wire)
        tag = fields(head)["etag"]
        wire.sendall(
            f"GET {THREAD} HTTP/1.1\r\nHost: a\r\nIf-None-Match: {tag}\r\n\r\n"
            f"HEAD {THREAD} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        )
        found = b""
        while part := wire.recv(65_536):
            found += part

    same, _, head = found.partition(b"\r\n\r\n")
    assert same.startswith(b"HTTP/1.1 304 ")
    assert b"Content-Length" not in same
    assert head.startswith(b"HTTP/1.1 200 ")
    assert head.endswith(b"\r\n\r\n")


def test_a_take_down_elsewhere_is_seen_by_the_next_request_on_every_connection(
    server, app, make_app, make_comment, reviewing
):
    elsewhere = make_app().test_client()
    postgres = app_state(app).settings.url.startswith("postgresql")
    wires = [server.wire() for _ in range(5)]
    opened = [wire.__enter__() for wire in wires]
    pages = (THREAD, f"{THREAD}?limit=7", f"{THREAD}?sort=oldest&utm=x")
    for number in range(4):
        made = make_comment(f"canary number {number}", name=f"Reader {number}")["comment"]["id"]
        for wire in opened:
            for page in pages:
                assert f"canary number {number}".encode() in ask(wire, page)[1]

        decided = elsewhere.post(
            f"/api/v1/review/comments/{made}/decisions",
            json={"outcome": "reject"},
            headers=reviewing,
        )

        assert decided.status_code == 201
        if postgres:
            # Another node hears of it within a second.
            step = threading.Event()
            for _ in range(100):
                if b"canary" not in ask(opened[0])[1]:
                    break
                step.wait(0.01)
        for wire in opened:
            for page in pages:
                assert b"canary" not in ask(wire, page)[1]
    for wire in wires:
        wire.__exit__(None, None, None)


def test_requests_at_hand_together_ask_the_store_once(server, app, make_comment):
    make_comment("One.")
    hot = app_state(app).cache
    with server.wire() as wire:
        ask(wire)
        asked = []
        stamp = hot.stamp
        hot.stamp = lambda: asked.append(1) or stamp()
        wire.sendall(f"GET {THREAD} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 10)
        found = b""
        while found.count(b"HTTP/1.1 200") < 10 or not found.endswith(b"}"):
            found += wire.recv(65_536)

    assert 1 <= len(asked) < 10


# On PostgreSQL a notification that is still on its way makes a thread look again.
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_compressed_bytes_are_made_by_a_thread_and_written_by_the_loop(server, app, make_comment):
    make_comment("Long enough to be worth compressing. " * 20)
    with server.wire() as wire:
        # The first request of an encoding waits for a thread, the next ones do not.
        ask(wire, Accept_Encoding="gzip")
        server.front._app = None
        head, body = ask(wire, Accept_Encoding="gzip")

    assert fields(head)["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(body))["post"]["count"] == 1


def test_a_long_address_is_read_by_a_thread_alone(server, app, make_comment):
    make_comment("One.")
    hot = app_state(app).cache
    on_loop = []
    recognise = hot._recognise

    def watched(path, query):
        if threading.current_thread() is server._thread:
            on_loop.append(len(query))
        return recognise(path, query)

    hot._recognise = watched
    with server.wire() as wire:
        for size in (10, 10_000):
            _, body = ask(wire, f"{THREAD}?limit=9&utm={'x' * size}")
            assert json.loads(body)["post"]["count"] == 1

    assert len(on_loop) == 1
    assert on_loop[0] < 100
