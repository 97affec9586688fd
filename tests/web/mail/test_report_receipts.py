"""The receipt of a legal notice: one mail at once, to an address that is not confirmed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.services.community.report_outcomes import MOST_A_DAY, MOST_OF_NETWORK
from moderation.services.notifications import reader_upkeep
from moderation.services.notifications.reader_messages import WORDS
from moderation.storage.models.reports import CommentReport
from moderation.web.state import app_state
from tests.conftest import one_store

from .conftest import text_of

INES = "ines@readers.example"
NOTICE = {
    "reason": "illegal",
    "explanation": "It names section 4, a canary.",
    "text": "More words, a canary.",
    "name": "Ines Canary",
    "email": INES,
    "good_faith": True,
}


@pytest.fixture
def notice(client, make_comment, floods_pass):
    """Send a notice about a comment of its own."""

    def send(number=0, *, network="203.0.113.7", **fields):
        made = make_comment(f"Remark {number} about the drains, a canary.", name=f"Author {number}")
        return client.post(
            f"/api/v1/sites/news/comments/{made['comment']['id']}/reports",
            json={**NOTICE, **fields},
            environ_overrides={"REMOTE_ADDR": network},
        )

    return send


def test_a_notice_is_confirmed_at_once_without_anything_of_its_text(notice, work, session, clock):
    sent_at = clock.now
    assert notice().status_code == 202

    (mail,) = work()

    assert mail["To"] == INES
    assert mail["Subject"] == "Your notice to The News has arrived"
    assert "has arrived" in text_of(mail)
    assert f"Received: {sent_at:%Y-%m-%d %H:%M} UTC" in text_of(mail)
    assert "canary" not in mail.as_string().lower()
    assert mail["List-Unsubscribe"].startswith("<http://comments.example/mail/stop/")
    assert work(hours=2) == []


def test_the_outcome_follows_the_receipt(notice, work, decide, session):
    notice()
    work()
    session.rollback()
    id = session.scalar(select(CommentReport.comment_id))

    decide({"comment": {"id": id}})

    (mail,) = work(minutes=11)
    assert "The comment stays" in text_of(mail)


@one_store
@pytest.mark.parametrize("lang", WORDS)
def test_the_receipt_is_in_the_language_of_the_notice(notice, work, lang):
    notice(lang=lang)

    (mail,) = work()

    assert mail["Content-Language"] == lang
    assert WORDS[lang]["receipt_next"] in text_of(mail)
    assert mail["Subject"] == WORDS[lang]["receipt_subject"].format(site="The News")


@one_store
@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "spam"},
        {"reason": "harassment", "explanation": ""},
    ],
)
def test_other_reports_have_no_receipt(notice, work, fields):
    assert notice(**fields).status_code == 202
    assert work() == []


def test_a_second_notice_about_the_comment_has_no_second_receipt(client, make_comment, work):
    made = make_comment("The drains again.")
    path = f"/api/v1/sites/news/comments/{made['comment']['id']}/reports"
    for _ in range(2):
        assert client.post(path, json=NOTICE).status_code == 202

    assert len(work()) == 1


def test_one_address_gets_few_receipts_a_day(notice, work):
    for number in range(MOST_A_DAY + 2):
        address = INES if number % 2 else INES.upper()
        assert notice(number, email=address, network=f"203.0.{number}.7").status_code == 202

    assert len(work()) == MOST_A_DAY
    notice(99)
    assert work() == []


def test_one_network_causes_few_receipts_a_day(notice, work):
    for number in range(MOST_OF_NETWORK + 2):
        answer = notice(number, email=f"ines{number}@readers.example")
        assert answer.status_code == 202

    assert len(work()) == MOST_OF_NETWORK
    notice(99, network="198.51.100.7")
    assert len(work()) == 1


def test_a_stopped_address_gets_no_receipt(app, notice, work, session, clock):
    key = app_state(app).signing.author_key("email", INES)
    reader_upkeep.stop(session, key, "bounced", now=clock.now - timedelta(days=3))

    assert notice().status_code == 202
    assert work() == []


@one_store
def test_readers_learn_whether_the_outcome_can_be_mailed(client, site, make_app):
    path = "/api/v1/sites/news/report-reasons"

    with_mail = client.get(path).get_json()["outcome_by_mail"]
    without = make_app().test_client().get(path).get_json()["outcome_by_mail"]

    assert (with_mail, without) == (True, False)
