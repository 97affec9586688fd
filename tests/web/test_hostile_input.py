"""Every invalid request is answered with a readable problem, and never with a 500."""

import json
import shutil
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation import create_app
from moderation.domain.errors import Unauthenticated
from moderation.services.accounts import authentication
from moderation.services.sites import changes
from moderation.storage.models.sites import Site
from moderation.web.database import db
from tests.conftest import make_settings

THREAD = "/api/v1/sites/news/posts/story/comments"
SOME_ID = "018f0000-0000-7000-8000-000000000000"


def is_problem(answer) -> bool:
    body = answer.get_json()
    return (
        answer.mimetype == "application/problem+json"
        and isinstance(body["code"], str)
        and body["status"] == answer.status_code
        and bool(body["detail"])
    )


def post(client, body: bytes | str, **headers: str):
    return client.post(THREAD, data=body, headers={"Content-Type": "application/json", **headers})


NOT_JSON = [
    b"",
    b"{",
    b"nope",
    b"\xff\xfe",
    b'{"text": "\xed\xa0\x80"}',
    b'{"author": {"name": "\\ud800"}, "text": "lone surrogate"}',
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b'{"author": {"name": "A"}, "text": NaN}',
    b'{"author": {"name": "A"}, "text": 1e400}',
]


def test_a_body_that_is_not_json_is_400(client):
    answers = {body[:30]: post(client, body) for body in NOT_JSON}

    assert {k: a.status_code for k, a in answers.items()} == dict.fromkeys(answers, 400)
    assert all(is_problem(a) and a.get_json()["code"] == "bad_json" for a in answers.values())


AGAINST_THE_RULES = [
    "null",
    "[]",
    "5",
    '"text"',
    "{}",
    '{"author": null, "text": null}',
    '{"author": [], "text": "x"}',
    '{"author": "Ada", "text": "x"}',
    '{"author": {"name": 5}, "text": "x"}',
    '{"author": {"name": true}, "text": "x"}',
    '{"author": {"name": "Ada"}, "text": {}}',
    '{"author": {"name": "Ada"}, "text": "   "}',
    '{"author": {"name": "  "}, "text": "x"}',
    '{"author": {"name": "A\\u0000"}, "text": "x"}',
    '{"author": {"name": "Ada"}, "text": "x\\u0000y"}',
    '{"author": {"name": "Ada", "email": "no"}, "text": "x"}',
    '{"author": {"name": "Ada", "email": "a\\u0000@mail.example"}, "text": "x"}',
    '{"author": {"name": "Ada", "website": "javascript:alert(1)"}, "text": "x"}',
    '{"author": {"name": "Ada", "website": "http://a.example/\\u0000"}, "text": "x"}',
    '{"author": {"name": "Ada", "website": 7}, "text": "x"}',
    '{"author": {"name": "Ada", "id": "staff-1"}, "text": "x"}',
    '{"author": {"name": "Ada"}, "text": "x", "status": "approved"}',
    '{"author": {"name": "Ada"}, "text": "x", "parent_id": 5}',
    '{"author": {"name": "Ada"}, "text": "x", "parent_id": "nope"}',
    '{"author": {"name": "Ada"}, "text": "x", "parent_id": {}}',
    '{"author": {"name": "Ada"}, "text": "x", "post": []}',
    '{"author": {"name": "Ada"}, "text": "x", "post": {"url": "http://a/\\u0000"}}',
    '{"author": {"name": "Ada"}, "text": "x", "post": {"title": "\\u0000"}}',
    '{"author": {"name": "Ada"}, "text": "x", "form": {"token": 5}}',
    '{"author": {"name": "Ada"}, "text": "x", "form": {"trap": []}}',
    '{"author": {"name": "Ada"}, "text": "%s"}' % ("x" * 10_001),
    '{"author": {"name": "%s"}, "text": "x"}' % ("x" * 81),
    '{"author": {"name": "Ada"}, "text": "first", "text": 2}',
]


def test_a_body_that_breaks_a_rule_is_422_with_a_pointer(client):
    answers = {body[:80]: post(client, body) for body in AGAINST_THE_RULES}

    assert {k: a.status_code for k, a in answers.items()} == dict.fromkeys(answers, 422)
    for answer in answers.values():
        assert is_problem(answer)
        assert answer.get_json()["code"] == "validation_failed"
        errors = answer.get_json()["errors"]
        assert errors
        assert all(e["pointer"].startswith("#") and e["detail"] for e in errors)


def test_field_errors_point_at_the_field(client):
    answer = post(client, '{"author": {"name": ""}, "text": 1, "x/y~z": 1}')

    pointers = {e["pointer"] for e in answer.get_json()["errors"]}
    assert pointers == {"#/author/name", "#/text", "#/x~1y~0z"}


def test_a_text_of_1_to_10000_characters_is_kept_as_typed(client):
    for text in ("x", "x" * 10_000, "\U0001f600" * 10_000, "  padded  "):
        body = json.dumps({"author": {"name": "Ada"}, "text": text}, ensure_ascii=False)

        answer = post(client, body)

        assert answer.status_code in (201, 202)
        assert answer.get_json()["comment"]["text"] == text.strip()


def test_anything_but_json_is_415(client):
    for kind in ("text/plain", "", "application/x-www-form-urlencoded", "json"):
        answer = client.post(THREAD, data="{}", content_type=kind)

        assert answer.status_code == 415
        assert is_problem(answer)


def test_a_body_over_64_kib_as_sent_is_413(client):
    body = {"author": {"name": "Ada"}, "text": "A remark."}
    largest = json.dumps(body).ljust(64 * 1024).encode()

    assert post(client, largest).status_code in (201, 202)
    too_large = post(client, largest + b" ")
    assert too_large.status_code == 413
    assert is_problem(too_large)


def test_the_repeated_key_that_json_readers_keep_is_the_one_that_is_judged(client):
    answer = post(client, '{"author":{"name":"Ada"},"text":"fucking hell","text":"A kind word"}')

    assert answer.status_code == 201
    assert answer.get_json()["comment"]["text"] == "A kind word"


def test_a_site_that_cannot_be_is_404(client):
    for path in (
        "/api/v1/sites/%00/posts/a/comments",
        "/api/v1/sites/%ff/posts/a/comments",
        "/api/v1/sites/" + "x" * 500 + "/counts?post=a",
        "/api/v1/sites/News/counts?post=a",
    ):
        answer = client.get(path)

        assert answer.status_code == 404
        assert answer.get_json()["code"] == "site_not_found"


BAD_QUERIES = [
    THREAD + "?limit=0",
    THREAD + "?limit=101",
    THREAD + "?limit=-1",
    THREAD + "?limit=ten",
    THREAD + "?limit=" + "9" * 5000,
    THREAD + "?limit=1e2",
    THREAD + "?sort=best",
    THREAD + "?sort=%00",
    THREAD + "?cursor=%00",
    THREAD + "?cursor=nonsense",
    THREAD + "?cursor=f" + "_" * 31,
    THREAD + "?cursor=" + "A" * 65,
    THREAD + "?cursor=%F0%9F%98%80",
    "/api/v1/sites/news/posts/%00/comments",
    "/api/v1/sites/news/posts/a%00b/comments",
    "/api/v1/sites/news/posts/" + "x" * 513 + "/comments",
    "/api/v1/sites/news/posts/%ff/comments",
    "/api/v1/sites/news/posts/%00/form",
    "/api/v1/sites/news/counts",
    "/api/v1/sites/news/counts?post=",
    "/api/v1/sites/news/counts?post=%00",
    "/api/v1/sites/news/counts?post=a&post=" + "x" * 6_145,
    "/api/v1/sites/news/counts?" + "&".join(["post=a"] * 101),
]


def test_a_query_that_breaks_a_rule_is_422(client):
    answers = {path[-40:]: client.get(path) for path in BAD_QUERIES}

    assert {k: a.status_code for k, a in answers.items()} == dict.fromkeys(answers, 422)
    for answer in answers.values():
        assert is_problem(answer)
        pointers = [e["pointer"] for e in answer.get_json()["errors"]]
        assert pointers
        assert not any(p.startswith("#") for p in pointers)


def test_nul_in_the_login_form_is_refused_like_a_wrong_password(app, session, clock):
    for login, password in (("\0", "x"), ("mia", "\0")):
        with pytest.raises(Unauthenticated):
            authentication.log_in(session, login, password, now=clock.now)


MALFORMED = ["\xff", "Bearer", "Bearer ", "Bearer \xff\xfe", "Basic eA==", "x" * 5000]


def test_a_malformed_token_is_401_or_403(client):
    for method, path in (
        ("GET", f"/api/v1/comments/{SOME_ID}"),
        ("DELETE", f"/api/v1/comments/{SOME_ID}"),
        ("GET", "/api/v1/review/queue"),
        ("DELETE", f"/api/v1/review/decisions/{SOME_ID}"),
    ):
        for header in MALFORMED:
            answer = client.open(path, method=method, headers={"Authorization": header})

            assert answer.status_code in (401, 403)
            assert is_problem(answer)


def test_an_idempotency_key_that_cannot_be_kept_is_422(client):
    for key in ("x" * 256, "a\x7fb", "a\tb", "\x01"):
        answer = client.post(
            THREAD,
            json={"author": {"name": "Ada"}, "text": "x"},
            headers={"Idempotency-Key": key},
        )

        assert answer.status_code == 422
        assert is_problem(answer)


OVERLONG = [
    {"email": "a" * 60_000 + "@"},
    {"email": "a." * 30_000},
    {"email": "a@" + "a-" * 30_000},
    {"email": '"' + "\\a" * 20_000},
    {"website": "http://" + "a" * 60_000},
    {"website": "http://" + "a." * 30_000},
    {"website": "http://" + "a-" * 30_000 + "!"},
    {"website": "http://[" + "1:" * 30_000},
    {"website": "http://a:" + "1" * 60_000},
    {"website": "http://" + "u:p@" * 15_000},
]


def test_no_field_makes_validation_slow(client):
    for field in OVERLONG:
        body = json.dumps({"author": {"name": "Ada", **field}, "text": "x"})
        # Its own time, not the clock's: other programs on the machine do not count.
        begun = time.thread_time()

        answer = post(client, body)

        assert answer.status_code == 422
        assert time.thread_time() - begun < 1.0


# Anything at all

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"]), max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "author",
                    "name",
                    "email",
                    "website",
                    "text",
                    "parent_id",
                    "post",
                    "title",
                    "url",
                    "form",
                    "token",
                    "trap",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
LIKELY = st.fixed_dictionaries(
    {
        "author": st.fixed_dictionaries(
            {"name": JSON | st.text(max_size=90)}, optional={"email": JSON, "website": JSON}
        )
        | JSON,
        "text": st.text(st.characters(blacklist_categories=["Cs"]), max_size=200) | JSON,
    },
    optional={"parent_id": JSON | st.uuids().map(str), "post": JSON, "form": JSON},
)


@pytest.fixture(scope="module")
def fuzzed(sqlite_template, postgres_url, tmp_path_factory):
    """Clients of one application on each database, kept for all examples."""
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copy(sqlite_template, folder / "moderation.sqlite3")
    apps = [
        create_app(make_settings(data_dir=folder)),
        create_app(make_settings(database_url=postgres_url)),
    ]
    for app in apps:
        with app.app_context():
            db.session.query(Site).delete()
            db.session.commit()
            changes.add(db.session(), "news", title="", origins=[], now=datetime.now(UTC))
            db.session.remove()
    yield [app.test_client() for app in apps]
    for app in apps:
        with app.app_context():
            db.engine.dispose()


FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@FUZZ
@given(body=LIKELY | JSON)
def test_no_json_makes_a_submission_fail_with_500(fuzzed, body):
    for client in fuzzed:
        answer = post(client, json.dumps(body))

        assert answer.status_code in (201, 202, 413, 422)
        assert answer.status_code < 400 or is_problem(answer)


@FUZZ
@given(
    path=st.lists(
        st.sampled_from(
            ["api", "v1", "sites", "news", "posts", "comments", "counts", "replies", SOME_ID]
        )
        | st.sampled_from(
            ["form", "events", "review", "queue", "decisions", "widget", "docs", "..", ""]
        )
        | st.binary(max_size=6).map(lambda b: "".join(f"%{x:02x}" for x in b)),
        max_size=8,
    ).map(lambda parts: "/".join(parts).lstrip("/")),
    method=st.sampled_from(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT", "TRACE"]),
    query=st.dictionaries(
        st.sampled_from(["post", "limit", "sort", "cursor", "site", "reason", "status"]),
        st.text(max_size=10) | st.sampled_from(["1", "oldest", "\0", "news"]),
        max_size=3,
    ),
    body=st.binary(max_size=20) | JSON.map(lambda j: json.dumps(j).encode()),
)
def test_no_request_at_all_fails_with_500(fuzzed, path, method, query, body):
    for client in fuzzed:
        answer = client.open(
            "/" + path,
            method=method,
            query_string=query,
            data=body,
            content_type="application/json",
        )

        assert answer.status_code < 500
