"""The short way and the long way through the framework lead to the same answer."""

from ipaddress import ip_network

import pytest
from sqlalchemy import func, select

from moderation.storage.comments import Comment
from moderation.web.burst import Burst
from tests.conftest import ORIGIN

THREAD = "/api/v1/sites/news/posts/story/comments"
#: With a query a submission is unusual, and Flask takes it.
LONG_WAY = f"{THREAD}?by=flask"
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
#: What differs from one comment to the next, and from one request to the next.
OWN = {"id", "edit_token", "created_at", "request_id"}


def stable(value):
    if isinstance(value, dict):
        return {key: stable(inner) for key, inner in value.items() if key not in OWN}
    return [stable(inner) for inner in value] if isinstance(value, list) else value


def stable_headers(answer) -> dict[str, str]:
    return {
        name: value
        for name, value in answer.headers.items()
        if name not in ("X-Request-Id", "Content-Length")
    }


@pytest.fixture
def taken(app, monkeypatch):
    """Counts the requests that were answered without Flask."""
    counted = []
    inner = app.extensions["intake"]
    answer = type(inner)._answer

    def counting(self, environ, site, post):
        response = answer(self, environ, site, post)
        counted.append(response is not None)
        return response

    monkeypatch.setattr(type(inner), "_answer", counting)
    return counted


@pytest.mark.parametrize("origin", [None, ORIGIN, "https://elsewhere.example"])
@pytest.mark.parametrize("kind", BODIES)
def test_both_ways_give_the_same_answer(client, change_site, clock, taken, kind, origin):
    change_site(settings={"block_words": ["zeppelin"]})
    headers = {"Origin": origin} if origin else {}

    long = client.post(LONG_WAY, json=BODIES[kind], headers=headers)
    # The same text on another day is no duplicate.
    clock.advance(hours=25)
    short = client.post(THREAD, json=BODIES[kind], headers=headers)

    assert (short.status_code, stable(short.get_json())) == (
        long.status_code,
        stable(long.get_json()),
    )
    assert stable_headers(short) == stable_headers(long)
    assert len(short.headers["X-Request-Id"]) == 16
    assert taken == [False, kind in ("published", "held", "refused", "trapped")]


def test_what_is_unusual_is_left_to_the_framework(client, taken):
    body = BODIES["published"]
    answers = [
        client.post(THREAD, json=body, headers={"Idempotency-Key": "k"}),
        client.post(THREAD, data=b"{", content_type="application/json"),
        client.post(THREAD, data=b"text=x", content_type="application/x-www-form-urlencoded"),
        client.post("/api/v1/sites/nobody/posts/story/comments", json=body),
        client.post("/api/v1/sites/news/posts/%00/comments", json=body),
        client.post("/api/v1/sites/news/preview", json={"text": "*Ah*"}),
    ]

    assert [answer.status_code for answer in answers] == [201, 400, 415, 404, 422, 200]
    assert not any(taken)


def test_a_closed_post_is_refused_once_and_nothing_is_stored(client, signed_event, session):
    signed_event("post.closed", {"post": "story"})

    answer = client.post(THREAD, json=BODIES["published"])

    assert (answer.status_code, answer.get_json()["code"]) == (409, "post_closed")
    assert session.scalar(select(func.count()).select_from(Comment)) == 0


def test_both_ways_fill_one_bucket(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="4 per minute").test_client()

    answers = [
        client.post(
            path, json={"author": AUTHOR, "text": f"Remark {n} is about the {word}, of all things."}
        )
        for n, (path, word) in enumerate(
            zip(
                (THREAD, LONG_WAY, THREAD, LONG_WAY, THREAD, LONG_WAY),
                ("roof", "baker", "ferry", "council", "market", "vote"),
                strict=True,
            )
        )
    ]

    assert [answer.status_code for answer in answers] == [201] * 4 + [429] * 2
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers[4:])


def test_an_address_behind_a_trusted_proxy_counts_as_itself(make_app, site, session):
    client = make_app(trusted_proxies=(ip_network("127.0.0.0/8"),)).test_client()
    for path, text in ((THREAD, "One remark of mine."), (LONG_WAY, "Another remark of mine.")):
        client.post(
            path,
            json={"author": AUTHOR, "text": text},
            headers={"X-Forwarded-For": "203.0.113.9, 127.0.0.3"},
        )

    session.rollback()
    assert len(set(session.scalars(select(Comment.address_key)))) == 1


def test_an_attack_on_one_post_is_refused_before_it_costs_anything(make_app, site, session):
    app = make_app(ratelimit_enabled=True, post_burst=3)
    seconds = [100.0]
    app.extensions["burst"] = Burst(3, monotonic=lambda: seconds[0])
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
    ways_around = [send(7, path="?by=flask"), send(8, headers={"Idempotency-Key": "k"})]
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
