"""Batches: parts are read as Google's clients write them, and answers carry their ids."""

import pytest

from moderation.services.compat.perspective.batch import (
    MOST_PARTS,
    PartAnswer,
    read_parts,
    write_parts,
)
from moderation.services.compat.perspective.errors import Refused

TYPE = 'multipart/mixed; boundary="==="'
PART = b"""--===
Content-Type: application/http
Content-ID: <abc + 1>

POST /v1alpha1/comments:analyze?key=k HTTP/1.1
Content-Type: application/json

{"a": 1}
"""


def test_parts_are_read_with_either_line_break():
    for body in (PART, PART.replace(b"\n", b"\r\n")):
        (part,) = read_parts(TYPE, body + b"--===--")

        assert (part.id, part.method) == (b"<abc + 1>", "POST")
        assert part.target == "/v1alpha1/comments:analyze?key=k"
        assert part.headers == {"content-type": "application/json"}
        assert part.body == b'{"a": 1}'


def test_a_folded_id_is_joined():
    folded = PART.replace(b"<abc + 1>", b"<abc%20\r\n def%20\n\tghi>")

    assert read_parts(TYPE, folded + b"--===--")[0].id == b"<abc%20 def%20 ghi>"


def test_a_control_character_in_an_id_adds_no_line_to_the_answer():
    answer = PartAnswer(b"<a\rX-Evil: 1\x00>", 200, {}, b"{}")

    _, body = write_parts([answer])

    assert b"Content-ID: <response-a X-Evil: 1 >\r\n" in body


@pytest.mark.parametrize(
    ("sent", "answered"), [(b"<a>", b"<response-a>"), (b"a", b"response-a"), (b"1", b"response-1")]
)
def test_an_id_is_answered_with_angle_brackets_only_if_it_came_with_them(sent, answered):
    (part,) = read_parts(TYPE, PART.replace(b"<abc + 1>", sent) + b"--===--")

    _, body = write_parts([PartAnswer(part.id, 200, {}, b"{}")])

    assert b"\r\nContent-ID: " + answered + b"\r\n" in body


def test_lines_of_a_part_may_end_in_two_ways():
    """PHP's client ends header lines with CRLF and the others with LF, and puts LF after bodies."""
    body = (
        b"--7\nContent-Type: application/http\nContent-Transfer-Encoding: binary\n"
        b"MIME-Version: 1.0\nContent-ID: first\n\nPOST /v1alpha1/comments:analyze HTTP/1.1\n"
        b"host:a\r\ncontent-type:application/json\r\n\n{}\n\n\n--7--"
    )

    (part,) = read_parts("multipart/mixed; boundary=7", body)

    assert (part.id, part.method, part.body.strip()) == (b"first", "POST", b"{}")
    assert part.headers == {"host": "a", "content-type": "application/json"}


def test_a_preamble_and_what_follows_the_end_are_no_parts():
    parts = read_parts(TYPE, b"preamble\n" + PART + PART + b"--===--\n" + PART)

    assert len(parts) == 2


def test_a_part_without_a_request_keeps_its_id():
    (part,) = read_parts(TYPE, b"--===\nContent-ID: <x>\n\nnonsense\n--===--")

    assert (part.id, part.method) == (b"<x>", "")
    (bare,) = read_parts(TYPE, b"--===\n\n\n--===--")
    assert (bare.id, bare.method) == (None, "")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", PART),
        ("multipart/mixed", PART),
        ("multipart/mixed; boundary=other", PART),
        (TYPE, b""),
        (TYPE, PART * (MOST_PARTS + 1)),
        (TYPE, b"\n--===" * 500_000),
    ],
)
def test_what_is_no_batch_is_refused(content_type, body):
    with pytest.raises(Refused) as caught:
        read_parts(content_type, body)

    assert caught.value.code == 400


def test_a_hundred_parts_are_a_batch():
    assert len(read_parts(TYPE, PART * MOST_PARTS + b"--===--")) == MOST_PARTS


def test_an_answer_names_the_part_that_it_answers():
    content_type, body = write_parts(
        [
            PartAnswer(b"<abc + 1>", 200, {"Content-Type": "application/json"}, b'{"a":1}'),
            PartAnswer(None, 400, {}, b"{}"),
        ]
    )
    boundary = content_type.partition("boundary=")[2].encode()

    first, second = body.split(b"--" + boundary)[1:-1]
    assert b"Content-ID: <response-abc + 1>\r\n\r\nHTTP/1.1 200 OK\r\n" in first
    assert first.endswith(b'Content-Length: 7\r\n\r\n{"a":1}\r\n')
    assert b"Content-ID" not in second
    assert b"HTTP/1.1 400 Bad Request\r\n" in second
    assert body.endswith(b"--\r\n")
