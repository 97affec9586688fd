"""Coral's external moderation phase, as Coral sends it and as a hostile client does."""

import hashlib
import hmac
import json
import time

import pytest

pytestmark = pytest.mark.xdist_group("compat")

OLD, NEW = "empsec_old_0123456789abcdef", "empsec_new_0123456789abcdef"
PATH = "/coral/demo/moderate"
STATUSES = {"NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"}


@pytest.fixture(scope="module", autouse=True)
def secrets(drop_in):
    for secret in (OLD, NEW):
        answer = drop_in.ask(
            "POST",
            "/api/v1/review/sites/demo/coral",
            "Content-Type: application/json",
            f"Authorization: Bearer {drop_in.facts['api_token']}",
            body=json.dumps({"secret": secret}).encode(),
        )
        assert answer.status < 300, answer.body


def body_of(text, **changes):
    """A comment in the form in which Coral writes it: JSON with an indent of two."""
    known = {
        "action": "NEW",
        "comment": {"body": text, "parentID": None},
        "author": {"id": "u1", "role": "COMMENTER"},
        "story": {"id": "st1", "url": "https://news.example/roof?x=1"},
        "site": {"id": "site1"},
        "tenantID": "t1",
        "tenantDomain": "coral.example",
    }
    return json.dumps({**known, **changes}, indent=2).encode()


def signature(body, *secrets):
    return ",".join(
        "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        for secret in secrets
    )


@pytest.fixture
def send(drop_in):
    def post(body, *, signed=None, path=PATH):
        begun = time.monotonic()
        answer = drop_in.ask(
            "POST",
            path,
            "User-Agent: Coral Moderation/9.11.8",
            "Content-Type: application/json",
            f"X-Coral-Signature: {signature(body, NEW) if signed is None else signed}",
            "Accept: */*",
            body=body,
        )
        # On a busy machine too; the deadline itself has tests with a clock.
        assert time.monotonic() - begun < 10
        return answer

    return post


def test_there_is_nothing_to_say_about_an_ordinary_comment(send):
    answer = send(body_of("<div>The roof é leaks in <b>eleven</b> places.</div>"))

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("text", ["<div>you <b>idiot</b></div>", "you idiot"])
def test_an_insult_gets_a_status_and_flags_that_coral_knows(send, text):
    answer = send(body_of(text))

    assert answer.status == 200
    assert answer.json["status"] in STATUSES - {"NONE", "APPROVED"}
    for action in answer.json["actions"]:
        assert action["actionType"] == "FLAG"
        assert action["reason"] in ("COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM")
    assert answer.json.keys() <= {"status", "actions", "tags"}


def test_either_secret_of_a_rotation_is_taken(send):
    body = body_of("The roof leaks.", action="EDIT")

    for signed in (
        signature(body, OLD, NEW),
        signature(body, NEW, "empsec_of_another"),
        signature(body, "empsec_of_another", OLD),
        signature(body, OLD).replace(",", ", "),
    ):
        assert send(body, signed=signed).status == 204


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "sha256=",
        "sha256=zz",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        "garbage",
        ",,,,",
        "sha256=é",
        "sha256=\xff\xfe",
        ",".join(["sha256=" + "0" * 64] * 500),
        "=" * 5_000,
    ],
    ids=range(11),
)
def test_a_wrong_signature_is_refused(send, signed):
    assert send(body_of("you idiot"), signed=signed).status == 401


def test_a_signature_is_of_the_bytes_and_of_the_site(send):
    body = body_of("The roof leaks.")

    assert send(body + b" ", signed=signature(body, NEW)).status == 401
    for path in ("/coral/nosuch/moderate", "/coral/%00/moderate", f"/coral/{'x' * 999}/moderate"):
        assert send(body, path=path).status in (400, 401, 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"\xff\xfe",
        b'{"action": "NEW"}',
        body_of("x", comment=None),
        body_of("x", comment={"body": 7}),
        body_of("x", author=7, story=[], site="x"),
        body_of("<" * 20_000),
        body_of("<div>" * 10_000),
        body_of("&#x110000;&#xd800;&#0;&#99999999999999;"),
        body_of("roof \x00 \ud800"),
        body_of("x", action="DELETE"),
    ],
    ids=range(16),
)
def test_any_signed_body_gets_an_answer_that_coral_knows(send, body):
    answer = send(body)

    assert answer.status in (200, 204)
    if answer.status == 200:
        assert answer.json["status"] in STATUSES - {"NONE"}
