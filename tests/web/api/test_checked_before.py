"""Refused requests change nothing, and completed ones are not answered as refused."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from moderation.domain.roles import Role
from moderation.services.accounts import api_tokens, authentication
from moderation.services.sites import changes
from moderation.storage.models.authors import Ban
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.web.database import db
from moderation.web.state import app_state

FOUL = "That is bullshit, and everybody on this street knows it."
PASSWORD = "a long enough password"


@pytest.fixture
def other(app, site, clock):
    with app.app_context():
        made, _ = changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        db.session.remove()
    return made


@pytest.fixture
def here(app, client, site, other, clock):
    """An admin of `news` alone, by a token."""
    with app.app_context():
        token = api_tokens.add_token(
            db.session(), "here", scopes=("review", "admin"), site=site, now=clock.now
        )
        db.session.remove()
    headers = {"Authorization": f"Bearer {token}"}

    def ask(method, path, body=None):
        return client.open(f"/api/v1/review{path}", method=method, json=body, headers=headers)

    return ask


def counted(session, table):
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize(
    ("next", "status"),
    [({"site": "other"}, 403), ({"site": "nosuch"}, 403), ({"queue": "approved"}, 422)],
)
def test_a_decision_is_not_recorded_when_what_comes_next_is_refused(
    session, here, make_comment, next, status
):
    id = make_comment(FOUL)["comment"]["id"]
    before = counted(session, Decision), counted(session, AuditEntry)

    refused = here("POST", f"/comments/{id}/decisions", {"outcome": "approve", "next": next})

    assert refused.status_code == status
    assert (counted(session, Decision), counted(session, AuditEntry)) == before
    assert here("GET", f"/comments/{id}").get_json()["comment"]["status"] == "held"


def test_a_ban_is_lifted_only_from_an_author_who_is_known_here(app, session, here, signed_event):
    signed_event("author.banned", {"author": {"email": "eve@mail.example"}})
    key = app_state(app).signing.author_key("email", "eve@mail.example")
    before = counted(session, AuditEntry)

    unknown = here("DELETE", f"/sites/news/authors/{'0' * 32}/ban")
    assert (unknown.status_code, counted(session, AuditEntry)) == (404, before)
    card = here("GET", f"/sites/news/authors/{key}").get_json()
    lifted = here("DELETE", f"/sites/news/authors/{key}/ban")

    assert (card["first_seen"], card["ban"]["until"]) == (None, None)
    assert (lifted.status_code, lifted.get_json()["ban"]) == (200, None)
    assert counted(session, Ban) == 0


def test_a_ban_that_ends_in_the_past_is_not_made(session, here, make_comment, clock):
    id = make_comment(author={"email": "eve@mail.example"})["comment"]["id"]
    key = here("GET", f"/comments/{id}").get_json()["comment"]["author"]["key"]
    past = (clock.now - timedelta(days=1)).isoformat()

    refused = here("PUT", f"/sites/news/authors/{key}/ban", {"until": past, "reason": "Spam"})

    assert (refused.status_code, counted(session, Ban)) == (422, 0)


def test_a_moderator_whose_last_role_is_taken_away_is_in_the_answer(app, here, site, clock):
    with app.app_context():
        made = authentication.add_moderator(
            db.session(), "mia", PASSWORD, role=None, on_sites={site.id: Role.SENIOR}, now=clock.now
        ).id
        db.session.remove()

    answer = here("PUT", f"/moderators/{made}/sites/news", {"role": None})

    assert (answer.status_code, answer.get_json()["sites"]) == (200, {})
    assert made not in [m["id"] for m in here("GET", "/moderators").get_json()["moderators"]]


def test_an_account_that_was_made_without_a_role_is_answered_with_its_password(here, client):
    answer = here("POST", "/moderators", {"login": "ann", "role": None})

    assert answer.status_code == 201
    form = {"login": "ann", "password": answer.get_json()["password"]}
    assert client.post("/review/login", data=form).status_code == 303
