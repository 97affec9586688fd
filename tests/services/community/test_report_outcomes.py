"""Outcomes by mail, and the end of what reports keep about people."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from moderation.config import Settings
from moderation.services.community.report_outcomes import MOST_A_DAY, MOST_OF_NETWORK
from moderation.services.operations.cleanup import clean_up
from moderation.services.sites.reasons import public_sentence
from moderation.storage.models.reports import CommentReport
from moderation.web.state import app_state
from tests.working import turn

ADDRESS = "rae@readers.example"
NOTICE = {"explanation": "It names the law.", "name": "Ines Duarte", "good_faith": True}


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example", mail_from="desk@news.example")


@pytest.fixture
def posted(app, clock):
    """Let the worker send what is due after a while, and return the mails' texts."""

    def after(**later):
        sent = []

        def post(message, handed=lambda: None):
            handed()
            sent.append(message.get_body(("plain",)).get_content())

        clock.advance(**later)
        for _ in range(2):
            turn(app, "w", send=None, post=post, clock=clock)
        return sent

    return after


def rows(session):
    session.rollback()
    return session.scalars(select(CommentReport).order_by(CommentReport.created_at)).all()


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [("approve", "Der Kommentar bleibt"), ("reject", "Der Kommentar wurde entfernt")],
)
def test_a_reporter_who_left_an_address_gets_one_mail_in_their_language(
    published, report, decide, posted, session, outcome, sentence
):
    id = published()
    report(id, email=ADDRESS, lang="de", text="It says cucumber.")
    assert posted(hours=1) == []

    decide(id, outcome)

    assert posted(minutes=9) == []
    (mail,) = posted(minutes=2)
    assert sentence in mail
    assert "cucumber" not in mail
    assert "leaks" not in mail
    assert posted(days=1) == []
    assert [each.email for each in rows(session)] == [None]


def test_an_undone_decision_is_not_mailed_and_the_next_one_is(
    published, report, decide, review, posted
):
    id = published()
    report(id, email=ADDRESS)
    review("DELETE", f"/decisions/{decide(id, 'reject')['id']}")
    assert posted(hours=1) == []

    decide(id, "approve")

    (mail,) = posted(minutes=11)
    assert "The comment stays" in mail


def test_the_decision_that_stands_is_mailed(published, report, decide, posted):
    id = published()
    report(id, email=ADDRESS)
    decide(id, "approve")
    decide(id, "reject", reason="HATE")

    (mail,) = posted(minutes=11)

    assert "The comment was removed" in mail
    assert public_sentence({}, "HATE", "en") in mail


def test_a_quiet_report_is_answered_with_the_decision_that_stands(
    published, report, decide, posted
):
    id = published()
    report(id)
    decide(id, "approve")

    report(id, email=ADDRESS)

    (mail,) = posted(seconds=1)
    assert "The comment stays" in mail


def test_a_deleted_comment_is_named_as_that(client, make_comment, report, posted):
    made = make_comment()
    report(made["comment"]["id"], email=ADDRESS)
    client.delete(
        f"/api/v1/comments/{made['comment']['id']}", headers={"X-Edit-Token": made["edit_token"]}
    )

    (mail,) = posted(minutes=11)

    assert "deleted before a moderator decided" in mail


def test_one_address_gets_few_mails_a_day(floods_pass, published, report, decide, posted):
    for number in range(MOST_A_DAY + 2):
        id = published(f"Remark {number} about the drains.", name=f"Author {number}")
        report(id, email=ADDRESS if number % 2 else ADDRESS.upper())
        decide(id, "approve")

    assert len(posted(minutes=11)) == MOST_A_DAY


def test_texts_and_names_of_reports_end_after_the_sites_days(
    published, report, session, clock, change_site, app, decide, queue
):
    change_site(settings={"report_days": 60, "reports_hold": 0})
    settings: Settings = app_state(app).settings
    id = published()
    report(id, "illegal", **NOTICE, email="ines@mail.example", text="Both of them.")
    guest = rows(session)[0].reporter

    clean_up(session, settings, now=clock.now + timedelta(days=31))
    (row,) = rows(session)
    assert row.reporter != guest
    assert row.block_key is None
    assert (row.name, row.text) == ("Ines Duarte", "Both of them.")

    removed = clean_up(session, settings, now=clock.now + timedelta(days=61))
    (row,) = rows(session)
    assert removed["report_texts"] == 1
    assert (row.name, row.text, row.explanation, row.email) == ("", "", "", None)
    assert row.reason == "illegal"
    assert clean_up(session, settings, now=clock.now + timedelta(days=61))["report_texts"] == 0
    assert [each["reported"]["count"] for each in queue()] == [1]


def test_a_signed_in_reporter_is_known_as_long_as_the_report(
    published, report, session, clock, app, member
):
    report(published(), headers=member(sub="7"))
    key = rows(session)[0].reporter

    clean_up(session, app_state(app).settings, now=clock.now + timedelta(days=400))

    assert [each.reporter for each in rows(session)] == [key]
    assert session.scalar(select(func.count()).where(CommentReport.name != "")) == 0


def test_reporters_of_one_network_cause_few_mails_in_a_day(
    published, report, decide, posted, clock
):
    """A comment that was decided before answers each report at once, without a moderator."""
    for number in range(MOST_OF_NETWORK + 4):
        clock.advance(minutes=3)
        id = published(f"Remark {number} about the roof.")
        decide(id, "approve")
        answer = report(id, email=f"rae+{number}@readers.example", address="203.0.113.7")
        assert answer.status_code == 202

    assert len(posted(hours=1)) == MOST_OF_NETWORK
    id = published("Another day.")
    decide(id, "approve")
    report(id, email="rae@readers.example", address="198.51.100.7")
    assert len(posted(hours=1)) == 1
