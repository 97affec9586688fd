"""The outbox of mail to readers: sent at most once, in the reader's language, or stopped."""

import json
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from string import Formatter
from uuid import UUID

import pytest
from sqlalchemy import select

from moderation.domain.errors import BadMailLink
from moderation.services.notifications import (
    reader_delivery,
    reader_links,
    reader_messages,
    reader_upkeep,
)
from moderation.services.notifications.reader_mail import queue_reader_mail
from moderation.services.notifications.smtp import MailNotSent
from moderation.storage.models.base import new_id
from moderation.storage.models.reader_mail import ReaderAddress, ReaderMail, StoppedAddress
from moderation.web.pages.i18n import LANGUAGES
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.working import turn

VALUES = {
    "outcome": "removed",
    "sentence": "It insults <b>people</b>.",
    "page_title": "Bridges & https://evil.example <tides>",
    "page_url": "https://news.example/a?b=1&c=2",
}


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example", mail_from="desk@news.example")


@pytest.fixture
def queue(session, site, clock):
    def put(kind="report_outcome", address="rae@readers.example", *, key="", **options):
        values = {"values": VALUES, "language": "en", **options}
        id = queue_reader_mail(
            session,
            site_id=site.id,
            kind=kind,
            address=address,
            key=key or str(new_id()),
            now=clock.now,
            **values,
        )
        session.commit()
        return id

    return put


@pytest.fixture
def work(app, clock, mailbox):
    def go(post=None, **later):
        clock.advance(**(later or {"seconds": 1}))
        return turn(app, "w", send=None, post=post or mailbox.post, clock=clock)

    return go


def states(session):
    session.rollback()
    return [(m.state, m.attempts) for m in session.scalars(select(ReaderMail)).all()]


def test_every_text_is_in_every_language_of_the_widget_with_the_same_names():
    assert reader_messages.WORDS.keys() == set(LANGUAGES)
    english = reader_messages.WORDS["en"]
    for table in reader_messages.WORDS.values():
        assert table.keys() == english.keys()
        for key, text in table.items():
            names = [
                {name for _, name, *_ in Formatter().parse(t) if name} for t in (text, english[key])
            ]
            assert names[0] == names[1], key


@one_store
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_legal_escaped_and_in_the_readers_language(
    queue, work, mailbox, session, clock, language
):
    queue(language=language)

    work()

    ((sender, recipients, _),), (message,) = mailbox.received, mailbox.messages
    words = reader_messages.WORDS[language]
    assert (sender, recipients) == ("desk@news.example", ["rae@readers.example"])
    assert message["Subject"] == words["report_subject"].format(site="The News")
    assert message["Content-Language"] == language
    assert parsedate_to_datetime(message["Date"]) == clock.now.replace(microsecond=0)
    assert re.fullmatch(r"<[0-9a-f]{32}@comments\.example>", message["Message-ID"])
    assert (message["Auto-Submitted"], message["Precedence"]) == ("auto-generated", "bulk")
    plain, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert words["report_removed"] in plain
    assert "It insults <b>people</b>." in plain
    assert "It insults &lt;b&gt;people&lt;/b&gt;." in html
    assert 'href="https://news.example/a?b=1&amp;c=2"' in html
    assert "https://evil" not in plain + html
    assert ('dir="rtl"' in html) == (language == "ar")
    assert not re.search(r"<(img|script|style|link|iframe)|url\(|src=", html)
    assert states(session) == [("sent", 1)]


def test_one_click_headers_are_sent_as_mail_providers_read_them(queue, work, mailbox):
    queue()

    work()

    ((_, _, raw),) = mailbox.received
    assert re.search(
        rb"\r\nList-Unsubscribe: <http://comments\.example/mail/stop/[^\s>]+>\r\n", raw
    )
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_key_makes_at_most_one_mail(queue, work, mailbox):
    assert queue(key="report:1")
    assert queue(key="report:1") is None

    work()
    work()

    assert len(mailbox.received) == 1


def test_a_finished_mail_keeps_neither_its_address_nor_its_values(queue, work, session):
    queue()

    work()

    row = session.scalars(select(ReaderMail)).one()
    assert (row.recipient, row.values, row.state) == ("", {}, "sent")


def test_a_worker_that_dies_before_the_server_takes_a_mail_loses_it_not(
    queue, work, mailbox, session
):
    queue()

    def dies(message, handed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(dies)
    session.rollback()
    assert work(seconds=5) == 0
    work(minutes=3)

    assert len(mailbox.received) == 1
    assert states(session) == [("sent", 1)]


def test_a_worker_that_dies_after_the_server_took_a_mail_sends_it_not_again(
    queue, work, mailbox, session
):
    queue()

    def dies(message, handed):
        mailbox.post(message, handed)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(dies)
    session.rollback()
    work(minutes=3)

    assert len(mailbox.received) == 1
    assert states(session) == [("uncertain", 0)]


def test_a_slow_worker_whose_mail_was_taken_over_sends_it_not(queue, app, work, mailbox, clock):
    queue()

    def slow(message, handed):
        # Its lease ends while it connects, and another worker sends the mail.
        work(minutes=3)
        handed()
        mailbox.post(message)

    work(slow)

    assert len(mailbox.received) == 1


def test_a_server_that_is_away_for_a_day_delays_mail_and_loses_none(queue, work, mailbox, session):
    queue()
    queue(address="bo@readers.example")

    def away(message, handed):
        raise MailNotSent("OSError")

    for _ in range(14):
        work(away, hours=2)
    assert {state for state, _ in states(session)} == {"waiting"}
    work(hours=3)

    assert len(mailbox.received) == 2


def test_a_mail_is_given_up_after_three_days(queue, work, session):
    queue()

    def away(message, handed):
        raise MailNotSent("OSError")

    for _ in range(40):
        work(away, hours=2)

    ((state, _),) = states(session)
    assert state == "failed"


@pytest.mark.parametrize(
    ("answer", "stops"),
    [
        ("550 5.1.1 no such mailbox", True),
        ("550 no", True),
        ("553 5.2.1 disabled", True),
        ("552 5.2.2 mailbox full", False),
        ("554 5.7.1 your server is on a block list", False),
    ],
)
def test_a_refusal_for_good_ends_the_mail_and_stops_an_address_that_is_not_there(
    queue, work, mailbox, session, answer, stops
):
    queue()
    mailbox.answers["rae@readers.example"] = answer
    work()
    mailbox.answers.clear()
    queue(address="Rae@readers.example")

    work(hours=1)

    assert states(session) == [("failed", 1), ("dropped" if stops else "sent", 1)]
    assert len(mailbox.received) == (0 if stops else 1)
    assert bool(session.scalars(select(StoppedAddress)).all()) == stops


def test_a_refused_text_stops_no_address(queue, work, mailbox, session):
    queue()
    mailbox.refuses_text = "550 5.7.1 looks like spam"

    work()

    assert states(session) == [("failed", 1)]
    assert session.scalars(select(StoppedAddress)).all() == []


def test_a_passing_refusal_is_tried_again(queue, work, mailbox, session):
    queue()
    mailbox.answers["rae@readers.example"] = "451 4.7.1 greylisted"
    work()
    mailbox.answers.clear()

    work(minutes=1)

    assert states(session) == [("sent", 2)]


@pytest.mark.parametrize("kind", ["decision", "appeal_outcome"])
def test_mail_about_an_own_comment_goes_to_confirmed_addresses_only(
    app, queue, work, mailbox, session, site, clock, kind
):
    values = VALUES | {"outcome": "granted"} if kind == "appeal_outcome" else {"sentence": "No."}
    queue(kind, values=values)
    work()
    assert mailbox.received == []
    key = app_state(app).signing.author_key("email", "rae@readers.example")
    session.add(
        ReaderAddress(
            site_id=site.id, email="rae@readers.example", email_key=key, language="en",
            confirmed_at=clock.now, created_at=clock.now,
        )
    )  # fmt: skip
    session.commit()

    queue(kind, values=values)
    work()

    assert len(mailbox.received) == 1


def test_what_no_template_has_is_refused(queue):
    with pytest.raises(ValueError, match="outcome"):
        queue(values={"outcome": "burned"})
    with pytest.raises(ValueError, match="unknown kind"):
        queue("gossip")
    with pytest.raises(ValueError, match="looks like"):
        queue(address="nowhere")


def test_links_are_valid_for_their_purpose_and_their_time_only(app, clock):
    signing = app_state(app).signing
    confirm = reader_links.confirm_token(signing, 7, "k" * 32, clock.now)
    stopping = reader_links.Stopping(1, "k" * 32, None, reader_links.Stop.ALL)
    stop = reader_links.stop_token(signing, stopping)

    assert reader_links.confirming(signing, confirm, now=clock.now) == (7, "k" * 32)
    assert reader_links.stopping(signing, stop) == stopping
    for wrong in (stop, confirm[:-1], "", "a.b"):
        with pytest.raises(BadMailLink):
            reader_links.confirming(signing, wrong, now=clock.now)
    with pytest.raises(BadMailLink):
        reader_links.confirming(signing, confirm, now=clock.now + timedelta(days=8))
    with pytest.raises(BadMailLink):
        reader_links.stopping(signing, confirm)


def test_logs_hold_no_address(queue, work, mailbox, monkeypatch):
    lines = []

    class Log:
        def __getattr__(self, name):
            return lambda event, **values: lines.append(json.dumps([event, values]))

    monkeypatch.setattr(reader_delivery, "log", Log())
    queue()
    mailbox.answers["rae@readers.example"] = "550 5.1.1 <rae@readers.example> unknown"

    work()

    assert lines
    assert "rae" not in "".join(lines)


def test_a_bounce_that_quotes_a_mail_stops_its_address(queue, work, mailbox, session, clock):
    queue()
    (message,) = (work(), mailbox.messages)[1]
    mail_id = UUID(message["Message-ID"].strip("<>").partition("@")[0])

    assert reader_upkeep.stop_recipient(session, mail_id, "bounced", now=clock.now)
    assert not reader_upkeep.stop_recipient(session, new_id(), "bounced", now=clock.now)

    queue()
    work()
    assert len(mailbox.received) == 1
    assert reader_upkeep.stopped_counts(session) == {"bounced": 1, "complained": 0}
