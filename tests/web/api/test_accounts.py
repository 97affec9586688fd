"""Admins manage roles; moderators manage their own account."""

import pytest
from sqlalchemy import select

from moderation.services.accounts import authentication
from moderation.storage.models.decisions import AuditEntry
from moderation.web.database import db

PASSWORD = "a long enough password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def call(client, reviewing):
    def send(method, path, body=None, headers=reviewing):
        return client.open(f"/api/v1/review{path}", method=method, json=body, headers=headers)

    return send


@pytest.fixture
def log_in(app):
    """Log a moderator in over the console; return a function that calls the API as they do."""

    def go(login, password=PASSWORD, agent=FIREFOX):
        client = app.test_client()
        form = {"login": login, "password": password}
        answer = client.post("/review/login", data=form, headers={"User-Agent": agent})
        if answer.status_code != 303:
            return None
        page = client.get("/review/").get_data(as_text=True)
        csrf = page.partition('name="csrf-token" content="')[2].partition('"')[0]

        def send(method, path, body=None):
            headers = {"X-CSRF-Token": csrf}
            return client.open(f"/api/v1/review{path}", method=method, json=body, headers=headers)

        return send

    return go


@pytest.fixture
def mia(moderator, log_in):
    return log_in("mia", moderator["password"])


def test_a_moderator_is_added_with_a_password_that_is_shown_once(call, log_in):
    wish = {"login": "ann", "display_name": "Ann Reed", "sites": {"news": "senior"}}

    made = call("POST", "/moderators", wish)

    assert made.status_code == 201
    ann = made.get_json()
    assert (ann["role"], ann["sites"]) == (None, {"news": "senior"})
    listed = call("GET", "/moderators").get_json()["moderators"]
    assert [("password" in each, each["login"]) for each in listed] == [(False, "ann")]
    assert log_in("ann", ann["password"])("GET", "/me").get_json()["sites"] == {"news": "senior"}


def test_a_new_password_ends_the_sessions_that_the_old_one_opened(call, log_in, moderator, mia):
    id = call("GET", "/moderators").get_json()["moderators"][0]["id"]

    fresh = call("POST", f"/moderators/{id}/password").get_json()["password"]

    assert mia("GET", "/me").status_code == 401
    assert log_in("mia", moderator["password"]) is None
    assert log_in("mia", fresh)


def test_a_disabled_account_is_out_at_once_and_can_come_back(call, log_in, moderator, mia):
    id = call("GET", "/moderators").get_json()["moderators"][0]["id"]

    call("PATCH", f"/moderators/{id}", {"disabled": True})

    assert mia("GET", "/queue").status_code == 401
    assert log_in("mia", moderator["password"]) is None
    call("PATCH", f"/moderators/{id}", {"disabled": False})
    assert log_in("mia", moderator["password"])


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(call, mia):
    id = call("GET", "/moderators").get_json()["moderators"][0]["id"]

    call("PATCH", f"/moderators/{id}", {"role": None})

    assert mia("GET", "/queue").status_code == 403
    call("PUT", f"/moderators/{id}/sites/news", {"role": "moderator"})
    assert mia("GET", "/queue?site=news").status_code == 200


@pytest.mark.parametrize("body", [{"disabled": True}, {"role": "senior"}, {"role": None}, None])
def test_the_last_admin_stays(app, call, clock, body):
    with app.app_context():
        authentication.add_moderator(db.session(), "root", PASSWORD, role="admin", now=clock.now)
        db.session.remove()
    id = call("GET", "/moderators").get_json()["moderators"][0]["id"]

    refused = call("PATCH" if body else "DELETE", f"/moderators/{id}", body)

    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")


def test_a_token_is_bound_by_its_scopes_site_and_end(call, clock):
    ends = clock.now.replace(microsecond=0)
    wish = {"name": "reader", "scopes": ["review"], "site": "news"}
    past = call("POST", "/tokens", {**wish, "expires_at": ends.isoformat()})
    assert past.status_code == 422

    later = ends.replace(year=ends.year + 1).isoformat()
    made = call("POST", "/tokens", {**wish, "expires_at": later})
    headers = {"Authorization": f"Bearer {made.get_json()['token']}"}

    assert call("GET", "/queue", headers=headers).status_code == 200
    assert call("GET", "/audit", headers=headers).status_code == 403
    assert call("GET", "/me", headers=headers).status_code == 403
    listed = {each["name"]: each for each in call("GET", "/tokens").get_json()["tokens"]}
    assert (listed["reader"]["site"], listed["reader"]["created_by"]) == ("news", "tests")
    clock.advance(days=366)
    assert call("GET", "/queue", headers=headers).status_code == 401
    assert call("DELETE", f"/tokens/{listed['reader']['id']}").status_code == 204
    assert call("DELETE", f"/tokens/{listed['reader']['id']}").status_code == 404


def test_sessions_are_listed_by_their_browser_and_ended_one_by_one(mia, log_in, moderator):
    phone = log_in("mia", moderator["password"], "Mozilla/5.0 (iPhone) Safari/604.1")
    here, there = sorted(mia("GET", "/me").get_json()["sessions"], key=lambda s: not s["current"])
    assert (here["agent"], there["agent"]) == ("Firefox on Linux", "Safari on iOS")

    assert mia("DELETE", f"/me/sessions/{there['id']}").status_code == 204

    assert phone("GET", "/me").status_code == 401
    assert mia("DELETE", f"/me/sessions/{there['id']}").status_code == 404
    assert mia("DELETE", "/me/sessions").status_code == 204
    assert mia("GET", "/me").status_code == 401


def test_changing_ones_password_asks_for_the_present_one_and_logs_out_elsewhere(
    mia, log_in, moderator
):
    elsewhere = log_in("mia", moderator["password"])
    wish = {"current": "not the right one", "password": "quite another password"}

    wrong = mia("PUT", "/me/password", wish)
    right = mia("PUT", "/me/password", {**wish, "current": moderator["password"]})

    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "#/current")
    assert (right.status_code, len(right.get_json()["sessions"])) == (200, 1)
    assert elsewhere("GET", "/me").status_code == 401
    assert log_in("mia", wish["password"])


def test_an_admin_sees_and_ends_the_sessions_of_others(call, mia):
    id = call("GET", "/moderators").get_json()["moderators"][0]["id"]

    found = call("GET", f"/moderators/{id}/sessions").get_json()["sessions"]
    ended = call("DELETE", f"/moderators/{id}/sessions/{found[0]['id']}")

    assert [each["agent"] for each in found] == ["Firefox on Linux"]
    assert (ended.status_code, mia("GET", "/me").status_code) == (204, 401)


def test_changes_by_admins_and_moderators_are_in_the_audit_trail_without_secrets(
    call, mia, moderator, session
):
    id = call("GET", "/moderators").get_json()["moderators"][0]["id"]
    call("PUT", f"/moderators/{id}/sites/news", {"role": "senior"})
    token = call("POST", "/tokens", {"name": "t", "scopes": ["review"]}).get_json()["token"]
    mia(
        "PUT", "/me/password", {"current": moderator["password"], "password": "new harbour lantern"}
    )
    call("DELETE", f"/moderators/{id}")

    trail = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(4)).all()

    assert [(entry.actor_name, entry.action) for entry in trail] == [
        ("tests", "moderator.removed"),
        ("mia", "moderator.password"),
        ("tests", "token.added"),
        ("tests", "moderator.role"),
    ]
    written = "".join(f"{entry.subject}{entry.detail}" for entry in trail)
    assert token not in written
    assert "new harbour" not in written
