"""Logging in, staying logged in, and attacks on both."""

import threading

import pytest
from sqlalchemy import select

from moderation.services.accounts import authentication, failed_logins, password_hashing
from moderation.storage.models.accounts import ConsoleSession, Moderator
from moderation.storage.models.decisions import AuditEntry
from moderation.web.database import db
from tests.web.conftest import PASSWORD

HTTPS = "https://comments.example"


@pytest.fixture
def limited(make_app, moderator, browser):
    """Browsers of an application that counts."""
    app = make_app(ratelimit_enabled=True, ratelimit_login="1000 per minute")
    return lambda address="192.0.2.1": browser(address, app)


# Guessing


def test_an_account_takes_no_more_guesses_from_however_many_networks(limited):
    codes = [limited(f"2001:db8:{n:x}::1").log_in(password="wrong").status_code for n in range(12)]

    assert codes == [401] * 10 + [429] * 2
    refused = limited("198.51.100.7").log_in()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert "browser that you have used before" in refused.get_data(as_text=True)


def test_guessing_does_not_lock_an_account_out_of_a_known_browser(limited):
    known = limited()
    assert known.log_in().status_code == 303
    for _ in range(11):
        limited("203.0.113.9").log_in(login="MIA", password="wrong")

    assert limited("198.51.100.7").log_in().status_code == 429
    assert known.log_in().status_code == 303


def test_a_known_browser_guesses_no_more_than_others(limited):
    known = limited()
    known.log_in()

    codes = [known.log_in(password="wrong").status_code for _ in range(11)]

    assert codes == [401] * 10 + [429]
    # And it counts for itself alone.
    assert limited("198.51.100.7").log_in().status_code == 303


def test_the_cookie_of_a_browser_is_worth_nothing_for_another_account(limited, app, clock):
    with app.app_context():
        authentication.add_moderator(db.session(), "ann", PASSWORD, role="moderator", now=clock.now)
        db.session.remove()
    known = limited()
    known.log_in()

    codes = {known.log_in("ann", "wrong").status_code for _ in range(10)}

    assert codes == {401}
    assert limited("198.51.100.7").log_in("ann").status_code == 429


def test_other_accounts_are_not_held_up(limited, app, clock):
    with app.app_context():
        authentication.add_moderator(db.session(), "ann", PASSWORD, role="moderator", now=clock.now)
        db.session.remove()
    for _ in range(11):
        limited().log_in("ann", "wrong")

    assert limited().log_in("mia").status_code == 303


def test_a_network_that_asks_too_often_reads_so_on_the_login_page(make_app, moderator, browser):
    app = make_app(ratelimit_enabled=True, ratelimit_login="2 per minute")
    mia = browser(app=app)
    answers = [mia.log_in(password="wrong") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[-1].content_type.startswith("text/html")
    assert "Too many attempts from your network" in answers[-1].get_data(as_text=True)
    assert int(answers[-1].headers["Retry-After"]) >= 1


# Hashing


def test_a_login_while_hashing_is_busy_gets_503_and_can_be_repeated(browser, moderator):
    mia, end = browser(), threading.Event()
    waiting = [
        threading.Thread(target=password_hashing._PLACE.run, args=(end.wait,)) for _ in range(2)
    ]
    for thread in waiting:
        thread.start()
    while password_hashing._PLACE._free._value:
        waiting[1].join(0.001)

    busy = mia.log_in()
    end.set()
    for thread in waiting:
        thread.join()

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert "Wait a few seconds and try again" in busy.get_data(as_text=True)
    assert 'value="mia"' in busy.get_data(as_text=True)
    assert mia.log_in().status_code == 303


# Audit


def failures(session):
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "login.failed").order_by(AuditEntry.id)
    )
    return [(entry.subject, entry.detail) for entry in entries]


def test_guessing_at_an_account_is_seen_in_the_audit_trail_but_does_not_fill_it(
    browser, moderator, session, clock
):
    clock.now = clock.now.replace(second=0)
    for _ in range(failed_logins.ENTRIES + 3):
        browser().log_in(password="wrong guess")
    assert len(failures(session)) == failed_logins.ENTRIES
    assert "more" in failures(session)[-1][1]

    clock.advance(minutes=1)
    browser().log_in(password="wrong guess")

    found = failures(session)
    assert len(found) == failed_logins.ENTRIES + 1
    assert {subject for subject, _ in found} == {"moderator:mia"}


def test_a_name_that_is_no_account_is_written_as_a_keyed_hash(browser, app, session):
    browser().log_in(login="my secret, in the wrong field")
    browser().log_in(login="My Secret, in the wrong field")

    first, second = failures(session)

    assert first == second
    subject, detail = first
    assert subject == f"login:{detail['name']}"
    assert len(detail["network"]) == 16
    assert "secret" not in f"{subject}{detail}".lower()
    assert "192.0.2.1" not in str(detail)


def test_many_names_do_not_fill_the_audit_trail_and_hide_no_account(
    browser, moderator, session, clock
):
    clock.now = clock.now.replace(second=0)
    for number in range(failed_logins.ENTRIES + 3):
        browser().log_in(login=f"name {number}")
    browser().log_in(password="wrong guess")

    subjects = [subject.partition(":")[0] for subject, _ in failures(session)]

    assert subjects == ["login"] * failed_logins.ENTRIES + ["moderator"]


# Other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_neither_logs_in_nor_out(browser, moderator, headers):
    mia = browser()
    refused = mia.log_in(**headers)
    assert (refused.status_code, "Set-Cookie" in refused.headers) == (403, False)
    mia.log_in()

    out = mia.post("/review/logout", {"csrf_token": mia.csrf}, **headers)
    change = mia.ask("PATCH", "/me", {"mail": "off"}, **headers)

    assert (out.status_code, "Set-Cookie" in out.headers) == (403, False)
    assert (change.status_code, change.get_json()["code"]) == (403, "cross_site_request")
    assert mia.ask("GET", "/me").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "http://comments.example"},
        {},
    ],
)
def test_our_own_pages_log_in_and_out(browser, moderator, headers):
    mia = browser()

    assert mia.log_in(**headers).status_code == 303
    assert mia.post("/review/logout", {"csrf_token": mia.csrf}, **headers).status_code == 303


def test_a_form_without_the_cookie_takes_none_away(browser, moderator):
    answer = browser().post("/review/logout", {})

    assert "Set-Cookie" not in answer.headers


# Sessions


def test_logging_out_ends_the_session_on_the_server(browser, moderator, session):
    mia = browser()
    mia.log_in()
    cookie = mia.client.get_cookie("moderation_session").value
    mia.post("/review/logout", {"csrf_token": mia.csrf})

    mia.client.set_cookie("moderation_session", cookie)

    assert mia.ask("GET", "/me").status_code == 401
    assert session.scalars(select(ConsoleSession)).all() == []


def test_a_session_ends_when_it_is_not_used(browser, moderator, clock):
    mia = browser()
    mia.log_in()
    for _ in range(3):
        clock.advance(minutes=29)
        assert mia.ask("GET", "/me").status_code == 200

    clock.advance(minutes=30)

    assert mia.ask("GET", "/me").status_code == 401
    assert mia.client.get("/review/").headers["Location"] == "/review/login"


def test_requests_that_an_open_page_makes_by_itself_do_not_extend_the_session(
    browser, moderator, clock
):
    mia = browser()
    mia.log_in()
    for _ in range(2):
        clock.advance(minutes=14)
        assert mia.ask("GET", "/me", **{"X-Idle-Seconds": "840"}).status_code == 200

    clock.advance(minutes=2)

    assert mia.ask("GET", "/me").status_code == 401


def test_a_session_that_is_used_ends_after_twelve_hours(browser, moderator, clock):
    mia = browser()
    mia.log_in()
    for _ in range(36):
        clock.advance(minutes=19, seconds=59)
        assert mia.ask("GET", "/me").status_code == 200

    clock.advance(minutes=1)

    assert mia.ask("GET", "/me").status_code == 401


def test_the_operator_sets_how_long_a_session_may_rest(make_app, browser, moderator, clock):
    mia = browser(app=make_app(session_idle=60))
    mia.log_in()
    clock.advance(seconds=60)

    assert mia.ask("GET", "/me").status_code == 401


def test_over_https_cookies_are_bound_to_the_host(make_app, moderator):
    client = make_app(env="production", public_url=HTTPS).test_client()
    form = {"login": "mia", "password": PASSWORD}

    answer = client.post("/review/login", data=form, base_url=HTTPS)

    cookies = answer.headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        "__Host-moderation_session",
        "__Host-moderation_device",
    ]
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= parts
        assert "Domain" not in cookie
    # A cookie without the prefix could have been set by another host of the domain.
    value = cookies[0].partition("=")[2].partition(";")[0]
    bare = make_app(env="production", public_url=HTTPS).test_client(use_cookies=False)
    for name, status in (("__Host-moderation_session", 200), ("moderation_session", 401)):
        headers = {"Cookie": f"{name}={value}"}
        asked = bare.get("/api/v1/review/me", base_url=HTTPS, headers=headers)
        assert asked.status_code == status


@pytest.mark.parametrize(
    ("public", "request_of", "proto", "peer", "is_sent"),
    [
        (HTTPS, HTTPS, None, "192.0.2.9", True),
        (HTTPS, "http://comments.example", "https", "10.0.0.1", True),
        (HTTPS, "http://comments.example", "https", "192.0.2.9", False),
        (HTTPS, "http://comments.example", None, "10.0.0.1", False),
        ("http://comments.example", HTTPS, None, "192.0.2.9", False),
    ],
)
def test_tls_sends_strict_transport_security(make_app, public, request_of, proto, peer, is_sent):
    import ipaddress

    app = make_app(public_url=public, trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"),))
    headers = {"X-Forwarded-Proto": proto} if proto else {}

    answer = app.test_client().get(
        "/review/login",
        base_url=request_of,
        headers=headers,
        environ_overrides={"REMOTE_ADDR": peer},
    )

    assert ("Strict-Transport-Security" in answer.headers) is is_sent


# Entering the password again


SENSITIVE = [
    ("POST", "/moderators", {"login": "ann", "role": "moderator"}),
    ("PATCH", "/moderators/{id}", {"role": "senior"}),
    ("PUT", "/moderators/{id}/sites/news", {"role": "senior"}),
    ("POST", "/moderators/{id}/password", None),
    ("DELETE", "/moderators/{id}/second-factor", None),
    ("DELETE", "/moderators/{id}", None),
    ("POST", "/tokens", {"name": "t", "scopes": ["review"]}),
    ("PATCH", "/me", {"email": "root@mail.example"}),
    ("POST", "/me/second-factor", None),
    ("POST", "/me/second-factor/recovery-codes", None),
    ("DELETE", "/me/second-factor", None),
]


@pytest.mark.parametrize(("method", "path", "body"), SENSITIVE)
def test_credentials_and_roles_change_only_shortly_after_the_password(
    app, browser, site, moderator, clock, session, method, path, body
):
    authentication.add_moderator(session, "root", PASSWORD, role="admin", now=clock.now)
    id = session.scalar(select(Moderator.id).where(Moderator.login == "mia"))
    root = browser()
    root.log_in("root")
    clock.advance(minutes=10)

    def ask():
        return root.ask(method, path.format(id=id), body)

    refused = ask()
    wrong = root.ask("POST", "/me/reauthentication", {"password": "not this one"})
    still = ask()
    right = root.ask("POST", "/me/reauthentication", {"password": PASSWORD})

    assert (refused.status_code, refused.get_json()["code"]) == (403, "password_needed")
    assert refused.get_json()["second_factor"] is False
    assert [error["pointer"] for error in wrong.get_json()["errors"]] == ["#/password"]
    assert (still.status_code, right.status_code) == (403, 204)
    assert ask().status_code in (200, 201, 204, 409)


def test_changes_without_credentials_ask_for_no_password(browser, moderator, clock):
    mia = browser()
    mia.log_in()
    clock.advance(minutes=20)

    changed = mia.ask("PATCH", "/me", {"email": "", "mail_hour": 9})

    assert changed.status_code == 200


def test_a_stolen_session_does_not_guess_the_password(limited):
    mia = limited()
    mia.log_in()
    guesses = [
        mia.ask("POST", "/me/reauthentication", {"password": f"guess {n}"}).status_code
        for n in range(10)
    ]

    changed = mia.ask("PUT", "/me/password", {"current": PASSWORD, "password": "moth violin 77 x"})

    assert guesses == [422] * 10
    assert (changed.status_code, changed.get_json()["code"]) == (429, "too_many_attempts")
