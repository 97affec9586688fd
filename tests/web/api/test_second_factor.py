"""A second factor: added by its owner, asked for at each login, used once, lost and replaced."""

import pyotp
import pytest
from sqlalchemy import select

from moderation.services.accounts import authentication, second_factor
from moderation.storage.models.accounts import Moderator, RecoveryCode
from moderation.storage.models.decisions import AuditEntry
from moderation.web.database import db
from moderation.web.state import app_state
from tests.web.conftest import PASSWORD


@pytest.fixture
def mia(browser, moderator):
    logged_in = browser()
    logged_in.log_in()
    return logged_in


@pytest.fixture
def code(clock):
    """Return the code that an authenticator app shows."""
    return lambda secret, **ahead: pyotp.TOTP(secret).at(clock.advance(**ahead))


@pytest.fixture
def enrol(code, clock):
    """Add a second factor to the account of a browser; return its secret and the recovery codes."""

    def add(person):
        begun = person.ask("POST", "/me/second-factor").get_json()
        body = {"ticket": begun["ticket"], "code": code(begun["secret"])}
        added = person.ask("PUT", "/me/second-factor", body)
        assert added.status_code == 200, added.get_json()
        clock.advance(seconds=30)
        return begun["secret"], added.get_json()["recovery_codes"]

    return add


@pytest.fixture
def answer(browser):
    """Log in with a password and a code from a browser of one's own: the last answer."""

    def go(typed, login="mia", person=None):
        person = person or browser()
        page = person.log_in(login).get_data(as_text=True)
        ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
        return person.post("/review/login/code", {"ticket": ticket, "code": typed})

    return go


def test_a_login_with_a_second_factor_asks_for_a_code_before_there_is_a_session(
    mia,
    browser,
    enrol,
    code,
    answer,
):
    secret, _ = enrol(mia)
    other = browser()
    asked = other.log_in()

    assert (asked.status_code, "Set-Cookie" in asked.headers) == (200, False)
    assert 'autocomplete="one-time-code"' in asked.get_data(as_text=True)
    assert other.ask("GET", "/me").status_code == 401
    assert answer("000000").status_code == 401
    assert answer(code(secret)).headers["Location"] == "/review/"


def test_a_code_works_once_and_none_before_it_works_again(mia, enrol, code, answer):
    secret, _ = enrol(mia)
    now = code(secret)
    assert answer(now).status_code == 303

    again = answer(now)

    assert again.status_code == 401
    assert "was used" in again.get_data(as_text=True)
    assert answer(code(secret, seconds=30)).status_code == 303


def test_a_code_of_a_clock_that_is_half_a_minute_off_works_and_no_older_one(
    mia, enrol, clock, answer
):
    secret, _ = enrol(mia)
    clock.advance(minutes=5)
    step = int(clock.now.timestamp()) // second_factor.STEP
    app = pyotp.TOTP(secret)

    assert answer(app.generate_otp(step - 2)).status_code == 401
    assert answer(app.generate_otp(step - 1)).status_code == 303
    assert answer(app.generate_otp(step + 2)).status_code == 401
    assert answer(app.generate_otp(step + 1)).status_code == 303
    # It was accepted early: the one of now is older than that.
    assert answer(app.generate_otp(step)).status_code == 401


def test_a_recovery_code_works_once_however_it_is_typed(mia, enrol, answer):
    _, codes = enrol(mia)
    assert len(set(codes)) == second_factor.CODES

    assert answer(codes[0].lower().replace("-", " ")).status_code == 303
    assert answer(codes[0]).status_code == 401
    assert answer(codes[1]).status_code == 303
    assert mia.ask("GET", "/me").get_json()["second_factor"]["recovery_codes"] == 8


def test_new_recovery_codes_replace_the_old_ones(mia, enrol, answer):
    _, old = enrol(mia)

    fresh = mia.ask("POST", "/me/second-factor/recovery-codes").get_json()["recovery_codes"]

    assert answer(old[0]).status_code == 401
    assert answer(fresh[0]).status_code == 303


def test_neither_secret_nor_recovery_codes_are_in_the_store(mia, enrol, session):
    secret, codes = enrol(mia)

    row = session.scalars(select(Moderator)).one()
    kept = session.scalars(select(RecoveryCode)).all()

    import base64

    raw = base64.b32decode(secret)
    assert row.totp_nonce not in raw
    assert raw[:16] != row.totp_nonce
    assert len({each.salt for each in kept}) == second_factor.CODES
    plain = {code.replace("-", "").encode() for code in codes}
    assert not any(each.digest in plain or each.salt in plain for each in kept)


def test_a_ticket_ends_in_time_or_with_a_new_password_and_cannot_be_forged(
    app,
    mia,
    enrol,
    code,
    clock,
    browser,
    moderator,
    session,
):
    secret, _ = enrol(mia)
    late = browser()
    page = late.log_in().get_data(as_text=True)
    ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
    forged = "2" + ticket[1:]
    assert (
        late.post("/review/login/code", {"ticket": forged, "code": code(secret)}).status_code == 401
    )

    clock.advance(minutes=5)

    ended = late.post("/review/login/code", {"ticket": ticket, "code": code(secret)})
    assert ended.status_code == 401
    assert "Log in again" in ended.get_data(as_text=True)
    page = late.log_in().get_data(as_text=True)
    ticket = page.partition('name="ticket" value="')[2].partition('"')[0]
    authentication.set_password(session, "mia", "lantern orbit cellar", now=clock.now)
    session.rollback()
    changed = late.post("/review/login/code", {"ticket": ticket, "code": code(secret)})
    assert changed.status_code == 401


def test_codes_are_not_guessed(make_app, moderator, browser, clock, code):
    app = make_app(ratelimit_enabled=True, ratelimit_login="1000 per minute")
    mia = browser(app=app)
    mia.log_in()
    begun = mia.ask("POST", "/me/second-factor").get_json()
    body = {"ticket": begun["ticket"], "code": code(begun["secret"])}
    mia.ask("PUT", "/me/second-factor", body)
    thief = browser("203.0.113.7", app)
    ticket = thief.log_in().get_data(as_text=True).partition('name="ticket" value="')[2]
    ticket = ticket.partition('"')[0]

    codes = [
        thief.post("/review/login/code", {"ticket": ticket, "code": f"{n:06}"}).status_code
        for n in range(11)
    ]

    assert codes == [401] * 10 + [429]


def test_a_second_factor_is_added_with_a_right_code_only(mia, code, clock):
    begun = mia.ask("POST", "/me/second-factor").get_json()
    wrong = mia.ask("PUT", "/me/second-factor", {"ticket": begun["ticket"], "code": "000000"})
    forged = mia.ask("PUT", "/me/second-factor", {"ticket": "1~aa~9999999999.x", "code": "0"})
    clock.advance(minutes=15)
    late = {"ticket": begun["ticket"], "code": code(begun["secret"])}

    assert [error["pointer"] for error in wrong.get_json()["errors"]] == ["#/code"]
    assert (forged.status_code, forged.get_json()["code"]) == (409, "conflict")
    assert mia.ask("PUT", "/me/second-factor", late).status_code == 409
    assert mia.ask("GET", "/me").get_json()["second_factor"]["added_at"] is None


def test_the_image_holds_the_address_of_the_secret_and_asks_no_other_host(mia):
    begun = mia.ask("POST", "/me/second-factor").get_json()

    assert begun["uri"].startswith("otpauth://totp/comments.example:mia?secret=")
    assert begun["qr"].startswith("data:image/svg+xml")
    assert "http://www.w3.org/2000/svg" in begun["qr"].replace("%3A", ":").replace("%2F", "/")


def test_removing_it_asks_for_password_and_code_and_makes_logins_plain_again(
    mia,
    enrol,
    code,
    clock,
    answer,
    browser,
):
    secret, _ = enrol(mia)
    clock.advance(minutes=11)
    refused = mia.ask("DELETE", "/me/second-factor")
    without = mia.ask("POST", "/me/reauthentication", {"password": PASSWORD})
    body = {"password": PASSWORD, "code": code(secret)}
    proven = mia.ask("POST", "/me/reauthentication", body)
    again = mia.ask("POST", "/me/reauthentication", body)

    removed = mia.ask("DELETE", "/me/second-factor")

    assert refused.get_json()["second_factor"] is True
    assert [error["pointer"] for error in without.get_json()["errors"]] == ["#/code"]
    assert (proven.status_code, again.status_code, removed.status_code) == (204, 422, 204)
    assert browser().log_in().status_code == 303


def test_a_device_that_is_lost_is_reset_by_an_admin(
    app,
    site,
    mia,
    enrol,
    browser,
    clock,
    reviewing,
    client,
):
    enrol(mia)
    listed = client.get("/api/v1/review/moderators", headers=reviewing).get_json()["moderators"]
    assert [person["second_factor"] for person in listed] == [True]

    path = f"/api/v1/review/moderators/{listed[0]['id']}/second-factor"
    assert client.delete(path, headers=reviewing).status_code == 204

    assert mia.ask("GET", "/me").status_code == 401
    assert browser().log_in().status_code == 303


def test_a_moderator_may_not_reset_second_factors(mia, session):
    assert mia.ask("DELETE", "/moderators/1/second-factor").status_code == 403


@pytest.mark.parametrize(
    ("setting", "role", "required"),
    [
        ("off", "admin", False),
        ("admins", "senior", False),
        ("admins", "admin", True),
        ("all", "moderator", True),
    ],
)
def test_where_it_is_required_nothing_else_works_before_it_is_set_up(
    make_app,
    site,
    browser,
    clock,
    enrol,
    session,
    setting,
    role,
    required,
):
    authentication.add_moderator(session, "root", PASSWORD, role=role, now=clock.now)
    root = browser(app=make_app(require_totp=setting))
    root.log_in("root")

    refused = root.ask("GET", "/queue")
    page = root.client.get("/review/")

    assert root.ask("GET", "/me").get_json()["second_factor"]["required"] is required
    if not required:
        assert (refused.status_code, page.status_code) == (200, 200)
        return
    assert (refused.status_code, refused.get_json()["code"]) == (403, "second_factor_needed")
    assert page.headers["Location"] == "/review/account"
    enrol(root)
    assert root.ask("GET", "/queue").status_code == 200


def test_changes_of_second_factors_are_in_the_audit_trail(mia, enrol, answer, session):
    secret, codes = enrol(mia)
    answer("000000")
    answer(codes[0])
    mia.ask("POST", "/me/second-factor/recovery-codes")
    mia.ask("DELETE", "/me/second-factor")

    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    actions = [entry.action for entry in entries if "second_factor" in entry.action]

    assert actions == [
        f"second_factor.{what}" for what in ("added", "recovery", "codes", "removed")
    ]
    assert [e.detail["why"] for e in entries if e.action == "login.failed"] == ["code"]
    written = "".join(f"{entry.subject}{entry.detail}" for entry in entries)
    assert secret not in written
    assert not any(code in written for code in codes)


def test_two_logins_with_one_code_at_once_are_one_login(app, mia, enrol, code, clock):
    import threading

    secret, _ = enrol(mia)
    typed, start, right = code(secret), threading.Barrier(2), []

    def prove():
        with app.app_context():
            session = db.session()
            id = session.scalar(select(Moderator.id))
            start.wait()
            runtime = app_state(app).signing
            right.append(second_factor.prove(session, runtime, id, typed, now=clock.now))
            db.session.remove()

    threads = [threading.Thread(target=prove) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(right) == [False, True]
