"""The outbox: signed, at least once, with patience, to one address, and never for ever."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from moderation.domain.inner_networks import Networks, parse_networks
from moderation.services.sites import changes, registry, removal, secrets
from moderation.services.webhooks.delivery import LEASE, Answer, Request, deliver_due, send_http
from moderation.services.webhooks.schedule import DELAYS, JITTER, TRIES
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from moderation.web.database import db
from moderation.web.state import app_state
from moderation.worker import work
from tests.conftest import one_store
from tests.working import turn

URL = "https://news.example/hooks"
#: Receivers of these tests listen on this machine.
HERE = Networks.of(parse_networks("127.0.0.0/8"))
send_here = partial(send_http, allowed=HERE)


class Receiver:
    """Answers as configured and stores the requests."""

    def __init__(self, *answers: Answer, clock=None, takes: float = 0) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)
        self._clock, self._takes = clock, takes

    def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        if self._clock:
            self._clock.advance(seconds=self._takes)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture
def announced(change_site, make_comment):
    """One message that waits for a site with an address."""
    change_site(webhook_url=URL)
    return make_comment()


def message(session) -> WebhookDelivery:
    session.rollback()
    return session.scalars(select(WebhookDelivery)).one()


def waits(number: int) -> tuple[timedelta, timedelta]:
    """The shortest and the longest wait after this number of failed attempts."""
    return DELAYS[number - 1] * (1 - JITTER), DELAYS[number - 1]


def test_a_delivered_message_is_signed_and_names_the_event(announced, session, secret, clock):
    receiver = Receiver(Answer(200))

    assert deliver_due(session, receiver, clock=clock) == 1

    (request,) = receiver.requests
    assert request.url == URL
    event = Webhook(secret).verify(request.body, request.headers)
    assert event["type"] == "comment.approved"
    assert event["data"]["site"] == "news"
    assert event["data"]["comment"]["id"] == announced["comment"]["id"]
    assert event["data"]["comment"]["post"] == "story"
    assert message(session).state == "delivered"
    assert deliver_due(session, receiver, clock=clock) == 0


def test_both_secrets_sign_during_a_rotation(announced, session, secret, clock):
    newer = secrets.rotate(session, registry.find(session, "news"), now=clock.now)
    receiver = Receiver(Answer(204))

    deliver_due(session, receiver, clock=clock)

    (request,) = receiver.requests
    for each in (secret, newer):
        assert Webhook(each).verify(request.body, request.headers)


def test_a_message_is_tried_ten_times_at_growing_distances_and_then_given_up(
    announced, session, clock
):
    receiver, waited = Receiver(Answer(500)), []

    while message(session).state == "waiting":
        before = clock.now
        due = message(session).due_at
        clock.now = due - timedelta(seconds=1)
        assert before == due or deliver_due(session, receiver, clock=clock) == 0
        clock.now = due
        assert deliver_due(session, receiver, clock=clock) == 1
        waited.append(due - before)

    assert len(waited[1:]) == len(DELAYS)
    for number, each in enumerate(waited[1:], 1):
        shortest, longest = waits(number)
        assert shortest <= each <= longest
    assert len(receiver.requests) == TRIES == 10
    assert (message(session).state, message(session).last_error) == ("failed", "HTTP 500")
    assert len({r.headers["webhook-id"] for r in receiver.requests}) == 1
    assert len({r.headers["webhook-timestamp"] for r in receiver.requests}) == 10


@pytest.mark.parametrize("status", [0, 301, 302, 308, 400, 404, 429, 502])
def test_everything_but_2xx_is_tried_again(announced, session, clock, status):
    deliver_due(session, Receiver(Answer(status)), clock=clock)

    assert (message(session).state, message(session).attempts) == ("waiting", 1)


@one_store
@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("120", 120),
        ("1", 5),
        ("9" * 5000, 24 * 3600),
        ("²", 5),
        ("-5", 5),
        ("soon", 5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 5),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 24 * 3600),
        ("Mon, 01 Jan 0001 00:00:00 -2359", 5),
    ],
)
def test_a_receiver_may_ask_for_more_time_but_not_for_ever(
    announced, session, clock, asked, waited
):
    deliver_due(session, Receiver(Answer(503, asked)), clock=clock)

    shortest = 4.5 if waited == 5 else waited
    assert shortest <= (message(session).due_at - clock.now).total_seconds() <= waited


def test_410_ends_deliveries_at_once_until_the_address_is_set_again(
    announced, make_comment, change_site, session, clock
):
    for i in range(3):
        make_comment(f"One more remark, the number {i}.")
    receiver = Receiver(Answer(410), Answer(200))

    deliver_due(session, receiver, clock=clock)
    clock.advance(hours=1)
    deliver_due(session, receiver, clock=clock)

    assert len(receiver.requests) == 1
    assert session.scalar(select(WebhookEndpoint.disabled_at)) is not None
    session.rollback()
    change_site(webhook_url=URL)
    assert deliver_due(session, receiver, clock=clock) == 3


def test_two_workers_never_send_the_same_message(announced, make_comment, make_app, session, clock):
    for i in range(30):
        make_comment(f"One more remark, the number {i}.")
    app, receiver = make_app(threads=8), Receiver(Answer(200))
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        for _ in range(3):
            turn(app, threading.current_thread().name, send=receiver, clock=clock)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ids = [r.headers["webhook-id"] for r in receiver.requests]
    assert len(ids) == len(set(ids)) == 31


def test_a_worker_that_dies_while_sending_loses_its_claim_and_another_sends_again(
    announced, session, clock
):
    def die(request: Request) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(session, die, clock=clock)
    session.rollback()
    receiver = Receiver(Answer(200))

    clock.now += LEASE
    assert deliver_due(session, receiver, clock=clock) == 0
    clock.advance(seconds=1)
    assert deliver_due(session, receiver, clock=clock) == 1


def test_a_slow_receiver_does_not_make_messages_outlive_their_claim(
    announced, make_comment, session, clock
):
    for i in range(9):
        make_comment(f"One more remark, the number {i}.")
    slow = Receiver(Answer(200), clock=clock, takes=14)
    begun = clock.now

    sent = deliver_due(session, slow, clock=clock)

    assert clock.now < begun + LEASE
    assert sent == len(slow.requests) < 10
    stamps = [int(r.headers["webhook-timestamp"]) for r in slow.requests]
    assert stamps[-1] - stamps[0] == 14 * (sent - 1)


def test_a_worker_that_was_too_slow_does_not_undo_a_newer_result(announced, session, clock):
    def overtaken(request: Request) -> Answer:
        clock.now += LEASE + timedelta(seconds=1)
        deliver_due(session, Receiver(Answer(200)), clock=clock)
        return Answer(500)

    deliver_due(session, overtaken, clock=clock)

    assert message(session).state == "delivered"


def test_a_worker_that_was_too_slow_does_not_bring_back_an_earlier_try(announced, session, clock):
    def overtaken(request: Request) -> Answer:
        clock.now += LEASE + timedelta(seconds=1)
        deliver_due(session, Receiver(Answer(500)), clock=clock)
        clock.now += DELAYS[0]
        deliver_due(session, Receiver(Answer(502)), clock=clock)
        return Answer(503)

    deliver_due(session, overtaken, clock=clock)

    left = message(session)
    assert (left.state, left.attempts, left.last_error) == ("waiting", 2, "HTTP 502")
    shortest, longest = waits(2)
    assert shortest <= left.due_at - clock.now <= longest


def test_a_message_to_an_address_removed_during_its_delivery_is_gone(
    announced, session, change_site, clock
):
    def dropped(request: Request) -> Answer:
        change_site(webhook_url="")
        change_site(webhook_url=URL)
        return Answer(200)

    deliver_due(session, dropped, clock=clock)

    session.rollback()
    assert session.scalars(select(WebhookDelivery)).all() == []


def test_no_transaction_is_open_while_a_receiver_takes_its_time(announced, session, clock):
    def look(request: Request) -> Answer:
        assert not session.in_transaction()
        return Answer(200)

    assert deliver_due(session, look, clock=clock) == 1


def test_a_site_that_is_removed_during_a_delivery_stops_nothing(announced, session, clock):
    def vanish(request: Request) -> Answer:
        removal.remove(session, registry.find(session, "news"), now=clock.now)
        return Answer(200)

    assert deliver_due(session, vanish, clock=clock) == 1


def test_a_site_gets_events_of_its_own_comments_only(app, announced, client, session, clock):
    changes.add(session, "other", title="", origins=[], now=clock.now)
    changes.change(
        session, registry.find(session, "other"), webhook_url=URL + "/other", now=clock.now
    )
    receiver = Receiver(Answer(200))
    client.post(
        "/api/v1/sites/other/posts/x/comments",
        json={"author": {"name": "Bo"}, "text": "A remark on the other site."},
    )

    assert deliver_due(session, receiver, clock=clock) == 2

    by_url = {r.url: json.loads(r.body)["data"]["site"] for r in receiver.requests}
    assert by_url == {URL: "news", URL + "/other": "other"}


def test_events_before_there_was_an_address_are_not_sent(make_comment, change_site, session, clock):
    make_comment()
    # At once: messages without a receiver would be read every second, for ever.
    assert session.scalars(select(OutboxMessage.state)).all() == ["dropped"]
    change_site(webhook_url=URL)

    assert deliver_due(session, Receiver(Answer(200)), clock=clock) == 0
    session.rollback()
    assert session.scalars(select(OutboxMessage.state)).all() == ["dropped"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://[::1",
        "http://exa mple.test/",
        "http://a..b/",
        f"http://{'a' * 64}.test/",
        "http://127.0.0.1:99999/",
        "http://\u2603\ufffd/",
        "https://127.0.0.1:1/",
    ],
)
def test_an_address_that_cannot_be_reached_is_an_answer_and_no_exception(url):
    answer = send_here(Request(url, {}, b"{}"))

    assert answer.status == 0
    assert answer.error


def test_the_worker_goes_on_after_any_error(announced, app, clock):
    stop, tried = threading.Event(), []

    def broken(request: Request) -> Answer:
        tried.append(request)
        stop.set()
        raise RuntimeError("a bug")

    work(app_state(app).store, app_state(app).signing, stop, send=broken)

    assert len(tried) == 1


class Endpoint(BaseHTTPRequestHandler):
    received: list[tuple[str, dict[str, str], bytes]]
    plan: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).received.append((self.path, dict(self.headers), body))
        status = self.plan.pop(0) if self.plan else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def listening(*statuses):
    """A real receiver that answers with these statuses; yields its address."""
    Endpoint.received, Endpoint.plan = [], list(statuses)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_a_receiver_is_followed(status):
    with listening(status) as address:
        answer = send_here(Request(f"{address}/hook", {}, b"{}"))

    assert answer.status == status
    assert [path for path, _, _ in Endpoint.received] == ["/hook"]


def test_no_proxy_and_no_password_of_the_environment_reaches_a_receiver(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password canary")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with listening() as address:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        answer = send_here(Request(f"{address}/hook", {}, b"{}"))

    assert answer.status == 200
    [(path, headers, _)] = Endpoint.received
    assert path == "/hook"
    assert "authorization" not in {name.lower() for name in headers}


def test_a_real_receiver_can_verify_messages_of_a_real_worker(
    make_comment, change_site, app, secret, session, clock
):
    with listening(302, 200) as address:
        change_site(webhook_url=f"{address}/hook", allowed=HERE)
        make_comment("Grüße an alle, ein freundlicher Satz.")
        turn(app, "worker", send=send_here, clock=clock)
        clock.advance(seconds=5)
        turn(app, "worker", send=send_here, clock=clock)

    assert [path for path, _, _ in Endpoint.received] == ["/hook", "/hook"]
    for _, headers, body in Endpoint.received:
        lower = {name.lower(): value for name, value in headers.items()}
        assert Webhook(secret).verify(body, lower)["type"] == "comment.approved"
    assert message(session).state == "delivered"
    db.session.remove()
