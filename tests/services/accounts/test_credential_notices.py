"""A moderator hears by mail when credentials change, at the address that was theirs before."""

import pytest
from sqlalchemy import select

from moderation.domain.actors import By
from moderation.domain.status import Actor
from moderation.services.accounts import authentication, own_account
from moderation.services.notifications import credential_mails
from moderation.services.notifications.smtp import MailNotSent
from moderation.services.operations.cleanup import clean_up
from moderation.storage.models.accounts import Moderator, Notice
from moderation.web.state import app_state

PASSWORD = "a long enough password"


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://127.0.0.1:2525", public_url="https://comments.example")


@pytest.fixture
def mia(session, clock):
    made = authentication.add_moderator(session, "mia", PASSWORD, role="moderator", now=clock.now)
    made.email, made.email_confirmed_at = "mia@mail.example", clock.now
    session.commit()
    return made


@pytest.fixture
def send(app, session, clock):
    """Send due mails; return them, or the results of `post`."""

    def go(post=None):
        sent = []
        runtime = app_state(app).signing
        credential_mails.send_due(session, runtime, post or sent.append, "worker", clock=clock)
        return sent

    return go


def test_a_new_password_is_mailed_once(mia, session, clock, send):
    authentication.set_password(session, "mia", "lantern orbit cellar", now=clock.now)

    (mail,) = send()

    assert (mail["To"], mail["Subject"]) == ("mia@mail.example", "Your password was changed")
    text = mail.get_content()
    assert "The moderator account mia on https://comments.example has a new password" in text
    assert "lantern" not in text
    assert send() == []
    assert session.scalars(select(Notice)).all() == []


def test_the_old_address_gets_a_notice_of_a_new_one(mia, session, clock, send):
    by = By(Actor.MODERATOR, "mia", mia.id)
    own_account.change(session, mia.id, by, now=clock.now, email="thief@mail.example")

    (mail,) = send()

    assert (mail["To"], mail["Subject"]) == ("mia@mail.example", "Your e-mail address was changed")
    assert "thief" not in mail.get_content()


def test_an_unconfirmed_address_gets_no_notice(mia, session, clock, send):
    session.get_one(Moderator, mia.id).email_confirmed_at = None
    session.commit()

    authentication.set_password(session, "mia", "lantern orbit cellar", now=clock.now)

    assert send() == []


def test_one_mail_that_cannot_be_sent_stops_no_other_and_is_tried_again(mia, session, clock, send):
    other = authentication.add_moderator(session, "ann", PASSWORD, role="moderator", now=clock.now)
    other.email, other.email_confirmed_at = "ann@mail.example", clock.now
    session.commit()
    for login in ("mia", "ann"):
        authentication.set_password(session, login, "lantern orbit cellar", now=clock.now)
    sent = []

    def post(message):
        if "mia@" in message["To"]:
            raise MailNotSent("SMTPDataError 451")
        sent.append(message["To"])

    send(post)
    assert sent == ["ann@mail.example"]

    clock.advance(hours=1)

    assert [mail["To"] for mail in send()] == ["mia@mail.example"]


def test_an_address_that_no_message_takes_is_given_up_alone(mia, session, clock, send):
    session.get_one(Moderator, mia.id).email = "mïa@mail.example"
    session.commit()
    authentication.set_password(session, "mia", "lantern orbit cellar", now=clock.now)
    for _ in range(20):
        send()
        clock.advance(days=1)

    assert session.scalars(select(Notice)).all() == []


def test_news_that_is_days_old_is_dropped(app, mia, session, clock, send):
    authentication.set_password(session, "mia", "lantern orbit cellar", now=clock.now)
    clock.advance(days=4)

    done = clean_up(session, app_state(app).settings, now=clock.now)

    assert done["notices"] == 1
    assert send() == []
