"""A server on a loop of its own, with an application of the test's."""

import asyncio
import socket
import threading
from contextlib import closing, contextmanager
from ipaddress import ip_network

import pytest

from moderation.server import listen
from moderation.server.bounds import Bounds
from moderation.server.front import Front


class Running:
    """A front that answers on a port, with requests for tests."""

    def __init__(
        self, app, *, hot=None, threads=2, trusted=(), connections=None, admit=None, **bounds
    ):
        self.bounds = Bounds(**bounds)
        self._loop = asyncio.new_event_loop()
        self._socket = listen("127.0.0.1", 0)
        self.port = self._socket.getsockname()[1]
        trusted = tuple(ip_network(network) for network in trusted)
        self._make = lambda: Front(
            app,
            hot,
            threads=threads,
            trusted=trusted,
            admit=admit,
            bounds=self.bounds,
            connections=connections,
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()
        self._stopped = False

    def __enter__(self):
        self._thread.start()
        assert self._started.wait(20)
        return self

    def __exit__(self, *_):
        if not self._stopped:
            self.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self.front = self._make()
        self._loop.run_until_complete(self.front.start(self._socket))
        self._started.set()
        self._loop.run_forever()
        self._loop.close()

    def on_loop(self, function):
        """Call a function on the loop and return its result."""

        async def call():
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(20)

    def block_loop(self, until):
        """Let the loop do nothing until an event is set."""
        blocked = threading.Event()

        def block():
            blocked.set()
            until.wait(20)

        self._loop.call_soon_threadsafe(block)
        assert blocked.wait(20)

    def stop(self):
        self._stopped = True
        asyncio.run_coroutine_threadsafe(self.front.stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)

    @contextmanager
    def wire(self):
        """A connection that fails a test rather than let it wait for ever."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as wire:
            yield wire

    def raw(self, request: bytes) -> bytes:
        """Send bytes and read until the server ends the connection."""
        with self.wire() as wire:
            wire.sendall(request)
            return until_closed(wire)

    def get(self, path="/", *, headers=()):
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n"
        return self.raw(request.encode("latin-1"))


def until_closed(wire) -> bytes:
    received = b""
    try:
        while part := wire.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


def one_response(wire) -> tuple[bytes, bytes]:
    """Read one response whose head holds its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = wire.recv(65_536)
        assert part, received
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        part = wire.recv(65_536)
        assert part, (head, body)
        body += part
    return head, body


@pytest.fixture
def serving():
    """Start servers that are stopped at the end."""
    started = []

    def start(app, **options):
        running = Running(app, **options)
        started.append(running)
        return running.__enter__()

    yield start
    for running in started:
        running.__exit__()


def echo(environ, start_response):
    """Answer with the request that arrived."""
    body = environ["wsgi.input"].read()
    content = b"%s %s %s %d %s" % (
        environ["REQUEST_METHOD"].encode(),
        environ["PATH_INFO"].encode("latin-1"),
        environ["QUERY_STRING"].encode("latin-1"),
        len(body),
        body[:100],
    )
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [content]
