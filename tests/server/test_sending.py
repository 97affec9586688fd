"""Responses that a thread sends itself: whole, in order, to their own client alone."""

import asyncio
import socket
import struct
import threading
from contextlib import ExitStack, suppress

import pytest

from .conftest import Running, echo, one_response, until_closed

GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"


class Gate:
    """An application whose responses wait until a test releases them."""

    def __init__(self, body=b"done"):
        self.started, self.release = threading.Event(), threading.Event()
        self.body = body

    def __call__(self, environ, start_response):
        self.started.set()
        assert self.release.wait(20)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [self.body]


@pytest.fixture
def by_threads(monkeypatch):
    """Count the responses that threads have sent whole, and those that the loop had to send."""
    from moderation.server.protocol import Connection

    sent = {True: 0, False: 0}
    send_now = Connection.send_now

    def counted(self, *arguments):
        done = send_now(self, *arguments)
        sent[done] += 1
        return done

    monkeypatch.setattr(Connection, "send_now", counted)
    return sent


def test_a_response_is_sent_by_its_thread_unless_the_connection_ends(serving, by_threads):
    server = serving(echo)
    with server.wire() as wire:
        for number in range(5):
            wire.sendall(GET % number)
            assert one_response(wire)[1] == b"GET /%d  0 " % number
    server.get("/last")
    server.raw(b"GET / HTTP/1.0\r\n\r\n")

    while sum(by_threads.values()) < 7:
        # A client has its response before the thread is done.
        pass
    assert by_threads == {True: 5, False: 2}


def test_a_response_never_reaches_a_connection_that_has_its_descriptor_next(serving):
    gate = Gate(b"for the first client alone")
    server = serving(gate, threads=1)
    with server.wire() as first:
        first.sendall(GET % 1)
        assert gate.started.wait(20)
        # A reset, which the server sees at once.
        first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    while server.on_loop(lambda: len(server.front.connections)):
        pass

    with ExitStack() as others:
        wires = [others.enter_context(server.wire()) for _ in range(4)]
        while server.on_loop(lambda: len(server.front.connections)) < 4:
            pass
        gate.release.set()
        for number, wire in enumerate(wires):
            wire.sendall(GET % number)
        found = [wire.recv(65_536) for wire in wires]

    assert [each.count(b"HTTP/1.1 200") for each in found] == [1] * 4


@pytest.mark.parametrize("reads", [1, 8])
def test_a_response_larger_than_the_socket_takes_arrives_whole(serving, by_threads, reads):
    body = bytes(range(256)) * 80_000

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    server = serving(app, threads=4)
    with server.wire() as wire:
        # All are asked for before one is read: the socket is full when the later ones are ready.
        wire.sendall(GET % 0 * reads)
        received = bytearray()
        while len(received) < reads * len(body):
            part = wire.recv(1 << 20)
            assert part
            received += part
        heads = received.replace(body, b"|")
        while heads.count(b"|") < reads or not heads.endswith(b"|"):
            received += wire.recv(1 << 20)
            heads = received.replace(body, b"|")

    assert heads.count(b"HTTP/1.1 200") == heads.count(b"|") == reads
    assert by_threads[False]


def test_a_response_waits_for_what_is_left_of_the_one_before(serving, by_threads):
    large, gate, unblock = b"a" * 200_000, Gate(b"last"), threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/last":
            return gate(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [large]

    server, sent = serving(app), 0
    with server.wire() as wire:
        # Nothing is read until the socket is full, and the loop has a part of a response left.
        while not by_threads[False]:
            wire.sendall(GET % sent)
            sent += 1
            while sum(by_threads.values()) < sent:
                pass
        wire.sendall(b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
        assert gate.started.wait(20)
        server.block_loop(unblock)
        received = bytearray()
        wire.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                received += wire.recv(1 << 20)
        wire.settimeout(20)
        gate.release.set()
        while sum(by_threads.values()) < sent + 1:
            pass
        unblock.set()
        while not received.endswith(b"last"):
            part = wire.recv(1 << 20)
            assert part
            received += part

    assert received.count(large) == sent


def test_a_request_sent_while_another_is_answered_is_never_forgotten(serving):
    server = serving(echo, threads=3)
    with server.wire() as wire:
        # The second arrives at any moment of the first's answer.
        for number in range(0, 1000, 2):
            wire.sendall(GET % number)
            wire.sendall(GET % (number + 1))
            found = b""
            while found.count(b"HTTP/1.1 200") < 2 or not found.endswith(b"  0 "):
                found += wire.recv(65_536)
            assert found.index(b"/%d " % number) < found.index(b"/%d " % (number + 1))


def test_a_client_that_ends_its_side_gets_its_answer_and_then_the_end(serving):
    gate = Gate()
    server = serving(gate)
    with server.wire() as wire:
        wire.sendall(GET % 1)
        assert gate.started.wait(20)
        wire.shutdown(socket.SHUT_WR)
        gate.release.set()

        found = until_closed(wire)

    assert found.endswith(b"\r\n\r\ndone")


def test_an_answered_connection_is_idle_and_ends_in_time(serving, by_threads):
    server = serving(echo, silence=0.3)
    with server.wire() as wire:
        wire.sendall(GET % 1)
        one_response(wire)

        assert until_closed(wire) == b""
        assert by_threads == {True: 1, False: 0}


def test_a_body_counts_until_it_is_answered_and_no_longer(serving):
    server = serving(echo)
    with server.wire() as wire:
        wire.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + b"a" * 300)
        one_response(wire)

        while server.on_loop(lambda: server.front._held_by):
            pass
        assert server.on_loop(lambda: server.front._held) == 0


def test_a_server_that_stops_ends_connections_that_a_thread_has_answered():
    with Running(echo, drain_time=60) as server, server.wire() as wire:
        wire.sendall(GET % 1)
        one_response(wire)

        server.stop()

        assert until_closed(wire) == b""


def at_once(_client, job):
    """Run a job as a thread would that is done before the loop goes on."""
    job()
    return True


def post(number, size=300):
    head = b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
    return head % (number, size) + b"a" * size


def test_bodies_of_requests_that_waited_count_no_longer_than_others(serving):
    gate = Gate()
    server = serving(gate)
    with server.wire() as wire:
        wire.sendall(b"".join(map(post, range(4))))
        assert gate.started.wait(20)
        server.on_loop(lambda: setattr(server.front._pool, "submit", at_once))
        gate.release.set()
        found = b""
        while found.count(b"\r\n\r\ndone") < 4:
            found += wire.recv(65_536)

        while server.front._answered:
            pass
        assert server.on_loop(lambda: server.front._held) == 0


def test_an_error_after_a_response_was_sent_does_not_end_its_connection(serving):
    class Body(list):
        def close(self):
            raise ValueError

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body([b"done"])

    server = serving(app)
    with server.wire() as wire:
        for number in range(3):
            wire.sendall(post(number))
            assert one_response(wire)[1] == b"done"

        while server.front._answered:
            pass
        assert server.on_loop(lambda: server.front._held) == 0


@pytest.mark.parametrize("end", ["half-closed", "unreadable"])
def test_requests_that_wait_are_answered_before_a_connection_ends(serving, end):
    gate = Gate()
    server = serving(gate)
    with server.wire() as wire:
        wire.sendall(GET % 1 + GET % 2 + GET % 3)
        assert gate.started.wait(20)
        if end == "half-closed":
            wire.shutdown(socket.SHUT_WR)
        else:
            wire.sendall(b"\0\r\n\r\n")
        while not server.on_loop(lambda: ends(server)):
            pass
        gate.release.set()

        found = until_closed(wire)

    assert found.count(b"HTTP/1.1 200") == found.count(b"HTTP/1.1") == 3


def ends(server):
    """Return whether the only connection of a server ends with a response to come."""
    (connection,) = server.front.connections._all
    requests = [connection._reply.request, *connection._waiting]
    return not all(request.keep_alive for request in requests)


def test_a_response_in_parts_to_a_client_that_has_gone_is_no_error(serving, monkeypatch):
    uvloop = pytest.importorskip("uvloop")
    monkeypatch.setattr("asyncio.new_event_loop", uvloop.new_event_loop)
    started, release, closed = threading.Event(), threading.Event(), threading.Event()

    class Parts:
        def __iter__(self):
            started.set()
            assert release.wait(20)
            yield b"a"
            yield b"b"

        def close(self):
            closed.set()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Parts()

    server = serving(app)
    errors = errors_of(server)
    with server.wire() as wire:
        wire.sendall(GET % 1)
        assert started.wait(20)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    while server.on_loop(lambda: len(server.front.connections)):
        pass
    release.set()
    assert closed.wait(20)

    server.on_loop(lambda: None)
    assert errors == []


def test_a_server_that_stops_answers_a_request_behind_a_response_that_a_thread_sent(by_threads):
    gate = Gate()
    with Running(gate, drain_time=60) as server, server.wire() as wire:
        wire.sendall(GET % 1 + GET % 2)
        assert gate.started.wait(20)
        while not server.on_loop(lambda: all(c._waiting for c in server.front.connections._all)):
            pass

        def stop():
            server._loop.create_task(server.front.stop())
            gate.release.set()
            while not by_threads[True]:
                pass

        server.on_loop(stop)
        found = until_closed(wire)

    assert found.count(b"HTTP/1.1 200") == 2


def test_a_displaced_connection_whose_client_reads_nothing_ends_in_time(serving, monkeypatch):
    from moderation.server.protocol import Connection

    lost, connection_lost = threading.Event(), Connection.connection_lost

    def noted(self, error):
        connection_lost(self, error)
        lost.set()

    monkeypatch.setattr(Connection, "connection_lost", noted)
    server = serving(Gate(b"a" * 20_000_000), per_client=1, linger_time=0.1)
    server.front._app.release.set()
    with server.wire() as first:
        first.sendall(GET % 1)
        while not server.on_loop(lambda: [c for c in server.front.connections._all if c._paused]):
            pass

        with server.wire():
            assert lost.wait(5)


def test_a_client_that_went_before_its_last_response_is_no_error(serving):
    gate = Gate()
    server = serving(gate)
    errors = errors_of(server)
    with server.wire() as wire:
        wire.sendall(GET % 1)
        assert gate.started.wait(20)
    while not server.on_loop(lambda: ends(server)):
        pass

    gate.release.set()

    while server.on_loop(lambda: len(server.front.connections)):
        pass
    assert errors == []


def errors_of(server):
    """Return a list that grows by each error of the loop's callbacks."""
    errors = []

    def note(_loop, context):
        errors.append(context)

    server.on_loop(lambda: asyncio.get_running_loop().set_exception_handler(note))
    return errors
