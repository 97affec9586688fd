"""Readers who report comments, each from an address of their own, and moderators who answer."""

from itertools import count

import pytest
from sqlalchemy import func, select

from moderation.services.comments import vote_counts
from moderation.services.community import votes
from moderation.services.community.votes import Reader
from moderation.services.sites import registry, sign_on_secrets
from moderation.storage.models.comments import Comment
from moderation.storage.models.votes import Vote
from moderation.web.database import db
from moderation.web.state import app_state
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


@pytest.fixture
def voting(change_site):
    """A site on which readers vote for and against."""
    change_site(settings={"votes": "updown", "hold_first": 0, "thresholds": {"flood": 1.01}})


@pytest.fixture
def vote(app, voting, clock):
    """Vote in a session of one's own, as a request does; safe on any thread."""

    def put(comment_id, value, browser="one browser of a guest", **reader):
        with app.app_context():
            session = db.session()
            try:
                return votes.vote(
                    session,
                    app_state(app).signing,
                    registry.find(session, "news"),
                    comment_id,
                    Reader("192.0.2.1", browser=browser, **reader),
                    value,
                    now=clock.now,
                )
            finally:
                db.session.remove()

    return put


@pytest.fixture
def totals(app):
    """Return the totals of a comment, and those of its rows."""

    def read(comment_id):
        with app.app_context():
            session = db.session()
            comment = session.get(Comment, comment_id)
            rows = dict(
                session.execute(
                    select(Vote.value, func.count())
                    .where(Vote.comment_id == comment_id)
                    .group_by(Vote.value)
                ).all()
            )
            found = (comment.votes_up, comment.votes_down), (rows.get(1, 0), rows.get(-1, 0))
            db.session.remove()
        return found

    return read


@pytest.fixture
def refresh(app, clock):
    """Let the worker show what is due; returns the number of posts."""

    def due():
        with app.app_context():
            count = vote_counts.refresh_due(db.session(), now=clock.now)
            db.session.remove()
        return count

    return due
