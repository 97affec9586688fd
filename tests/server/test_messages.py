"""HTTP/1.1 is parsed as other servers parse it, and invalid messages are refused."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import Running, echo, one_response

CLOSE = b"Connection: close\r\n"


@pytest.fixture(scope="module")
def server():
    with Running(echo) as running:
        yield running


@pytest.mark.parametrize(
    "request_",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"GET x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nbad header: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_an_invalid_request_is_refused_and_ends_the_connection(server, request_):
    answer = server.raw(request_)

    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"Connection: close\r\n" in answer
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /a%20b?c=%20 HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n", b"GET /a b c=%20 0 "),
        (b"GET //a/../b HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n", b"GET //a/../b  0 "),
        (
            b"GET //v1alpha1//x?c//d HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n",
            b"GET /v1alpha1/x c//d 0 ",
        ),
        (b"GET http://b/c?d HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n", b"GET /c d 0 "),
        (b"GET http://b HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n", b"GET /  0 "),
        (b"GET / HTTP/1.0\r\n\r\n", b"GET /  0 "),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            b"POST /  5 abcde",
        ),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"Content-Length: 3\r\n\r\nabc",
            b"POST /  3 abc",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n"
            b"Connection: Upgrade, HTTP2-Settings, close\r\n\r\n",
            b"GET /  0 ",
        ),
    ],
)
def test_requests_are_read_as_others_read_them(server, request_, expected):
    answer = server.raw(request_)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
    assert answer.endswith(b"\r\n\r\n" + expected)
    assert b"\r\nDate: " in answer


def test_a_connection_is_kept_for_more_requests(server):
    with server.wire() as wire:
        for number in range(3):
            wire.sendall(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
            head, body = one_response(wire)
            assert body == b"GET /%d  0 " % number
            assert b"Connection" not in head


def test_an_old_client_may_keep_its_connection_too(server):
    with server.wire() as wire:
        for _ in range(2):
            wire.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            head, _ = one_response(wire)
            assert b"Connection: keep-alive" in head


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n"


@pytest.mark.parametrize("cut", [1, 20, 90, 130, 160, 161, 162, 165])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 3\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
    ],
)
def test_the_offer_of_another_protocol_costs_neither_body_nor_connection(server, body, cut):
    """Java's client makes it with its first request over plain HTTP."""
    request = b"POST /a?b HTTP/1.1\r\nHost: a\r\n" + UPGRADE + body
    with server.wire() as wire:
        for piece in (request[:cut], request[cut:]):
            wire.sendall(piece)
        assert one_response(wire)[1] == b"POST /a b 3 abc"

        wire.sendall(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        assert one_response(wire)[1] == b"GET /next  0 "


def test_many_offers_at_once_are_all_ignored(server):
    offer = b"POST /%d HTTP/1.1\r\nHost: a\r\n" + UPGRADE + b"Content-Length: 1\r\n\r\nx"
    last = b"GET /last HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n"

    answers = server.raw(b"".join(offer % number for number in range(9)) + last)

    places = [answers.find(b"POST /%d  1 x" % number) for number in range(9)]
    assert -1 not in places
    assert places == sorted(places)
    assert answers.endswith(b"GET /last  0 ")


def test_a_client_that_waits_for_leave_to_send_gets_it(server):
    with server.wire() as wire:
        wire.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        assert wire.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"abc")
        assert one_response(wire)[1] == b"POST /  3 abc"


@pytest.mark.parametrize("chunked", [False, True])
def test_of_a_body_that_is_too_large_nothing_is_kept(server, chunked):
    size = server.bounds.body + 1
    head = b"POST / HTTP/1.1\r\nHost: a\r\n"
    if chunked:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"a" * size)
        request = head + b"Transfer-Encoding: chunked\r\n\r\n" + body
    else:
        request = head + b"Content-Length: %d\r\n\r\n" % size + b"a" * size

    answer = server.raw(request)

    # The application sees its length alone, and refuses it with the limit of its site.
    assert answer.endswith(b"POST /  0 ")
    assert b"Connection: close\r\n" in answer


@pytest.mark.parametrize(
    "line",
    [
        b"PATCH /api/v1/review/sites/x",
        b"POST /v1/moderations",
        b"POST //v1/moderations",
        b"POST /padded/v1/moderations",
    ],
)
def test_a_large_body_is_taken_where_a_credential_comes_along(server, line):
    size = server.bounds.compat_body + 1
    body = b"Content-Length: %d\r\n%b\r\n%b" % (size, CLOSE, b"a" * size)
    request = line + b" HTTP/1.1\r\nHost: a\r\n"

    with_one = server.raw(request + b"Authorization: Bearer x\r\n" + body)
    without = server.raw(request + body)

    assert b" %d aaa" % size in with_one
    assert without.endswith(b"  0 ")


@pytest.mark.parametrize(
    ("path", "size"),
    [
        (b"/v1alpha1/comments:analyze", 256 << 10),
        (b"//v1alpha1/comments:analyze", 256 << 10),
        (b"/batch", 8 << 20),
    ],
)
def test_calls_of_perspectives_clients_may_be_larger(server, path, size):
    request = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n%b"

    taken = server.raw(request % (path, size, CLOSE, b"a" * size))
    refused = server.raw(request % (path, (8 << 20) + (65 << 10), CLOSE, b""))

    assert b" %d aaa" % size in taken
    assert refused.endswith(b"  0 ")


def test_a_head_request_gets_no_body_and_304_no_length():
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/same":
            start_response("304 Not Modified", [("ETag", '"a"')])
            return []
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    with Running(app) as server:
        head = server.raw(b"HEAD / HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n")
        same = server.get("/same")

    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 5\r\n" in head
    assert same.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in same


def test_a_response_of_unknown_length_arrives_whole_or_is_seen_to_be_cut():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])

        def parts():
            for number in range(100):
                if number == 50 and environ["PATH_INFO"] == "/cut":
                    raise RuntimeError
                yield b"%d," % number * 1000

        return parts()

    with Running(app) as server:
        whole, old = server.get(), server.raw(b"GET / HTTP/1.0\r\n\r\n")
        cut = server.get("/cut")

    expected = b"".join(b"%d," % number * 1000 for number in range(100))
    assert whole.endswith(b"0\r\n\r\n")
    assert unchunked(whole.partition(b"\r\n\r\n")[2]) == expected
    assert old.partition(b"\r\n\r\n")[2] == expected
    assert not cut.endswith(b"0\r\n\r\n")


def unchunked(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        found, body = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return found


def test_a_header_field_that_holds_a_line_break_never_leaves():
    def app(_environ, start_response):
        start_response("200 OK", [("X-Name", "a\r\nSet-Cookie: b=c")])
        return [b""]

    with Running(app) as server:
        answer = server.get()

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"Set-Cookie" not in answer


def test_repeated_fields_are_joined_and_names_with_underscores_dropped():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        return echo(environ, start_response)

    with Running(app) as server:
        server.raw(
            b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n"
            b"X_Forwarded_For: 3.3.3.3\r\nCookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n"
        )

    assert seen["HTTP_X_FORWARDED_FOR"] == "1.1.1.1,2.2.2.2"
    assert seen["HTTP_COOKIE"] == "a=1; b=2"
    assert seen["REMOTE_ADDR"] == "127.0.0.1"


def test_requests_under_way_are_answered_before_the_server_stops():
    started, release = threading.Event(), threading.Event()

    def app(environ, start_response):
        started.set()
        release.wait(20)
        return echo(environ, start_response)

    with Running(app) as server, server.wire() as busy, server.wire() as idle:
        busy.sendall(b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n")
        assert started.wait(20)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert idle.recv(1) == b""
        release.set()
        head, body = one_response(busy)
        stopping.join(20)

    assert body == b"GET /last  0 "
    assert b"Connection: close" in head


REQUESTS = (
    b"GET /one?a=b HTTP/1.1\r\nHost: a\r\n\r\n"
    b"POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world"
    b"POST /three HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"
    b"GET /four HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, len(REQUESTS) - 1), max_size=8).map(sorted))
def test_wherever_the_network_cuts_the_bytes_the_answers_are_the_same(server, cuts):
    parts = [REQUESTS[a:b] for a, b in zip([0, *cuts], [*cuts, len(REQUESTS)], strict=True)]
    with server.wire() as wire:
        for part in parts:
            wire.sendall(part)
            # Another connection's answer: earlier bytes have been read by then.
            server.on_loop(lambda: None)
        found = b""
        while part := wire.recv(65_536):
            found += part

    bodies = [piece.partition(b"\r\n\r\n")[2] for piece in found.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [
        b"GET /one a=b 0 ",
        b"POST /two  11 hello world",
        b"POST /three  11 hello world",
        b"GET /four  0 ",
    ]


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(min_size=1, max_size=200))
def test_noise_never_stops_the_server(server, noise):
    with server.wire() as wire:
        wire.sendall(noise)
        wire.sendall(b"\r\n\r\n")
    assert server.get("/after").endswith(b"GET /after  0 ")


def test_a_large_response_in_parts_keeps_its_length_and_the_connection():
    size = 3 * 1024 * 1024

    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", str(size)), ("X-Kept", "yes")])
        parts = {"/long": 4, "/short": 2}.get(environ["PATH_INFO"], 3)
        return iter([b"a" * (size // 3)] * parts)

    with Running(app) as server:
        answers = []
        with server.wire() as wire:
            for path in (b"/", b"/long", b"/"):
                wire.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path)
                answers.append(one_response(wire))
        cut = server.get("/short").partition(b"\r\n\r\n")[2]

    for head, body in answers:
        assert b"\r\nX-Kept: yes\r\n" in head
        assert b"Transfer-Encoding" not in head
        assert (head.count(b"Content-Length: %d" % size), len(body)) == (1, size)
    assert len(cut) < size
