"""A token is worth no more, and no longer, than the account or token that made it."""

import pytest
from sqlalchemy import select, text

from moderation.domain.roles import Role
from moderation.services.accounts import administration, api_tokens, authentication
from moderation.storage.models.accounts import Moderator
from moderation.web.database import db
from tests.web.conftest import PASSWORD


@pytest.fixture
def ann(app, site, clock, browser, session):
    """An admin of one site, logged in."""
    for login, role in (("root", "admin"), ("ann", None)):
        here = {} if role else {site.id: Role.ADMIN}
        authentication.add_moderator(
            session, login, PASSWORD, role=role, on_sites=here, now=clock.now
        )
    logged_in = browser()
    logged_in.log_in("ann")
    return logged_in


@pytest.fixture
def use(client):
    """Return the status of a request with a token."""

    def go(token, method="GET", path="/queue", body=None):
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(f"/api/v1/review{path}", method=method, json=body, headers=headers)

    return go


def make(ask, name, **more):
    body = {"name": name, "scopes": ["review", "admin"], "site": "news", **more}
    answer = ask("POST", "/tokens", body)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["token"]


@pytest.mark.parametrize("what", ["disabled", "removed", "demoted"])
def test_a_token_ends_with_the_account_that_made_it(ann, use, call, session, site, what):
    token = make(ann.ask, "hers")
    id = session.scalar(select(Moderator.id).where(Moderator.login == "ann"))
    assert use(token).status_code == 200

    match what:
        case "disabled":
            call("PATCH", f"/moderators/{id}", {"disabled": True})
        case "removed":
            call("DELETE", f"/moderators/{id}")
        case "demoted":
            call("PUT", f"/moderators/{id}/sites/news", {"role": "moderator"})

    assert use(token).status_code == 401


def test_an_account_that_is_enabled_again_has_its_tokens_again(ann, use, call, session):
    token = make(ann.ask, "hers")
    id = session.scalar(select(Moderator.id).where(Moderator.login == "ann"))
    call("PATCH", f"/moderators/{id}", {"disabled": True})

    call("PATCH", f"/moderators/{id}", {"disabled": False})

    assert use(token).status_code == 200


def test_an_account_that_gets_the_number_of_a_removed_one_gets_none_of_its_tokens(
    ann, use, session, clock
):
    token = make(ann.ask, "hers")
    authentication.remove_moderator(session, "ann", now=clock.now)

    authentication.add_moderator(session, "bea", PASSWORD, role="admin", now=clock.now)

    assert use(token).status_code == 401


def test_a_token_that_a_token_made_ends_with_either_maker(ann, use, call, session):
    def by(token):
        return lambda method, path, body: use(token, method, path, body)

    first = make(ann.ask, "first")
    second = make(by(first), "second")
    third = make(by(second), "third")
    assert use(third).status_code == 200

    listed = {each["name"]: each["id"] for each in ann.ask("GET", "/tokens").get_json()["tokens"]}
    ann.ask("DELETE", f"/tokens/{listed['second']}")

    assert [use(each).status_code for each in (first, second, third)] == [200, 401, 401]
    fourth = make(by(first), "fourth")
    id = session.scalar(select(Moderator.id).where(Moderator.login == "ann"))
    call("PATCH", f"/moderators/{id}", {"disabled": True})
    assert use(fourth).status_code == 401


def test_a_token_with_an_end_makes_none_that_lasts_longer(ann, use, clock):
    end = clock.now.replace(microsecond=0).replace(year=clock.now.year + 1)
    token = make(ann.ask, "ends", expires_at=end.isoformat())
    wish = {"name": "child", "scopes": ["review"], "site": "news"}
    later = end.replace(year=end.year + 1).isoformat()

    refused = [
        use(token, "POST", "/tokens", {**wish, **ends})
        for ends in ({}, {"expires_at": None}, {"expires_at": later})
    ]
    taken = use(token, "POST", "/tokens", {**wish, "expires_at": end.isoformat()})

    assert [answer.status_code for answer in refused] == [422] * 3
    assert {answer.get_json()["errors"][0]["pointer"] for answer in refused} == {"#/expires_at"}
    assert taken.status_code == 201


def test_tokens_of_the_command_and_of_earlier_releases_stay_valid(app, ann, use, clock, session):
    made = api_tokens.add_token(session, "cli", scopes=("review",), now=clock.now)
    before = make(ann.ask, "before")
    session.execute(text("DELETE FROM token_origins"))
    session.commit()
    authentication.remove_moderator(session, "ann", now=clock.now)

    assert [use(made).status_code, use(before).status_code] == [200, 200]


def test_the_service_refuses_the_same_as_the_view(session, site, clock, ann):
    token = api_tokens.add_token(
        session,
        "short",
        scopes=("admin",),
        site=site,
        now=clock.now,
        expires_at=clock.now.replace(year=clock.now.year + 1),
    )
    holder = authentication.reviewer_of_token(session, token, now=clock.now)

    with pytest.raises(authentication.Invalid):
        administration.add_token(
            session, holder, "long", scopes=["review"], site=site, expires_at=None, now=clock.now
        )
    db.session.rollback()
