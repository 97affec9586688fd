"""Undelivered messages are shown to operators everywhere, and sent again on demand."""

import os
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from moderation.cli import main
from moderation.services import outbox, undelivered
from moderation.services.accounts import authentication, mail_preferences
from moderation.services.accounts.mail_schedule import MailFrequency
from moderation.services.notifications.smtp import MailNotSent
from moderation.services.retries import TRIES
from moderation.services.webhooks import schedule
from moderation.services.webhooks.delivery import Answer, deliver_due
from moderation.storage.models.jobs import Mail, OutboxMessage
from moderation.storage.models.webhooks import WebhookDelivery
from moderation.web.database import db
from tests.conftest import SECRET_KEY
from tests.working import turn

URL = "https://user:secret@news.example/hooks?key=secret"
SITE = "/api/v1/review/sites/news"


class Receiver:
    """Answers with one status, and remembers the ids that came."""

    def __init__(self, status):
        self.status = status
        self.ids = []

    def __call__(self, request):
        self.ids.append(request.headers["webhook-id"])
        return Answer(self.status)


@pytest.fixture
def given_up(change_site, make_comment, session, clock):
    """Two messages that no try has delivered, an hour apart."""
    change_site(webhook_url=URL)
    for number in range(2):
        make_comment(f"A remark about the hall, the number {number}.")
        for delay in (*schedule.DELAYS, timedelta(hours=3)):
            deliver_due(session, Receiver(500), clock=clock)
            clock.now += delay
        session.rollback()
    ids = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.created_at)).all()
    session.rollback()
    return ids


@pytest.fixture
def run(store, monkeypatch):
    """Run a command on the test's store; returns its output."""
    for name in [name for name in os.environ if name.startswith("MODERATION_")]:
        if not name.startswith("MODERATION_TEST"):
            monkeypatch.delenv(name)
    for name, value in store.items():
        monkeypatch.setenv(f"MODERATION_{name.upper()}", str(value))
    monkeypatch.setenv("MODERATION_SECRET_KEY", SECRET_KEY)

    def invoke(*arguments, fails=False):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == (1 if fails else 0), result.output
        return result.output

    return invoke


def test_a_message_that_was_given_up_is_seen_in_the_api_and_by_the_commands(
    given_up, client, reviewing, run
):
    settings = client.get(f"{SITE}/settings", headers=reviewing).get_json()["webhook"]
    listed = client.get(f"{SITE}/webhook", headers=reviewing).get_json()

    assert settings == listed["webhook"]
    assert settings["address"] == "https://news.example"
    assert (settings["failed"], settings["waiting"], settings["disabled_at"]) == (2, 0, None)
    assert settings["last_failure"]["error"] == "HTTP 500"
    assert [each["id"] for each in listed["failed"]] == [str(id) for id in reversed(given_up)]
    assert all(
        each["failed_at"] and each["attempts"] == schedule.TRIES for each in listed["failed"]
    )
    assert "2 failed, the last with HTTP 500" in run("site", "list")
    assert "2 failed, the last with HTTP 500" in run("site", "settings", "news")
    lines = run("webhook", "list").splitlines()
    assert [line.rpartition("\t")[2] for line in lines] == [str(id) for id in reversed(given_up)]
    assert all("HTTP 500" in line and line.startswith("news\t") for line in lines)


@pytest.mark.parametrize("way", ["api", "command"])
def test_an_undelivered_message_is_sent_again_with_its_id(
    way, given_up, client, reviewing, run, session, clock
):
    if way == "api":
        answer = client.post(f"{SITE}/webhook/retries", json={}, headers=reviewing)
        assert answer.get_json() == {"queued": 2}
    else:
        assert run("webhook", "retry", "news") == "2 messages are sent again.\n"
    clock.advance(days=2)
    receiver = Receiver(204)

    deliver_due(session, receiver, clock=clock)

    assert sorted(receiver.ids) == sorted(f"msg_{id.hex}" for id in given_up)
    shown = client.get(f"{SITE}/webhook", headers=reviewing).get_json()
    assert (shown["webhook"]["failed"], shown["webhook"]["last_failure"]) == (0, None)
    query = "/api/v1/review/audit?site=news&action=site.webhook"
    trail = client.get(query, headers=reviewing).get_json()
    assert trail["entries"][0]["action"] == "site.webhook_retried"
    assert trail["entries"][0]["detail"] == {"messages": 2}


def test_one_message_or_those_since_a_moment_are_sent_again(
    given_up, client, reviewing, run, session, clock
):
    first, second = given_up
    # The second failed three hours ago.
    later = clock.now - timedelta(hours=4)

    by_id = client.post(f"{SITE}/webhook/retries", json={"ids": [str(first)]}, headers=reviewing)
    since = client.post(
        f"{SITE}/webhook/retries", json={"since": later.isoformat()}, headers=reviewing
    )
    again = run("webhook", "retry", "news", str(first))

    assert by_id.get_json() == {"queued": 1}
    assert since.get_json() == {"queued": 1}
    assert again == "0 messages are sent again.\n"
    states = dict(session.execute(select(WebhookDelivery.event_id, WebhookDelivery.state)).all())
    assert states == {first: "waiting", second: "waiting"}


def test_a_message_of_another_site_is_not_sent_again(given_up, client, reviewing, run, session):
    run("site", "add", "other", "--webhook-url", "https://other.example/hooks")

    answer = client.post(
        "/api/v1/review/sites/other/webhook/retries",
        json={"ids": [str(id) for id in given_up]},
        headers=reviewing,
    )

    assert answer.get_json() == {"queued": 0}
    assert set(session.scalars(select(WebhookDelivery.state))) == {"failed"}


@pytest.mark.parametrize("way", ["api", "command"])
def test_a_webhook_that_its_receiver_switched_off_is_seen_and_switched_on_again(
    way, change_site, make_comment, client, reviewing, run, session, clock
):
    change_site(webhook_url=URL)
    client.get(f"{SITE}/settings", headers=reviewing)
    make_comment()
    deliver_due(session, Receiver(410), clock=clock)
    make_comment("Another remark, while it is off.")

    off = client.get(f"{SITE}/settings", headers=reviewing).get_json()["webhook"]
    assert off["disabled_at"] is not None
    assert (off["waiting"], off["failed"]) == (1, 1)
    assert "switched off since" in run("site", "list")
    assert "switched off since" in run("site", "settings", "news")
    assert "moderation webhook enable news" in run("webhook", "list", "news")
    if way == "api":
        client.patch(f"{SITE}/webhook", json={"enabled": True}, headers=reviewing)
    else:
        run("webhook", "enable", "news")
    receiver = Receiver(204)
    clock.advance(minutes=1)
    deliver_due(session, receiver, clock=clock)

    assert len(receiver.ids) == 1
    shown = client.get(f"{SITE}/settings", headers=reviewing).get_json()["webhook"]
    assert (shown["disabled_at"], shown["waiting"], shown["failed"]) == (None, 0, 1)


def test_a_webhook_that_an_admin_switches_off_keeps_events_for_later(
    change_site, make_comment, run, session, clock
):
    change_site(webhook_url=URL)
    run("webhook", "disable", "news")
    make_comment()
    receiver = Receiver(204)

    assert deliver_due(session, receiver, clock=clock) == 0
    run("webhook", "enable", "news")
    assert deliver_due(session, receiver, clock=clock) == 1


def test_a_site_without_an_address_cannot_be_switched_on(client, reviewing, run):
    answer = client.patch(f"{SITE}/webhook", json={"enabled": True}, headers=reviewing)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
    assert "--webhook-url" in answer.get_json()["detail"]
    assert "--webhook-url" in run("webhook", "enable", "news", fails=True)


def test_health_and_metrics_report_undelivered_messages(make_app, given_up, session, clock):
    app = make_app(metrics_token="m" * 32)
    client = app.test_client()

    def health():
        return client.get("/healthz").get_json()

    def metric(name):
        page = client.get("/metrics", headers={"Authorization": f"Bearer {'m' * 32}"}).text
        return next(line for line in page.splitlines() if line.startswith(f"{name} "))

    assert health() == {"status": "ok", "warnings": ["webhooks_failed"]}
    assert metric("moderation_outbox_failed_messages") == "moderation_outbox_failed_messages 2.0"
    assert metric("moderation_webhooks_disabled") == "moderation_webhooks_disabled 0.0"
    assert metric("moderation_mails_failed") == "moderation_mails_failed 0.0"
    clock.advance(days=1)
    assert health() == {"status": "ok"}
    session.execute(text("UPDATE webhook_endpoints SET disabled_at = created_at"))
    session.commit()
    assert health() == {"status": "ok", "warnings": ["webhook_disabled"]}


@pytest.fixture
def unsent(make_app, site, make_comment, clock):
    """A moderator whose mail about two comments failed five times; an app that sends mail."""
    app = make_app(smtp_url="smtp://mail.example")

    def refuse(message):
        raise MailNotSent("SMTPDataError 554")

    with app.app_context():
        made = authentication.add_moderator(
            db.session(), "ada", "a long enough password", role="moderator", now=clock.now
        )
        made.email, made.email_confirmed_at = "ada@news.example", clock.now
        mail_preferences.change_preferences(
            db.session(), made, now=clock.now, often=MailFrequency.NOW
        )
        db.session.commit()
        id = made.id
        db.session.remove()
    make_comment("That is bullshit.")
    make_comment("Such bullshit again, my friends.", name="Ben")
    for _ in range(TRIES + 1):
        clock.advance(hours=3)
        turn(app, "w", send=None, post=refuse, clock=clock)
    return app, id


def test_mail_that_was_given_up_is_seen_and_sent_again(unsent, run, session, clock):
    app, id = unsent
    sent = []

    assert undelivered.warnings(session, now=clock.now) == ["mails_failed"]
    assert undelivered.mail_problem(session, id)["error"] == "SMTPDataError 554"
    listed = run("mail", "list").split("\t")
    assert (listed[0], listed[1], listed[3]) == ("ada", "2", "SMTPDataError 554\n")
    assert run("mail", "retry", "ada") == "2 lines are sent again.\n"
    session.rollback()
    session.execute(update(Mail).values(due_at=clock.now))
    session.commit()
    turn(app, "w", send=None, post=sent.append, clock=clock)

    (message,) = sent
    assert message["Subject"] == "2 comments wait for a moderator on The News"
    session.rollback()
    assert undelivered.mail_problem(session, id) is None
    assert run("mail", "list") == ""


def test_an_unknown_login_is_refused(run, site):
    assert "zoe" in run("mail", "retry", "zoe", fails=True)


def test_looking_for_failures_reads_an_index(given_up, session):
    if session.get_bind().dialect.name == "postgresql":
        # An empty table is read as a whole.
        session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    statement = (
        "SELECT id FROM outbox WHERE site_id = 1 AND state = 'failed' ORDER BY finished_at DESC"
    )

    plan = " ".join(map(str, session.execute(text(f"{plan} {statement}")).all()))

    assert "ix_outbox_failed" in plan


def test_a_message_that_cannot_be_signed_stops_no_other_site(
    change_site, make_comment, run, session, clock
):
    change_site(webhook_url=URL)
    run("site", "add", "other", "--webhook-url", "https://other.example/hooks")
    make_comment()
    session.execute(text("UPDATE site_secrets SET secret = 'whsec_?' WHERE site_id = 1"))
    outbox.put(session, 2, "queue.flood", {"post": "story"}, clock.now)
    session.commit()
    receiver = Receiver(204)

    deliver_due(session, receiver, clock=clock)

    assert len(receiver.ids) == 1
    session.rollback()
    states = dict(session.execute(select(WebhookDelivery.endpoint_id, WebhookDelivery.state)).all())
    assert sorted(states.values()) == ["delivered", "waiting"]
