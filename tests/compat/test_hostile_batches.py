"""What a hostile client sends as a batch."""

import json
import re
import socket
import time

import pytest

from tests.compat.wire import JSON, TOXICITY, compact

pytestmark = pytest.mark.xdist_group("compat")

MARK = "===============34=="
KIND = f'Content-Type: multipart/mixed; boundary="{MARK}"'


def inner(key, *, path="", method="POST", text="roof", head=(), body=None):
    body = json.dumps({"comment": {"text": text}, **TOXICITY}) if body is None else body
    path = path or f"/v1alpha1/comments:analyze?key={key}"
    return "\r\n".join([f"{method} {path} HTTP/1.1", JSON, *head, "", body])


def outer(content, id="<b + 1>"):
    return f"Content-Type: application/http\r\nContent-ID: {id}\r\n\r\n{content}"


def joined(*parts, mark=MARK):
    whole = "".join(f"--{mark}\r\n{each}\r\n" for each in parts)
    return f"{whole}--{mark}--\r\n".encode()


@pytest.fixture
def send(drop_in):
    """Send the body of a batch; the answer is in time and no error of the server's own."""

    def batch(body, *headers, path="/batch", within=10.0):
        begun = time.monotonic()
        answer = drop_in.ask("POST", path, *(headers or (KIND,)), body=body)
        assert time.monotonic() - begun < within
        assert answer.status < 500, answer.body[:500]
        return answer

    return batch


def parts_of(answer):
    """Return the parts of an answer as head, status line and body."""
    assert answer.status == 200, answer.body[:500]
    mark = re.search(r'boundary="?([^";]+)', answer.headers["content-type"])[1].encode()
    found = []
    for each in answer.body.split(b"--" + mark)[1:-1]:
        head, line_and_head, body = each.lstrip(b"\r\n").split(b"\r\n\r\n", 2)
        found.append((head, line_and_head, body.rstrip(b"\r\n")))
    return found


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/mixed",
        "multipart/mixed; boundary=",
        'multipart/mixed; boundary=""',
        f'multipart/mixed; boundary="{"x" * 5_000}"',
        "multipart/mixed; boundary=.*",
        "multipart/mixed; boundary=a\xe9",
        'multipart/mixed; boundary="a\\',
        "multipart/form-data; boundary=a",
        "application/json",
        "text/html",
    ],
)
def test_a_batch_without_a_usable_boundary_is_refused(send, kind):
    answer = send(joined(outer("x")), f"Content-Type: {kind}")

    assert answer.status in (400, 415)
    assert answer.headers["content-type"].lower().startswith("application/json")


BODIES = {
    "nothing": b"",
    "no mark": b"roof",
    "the end alone": f"--{MARK}--".encode(),
    "an open part": f"--{MARK}\r\n{outer('x')}".encode(),
    "marks": f"--{MARK}\r\n".encode() * 2_000,
    "dashes": b"-" * 60_000,
    "line ends": b"\r\n" * 30_000,
    "an empty part": joined(""),
    "no head": joined("\r\n\r\nPOST /"),
    "a long head": joined("A: b\r\n" * 8_000 + "\r\nx"),
    "a folded head": joined("A: b" + "\r\n b" * 10_000 + "\r\n\r\nx"),
    "a part within": joined(
        f'Content-Type: multipart/mixed; boundary="in"\r\n\r\n--in\r\n{outer("x")}\r\n--in--'
    ),
    "not ASCII": joined(outer("x", "<\xff\xfe>")),
    "NUL": joined(outer("\0", "<\0>")),
}


@pytest.mark.parametrize("name", BODIES)
def test_any_body_of_a_batch_is_answered(send, name):
    answer = send(BODIES[name])

    assert answer.status in (200, 400, 413)
    if answer.status == 200:
        assert all(b" 200 " not in line.split(b"\r\n")[0] for _, line, _ in parts_of(answer))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "POST",
        "POST /v1alpha1/comments:analyze",
        "roof\r\n\r\n{}",
        "POST  /v1alpha1/comments:analyze  HTTP/1.1\r\n\r\n{}",
        "POST * HTTP/1.1\r\n\r\n{}",
        "POST //evil.example/v1alpha1/comments:analyze HTTP/1.1\r\n\r\n{}",
        "POST http://[ HTTP/1.1\r\n\r\n{}",
        "POST /%00 HTTP/1.1\r\n\r\n{}",
    ],
    ids=range(9),
)
def test_a_part_that_is_no_request_fails_alone(send, drop_in, content):
    good = outer(inner(drop_in.perspective), "<b + 2>")

    bad, ok = parts_of(send(joined(outer(content), good)))

    assert re.match(rb"HTTP/1.1 40[0-5] ", bad[1])
    assert ok[1].startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/review/queue"),
        ("GET", "/healthz"),
        ("GET", "/review/"),
        ("POST", "/batch"),
        ("POST", "/batch/commentanalyzer/v1alpha1"),
        ("POST", "/v1/moderations"),
        ("POST", "/1.1/comment-check"),
        ("POST", "/api/v1/sites/demo/posts/a/comments"),
        ("DELETE", "/v1alpha1/comments:analyze"),
        ("GET", "http://169.254.169.254/latest/meta-data/"),
        ("POST", "/v1alpha1/../api/v1/sites/demo/posts/a/comments"),
    ],
)
def test_a_part_reaches_no_other_address(send, drop_in, method, path):
    head = (f"Authorization: Bearer {drop_in.facts['api_token']}",)
    content = inner(drop_in.perspective, method=method, path=path, head=head)

    (only,) = parts_of(send(joined(outer(content))))

    assert re.match(rb"HTTP/1.1 40[0-5] ", only[1])


def test_a_part_with_a_wrong_key_fails_alone(send, drop_in):
    answers = parts_of(
        send(
            joined(
                outer(inner("wrong0000000"), "<b + 1>"),
                outer(inner("", path="/v1alpha1/comments:analyze"), "<b + 2>"),
                outer(inner(drop_in.perspective), "<b + 3>"),
            )
        )
    )

    statuses = [line.split(b" ")[1] for _, line, _ in answers]
    assert statuses[0] == b"400"
    assert statuses[1] in (b"400", b"403")
    assert statuses[2] == b"200"


@pytest.mark.parametrize(
    "id",
    [
        "<a>\r\nX-Evil: 1",
        "<a\rX-Evil: 1>",
        "<a\nX-Evil: 1>",
        "<a\r\n\tX-Evil: 1>",
        f"<a\r\n --{MARK}>",
        "<a\x0b\x0cX-Evil: 1>",
        "<a\x85X-Evil: 1>",
        "<a\u2028X-Evil: 1>",
        "a",
        "",
        "<>",
        "<" + "x" * 20_000 + ">",
        "<" + "%0D%0AX-Evil:%201>",
    ],
    ids=range(13),
)
def test_an_id_adds_no_line_to_the_answer(send, drop_in, id):
    answer = send(joined(outer(inner(drop_in.perspective), id)))

    assert answer.status in (200, 400)
    assert "x-evil" not in answer.headers
    if answer.status == 200:
        ((head, line, _),) = parts_of(answer)
        lines = re.split(rb"\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n", head)
        names = {each.partition(b":")[0].strip().lower() for each in lines}
        assert names <= {b"content-type", b"content-id", b"content-transfer-encoding"}
        assert b"x-evil" not in line.lower()


def test_no_text_of_a_client_ends_a_part_of_the_answer(send, drop_in):
    """A token may hold anything that a client knows of the answer's form."""
    token = f"\r\n--batch\r\n\r\n--{MARK}--\r\nHTTP/1.1 200 OK"
    body = json.dumps({"comment": {"text": "roof"}, "clientToken": token, **TOXICITY})

    first, second = (send(joined(outer(inner(drop_in.perspective, body=body)))) for _ in range(2))

    ((_, _, answered),) = parts_of(first)
    assert json.loads(answered)["clientToken"] == token
    assert first.headers["content-type"] != second.headers["content-type"]


def test_equal_ids_and_missing_ids_get_an_answer_each(send, drop_in):
    content = inner(drop_in.perspective)
    nameless = f"Content-Type: application/http\r\n\r\n{content}"

    answers = parts_of(send(joined(outer(content), outer(content), nameless)))

    assert [line.split(b" ")[1] for _, line, _ in answers] == [b"200"] * 3


def test_a_wrong_length_within_a_part_reads_nothing_of_the_next(send, drop_in):
    long = inner(drop_in.perspective, head=("Content-Length: 99999",))
    short = inner(drop_in.perspective, head=("Content-Length: 3",))

    answers = parts_of(send(joined(outer(long), outer(short, "<b + 2>"))))

    assert len(answers) == 2
    assert b"500" not in {line.split(b" ")[1] for _, line, _ in answers}


def test_a_batch_of_100_of_the_largest_texts_is_answered(send, drop_in):
    # Few words: it is about the size, not about the time.
    text = "A remark on the roof.".ljust(20_479) + "!"
    parts = [outer(inner(drop_in.perspective, text=text), f"<b + {n}>") for n in range(100)]

    answers = parts_of(send(joined(*parts), within=60))

    assert [line.split(b" ")[1] for _, line, _ in answers] == [b"200"] * 100


def test_a_huge_batch_is_refused_before_it_is_read(drop_in):
    head = f"POST /batch HTTP/1.1\r\nHost: a\r\n{KIND}\r\nContent-Length: 999999999\r\n\r\n"

    with socket.create_connection(("127.0.0.1", drop_in.port), timeout=5) as wire:
        wire.sendall(head.encode() + b"x")
        assert wire.recv(65_536).split(b" ")[1] in (b"400", b"413")


def test_batches_that_never_end_leave_the_others_their_answers(drop_in):
    head = f"POST /batch HTTP/1.1\r\nHost: a\r\n{KIND}\r\nContent-Length: 60000\r\n\r\n--"
    waiting = []
    try:
        for _ in range(30):
            waiting.append(socket.create_connection(("127.0.0.1", drop_in.port), timeout=5))
            waiting[-1].sendall(head.encode())
        begun = time.monotonic()

        answer = drop_in.ask(
            "POST",
            f"/v1alpha1/comments:analyze?key={drop_in.perspective}",
            JSON,
            body=compact({"comment": {"text": "roof"}, **TOXICITY}),
        )

        assert answer.status == 200
        assert time.monotonic() - begun < 5
    finally:
        for each in waiting:
            each.close()
