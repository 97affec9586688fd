"""Refusals that the server makes in front of the application have Akismet's id as well."""

import re

from moderation.domain.akismet_guid import guid_headers

from .conftest import echo, until_closed

CHECK = b"POST /1.1/comment-check HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
CLOSING = CHECK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
GUID = re.compile(rb"\r\nX-akismet-guid: ([0-9a-f]{32})\r\n")


def test_a_check_that_arrives_too_slowly(serving):
    server = serving(echo, body_time=0.5)
    with server.wire() as wire:
        wire.sendall(CHECK % 1000 + b"blog=")
        answer = until_closed(wire)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert GUID.search(answer)


def test_a_check_while_too_much_is_being_received(serving):
    server = serving(echo, bodies=100)

    answer = server.raw(CHECK % 1000 + b"a" * 1000)

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert GUID.search(answer)


def test_a_check_when_no_thread_is_free(serving):
    server = serving(echo, waiting=0, waiting_per_client=0)

    answer = server.raw(CLOSING % 1 + b"a")

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert GUID.search(answer)


def test_a_check_whose_application_fails(serving):
    def failing(_environ, _start):
        raise RuntimeError

    answer = serving(failing).raw(CLOSING % 0)

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert GUID.search(answer)


def test_a_check_as_large_as_wordpress_sends_it_is_received_whole(serving):
    body = b"comment_content=" + b"%D0%B6" * 65_000 + b"&POST_comment=" + b"%D0%B6" * 65_000

    head = CLOSING % len(body)
    answer = serving(echo).raw(head + body)

    assert f" {len(body)} ".encode() in answer


def test_other_answers_have_no_such_id(serving):
    assert guid_headers("/1.1/verify-key") == []
    assert guid_headers("/api/v1/sites") == []
    assert not GUID.search(serving(echo, waiting=0, waiting_per_client=0).get())
