"""Receivers that fail: nothing is lost, a comment's events keep their order, admins get mail."""

import json
import threading
from collections import defaultdict
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from moderation.domain.actors import By
from moderation.domain.inner_networks import Networks
from moderation.domain.status import Actor
from moderation.services import endpoints, undelivered
from moderation.services.accounts import authentication
from moderation.services.sites import registry
from moderation.services.webhooks import delivery_log, schedule
from moderation.services.webhooks.delivery import (
    Answer,
    Request,
    deliver_due,
    deliver_to,
    due_endpoints,
    send_http,
)
from moderation.services.webhooks.lanes import Lanes
from moderation.storage.models.accounts import Notice
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from moderation.web.database import db
from moderation.web.state import app_state
from tests.services.webhooks.receivers import Receivers
from tests.working import turn

ADMIN = By(Actor.SITE, "cli")


@pytest.fixture
def add(session, site, clock):
    def make(name, **options):
        endpoint, _ = endpoints.add(
            session,
            registry.find(session, "news"),
            ADMIN,
            f"https://news.example/{name}",
            allowed=Networks(),
            now=clock.now,
            held_text=True,
            **options,
        )
        id = endpoint.id
        session.rollback()
        return id

    return make


def by_comment(receivers, name):
    """The events that a receiver got, by comment, each webhook-id once."""
    seen, found = set(), defaultdict(list)
    for request in receivers.got[name]:
        if request.headers["webhook-id"] in seen:
            continue
        seen.add(request.headers["webhook-id"])
        event = json.loads(request.body)
        found[event["data"]["comment"]["id"]].append(event["type"])
    return dict(found)


def test_a_later_event_of_a_comment_waits_for_the_earlier_one(
    add, make_comment, client, reviewing, session, clock
):
    add("a")
    held = make_comment("What bullshit, says a reader.")["comment"]["id"]
    path = f"/api/v1/review/comments/{held}/decisions"
    client.post(path, json={"outcome": "approve"}, headers=reviewing)
    other = make_comment("Another remark, about the weather.")["comment"]["id"]
    receivers = Receivers(a=[500, 200])

    deliver_due(session, receivers, clock=clock)

    events = [(e["data"]["comment"]["id"], e["type"]) for e in receivers.events("a")]
    assert events == [(held, "comment.held"), (other, "comment.approved")]
    clock.advance(seconds=5)
    while deliver_due(session, receivers, clock=clock):
        pass
    assert by_comment(receivers, "a")[held] == ["comment.held", "comment.approved"]


def test_a_message_that_was_given_up_no_longer_stops_the_later_ones(
    add, make_comment, client, reviewing, session, clock
):
    add("a")
    held = make_comment("What bullshit, says a reader.")["comment"]["id"]
    path = f"/api/v1/review/comments/{held}/decisions"
    client.post(path, json={"outcome": "approve"}, headers=reviewing)
    receivers = Receivers(a=[500] * schedule.TRIES + [200])

    for delay in schedule.DELAYS:
        deliver_due(session, receivers, clock=clock)
        clock.now += delay
    assert set(receivers.types("a")) == {"comment.held"}
    while deliver_due(session, receivers, clock=clock):
        pass

    assert receivers.types("a")[-1] == "comment.approved"


@pytest.mark.parametrize("status", sorted(schedule.OVERLOADED))
def test_an_overloaded_endpoint_gets_nothing_for_a_while(
    add, make_comment, session, clock, floods_pass, status
):
    add("a")
    for number in range(3):
        make_comment(f"A friendly remark, number {number}.")
    receivers = Receivers(a=[Answer(status, "90"), 200])

    deliver_due(session, receivers, clock=clock)
    clock.advance(seconds=89)
    deliver_due(session, receivers, clock=clock)
    assert len(receivers.got["a"]) == 1
    clock.advance(seconds=1)
    deliver_due(session, receivers, clock=clock)

    assert len(receivers.got["a"]) == 4


def test_the_pause_of_an_overloaded_endpoint_is_short_unless_it_asks_for_more(clock):
    id = UUID(int=7)
    pauses = [schedule.pause_after(n, id, "", clock.now) for n in range(1, schedule.TRIES)]
    assert pauses[0] <= timedelta(seconds=5)
    assert max(pauses) == timedelta(minutes=5)
    assert schedule.pause_after(1, id, "86400", clock.now) == timedelta(days=1)


def test_a_poisonous_message_stops_no_other_of_its_endpoint(
    add, make_comment, session, clock, floods_pass
):
    add("a")
    for number in range(5):
        make_comment(f"A friendly remark, number {number}.")
    receivers = Receivers(a=[500, 200])

    deliver_due(session, receivers, clock=clock)

    states = sorted(session.scalars(select(WebhookDelivery.state)))
    assert states == ["delivered"] * 4 + ["waiting"]


@pytest.fixture
def admins(session, clock):
    """An admin and a moderator with confirmed addresses, and an admin without one."""
    for login, role, email in (
        ("ada", "admin", "ada@news.example"),
        ("mo", "moderator", "mo@news.example"),
        ("al", "admin", ""),
    ):
        made = authentication.add_moderator(
            session, login, "a long enough password", role=role, now=clock.now
        )
        made.email, made.email_confirmed_at = email, clock.now if email else None
        session.commit()


def test_admins_are_told_once_when_messages_are_given_up(
    admins, add, make_comment, make_app, session, clock, floods_pass
):
    id = add("secret-path")
    for number in range(2):
        make_comment(f"A friendly remark, number {number}.")
    receivers = Receivers(**{"secret-path": [500]})

    for delay in (*schedule.DELAYS, timedelta(hours=1)):
        deliver_due(session, receivers, clock=clock)
        clock.now += delay

    notices = session.scalars(select(Notice)).all()
    assert [(n.kind, n.recipient) for n in notices] == [("webhook-given-up", "ada@news.example")]
    endpoint = session.get(WebhookEndpoint, id, populate_existing=True)
    assert endpoint.given_up_at is not None
    assert endpoint.failing_since is not None
    session.rollback()
    mails = []
    app = make_app(smtp_url="smtp://mail.example")
    turn(app, "w", send=receivers, post=mails.append, clock=clock)
    (mail,) = mails
    assert mail["Subject"] == "A webhook cannot be delivered"
    body = mail.get_content()
    assert f"news, endpoint {id} (https://news.example)" in body
    assert "secret-path" not in body


def test_the_mark_of_an_endpoint_goes_with_the_next_success(
    admins, add, make_comment, session, clock
):
    id = add("a")
    make_comment()
    receivers = Receivers(a=[500] * schedule.TRIES + [200])
    for delay in (*schedule.DELAYS, timedelta(hours=1)):
        deliver_due(session, receivers, clock=clock)
        clock.now += delay
    news = registry.find(session, "news")
    undelivered.retry_messages(session, news, ADMIN, now=clock.now)

    deliver_due(session, receivers, clock=clock)

    endpoint = session.get(WebhookEndpoint, id, populate_existing=True)
    assert (endpoint.given_up_at, endpoint.failing_since) == (None, None)


def test_admins_are_told_when_a_receiver_is_gone(admins, add, make_comment, session, clock):
    id = add("a")
    make_comment()

    deliver_due(session, Receivers(a=[410]), clock=clock)

    assert [n.kind for n in session.scalars(select(Notice))] == ["webhook-gone"]
    endpoint = session.get(WebhookEndpoint, id, populate_existing=True)
    assert (endpoint.disabled_at, endpoint.disabled_why) == (clock.now, "gone")


# Receivers of every bad kind, for an hour


def inside(request: Request) -> Answer:
    """Send to an inner address, as a redirect or a changed name would: the guard refuses."""
    return send_http(Request("http://169.254.169.254/latest", request.headers, request.body))


def test_nothing_is_lost_while_receivers_are_away_for_an_hour(
    add, make_comment, client, reviewing, session, clock, floods_pass
):
    reached = []

    def redirecting():
        answer = Answer(302, headers={"location": "http://169.254.169.254/"})
        reached.append(answer)
        return answer

    begun = clock.now
    bad = {
        "fails": lambda: 500,
        "hangs": lambda: Answer(0, error="ReadTimeout"),
        "garbage": lambda: Answer(0, error="RemoteProtocolError"),
        "redirects": redirecting,
        "overloaded": lambda: Answer(429, "60"),
        "refused": lambda: Answer(0, error="ConnectError"),
    }

    def plan(away):
        return lambda: away() if clock.now < begun + timedelta(hours=1) else 200

    receivers = Receivers(**{name: [plan(away)] for name, away in bad.items()})
    for name in (*bad, "fine"):
        add(name)
    expected = {}
    for number in range(4):
        made = make_comment(f"What bullshit, says reader {number}.", name=f"R{number}")
        id = made["comment"]["id"]
        path = f"/api/v1/review/comments/{id}/decisions"
        client.post(path, json={"outcome": "approve"}, headers=reviewing)
        client.post(path, json={"outcome": "reject"}, headers=reviewing)
        expected[id] = ["comment.held", "comment.approved", "comment.rejected"]

    while clock.now < begun + timedelta(hours=12):
        while deliver_due(session, receivers, clock=clock):
            pass
        clock.advance(minutes=5)

    for name in (*bad, "fine"):
        assert by_comment(receivers, name) == expected, name
    assert set(session.scalars(select(WebhookDelivery.state))) == {"delivered"}
    assert len(receivers.got["fine"]) == 12
    assert reached


def test_the_worker_sends_nothing_to_an_inner_address(change_site, make_comment, session, clock):
    change_site(webhook_url="https://news.example/a")
    make_comment()
    # A name that led outside when it was saved.
    session.execute(update(WebhookEndpoint).values(url="http://127.0.0.1:9/a"))
    session.commit()

    deliver_due(session, send_http, clock=clock)

    assert session.scalars(select(WebhookDelivery.last_error)).one() == "BadAddress"


# Lanes


def lanes_of(app, send, clock):
    return Lanes(app_state(app).store.sessions, send, clock=clock)


def test_a_hanging_endpoint_delays_no_other(add, make_comment, app, session, clock):
    for name in ("dead", "alive"):
        add(name)
    make_comment()
    release, delivered = threading.Event(), threading.Event()

    def send(request):
        if request.url.endswith("dead"):
            release.wait(20)
            return Answer(0, error="ReadTimeout")
        delivered.set()
        return Answer(200)

    lanes = lanes_of(app, send, clock)
    try:
        assert lanes.start_due(session) == 2
        assert delivered.wait(10)
        # The dead one has its thread and gets no second one.
        assert lanes.start_due(session) in (0, 1)
    finally:
        release.set()
        lanes.stop(10)


def test_more_hanging_endpoints_than_threads_delay_no_other_for_long(
    add, make_comment, app, session, clock
):
    """Endpoints that are known to hang share threads of their own."""
    for number in range(18):
        add(f"dead{number}")
    make_comment()
    release, delivered, tried = threading.Event(), threading.Event(), threading.Semaphore(0)

    def send(request):
        if "dead" in request.url:
            tried.release()
            release.wait(20)
            return Answer(0, error="ReadTimeout")
        delivered.set()
        return Answer(200)

    lanes = lanes_of(app, send, clock)
    try:
        lanes.start_due(session)
        # The first round shows that they hang.
        release.set()
        for _ in range(18):
            assert tried.acquire(timeout=20)
        release.clear()
        lanes_idle(lanes)
        add("alive")
        clock.advance(seconds=5)
        make_comment("One more friendly remark.")
        lanes.start_due(session)
        assert delivered.wait(10)
    finally:
        release.set()
        lanes.stop(10)


def lanes_idle(lanes):
    """Wait until no lane has a thread."""
    with lanes._mutex:
        assert lanes._mutex.wait_for(lambda: not any(lanes._threads.values()), 20)


def test_an_error_in_a_lane_does_not_stop_the_next_one(add, make_comment, app, session, clock):
    add("a")
    make_comment()

    class Broken:
        def __init__(self):
            self.calls = 0

        def __call__(self):
            self.calls += 1
            if self.calls == 1:
                raise RuntimeError("no session")
            return app_state(app).store.sessions()

    receivers = Receivers()
    lanes = Lanes(Broken(), receivers, clock=clock)
    lanes.start_due(session)
    lanes_idle(lanes)
    lanes.start_due(session)
    lanes_idle(lanes)
    lanes.stop(5)

    assert len(receivers.got["a"]) == 1


def test_a_lane_that_is_stopped_starts_nothing(add, make_comment, app, session, clock):
    add("a")
    make_comment()
    receivers = Receivers()
    lanes = lanes_of(app, receivers, clock)
    lanes.stop(1)

    lanes.start_due(session)
    lanes.stop(5)

    assert receivers.got["a"] == []


def test_claims_that_were_not_used_are_free_at_once(add, make_comment, session, clock, floods_pass):
    id = add("a")
    for number in range(4):
        make_comment(f"A friendly remark, number {number}.")
    receivers = Receivers(a=[Answer(429, "1"), 200])
    deliver_to(session, id, receivers, clock=clock)

    clock.advance(seconds=5)

    assert list(due_endpoints(session, clock.now)) == [id]
    assert deliver_to(session, id, receivers, clock=clock) == 4
    assert len(delivery_log.page(session, id, limit=9, state="delivered").entries) == 4
    db.session.remove()
