"""Expired rows are deleted once, by the first worker."""

import threading
from datetime import timedelta

from sqlalchemy import func, select, update

from moderation.services.leases import take_lease
from moderation.services.operations.cleanup import clean_up
from moderation.services.webhooks.delivery import Answer, deliver_due
from moderation.storage.models.accounts import ConsoleSession
from moderation.storage.models.comments import Comment
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.requests import ReceivedEvent
from moderation.storage.models.webhooks import WebhookDelivery
from moderation.web.database import db
from moderation.web.state import app_state

HOUR = timedelta(hours=1)


def test_a_job_that_is_done_once_an_hour_is_done_once_an_hour(session, clock):
    def take(holder: str, renew: bool = False) -> bool:
        return take_lease(session, "job", holder, now=clock.now, length=HOUR, renew=renew)

    assert [take("a"), take("a"), take("b"), take("a", renew=True)] == [True, False, False, True]
    clock.now += HOUR
    assert [take("b"), take("a", renew=True)] == [True, False]


def test_a_lease_of_a_clock_that_was_ahead_does_not_bind_when_it_is_set_back(session, clock):
    def take(holder: str) -> bool:
        return take_lease(session, "job", holder, now=clock.now, length=HOUR, renew=False)

    clock.advance(days=1)
    assert take("ahead")
    clock.advance(days=-1)
    assert [take("right"), take("other")] == [True, False]


def test_messages_that_a_clock_ahead_has_put_off_are_sent_when_it_is_set_back(
    app, change_site, make_comment, session, clock
):
    change_site(webhook_url="https://news.example/hooks")
    clock.advance(days=1)
    make_comment()
    sent = list[str]()

    def send(request):
        sent.append(request.url)
        return Answer(503 if len(sent) == 1 else 200)

    deliver_due(session, send, clock=clock)
    clock.advance(days=-1)
    session.rollback()

    clean_up(session, app_state(app).settings, now=clock.now)

    assert deliver_due(session, send, clock=clock) == 1
    session.rollback()
    assert session.scalars(select(WebhookDelivery.state)).one() == "delivered"


def test_messages_of_earlier_releases_without_a_receiver_are_given_up(
    app, make_comment, session, clock
):
    for number in range(3):
        make_comment(f"A remark of the past, the number {number}.")
    session.execute(update(OutboxMessage).values(state="waiting", finished_at=None))
    session.commit()

    done = clean_up(session, app_state(app).settings, now=clock.now)

    assert done["unaddressed"] == 3
    assert set(session.scalars(select(OutboxMessage.state))) == {"dropped"}


def test_of_many_who_come_first_at_once_one_gets_the_lease(make_app, session, clock):
    app, start, got = make_app(threads=8), threading.Barrier(6), []

    def run(holder: str) -> None:
        with app.app_context():
            start.wait()
            got.append(
                take_lease(db.session(), "job", holder, now=clock.now, length=HOUR, renew=False)
            )
            db.session.remove()

    threads = [threading.Thread(target=run, args=(str(i),)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == [False] * 5 + [True]


def test_addresses_are_kept_only_as_keyed_hashes_and_for_30_days(
    app, client, make_comment, session, clock
):
    made = make_comment("A remark from a known address.")
    with_email = make_comment("A remark with an e-mail.", author={"email": "ada@mail.example"})
    kept = session.scalars(select(Comment).order_by(Comment.id)).all()
    assert all(len(c.address_key) == len(c.block_key) == 32 for c in kept)
    assert "127.0.0.1" not in str([vars(c) for c in kept])
    settings = app_state(app).settings

    clock.advance(days=29, hours=23)
    before = clean_up(session, settings, now=clock.now)
    clock.advance(hours=2)
    after = clean_up(session, settings, now=clock.now)

    assert (before["addresses"], after["addresses"]) == (0, 2)
    session.expire_all()
    keys = {
        str(c.id): (c.address_key, c.block_key, c.author_key)
        for c in session.scalars(select(Comment))
    }
    assert keys[made["comment"]["id"]] == (None, None, None)
    assert keys[with_email["comment"]["id"]][:2] == (None, None)
    assert keys[with_email["comment"]["id"]][2] is not None


def test_more_old_rows_than_fit_in_one_commit_are_all_tidied(
    app, make_comment, session, clock, monkeypatch
):
    monkeypatch.setattr("moderation.services.privacy.retention.BATCH", 2)
    for i in range(5):
        make_comment(f"One remark of several, number {i}.")
    clock.advance(days=31)

    done = clean_up(session, app_state(app).settings, now=clock.now)

    assert done["addresses"] == 5


def test_settled_messages_events_and_sessions_go_and_waiting_messages_stay(
    app, make_comment, change_site, signed_event, client, moderator, session, clock
):
    make_comment("Told before there was an address: dropped.")
    change_site(webhook_url="https://news.example/hooks")
    make_comment("This one waits for its receiver.")
    signed_event("post.closed", {"post": "other"})
    client.post("/review/login", data=moderator)
    clock.advance(days=31)

    done = clean_up(session, app_state(app).settings, now=clock.now)

    assert (done["messages"], done["received_events"], done["sessions"]) == (1, 1, 1)
    left = [
        session.scalar(select(func.count()).select_from(t))
        for t in (OutboxMessage, ReceivedEvent, ConsoleSession)
    ]
    assert left == [1, 0, 0]


def test_idempotency_keys_are_kept_for_a_day(app, client, session, clock):
    settings = app_state(app).settings

    def send():
        return client.post(
            "/api/v1/sites/news/posts/story/comments",
            json={"author": {"name": "Ada"}, "text": "A remark that is sent twice."},
            headers={"Idempotency-Key": "one-and-the-same"},
        ).get_json()["comment"]["id"]

    first = send()
    clock.advance(hours=23, minutes=59)
    assert clean_up(session, settings, now=clock.now)["idempotency_keys"] == 0
    assert send() == first

    clock.advance(minutes=2)

    assert clean_up(session, settings, now=clock.now)["idempotency_keys"] == 1
    assert send() != first


def test_received_events_and_settled_messages_are_kept_for_30_days(
    app, make_comment, signed_event, session, clock
):
    settings = app_state(app).settings
    make_comment("Told before there was an address: dropped.")
    signed_event("post.closed", {"post": "other"})

    clock.advance(days=29, hours=23)
    before = clean_up(session, settings, now=clock.now)
    clock.advance(hours=2)
    after = clean_up(session, settings, now=clock.now)

    kept = ("messages", "received_events")
    assert [before[name] for name in kept] == [0, 0]
    assert [after[name] for name in kept] == [1, 1]
