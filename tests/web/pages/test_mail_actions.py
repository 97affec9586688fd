"""Links in mail: opening one changes nothing, using one decides once."""

import re

import pytest
from sqlalchemy import func, select

from moderation.domain.roles import Role
from moderation.services.accounts import authentication, mail_preferences, password_hashing
from moderation.services.accounts.mail_schedule import MailFrequency
from moderation.storage.models.accounts import Moderator, SiteRole
from moderation.storage.models.decisions import Decision
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.working import turn

FOUL = "That is bullshit, and everybody on this street knows it. Call +44 7700 900123."
PASSWORD = "a long enough password"


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example")


@pytest.fixture
def ann(app, site, clock):
    """A moderator who wants mail at once."""
    with app.app_context():
        made = authentication.add_moderator(
            db.session(), "ann", PASSWORD, role=None, on_sites={site.id: Role.SENIOR}, now=clock.now
        )
        made.email, made.email_confirmed_at = "ann@news.example", clock.now
        mail_preferences.change_preferences(
            db.session(), made, now=clock.now, often=MailFrequency.NOW
        )
        db.session.commit()
        id = made.id
        db.session.remove()
    return id


@pytest.fixture
def mail(app, ann, make_comment, clock):
    """The links of a mail about one held comment."""
    held = make_comment(FOUL, name="Bo")["comment"]["id"]
    sent = []
    clock.advance(seconds=20)
    turn(app, "w", send=None, post=sent.append, clock=clock)
    text = sent[0].get_body(("plain",)).get_content()
    links = dict(re.findall(r"(Approve|Reject|No more of these mails):\s+http://[^/]+(\S+)", text))
    return {"comment": held, "off": links["No more of these mails"], **links}


@pytest.fixture
def decisions(session):
    def of(comment):
        session.rollback()
        found = session.scalars(
            select(Decision).where(Decision.actor == "moderator").order_by(Decision.id)
        )
        return [(d.actor_name, d.outcome, d.reason) for d in found if str(d.comment_id) == comment]

    return of


@pytest.fixture
def visitor(app):
    """A browser without a login or cookie, as the mail's reader may have."""
    return app.test_client()


def test_opening_a_link_shows_the_comment_and_changes_nothing(visitor, mail, decisions):
    for _ in range(3):
        page = visitor.get(mail["Approve"])

    page_text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "everybody on this street" in page_text
    assert "900123" not in page_text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert visitor.head(mail["Reject"]).status_code == 200
    assert decisions(mail["comment"]) == []


def test_a_link_decides_once_under_its_moderators_name(visitor, mail, decisions):
    first = visitor.post(mail["Reject"])
    again = visitor.post(mail["Reject"])

    assert (first.status_code, again.status_code) == (200, 200)
    assert decisions(mail["comment"]) == [("ann", "reject", "OFFENSIVE")]
    assert visitor.get(mail["Reject"]).status_code == 409


def test_after_an_undo_the_link_does_not_decide_again(visitor, mail, decisions, client, reviewing):
    visitor.post(mail["Approve"])
    item = client.get(f"/api/v1/review/comments/{mail['comment']}", headers=reviewing).get_json()
    client.delete(f"/api/v1/review/decisions/{item['decisions'][-1]['id']}", headers=reviewing)

    late = visitor.post(mail["Approve"])

    assert late.status_code == 409
    assert [outcome for _, outcome, _ in decisions(mail["comment"])] == ["approve", "undo"]


def test_an_earlier_decision_is_named_and_not_overruled(
    visitor, mail, decisions, client, reviewing
):
    path = f"/api/v1/review/comments/{mail['comment']}/decisions"
    client.post(path, json={"outcome": "reject"}, headers=reviewing)

    late = visitor.post(mail["Approve"])

    assert (late.status_code, "tests changed this comment" in late.get_data(as_text=True)) == (
        409,
        True,
    )
    assert decisions(mail["comment"]) == [("tests", "reject", None)]


def test_claimed_comments_are_left_to_their_holder(visitor, mail, decisions, client, reviewing):
    client.post(f"/api/v1/review/comments/{mail['comment']}/claim", json={}, headers=reviewing)

    late = visitor.post(mail["Approve"])

    assert (late.status_code, "tests is looking" in late.get_data(as_text=True)) == (409, True)
    assert decisions(mail["comment"]) == []


def forget_role(session, ann, clock):
    session.query(SiteRole).delete()


def disable(session, ann, clock):
    session.get_one(Moderator, ann).disabled_at = clock.now


def remove(session, ann, clock):
    session.delete(session.get_one(Moderator, ann))


def change_password(session, ann, clock):
    session.get_one(Moderator, ann).password_hash = password_hashing.hash_password(
        "another password"
    )


def wait(session, ann, clock):
    clock.advance(days=3, seconds=1)


@pytest.mark.parametrize("event", [forget_role, disable, remove, change_password, wait])
def test_a_link_is_worthless_after(event, visitor, ann, mail, decisions, session, clock):
    event(session, ann, clock)
    session.commit()

    answers = [visitor.get(mail["Approve"]), visitor.post(mail["Approve"])]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert FOUL[:20] not in answers[0].get_data(as_text=True)
    assert decisions(mail["comment"]) == []


@one_store
@pytest.mark.parametrize("forged", ["x", "a~b~c.sig", "%00", "~~~~~", "🎈"])
def test_a_forged_link_opens_nothing(visitor, mail, forged):
    for page in ("mail", "mail-on", "mail-off"):
        assert visitor.get(f"/review/{page}/{forged}").status_code == 403
        assert visitor.post(f"/review/{page}/{forged}").status_code == 403


def test_a_link_for_one_purpose_is_none_for_another(visitor, mail):
    token = mail["off"].rpartition("/")[2]

    assert visitor.post(f"/review/mail-on/{token}").status_code == 403
    assert visitor.post(f"/review/mail/{token}").status_code == 403


def test_one_click_ends_the_mail_and_opening_the_link_does_not(visitor, mail, ann, session):
    def often():
        session.rollback()
        return session.get_one(Moderator, ann, populate_existing=True).mail

    assert visitor.get(mail["off"]).status_code == 200
    assert often() == "now"
    done = visitor.post(mail["off"], data={"List-Unsubscribe": "One-Click"})
    assert (done.status_code, often()) == (200, "off")
    assert visitor.post(mail["off"]).status_code == 200


def test_an_edited_comment_is_not_decided_by_a_link_about_its_old_text(
    client, visitor, mail, decisions, session, app
):
    with app.app_context():
        token = app_state(app).signing.edit_token(mail["comment"])
    client.patch(
        f"/api/v1/comments/{mail['comment']}",
        json={"text": f"{FOUL} And worse."},
        headers={"X-Edit-Token": token},
    )

    assert visitor.post(mail["Approve"]).status_code == 409
    assert decisions(mail["comment"]) == []
    assert session.scalar(select(func.count()).select_from(Decision)) == 2


def test_the_account_shows_the_mail_address_and_asks_before_it_is_used(app, client, ann, clock):
    with app.app_context():
        cookie = authentication.log_in(db.session(), "ann", PASSWORD, now=clock.now)
        _, console = authentication.reviewer_of_session(db.session(), cookie, now=clock.now)
        db.session.remove()
    headers = {"Cookie": f"moderation_session={cookie}", "X-CSRF-Token": console.csrf_token}

    def me(body):
        asking = app.test_client(use_cookies=False)
        return asking.patch("/api/v1/review/me", json=body, headers=headers)

    changed = me({"email": "new@a.example", "mail": "daily"}).get_json()

    assert (changed["email"], changed["email_confirmed"]) == ("new@a.example", False)
    assert (changed["mail"], changed["mail_possible"]) == ("daily", True)
    assert me({"email": "no address"}).status_code == 422
    assert me({"email": "a@b.example\r\nBcc: c@d.example"}).status_code == 422
    assert me({"mail": "weekly"}).status_code == 422
