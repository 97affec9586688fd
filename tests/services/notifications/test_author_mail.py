"""Mail to authors about decisions and appeals: to confirmed addresses, as bytes on the wire."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.services.review.author_mail import GRACE
from moderation.storage.models.reader_mail import ReaderAddress, ReaderMail
from moderation.web.state import app_state
from tests.working import turn

ADDRESS = "ada@readers.example"
NOTE = "an internal note about zeppelins"


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example", mail_from="desk@news.example")


@pytest.fixture
def confirmed(app, session, site, clock):
    """Let the reader confirm the address, in German."""
    session.add(
        ReaderAddress(
            site_id=site.id,
            email=ADDRESS,
            email_key=app_state(app).signing.author_key("email", ADDRESS),
            language="de",
            confirmed_at=clock.now,
            created_at=clock.now,
        )
    )
    session.commit()


@pytest.fixture
def review(client, reviewing):
    def ask(method, path, body=None):
        path = f"/api/v1/review{path}"
        return client.open(path, method=method, json=body, headers=reviewing).get_json()

    return ask


@pytest.fixture
def work(app, clock, mailbox):
    def go(**later):
        clock.advance(**(later or {"seconds": 1}))
        return turn(app, "w", send=None, post=mailbox.post, clock=clock)

    return go


def reject(review, made, **fields):
    body = {"outcome": "reject", "reason": "OFFENSIVE", "note": NOTE, **fields}
    return review("POST", f"/comments/{made['comment']['id']}/decisions", body)


def text_of(message):
    return message.get_body(("plain",)).get_content()


def test_a_rejection_is_mailed_with_its_sentence_after_the_time_to_undo(
    confirmed, make_comment, review, work, mailbox
):
    made = make_comment("A canary of a remark.", author={"email": ADDRESS})
    reject(review, made)
    undone = make_comment("Another remark.", post="b", author={"email": ADDRESS})
    review("DELETE", f"/decisions/{reject(review, undone)['id']}")

    work()
    assert mailbox.messages == []
    work(seconds=GRACE / timedelta(seconds=1))

    (message,) = mailbox.messages
    body = text_of(message)
    assert "Er ist anstößig formuliert." in body
    assert message["To"] == ADDRESS
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not [secret for secret in ("canary", "zeppelin", "tests") if secret in body]


def test_the_outcome_of_an_appeal_is_mailed_with_the_answer(
    client, confirmed, make_comment, review, work, mailbox
):
    made = make_comment("A canary of a remark.", author={"email": ADDRESS})
    reject(review, made)
    work(minutes=5)
    client.post(
        f"/api/v1/sites/news/comments/{made['comment']['id']}/appeals?lang=en",
        json={"text": "It is about the roof."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    (appeal,) = review("GET", "/appeals")["appeals"]
    body = {"outcome": "overturn", "note": NOTE, "answer": "You are right."}
    review("POST", f"/appeals/{appeal['id']}/decisions", body)

    work()

    text = text_of(mailbox.messages[-1])
    assert "Your request was granted" in text
    assert "You are right." in text
    assert not [secret for secret in ("canary", "zeppelin", "roof") if secret in text]


def test_an_address_that_is_not_confirmed_gets_no_row_and_no_mail(
    make_comment, review, work, mailbox, session
):
    made = make_comment("A remark.", author={"email": ADDRESS})
    reject(review, made)

    work(minutes=5)

    assert mailbox.messages == []
    assert session.scalars(select(ReaderMail.id)).all() == []


def test_spam_gets_no_mail(confirmed, make_comment, review, work, mailbox):
    made = make_comment("A remark.", author={"email": ADDRESS})
    reject(review, made, outcome="spam")

    work(minutes=5)

    assert mailbox.messages == []
