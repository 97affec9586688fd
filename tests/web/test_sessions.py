"""Console sessions: they need their CSRF token, end on time, and are gone after logging out."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from moderation.services.accounts import authentication
from moderation.storage.models.accounts import Moderator
from moderation.web.database import db

SESSION = "moderation_session"
HELD = "What a load of fucking nonsense."


@pytest.fixture
def browser(app, moderator, site):
    """Log a moderator in as a browser does; returns its client and the page's CSRF token."""

    def open():
        client = app.test_client()
        assert client.post("/review/login", data=moderator).status_code == 303
        page = client.get("/review/").get_data(as_text=True)
        return client, page.partition('name="csrf-token" content="')[2].partition('"')[0]

    return open


@pytest.fixture
def held(make_comment):
    return make_comment(HELD)["comment"]["id"]


def approve(client, comment_id, csrf):
    headers = {} if csrf is None else {"X-CSRF-Token": csrf}
    return client.post(
        f"/api/v1/review/comments/{comment_id}/decisions",
        json={"outcome": "approve"},
        headers=headers,
    )


def is_logged_in(client) -> bool:
    """Return whether the console and the review API accept this browser; they must agree."""
    page = client.get("/review/").status_code
    api = client.get("/api/v1/review/queue").status_code
    assert (page, api) in ((200, 200), (303, 401))
    return page == 200


@pytest.mark.parametrize("sent", [None, "", "a wrong token", "ä"])
def test_a_session_changes_nothing_without_its_csrf_token(browser, held, sent):
    client, _ = browser()

    refused = approve(client, held, sent)

    assert (refused.status_code, refused.get_json()["code"]) == (403, "invalid_csrf_token")
    item = client.get(f"/api/v1/review/comments/{held}").get_json()
    assert item["comment"]["status"] == "held"


def test_a_csrf_token_is_good_for_its_own_session_only(browser, held):
    client, own = browser()
    _, others = browser()

    assert approve(client, held, others).status_code == 403
    assert approve(client, held, own).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_every_method_that_changes_something_needs_the_csrf_token(browser, held, method):
    client, _ = browser()
    paths = {
        "PUT": (f"/comments/{held}/featured", {}),
        "PATCH": ("/me", {"display_name": "Mia"}),
        "DELETE": (f"/comments/{held}/claim", None),
        "POST": (f"/comments/{held}/claim", {}),
    }
    path, body = paths[method]

    refused = client.open(f"/api/v1/review{path}", method=method, json=body)

    assert (refused.status_code, refused.get_json()["code"]) == (403, "invalid_csrf_token")


def test_a_bearer_token_needs_no_csrf_token(client, held, reviewing):
    answer = client.post(
        f"/api/v1/review/comments/{held}/decisions", json={"outcome": "approve"}, headers=reviewing
    )

    assert answer.status_code == 201


def test_logging_out_needs_the_csrf_token(browser):
    client, _ = browser()

    refused = client.post("/review/logout", data={"csrf_token": "a wrong token"})

    assert refused.status_code == 403
    assert is_logged_in(client)


def test_a_session_that_is_left_alone_ends_within_twelve_hours(browser, clock):
    client, _ = browser()
    assert is_logged_in(client)

    clock.advance(hours=12, seconds=1)

    assert not is_logged_in(client)


def test_a_session_that_is_used_all_day_ends_all_the_same(browser, clock):
    client, _ = browser()
    begun = clock.now

    while is_logged_in(client) and clock.now < begun + timedelta(days=2):
        clock.advance(minutes=9)

    assert timedelta(hours=1) < clock.now - begun <= timedelta(hours=24)


def test_a_cookie_is_worthless_after_logging_out(browser, app):
    client, csrf = browser()
    other, _ = browser()
    cookie = client.get_cookie(SESSION).value

    client.post("/review/logout", data={"csrf_token": csrf})

    thief = app.test_client()
    thief.set_cookie(SESSION, cookie)
    assert not is_logged_in(thief)
    assert not is_logged_in(client)
    assert is_logged_in(other)


def test_a_new_password_ends_the_sessions_of_the_old_one(browser, app, clock, moderator):
    client, _ = browser()
    with app.app_context():
        authentication.set_password(
            db.session(), moderator["login"], "another long one", now=clock.now
        )
        db.session.remove()

    assert not is_logged_in(client)
    assert client.post("/review/login", data=moderator).status_code == 401


def test_a_session_is_worthless_from_the_moment_its_account_is_disabled(browser, session, clock):
    client, _ = browser()
    # As a node sees it that has just been beaten to it: the session itself is still there.
    session.execute(update(Moderator).values(disabled_at=clock.now))
    session.commit()

    assert not is_logged_in(client)


def test_a_moderator_ends_no_session_of_another(browser, app, clock):
    mia, _ = browser()
    with app.app_context():
        other = {"login": "leo", "password": "another long password"}
        authentication.add_moderator(db.session(), **other, role="moderator", now=clock.now)
        db.session.remove()
    leo = app.test_client()
    leo.post("/review/login", data=other)
    csrf = leo.get("/review/").get_data(as_text=True)
    csrf = csrf.partition('name="csrf-token" content="')[2].partition('"')[0]
    [session] = mia.get("/api/v1/review/me").get_json()["sessions"]

    refused = leo.delete(
        f"/api/v1/review/me/sessions/{session['id']}", headers={"X-CSRF-Token": csrf}
    )

    assert (refused.status_code, refused.get_json()["code"]) == (404, "not_found")
    assert is_logged_in(mia)


def test_the_cookie_is_kept_from_scripts_other_sites_and_open_connections(make_app, moderator):
    production = make_app(env="production").test_client()

    answer = production.post("/review/login", data=moderator)

    parts = {part.strip() for part in answer.headers["Set-Cookie"].split(";")}
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= parts


def test_logins_are_limited_and_the_right_password_waits_as_well(make_app, site, moderator):
    client = make_app(ratelimit_enabled=True, ratelimit_login="3 per minute").test_client()
    wrong = {**moderator, "password": "not the password"}
    tried = [client.post("/review/login", data=wrong).status_code for _ in range(3)]

    refused = client.post("/review/login", data=moderator)

    assert tried == [401, 401, 401]
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert not is_logged_in(client)


@pytest.mark.parametrize(("method", "done"), [("PATCH", 200), ("DELETE", 204)])
def test_edits_and_deletions_are_limited(make_app, make_comment, method, done):
    made = make_comment()
    client = make_app(ratelimit_enabled=True, ratelimit_edit="2 per minute").test_client()

    def change():
        return client.open(
            f"/api/v1/comments/{made['comment']['id']}",
            method=method,
            json={"text": "A better wording."} if method == "PATCH" else None,
            headers={"X-Edit-Token": made["edit_token"]},
        )

    allowed = [change().status_code for _ in range(2)]
    refused = change()

    assert allowed == [done, done]
    assert (refused.status_code, refused.get_json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
