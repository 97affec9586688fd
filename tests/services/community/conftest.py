"""Readers who report comments, each from an address of their own, and moderators who answer."""

from itertools import count

import pytest

from moderation.services.sites import sign_on_secrets
from tests.signing_on import claims, token


@pytest.fixture
def published(make_comment):
    """Submit a comment that is published, and return its id."""

    def make(text="The roof leaks in eleven places.", **fields):
        made = make_comment(text, **fields)
        assert made["http"] == 201, made
        return made["comment"]["id"]

    return make


@pytest.fixture
def member(session, site, clock, change_site):
    """Headers of a signed-in reader."""
    change_site(settings={"sign_on_algorithm": "HS256"})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()

    def headers(**changes):
        return {"Authorization": f"Bearer {token(secret, claims(clock.now, **changes))}"}

    return headers


@pytest.fixture
def report(client):
    """Report a comment; each guest comes from another network unless an address is given."""
    networks = count(1)

    def send(comment_id, reason="spam", *, address="", headers=None, site="news", **fields):
        number = next(networks)
        address = address or f"203.{number // 200}.{number % 200}.7"
        return client.post(
            f"/api/v1/sites/{site}/comments/{comment_id}/reports",
            json={"reason": reason, **fields},
            headers=headers or {},
            environ_overrides={"REMOTE_ADDR": address},
        )

    return send


@pytest.fixture
def review(client, reviewing):
    """Call the review API with every permission, and return the JSON of the answer."""

    def call(method, path, body=None):
        answer = client.open(f"/api/v1/review{path}", method=method, json=body, headers=reviewing)
        assert answer.status_code < 300, answer.get_json()
        return answer.get_json()

    return call


@pytest.fixture
def decide(review):
    def send(comment_id, outcome, **fields):
        body = {"outcome": outcome, **fields}
        return review("POST", f"/comments/{comment_id}/decisions", body)

    return send


@pytest.fixture
def queue(review):
    """Return the items of the queue Reported."""

    def read(query="sort=priority"):
        return review("GET", f"/queue?queue=reported&{query}")["items"]

    return read
