"""One handler answers every submitted comment: its checks, their order and its headers."""

from ipaddress import ip_network

import pytest
from sqlalchemy import func, select

from moderation.storage.models.comments import Comment
from moderation.web.burst_limit import Burst
from moderation.web.state import app_state
from tests.conftest import ORIGIN

THREAD = "/api/v1/sites/news/posts/story/comments"
AUTHOR = {"name": "Ada"}
WORDS = ("roof", "baker", "ferry", "council", "market", "vote", "levy", "river", "street")
BODIES = {
    "published": {"author": AUTHOR, "text": "A friendly remark about the ferry."},
    "held": {"author": AUTHOR, "text": "What a load of fucking nonsense."},
    "refused": {"author": AUTHOR, "text": "Buy my zeppelin."},
    "trapped": {"author": AUTHOR, "text": "A remark.", "form": {"trap": "filled"}},
    "no parent": {
        "author": AUTHOR,
        "text": "An answer.",
        "parent_id": "01900000-0000-7000-8000-000000000000",
    },
    "no text": {"author": AUTHOR, "text": "  "},
    "no author": {"text": "A remark."},
    "unknown field": {"author": AUTHOR, "text": "A remark.", "status": "approved"},
    "no object": ["text"],
}
STATUS = {
    "published": 201,
    "held": 202,
    "refused": 422,
    "trapped": 422,
    "no parent": 422,
    "no text": 422,
    "no author": 422,
    "unknown field": 422,
    "no object": 422,
}


@pytest.mark.parametrize("origin", [None, ORIGIN, "https://elsewhere.example"])
@pytest.mark.parametrize("kind", BODIES)
def test_an_answer_has_the_headers_of_its_origin(client, change_site, kind, origin):
    change_site(settings={"block_words": ["zeppelin"]})
    headers = {"Origin": origin} if origin else {}

    answer = client.post(THREAD, json=BODIES[kind], headers=headers)

    assert answer.status_code == STATUS[kind]
    assert len(answer.headers["X-Request-Id"]) == 16
    assert answer.headers["Vary"] == "Origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    assert allowed == (origin if origin == ORIGIN else None)


@pytest.mark.parametrize("forwarded", ["https", "http"])
@pytest.mark.parametrize("kind", ["published", "no text"])
def test_an_answer_over_tls_asks_for_tls_again(make_app, site, kind, forwarded):
    client = make_app(
        public_url="https://comments.example", trusted_proxies=(ip_network("127.0.0.0/8"),)
    ).test_client()

    answer = client.post(THREAD, json=BODIES[kind], headers={"X-Forwarded-Proto": forwarded})

    assert ("Strict-Transport-Security" in answer.headers) is (forwarded == "https")


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (THREAD, {"json": BODIES["published"], "headers": {"Idempotency-Key": "k"}}, 201),
        (f"{THREAD}?page=2", {"json": BODIES["published"]}, 201),
        (THREAD, {"data": b"{", "content_type": "application/json"}, 400),
        (THREAD, {"data": b"x" * 70_000, "content_type": "application/json"}, 413),
        (THREAD, {"data": b"text=x", "content_type": "application/x-www-form-urlencoded"}, 415),
        (THREAD.replace("news", "nobody"), {"json": BODIES["published"]}, 404),
        (THREAD.replace("story", "%00"), {"json": BODIES["published"]}, 422),
        (THREAD.replace("story", "%ff"), {"json": BODIES["published"]}, 422),
        (THREAD, {"json": BODIES["published"], "headers": {"Idempotency-Key": "k" * 256}}, 422),
    ],
)
def test_each_kind_of_request_has_its_status(client, path, sent, status):
    assert client.post(path, **sent).status_code == status


def test_every_request_counts_before_its_body_is_read(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="2 per minute").test_client()

    answers = [client.post(THREAD, data=b"{", content_type="application/json") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[-1].get_json()["code"] == "rate_limited"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61


def test_a_closed_post_is_refused_once_and_nothing_is_stored(client, signed_event, session):
    signed_event("post.closed", {"post": "story"})

    answer = client.post(THREAD, json=BODIES["published"])

    assert (answer.status_code, answer.get_json()["code"]) == (409, "post_closed")
    assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_requests_of_every_kind_share_one_limit(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="4 per minute").test_client()

    answers = [
        client.post(
            path, json={"author": AUTHOR, "text": f"Remark {n} is about the {word}, of all things."}
        )
        for n, (path, word) in enumerate(zip([THREAD, f"{THREAD}?page=2"] * 3, WORDS, strict=False))
    ]

    assert [answer.status_code for answer in answers] == [201] * 4 + [429] * 2
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers[4:])


def test_an_address_behind_a_trusted_proxy_counts_as_itself(make_app, site, session):
    client = make_app(trusted_proxies=(ip_network("127.0.0.0/8"),)).test_client()
    for text in ("One remark of mine.", "Another remark of mine."):
        client.post(
            THREAD,
            json={"author": AUTHOR, "text": text},
            headers={"X-Forwarded-For": "203.0.113.9, 127.0.0.3"},
        )

    session.rollback()
    assert len(set(session.scalars(select(Comment.address_key)))) == 1


def test_an_attack_on_one_post_is_refused_before_it_costs_anything(make_app, site, session):
    app = make_app(ratelimit_enabled=True, post_burst=3)
    seconds = [100.0]
    app_state(app).burst_limit = Burst(3, monotonic=lambda: seconds[0])
    client = app.test_client()

    def send(number: int, post: str = "story", path: str = "", headers=None):
        text = f"Remark {number} is about the {WORDS[number % len(WORDS)]} of this town."
        return client.post(
            f"/api/v1/sites/news/posts/{post}/comments{path}",
            json={"author": {"name": f"N{number}"}, "text": text},
            headers={"Origin": ORIGIN, **(headers or {})},
            environ_base={"REMOTE_ADDR": f"10.0.{number}.1"},
        )

    answers = [send(number) for number in range(5)]
    refused = answers[-1]
    ways_around = [send(7, path="?page=2"), send(8, headers={"Idempotency-Key": "k"})]
    elsewhere = send(9, post="other")
    seconds[0] += 1
    later = send(10)

    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert refused.get_json()["code"] == "post_busy"
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert [answer.status_code for answer in ways_around] == [429, 429]
    assert (elsewhere.status_code, later.status_code) == (201, 201)
    assert session.scalar(select(func.count()).select_from(Comment)) == 5


def test_of_a_name_that_occurs_twice_the_last_value_counts(client, session):
    body = (
        '{"author": {"name": "Eve", "name": "Ada"}, "text": "What a load of fucking nonsense.",'
        ' "text": "A friendly remark about the ferry."}'
    )

    answer = client.post(THREAD, data=body, content_type="application/json")

    assert answer.status_code == 201
    kept = session.scalars(select(Comment)).one()
    assert (kept.author_name, kept.text) == ("Ada", "A friendly remark about the ferry.")
