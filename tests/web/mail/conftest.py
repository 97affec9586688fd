"""Readers who ask for answers by mail, and a real SMTP server."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from moderation.domain.status import Outcome
from tests.working import turn

RAE, BO = "rae@readers.example", "bo@readers.example"


HELD = "Held words with bullshit in them, a canary."


FINE = "A quiet answer about the bridge."


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example", mail_from="desk@news.example")


@pytest.fixture(autouse=True)
def mails_answers(change_site):
    change_site(settings={"replies_by_mail": True, "thresholds": {"flood": 1.01}})


@pytest.fixture
def work(app, clock, mailbox):
    """Let the worker have its turn a little later; returns the new messages."""

    def go(post=None, **later):
        before = len(mailbox.received)
        clock.advance(**(later or {"seconds": 6}))
        turn(app, "w", send=None, post=post or mailbox.post, clock=clock)
        return mailbox.messages[before:]

    return go


@pytest.fixture
def rae(make_comment):
    """A comment of a reader who asks for answers."""
    return make_comment("Is the bridge open?", name="Rae", author={"email": RAE}, notify="replies")


@pytest.fixture
def confirm(client, work):
    """Follow the link of the confirmation that is due."""

    def go():
        (message,) = work()
        link = re.search(r"http://comments\.example(/mail/confirm/\S+)", text_of(message))[1]
        assert client.get(link).status_code == 200
        assert client.post(link).status_code == 200
        return link

    return go


@pytest.fixture
def decide(client, reviewing):
    def go(comment, outcome=Outcome.APPROVE, **more):
        item = client.get(f"/api/v1/review/comments/{comment['comment']['id']}", headers=reviewing)
        body = {"outcome": outcome, "version": item.get_json()["version"], **more}
        answer = client.post(
            f"/api/v1/review/comments/{comment['comment']['id']}/decisions",
            json=body,
            headers=reviewing,
        )
        assert answer.status_code < 300, answer.get_json()
        return answer

    return go


def text_of(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def stop_path(message):
    return urlsplit(message["List-Unsubscribe"].strip("<>")).path


def count(session, table):
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))
