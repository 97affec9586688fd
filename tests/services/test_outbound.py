"""Requests to addresses from outside: never into an inner network, never longer than allowed."""

import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from itertools import chain, repeat

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.domain.inner_networks import Networks, is_public, parse_networks
from moderation.services.outbound import (
    Answer,
    BadAddress,
    NameNotResolved,
    Request,
    check_address,
    look_up,
    send,
)
from tests.conftest import missing

HERE = Networks.of(parse_networks("127.0.0.0/8, ::1"))
NOTHING = Networks()


def resolver(*rounds):
    """A resolver that gives these addresses, one list a look-up, the last one for ever."""
    planned = chain(rounds[:-1], repeat(rounds[-1]))
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return [ipaddress.ip_address(each) for each in next(planned)]

    resolve.asked = asked
    return resolve


@contextmanager
def listening(talk, *, host="127.0.0.1"):
    """A server that hands every connection to `talk`; yields its port and the connections."""
    accepted = []
    server = socket.create_server((host, 0))

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            accepted.append(connection)
            threading.Thread(target=_talk, args=(talk, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1], accepted
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        for each in accepted:
            each.close()


def _talk(talk, connection):
    with suppress(OSError):
        talk(connection)


def answers(raw: bytes):
    seen = []

    def talk(connection):
        request = b""
        # The body may come in a segment of its own.
        while b"\r\n\r\n" not in request or (b"X-Id" in request and b"body" not in request):
            request += connection.recv(65536)
        seen.append(request)
        connection.sendall(raw)
        connection.close()

    talk.seen = seen
    return talk


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: Test\r\n\r\nok"


# When an address is saved


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/"),
        *("http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://017700000001/", "http://0/"),
        *("http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://127.0.0.1./", "http://[::1]/"),
        *("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/"),
        *("http://[64:ff9b::a00:1]/", "http://[2002:a00:1::]/", "http://[fd00:ec2::254]/"),
        *("http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://169.254.169.254/latest"),
        *("http://10.0.0.5:8080/", "https://192.168.0.1/", "http://100.64.1.1/"),
        *("http://localhost/", "http://a.localhost/", "http://LOCALHOST./", "http://wordpress/"),
        *("http://metadata.google.internal/", "http://metadata/", "http://metadata.goog/"),
        *("http://printer.local/", "http://nas.lan/", "http://x.home.arpa/"),
        *("http://instance-data.ec2.internal/", "http://[::]/", "http://255.255.255.255/"),
    ],
)
def test_no_spelling_of_an_inner_address_can_be_saved(url):
    with pytest.raises(BadAddress):
        check_address(url, NOTHING, resolve=resolver(["1.1.1.1"]))


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://news.test/", "file:///etc/passwd", "gopher://news.test/", "//news.test/", ""),
        *("news.test", "http:news.test", "http:///path", "http://:80/", "https://"),
        *("http://me:pass@news.test/", "http://news.test@127.0.0.1/", "http://@news.test/"),
        *("http://news.test:0/", "http://news.test:65536/", "http://news.test:x/"),
        *("http://news.test\\@127.0.0.1/", "http://news.test /", "http://news.test\r\nX: y/"),
        *("http://%31%32%37.0.0.1/", "http://news%2etest/", f"http://news.test/{'a' * 2048}"),
        *("http://[::1", "http://[1.1.1.1]/", "http://a..b/", f"http://{'a' * 64}.test/"),
    ],
)
def test_an_address_that_parsers_could_read_differently_is_refused(url):
    with pytest.raises(BadAddress):
        check_address(url, NOTHING, resolve=resolver(["1.1.1.1"]))


@pytest.mark.parametrize(
    "url",
    [
        *("https://news.test/hooks?x=1", "http://news.test:8080", "https://bücher.test/ü"),
        *("https://1.1.1.1/", "https://[2606:4700::1111]:8443/x"),
    ],
)
def test_a_public_address_can_be_saved(url):
    check_address(url, NOTHING, resolve=resolver(["1.1.1.1"]))


@pytest.mark.parametrize("found", [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::ffff:1.1.1.1"]])
def test_a_name_that_leads_to_an_inner_address_cannot_be_saved(found):
    with pytest.raises(BadAddress):
        check_address("https://news.test/", NOTHING, resolve=resolver(found))


def test_a_name_that_does_not_resolve_yet_can_be_saved():
    def fails(host, port):
        raise socket.gaierror("no such name")

    check_address("https://news.test/", NOTHING, resolve=fails)


def test_an_operator_opens_inner_networks_and_hosts_but_no_metadata_service():
    inner = resolver(["172.18.0.5"])
    allowed = Networks.of(parse_networks("10.0.0.0/8, //wordpress"))

    check_address("http://10.1.2.3/", allowed)
    check_address("http://wordpress/", allowed, resolve=inner)
    check_address("http://ghost.internal/", allowed, resolve=resolver(["10.0.0.9"]))
    for url in ("http://ghost/", "http://127.0.0.1/", "http://metadata.google.internal/"):
        with pytest.raises(BadAddress):
            check_address(url, allowed, resolve=inner)


@given(st.text(max_size=40), st.sampled_from(["http://", "https://", ""]))
@example("0x7f.1", "http://")
def test_any_text_is_refused_or_leads_to_public_addresses_only(text, scheme):
    seen = []

    def resolve(host, port):
        seen.append((host, port))
        return [ipaddress.ip_address("1.1.1.1")]

    try:
        check_address(scheme + text, NOTHING, resolve=resolve)
    except BadAddress:
        return
    for host, port in seen:
        assert 1 <= port <= 65535
        assert host.isascii()
        assert host == host.lower()
        with pytest.raises(ValueError, match="does not appear"):
            ipaddress.ip_address(host)


@given(st.ip_addresses())
def test_an_address_can_be_saved_exactly_when_it_is_public(address):
    host = f"[{address}]" if address.version == 6 else str(address)
    try:
        check_address(f"http://{host}/", NOTHING)
        saved = True
    except BadAddress:
        saved = False

    assert saved == is_public(address)


# When a request is sent


def test_an_answer_has_its_status_headers_and_body():
    talk = answers(OK)
    with listening(talk) as (port, _):
        answer = send(
            Request(f"http://127.0.0.1:{port}/a?b=ü", {"X-Id": "7"}, b"body"), allowed=HERE
        )

    assert (answer.status, answer.body, answer.is_cut, answer.error) == (200, b"ok", False, "")
    assert answer.headers["x-kind"] == "Test"
    head, _, body = talk.seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=%C3%BC HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}".encode() in head
    assert b"X-Id: 7" in head
    assert body == b"body"


def test_nothing_is_sent_to_an_inner_address():
    with listening(answers(OK)) as (port, accepted):
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"):
            answer = send(Request(f"http://{host}:{port}/", {}), allowed=NOTHING)
            assert answer == Answer(0, error="BadAddress")

    assert accepted == []


def test_a_name_that_changes_between_saving_and_sending_leads_nowhere_else():
    resolve = resolver(["1.1.1.1"], ["127.0.0.1"])
    with listening(answers(OK)) as (port, accepted):
        url = f"http://news.test:{port}/"
        check_address(url, NOTHING, resolve=resolve)
        answer = send(Request(url, {}), allowed=NOTHING, resolve=resolve)

    assert answer.error == "BadAddress"
    assert accepted == []


def test_a_name_is_resolved_once_and_connected_to_where_it_led():
    # The second look-up would lead elsewhere: there is none, by us or by a library below.
    resolve = resolver(["127.0.0.1"], ["10.0.0.1"])
    talk = answers(OK)
    with listening(talk) as (port, _):
        answer = send(Request(f"http://news.test:{port}/", {}), allowed=HERE, resolve=resolve)

    assert answer.status == 200
    assert resolve.asked == [("news.test", port)]
    assert f"Host: news.test:{port}".encode() in talk.seen[0]


def test_one_inner_address_among_public_ones_refuses_the_name():
    mixed = resolver(["1.1.1.1", "169.254.169.254"])

    assert send(Request("http://news.test/", {}), allowed=HERE, resolve=mixed).error == "BadAddress"


def test_the_next_address_is_tried_when_one_refuses():
    with listening(answers(OK)) as (port, _):
        answer = send(
            Request(f"http://news.test:{port}/", {}),
            allowed=HERE,
            resolve=resolver(["127.0.0.9", "127.0.0.1"]),
        )

    assert answer.status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(status):
    seen = answers(
        f"HTTP/1.1 {status} Moved\r\nLocation: http://169.254.169.254/\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )
    with listening(seen) as (port, accepted):
        answer = send(Request(f"http://127.0.0.1:{port}/", {}), allowed=HERE)

    assert answer.status == status
    assert len(accepted) == 1


def drip(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        threading.Event().wait(0.02)


def drip_body(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"y")
        threading.Event().wait(0.02)


def informational(connection):
    connection.recv(65536)
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        threading.Event().wait(0.01)


def silent(connection):
    connection.recv(65536)
    threading.Event().wait(5)


@pytest.mark.parametrize("talk", [drip, drip_body, informational, silent])
def test_a_slow_receiver_cannot_take_longer_than_the_limit(talk):
    with listening(talk) as (port, _):
        begun = time.monotonic()
        answer = send(Request(f"http://127.0.0.1:{port}/", {}), allowed=HERE, timeout=0.3)

    assert time.monotonic() - begun < 2
    assert (answer.status, answer.error) == (0, "ReadTimeout")


def test_a_receiver_that_reads_nothing_cannot_take_longer_than_the_limit():
    with listening(lambda connection: threading.Event().wait(5)) as (port, _):
        begun = time.monotonic()
        answer = send(
            Request(f"http://127.0.0.1:{port}/", {}, b"x" * 20_000_000), allowed=HERE, timeout=0.3
        )

    assert time.monotonic() - begun < 2
    assert answer.status == 0


def test_a_look_up_that_hangs_cannot_take_longer_than_the_limit():
    release = threading.Event()

    def hangs(host, port):
        release.wait(5)
        return []

    begun = time.monotonic()
    answer = send(Request("http://news.test/", {}), allowed=HERE, timeout=0.2, resolve=hangs)
    release.set()

    assert time.monotonic() - begun < 2
    assert answer.error == "NameNotResolved"


def test_an_endless_body_is_cut():
    def endless(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"y" * 65536)

    with listening(endless) as (port, _):
        answer = send(Request(f"http://127.0.0.1:{port}/", {}), allowed=HERE, most_bytes=1000)

    assert (answer.status, answer.body, answer.is_cut) == (200, b"y" * 1000, True)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"garbage", b"\0" * 5000, b"HTTP/1.1 999999 ?\r\n\r\n", b"HTTP/9 200 OK\r\n\r\n"),
        *(
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000,
        ),
        *(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b"\x16\x03\x01\x02\x00"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_garbage_is_no_answer_and_no_exception(raw):
    with listening(answers(raw)) as (port, _):
        answer = send(Request(f"http://127.0.0.1:{port}/", {}), allowed=HERE, timeout=3)

    assert answer.status == 0
    assert answer.error


@pytest.mark.parametrize("headers", [{"X": "a\r\nHost: b"}, {"a b": "c"}, {"X": "\u2603"}])
def test_headers_that_cannot_be_written_are_not_sent(headers):
    with listening(answers(OK)) as (port, _):
        answer = send(Request(f"http://127.0.0.1:{port}/", headers), allowed=HERE)

    assert answer.status == 0


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with listening(answers(OK)) as (port, _):
        assert send(Request(f"http://127.0.0.1:{port}/", {}), allowed=HERE).status == 200


def test_a_name_that_the_system_does_not_know_is_an_answer():
    assert (
        send(Request("http://nowhere.invalid/", {}), allowed=HERE).error == NameNotResolved.__name__
    )


def test_the_system_resolves_addresses_of_this_machine():
    assert ipaddress.ip_address("127.0.0.1") in look_up("localhost", 80)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for news.test that signs itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=news.test"),
            *("-addext", "subjectAltName=DNS:news.test"),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


@pytest.fixture
def secure(certificate):
    """A server with TLS: its port, the names that clients asked for, a context that trusts it."""
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    asked = []
    context.sni_callback = lambda _, name, __: asked.append(name)

    def talk(connection):
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(65536)
            wrapped.sendall(OK)

    with listening(talk) as (port, _):
        yield port, asked, ssl.create_default_context(cafile=str(cert))


def test_tls_is_verified_by_the_name_and_not_by_the_address(secure):
    port, asked, trusting = secure

    answer = send(
        Request(f"https://news.test:{port}/", {}),
        allowed=HERE,
        resolve=resolver(["127.0.0.1"]),
        tls=trusting,
    )

    assert (answer.status, asked) == (200, ["news.test"])


@pytest.mark.parametrize("host", ["other.test", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused(secure, host):
    port, _, trusting = secure

    answer = send(
        Request(f"https://{host}:{port}/", {}),
        allowed=HERE,
        resolve=resolver(["127.0.0.1"]),
        tls=trusting,
    )

    assert (answer.status, answer.error) == (0, "ConnectError")


def test_a_certificate_that_no_known_authority_signed_is_refused(secure):
    port, _, _ = secure

    answer = send(
        Request(f"https://news.test:{port}/", {}), allowed=HERE, resolve=resolver(["127.0.0.1"])
    )

    assert (answer.status, answer.error) == (0, "ConnectError")
