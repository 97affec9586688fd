"""Deferred verdicts: a doubtful comment waits for a moderator, and the platform hears of it."""

import json

import pytest
from sqlalchemy import select

from moderation.services.compat import akismet as service
from moderation.services.compat import akismet_callbacks, keys
from moderation.services.outbound import Answer
from moderation.services.retries import DELAYS, TRIES
from moderation.services.sites import registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.foreign import AkismetUsage, ForeignComment
from moderation.storage.models.jobs import OutboxMessage
from tests.conftest import one_store
from tests.working import turn

from .conftest import BLOG, CALLBACK, FRIENDLY

DOUBTFUL = "Another plum for the market hall."
REVIEW = "/api/v1/review"


@pytest.fixture
def doubt(change_site):
    """The site holds comments with a word."""
    change_site(settings={"suspect_words": ["plum"]})


@pytest.fixture
def check(ask, doubt):
    """Ask about a doubtful comment as WordPress does."""

    def send(**changed):
        sent = {"comment_content": DOUBTFUL, "callback": CALLBACK, "comment_post_ID": "12"}
        return ask(**{**sent, "comment_parent": "0", **changed})

    return send


@pytest.fixture
def decide(client, reviewing, session):
    def send(outcome, id=None):
        id = id or session.scalars(select(ForeignComment.comment_id)).one()
        session.rollback()
        answer = client.post(
            f"{REVIEW}/comments/{id}/decisions", json={"outcome": outcome}, headers=reviewing
        )
        assert answer.status_code == 201
        return answer.get_json()["id"]

    return send


@pytest.fixture
def deliver(session, clock):
    """Deliver what is due to a platform that gives these answers; return its requests."""

    def send(*answers):
        given, sent = list(answers), []

        def call(request):
            sent.append(request)
            return given.pop(0) if given else Answer(200)

        session.rollback()
        akismet_callbacks.deliver_due(session, call, clock=clock)
        return sent

    return send


def held(answer) -> bool:
    """Whether an answer makes WordPress keep the comment pending, for a day."""
    return (
        answer.data == b"false"
        and answer.headers.get("X-akismet-recheck-after") == "86400"
        and bool(answer.headers["X-akismet-guid"])
    )


# Holding


def test_a_doubtful_comment_waits_with_its_authors_data(check, client, reviewing):
    assert held(check(comment_author_url="https://ada.example"))

    (item,) = client.get(f"{REVIEW}/queue", headers=reviewing).get_json()["items"]
    comment = item["comment"]
    author = comment["author"]
    assert (author["name"], author["email"], author["website"]) == (
        "Ada",
        "ada@mail.example",
        "https://ada.example",
    )
    assert comment["text"] == DOUBTFUL
    assert comment["source"]["platform"] == "akismet"
    assert comment["source"]["url"] == f"{BLOG}/market-hall"
    assert comment["source"]["details"]["blog"] == BLOG
    assert item["because"]


def test_an_innocent_comment_does_not_wait(check):
    answer = check(comment_content=FRIENDLY)

    assert answer.data == b"false"
    assert "X-akismet-recheck-after" not in answer.headers


@pytest.mark.parametrize(
    "callback",
    [
        None,
        "",
        "https://evil.example/hook",
        "https://blog.example.evil.example/hook",
        "https://blog.example@evil.example/",
        "https://blog.example:8443/hook",
        "http://blog.example/hook",
        "ftp://blog.example/hook",
        "//blog.example/hook",
        "https://blog.example\\@evil.example/",
        "https://blog.example/hook\r\nX: y",
        "https://[blog.example/",
        "https://blog.example/" + "x" * 5000,
    ],
)
def test_no_verdict_is_deferred_to_an_address_that_is_not_the_blogs(check, session, callback):
    answer = check(callback=callback)

    assert answer.data in (b"true", b"false")
    assert "X-akismet-recheck-after" not in answer.headers
    assert session.scalars(select(ForeignComment)).all() == []


@one_store
@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.0.0.7", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]"),
        *("192.168.1.1", "2130706433", "0x7f.1", "metadata.google.internal", "wordpress"),
    ],
)
def test_no_verdict_is_deferred_to_an_inner_address(check, session, host):
    answer = check(blog=f"http://{host}", callback=f"http://{host}/hook")

    assert "X-akismet-recheck-after" not in answer.headers
    assert session.scalars(select(ForeignComment)).all() == []


@one_store
def test_a_blog_without_https_may_be_told_over_http(check):
    blog = "http://blog.example:8313"

    assert held(check(blog=blog, callback=f"{blog}/wp-json/akismet/v1/webhook"))


def test_the_site_chooses_how_long_a_platform_waits(check, change_site, session):
    change_site(settings={"suspect_words": ["plum"], "akismet_review_hours": 2})
    assert check().headers["X-akismet-recheck-after"] == "7200"

    change_site(settings={"suspect_words": ["plum"], "akismet_review_hours": 0})
    answer = check(comment_content=f"{DOUBTFUL} Again.")

    assert "X-akismet-recheck-after" not in answer.headers
    assert len(session.scalars(select(ForeignComment)).all()) == 1


def test_a_test_does_not_wait(check, session):
    assert "X-akismet-recheck-after" not in check(is_test="1").headers
    assert session.scalars(select(ForeignComment)).all() == []


def test_a_full_queue_is_not_filled_further(check, session, monkeypatch):
    monkeypatch.setattr(service, "MOST_WAITING", 2)
    answers = [
        check(comment_content=f"{DOUBTFUL} {n}", comment_author_email=f"{n}@mail.example")
        for n in ("one", "two", "three")
    ]

    assert [held(answer) for answer in answers] == [True, True, False]


def test_everything_waits_where_the_site_holds_everything(check, change_site):
    change_site(settings={"hold_everything": True})

    assert held(check(comment_content=FRIENDLY))


def test_a_section_may_hold_everything(check, change_site):
    change_site(settings={"sections": [{"prefix": "/market", "state": "premoderated"}]})

    assert held(check(comment_content=FRIENDLY))
    elsewhere = f"{BLOG}/town-hall"
    assert not held(check(comment_content=f"{FRIENDLY} There, too.", permalink=elsewhere))


def test_a_newcomer_does_not_wait_for_being_new(check, change_site):
    change_site(settings={"hold_first": 5})

    assert not held(check(comment_content=FRIENDLY))


def test_a_broken_filter_holds_or_is_an_error_but_never_a_verdict(check, ask, broken_filter):
    assert held(check(comment_content=FRIENDLY))

    alone = ask(comment_content=f"{FRIENDLY} Again.")
    assert (alone.status_code, alone.data) == (503, b"error")
    assert alone.headers["X-akismet-guid"]


@pytest.fixture
def broken_filter(monkeypatch):
    """A filter that raises for every text."""
    from moderation.filters import pipeline

    def fail(*_):
        raise ValueError

    broken = type(pipeline.FILTERS[0])()
    monkeypatch.setattr(type(broken), "check", fail)


# Settings about toxic comments


@pytest.mark.parametrize(
    ("chosen", "with_callback", "without"),
    [("review", "held", b"false"), ("spam", b"true", b"true"), ("ignore", b"false", b"false")],
)
def test_the_site_chooses_what_a_toxic_comment_is(
    check, ask, change_site, chosen, with_callback, without
):
    change_site(settings={"suspect_words": ["plum"], "akismet_toxic": chosen})

    answer = check()

    assert held(answer) if with_callback == "held" else answer.data == with_callback
    assert ask(comment_content=f"{DOUBTFUL} Again.").data == without


def test_a_low_bar_makes_doubtful_spam_certain(check, change_site):
    links = " ".join(f"https://site{n}.example/x" for n in range(6))
    change_site(settings={"max_links": 1, "akismet_spam_from": 1.01})
    assert held(check(comment_content=f"Read this: {links}"))

    change_site(settings={"max_links": 1, "akismet_spam_from": 0.3})
    assert check(comment_content=f"Read that: {links}").data == b"true"


# Asking again


def test_a_comment_that_waits_is_one_item_when_it_is_checked_again(check, session):
    first = check().headers["X-akismet-guid"]
    again = check(recheck_reason="recheck_queue")

    assert held(again)
    row = session.scalars(select(ForeignComment)).one()
    assert row.guids == [first, again.headers["X-akismet-guid"]]


@pytest.mark.parametrize(
    ("outcome", "body"), [("approve", b"false"), ("reject", b"true"), ("spam", b"true")]
)
def test_a_person_outranks_the_filters_when_a_comment_is_checked_again(
    check, decide, change_site, outcome, body
):
    check()
    decide(outcome)
    change_site(settings={"block_words": ["plum"]} if outcome == "approve" else {})

    answer = check(recheck_reason="recheck_queue")

    assert answer.data == body
    assert "X-akismet-recheck-after" not in answer.headers


def test_an_undone_decision_waits_again(check, decide, client, reviewing):
    check()
    decision = decide("spam")
    client.delete(f"{REVIEW}/decisions/{decision}", headers=reviewing)

    assert held(check())


# The verdict


@pytest.mark.parametrize(
    ("outcome", "result"), [("approve", "false"), ("reject", "true"), ("spam", "true")]
)
def test_a_decision_is_sent_to_the_callback(check, decide, deliver, key, outcome, result):
    guid = check().headers["X-akismet-guid"]
    decide(outcome)

    (request,) = deliver()

    assert (request.method, request.url) == ("POST", CALLBACK)
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-Akismet-Webhook"] == "1"
    assert json.loads(request.body) == {
        "key": key,
        "endpoint": "comment-check",
        "comments": [
            {
                "guid": guid,
                "result": result,
                "comment_post_ID": "12",
                "comment_parent": "0",
                "comment_author_email": "ada@mail.example",
            }
        ],
    }
    assert deliver() == []


def test_nothing_is_sent_before_a_decision_and_when_it_is_escalated(check, decide, deliver):
    check()
    assert deliver() == []

    decide("escalate")
    assert deliver() == []


def test_every_question_about_the_comment_gets_the_verdict(check, decide, deliver):
    guids = {check().headers["X-akismet-guid"] for _ in range(3)}
    decide("spam")

    (request,) = deliver()

    sent = json.loads(request.body)["comments"]
    assert {entry["guid"] for entry in sent} == guids
    assert {entry["result"] for entry in sent} == {"true"}


def test_an_undo_in_time_sends_nothing(check, decide, deliver, client, reviewing):
    check()
    decision = decide("spam")
    client.delete(f"{REVIEW}/decisions/{decision}", headers=reviewing)

    assert deliver() == []


def test_only_the_newest_verdict_is_sent(check, decide, deliver, client, reviewing):
    check()
    decision = decide("spam")
    client.delete(f"{REVIEW}/decisions/{decision}", headers=reviewing)
    decide("approve")

    (request,) = deliver()

    assert json.loads(request.body)["comments"][0]["result"] == "false"


def test_the_platform_gets_the_key_that_it_used(check, decide, deliver, make_key, key):
    check()
    newer = make_key()
    decide("spam")

    (request,) = deliver()

    assert json.loads(request.body)["key"] == key != newer


def test_a_revoked_key_is_replaced_by_the_newest(check, decide, deliver, make_key, session, clock):
    check()
    newer = [make_key() for _ in range(2)][-1]
    decide("spam")

    (request,) = deliver()

    assert json.loads(request.body)["key"] == newer


def test_without_any_key_nothing_is_sent(check, decide, deliver, session, clock):
    check()
    decide("spam")
    found = registry.find(session, "news")
    keys.revoke(session, found, keys.Service.AKISMET, now=clock.now)

    assert deliver() == []
    assert session.scalars(select(OutboxMessage.last_error)).one() == "NoKey"


def test_a_bulk_decision_sends_each_verdict(check, deliver, client, reviewing):
    for number in ("one", "two"):
        check(comment_content=f"{DOUBTFUL} {number}", comment_author_email=f"{number}@x.example")
    items = client.get(f"{REVIEW}/queue", headers=reviewing).get_json()["items"]
    ids = [item["comment"]["id"] for item in items]
    done = client.post(f"{REVIEW}/bulk", json={"outcome": "spam", "ids": ids}, headers=reviewing)
    assert done.status_code in (200, 201), done.get_json()

    assert len(deliver()) == 2


# Retries


def test_a_platform_that_fails_is_asked_again_with_growing_delays(
    check, decide, deliver, session, clock
):
    check()
    decide("spam")
    failing = [Answer(500), Answer(0, error="ConnectTimeout"), Answer(302), Answer(404)]

    for number, answer in enumerate((failing * 9)[: TRIES - 1]):
        assert len(deliver(answer)) == 1
        assert deliver() == []
        clock.now += DELAYS[number]

    assert len(deliver(Answer(500))) == 1
    assert session.scalars(select(OutboxMessage.state)).one() == "failed"


def test_a_verdict_that_failed_can_be_sent_again(check, decide, deliver, session, clock):
    check()
    decide("spam")
    message = session.scalars(select(OutboxMessage)).one()
    message.state, message.finished_at = "failed", clock.now
    session.commit()

    found = registry.find(session, "news")
    assert [m.error for m in akismet_callbacks.failed(session, found)] == [""]
    assert akismet_callbacks.retry_failed(session, found, now=clock.now) == 1
    assert akismet_callbacks.failed(session, found) == []

    assert len(deliver()) == 1


def test_an_address_that_is_gone_is_not_asked_again(check, decide, deliver, session):
    check()
    decide("spam")

    deliver(Answer(410))

    assert session.scalars(select(OutboxMessage.state)).one() == "failed"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"comments":{"x":{"status":"success"}}}', ""),
        (b'{"comments":{"x":{"status":"error","message":"no"}}}', "received, not applied"),
        (b"<html>", ""),
        (b'{"comments":[1]}', ""),
        (b"[" * 9000, ""),
    ],
)
@one_store
def test_any_answer_with_success_ends_the_delivery(check, decide, deliver, session, body, error):
    check()
    decide("spam")

    deliver(Answer(200, body=body))

    message = session.scalars(select(OutboxMessage)).one()
    assert (message.state, message.last_error) == ("delivered", error)


def test_a_worker_that_raises_does_not_lose_the_verdict(check, decide, session, clock, deliver):
    check()
    decide("spam")

    def explode(_request):
        raise RuntimeError

    session.rollback()
    akismet_callbacks.deliver_due(session, explode, clock=clock)
    clock.now += DELAYS[0]

    assert len(deliver()) == 1


def test_a_worker_that_died_loses_its_claim(check, decide, session, clock, deliver):
    check()
    decide("spam")
    session.rollback()
    akismet_callbacks._claim(session, clock.now)

    assert deliver() == []
    clock.advance(minutes=3)
    assert len(deliver()) == 1


def test_the_worker_sends_verdicts_and_no_webhook_of_them(app, check, decide, change_site, clock):
    change_site(settings={"suspect_words": ["plum"]}, webhook_url="https://news.example/hooks")
    check()
    decide("spam")
    calls, hooks = [], []

    turn(
        app,
        "one",
        send=lambda request: hooks.append(request),
        call=lambda request: calls.append(request) or Answer(200),
        clock=clock,
    )

    assert (len(calls), len(hooks)) == (1, 0)


def test_an_inner_address_behind_a_name_is_refused_when_it_is_sent(
    check, decide, session, clock, app
):
    """The name passed when the comment was held: only a connection shows where it leads."""
    from functools import partial
    from ipaddress import ip_address

    from moderation.domain.inner_networks import Networks
    from moderation.services import outbound

    check()
    decide("spam")
    inside = partial(
        outbound.send, allowed=Networks(), resolve=lambda *_: [ip_address("169.254.169.254")]
    )
    session.rollback()

    akismet_callbacks.deliver_due(session, inside, clock=clock)

    message = session.scalars(select(OutboxMessage)).one()
    assert (message.state, message.last_error) == ("waiting", "BadAddress")


def test_an_erased_author_is_named_nowhere_and_no_verdict_is_sent(
    check, decide, deliver, signed_event, session
):
    check()
    decide("spam")

    assert (
        signed_event("author.erased", {"author": {"email": "ada@mail.example"}}).status_code == 200
    )

    assert deliver() == []
    session.rollback()
    assert set(session.scalars(select(OutboxMessage.state))) == {"dropped"}


# Reports of the platform's own moderators


@pytest.mark.parametrize(
    ("method", "status", "label", "count"),
    [
        ("submit-spam", "spam", 1.0, "missed_spam"),
        ("submit-ham", "approved", 0.0, "false_positives"),
    ],
)
def test_a_report_decides_what_waits_and_is_kept_as_an_example(
    check, ask, session, deliver, method, status, label, count
):
    from moderation.storage.models.compat import LabelledExample

    check()
    ask(method, comment_content=DOUBTFUL)

    assert session.scalars(select(Comment.status)).one() == status
    last = session.scalars(select(Decision).order_by(Decision.comment_version.desc())).first()
    assert last.actor == "site"
    assert deliver() == []
    example = session.scalars(select(LabelledExample)).one()
    assert (example.text, example.labels) == (DOUBTFUL, {"SPAM": label})
    assert example.context["author"]["email"] == "ada@mail.example"
    assert sum(session.scalars(select(getattr(AkismetUsage, count)))) == 1


def test_a_report_does_not_overturn_our_moderators(check, ask, decide, session):
    check()
    decide("approve")

    ask("submit-spam", comment_content=DOUBTFUL)

    assert session.scalars(select(Comment.status)).one() == "approved"


def test_erasing_an_author_erases_what_was_reported(ask, signed_event, session):
    from moderation.storage.models.compat import LabelledExample

    ask("submit-ham")

    signed_event("author.erased", {"author": {"email": "ada@mail.example"}})

    assert session.scalars(select(LabelledExample)).all() == []


# Bursts


def test_the_same_text_from_many_authors_is_spam(ask):
    answers = [
        ask(comment_content=f"{FRIENDLY} Come and see.", comment_author_email=f"{n}@x.example").data
        for n in range(6)
    ]

    assert answers[0] == b"false"
    assert answers[-1] == b"true"


def test_a_client_that_asks_again_makes_no_burst(ask):
    assert {ask().data for _ in range(30)} == {b"false"}


def test_comments_behind_a_proxy_that_hides_its_clients_are_no_burst(ask):
    answers = {
        ask(
            user_ip="10.0.0.1",
            comment_content=f"{FRIENDLY} I came on day {n * n + 17} of this year.",
            comment_author_email=f"{n}@x.example",
            comment_author=f"Reader {n}",
        ).headers.get("X-akismet-pro-tip")
        for n in range(30)
    }

    assert answers == {None}


def test_checks_are_forgotten_after_a_day(app, ask, clock, session):
    from moderation.storage.models.foreign import ForeignCheck

    ask()
    clock.advance(hours=25)
    turn(app, "one", send=lambda _: None, clock=clock)

    session.rollback()
    assert session.scalars(select(ForeignCheck)).all() == []
