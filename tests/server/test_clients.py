"""No client can take connections, threads or memory from the others."""

import threading

import pytest

from moderation.web.request_budget import RequestBudget, refusal

from .conftest import echo, one_response, until_closed

POST = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"


def test_bodies_that_never_arrive_hold_no_thread(serving):
    server = serving(echo, threads=1, body_time=0.5)
    wires = [server.wire() for _ in range(30)]
    opened = [wire.__enter__() for wire in wires]
    for wire in opened:
        wire.sendall(POST + b"a")

    answered = server.get("/other")

    assert answered.startswith(b"HTTP/1.1 200")
    for wire in opened:
        assert until_closed(wire).startswith(b"HTTP/1.1 408 ")
    for wire in wires:
        wire.__exit__(None, None, None)


def test_a_body_that_trickles_in_has_no_more_time_than_one_that_stops(serving):
    server = serving(echo, body_time=1.0)
    with server.wire() as wire:
        wire.sendall(POST)
        wire.settimeout(0.05)
        answer = b""
        for _ in range(900):
            try:
                answer = wire.recv(65_536)
                break
            except TimeoutError:
                wire.sendall(b"a")

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_head_that_does_not_end_is_refused_in_time_and_in_size(serving):
    server = serving(echo, head_time=0.5)
    with server.wire() as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        slow = until_closed(wire)
    with server.wire() as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        try:
            for _ in range(100):
                wire.sendall(b"a" * 4096)
        except OSError:
            pass
        large = until_closed(wire)

    assert slow.startswith(b"HTTP/1.1 408 ")
    assert large == b"" or large.startswith(b"HTTP/1.1 431 ")
    assert server.get().startswith(b"HTTP/1.1 200")


def test_silent_connections_end(serving):
    server = serving(echo, silence=0.5)
    with server.wire() as silent, server.wire() as kept:
        kept.sendall(GET % 1)
        one_response(kept)

        assert until_closed(silent) == b""
        assert until_closed(kept) == b""
    assert server.on_loop(lambda: len(server.front.connections)) == 0


def test_a_client_with_too_many_connections_loses_its_longest_silent_one(serving):
    server = serving(echo, per_client=4)
    wires = [server.wire() for _ in range(4)]
    opened = [wire.__enter__() for wire in wires]
    for number in (1, 2, 3, 0):
        # The first has spoken last.
        opened[number].sendall(GET % number)
        one_response(opened[number])

    newest = server.get("/newest")

    assert newest.startswith(b"HTTP/1.1 200")
    assert until_closed(opened[1]) == b""
    for number in (0, 2, 3):
        opened[number].sendall(GET % number)
        assert one_response(opened[number])[0].startswith(b"HTTP/1.1 200")
    for wire in wires:
        wire.__exit__(None, None, None)


def test_thousands_of_silent_connections_block_no_other_client(serving):
    server = serving(echo, trusted=["127.0.0.1/32"], connections=100)
    wires = [server.wire() for _ in range(300)]
    for wire in wires:
        wire.__enter__()

    assert server.get().startswith(b"HTTP/1.1 200")
    assert server.on_loop(lambda: len(server.front.connections)) <= 100
    for wire in wires:
        wire.__exit__(None, None, None)


def test_a_trusted_proxy_may_have_as_many_as_it_needs(serving):
    server = serving(echo, per_client=2, trusted=["127.0.0.1/32"])
    wires = [server.wire() for _ in range(20)]
    opened = [wire.__enter__() for wire in wires]

    for number, wire in enumerate(opened):
        wire.sendall(GET % number)
        assert one_response(wire)[1].startswith(b"GET /%d" % number)
    for wire in wires:
        wire.__exit__(None, None, None)


def test_one_client_behind_a_proxy_waits_for_itself_not_the_others(serving):
    release = threading.Event()
    started = threading.Semaphore(0)

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/slow":
            started.release()
            # Longer than the other client waits for its answer.
            release.wait(60)
        return echo(environ, start_response)

    server = serving(app, threads=3, trusted=["127.0.0.1/32"])
    slow = b"GET /slow HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    wires = [server.wire() for _ in range(20)]
    opened = [wire.__enter__() for wire in wires]
    for wire in opened:
        wire.sendall(slow)
    started.acquire(timeout=20)

    other = server.get("/quick", headers=[("X-Forwarded-For", "192.0.2.2")])
    release.set()

    assert other.startswith(b"HTTP/1.1 200")
    for wire in opened:
        assert one_response(wire)[0].startswith(b"HTTP/1.1 200")
    for wire in wires:
        wire.__exit__(None, None, None)


def test_a_client_with_too_many_requests_at_once_gets_retry_after(serving):
    release, started = threading.Event(), threading.Event()

    def app(environ, start_response):
        started.set()
        release.wait(20)
        return echo(environ, start_response)

    server = serving(app, threads=1, waiting_per_client=2)
    wires = [server.wire() for _ in range(3)]
    opened = [wire.__enter__() for wire in wires]
    opened[0].sendall(GET % 0)
    assert started.wait(20)
    for wire in opened[1:]:
        wire.sendall(GET % 1)
        server.on_loop(lambda: None)
    answer = b""
    while not answer.startswith(b"HTTP/1.1 503 "):
        # The two above may not have been read yet.
        answer = server.get() if server.front._pool._count >= 2 else b""
    release.set()

    assert b"\r\nRetry-After: " in answer
    assert b'"code":"busy"' in answer
    for wire in opened:
        one_response(wire)
    for wire in wires:
        wire.__exit__(None, None, None)


def test_a_client_with_the_pool_of_an_asyncio_library_gets_every_answer(serving):
    """A hundred connections at once, each with a request: the pool of httpx and of aiohttp."""
    release = threading.Event()

    def app(environ, start_response):
        release.wait(20)
        return echo(environ, start_response)

    server = serving(app, threads=3)
    wires = [server.wire() for _ in range(100)]
    opened = [wire.__enter__() for wire in wires]
    for number, wire in enumerate(opened):
        wire.sendall(GET % number)
    # The hundredth runs. Fewer wait when the server has closed connections or refused requests.
    for _ in range(10_000):
        if server.on_loop(lambda: server.front._pool._count) == 99:
            break
    release.set()

    for wire in opened:
        assert one_response(wire)[0].startswith(b"HTTP/1.1 200")
    for wire in wires:
        wire.__exit__(None, None, None)


def test_bodies_that_are_being_received_have_a_bound_in_all(serving):
    server = serving(echo, bodies_per_client=100_000, body=64_000)
    wires = [server.wire() for _ in range(2)]
    opened = [wire.__enter__() for wire in wires]
    request = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"
    opened[0].sendall(request + b"a" * 59_999)
    while server.on_loop(lambda: server.front._held) < 59_999:
        pass

    opened[1].sendall(request + b"a" * 59_999)
    refused = until_closed(opened[1])
    opened[0].sendall(b"a")

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b" 60000 " in one_response(opened[0])[1]
    assert server.on_loop(lambda: (server.front._held, server.front._held_by)) == (0, {})
    for wire in wires:
        wire.__exit__(None, None, None)


def test_a_client_that_reads_nothing_holds_a_thread_no_longer_than_it_may(serving):
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] != "/export":
            return [b"here"]

        def parts():
            try:
                while True:
                    yield b"a" * 100_000
            finally:
                closed.set()

        return parts()

    server = serving(app, threads=1, write_time=0.5)
    with server.wire() as wire:
        wire.sendall(b"GET /export HTTP/1.1\r\nHost: a\r\n\r\n")

        assert closed.wait(20)
        assert server.get("/x").endswith(b"here")


def test_requests_sent_ahead_are_answered_in_order_and_have_a_bound(serving):
    server = serving(echo, threads=4)
    with server.wire() as wire:
        wire.sendall(b"".join(GET % number for number in range(20)))
        found = b""
        while found.count(b"HTTP/1.1 200") < 20 or not found.endswith(b"GET /19  0 "):
            part = wire.recv(65_536)
            assert part, found
            found += part
    places = [found.index(b"GET /%d  " % number) for number in range(20)]
    assert places == sorted(places)

    flood = server.raw(b"".join(GET % number for number in range(5000)))

    assert flood.count(b"HTTP/1.1 200") <= 34


@pytest.mark.parametrize("threads", [1, 4])
def test_an_application_that_fails_costs_no_thread(serving, threads):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise RuntimeError("what nobody may read")
        return echo(environ, start_response)

    server = serving(app, threads=threads)
    for _ in range(10):
        failed = server.get("/fail")
        assert failed.startswith(b"HTTP/1.1 500 ")
        assert b"nobody" not in failed

    assert server.get("/well").startswith(b"HTTP/1.1 200")


def test_a_client_whose_budget_is_spent_reaches_no_thread(serving):
    reached = []

    def app(environ, start_response):
        reached.append(environ["PATH_INFO"])
        return echo(environ, start_response)

    budget = RequestBudget(1.0, 3.0, monotonic=lambda: 0.0)

    def admit(environ):
        wait = budget.charge(environ["REMOTE_ADDR"])
        return refusal(wait) if wait else None

    server = serving(app, admit=admit)
    answers = [server.get() for _ in range(5)]

    assert [answer.split(b" ")[1] for answer in answers] == [b"200"] * 3 + [b"429"] * 2
    assert b"\r\nRetry-After: 1\r\n" in answers[-1]
    assert reached == ["/"] * 3
