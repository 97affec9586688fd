"""A site's own checker: what waits for it, what its results do, and what its failures do."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.domain.actors import By
from moderation.domain.status import Actor, Outcome
from moderation.services.compat import checker_jobs, checkers
from moderation.services.compat.checker_jobs import COOL_DOWN, DELAYS, LEASE, TRIES
from moderation.services.outbound import Answer, Networks
from moderation.services.review import decisions, redaction
from moderation.services.sites import registry
from moderation.storage.models.checks import CheckerState, OutsideCheck
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.web.database import db
from tests.conftest import one_store

URL = "https://checker.example/moderate"
SECRET = "a-secret-that-stays-hidden"
BY = By(Actor.MODERATOR, "ann")
JSON = {
    "url": URL,
    "shape": "json",
    "enabled": True,
    "template": {"content": "{text}", "by": ["{author_name}"]},
    "scores": "/result",
}


def ok(**scores):
    return Answer(200, body=json.dumps({"result": scores}).encode())


class Receiver:
    """The checker's end: remembers its requests and gives the prepared answers."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.before_answer = lambda: None

    def __call__(self, request, timeout):
        self.requests.append((request, timeout))
        self.before_answer()
        answer = self.answers.pop(0) if self.answers else ok(spam=0.1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def bodies(self):
        return [json.loads(request.body) for request, _ in self.requests]


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def configure(app, change_site, clock):
    change_site(settings={"hold_first": 0, "thresholds": {"flood": 1.01}})

    def save(**changes):
        with app.app_context():
            checkers.save(
                db.session(),
                registry.find(db.session(), "news"),
                {**JSON, "secret": SECRET, **changes},
                allowed=Networks(),
                now=clock.now,
                by=BY,
            )
            db.session.remove()

    save()
    return save


@pytest.fixture
def run(app, receiver, clock):
    """Run the worker's checks that are due."""

    def due():
        with app.app_context():
            done = checker_jobs.check_due(db.session(), receiver, clock=clock)
            db.session.remove()
        return done

    return due


@pytest.fixture
def state(session):
    def read():
        session.rollback()
        return session.scalars(select(CheckerState)).one()

    return read


@pytest.fixture
def comment_now(session):
    def read(made):
        session.rollback()
        return session.get(Comment, made["comment"]["id"], populate_existing=True)

    return read


@pytest.fixture
def last(session):
    def read(made):
        session.rollback()
        return session.scalars(
            select(Decision)
            .where(Decision.comment_id == made["comment"]["id"])
            .order_by(Decision.comment_version.desc())
        ).first()

    return read


@pytest.fixture
def waiting(session):
    def count():
        session.rollback()
        return len(session.scalars(select(OutsideCheck)).all())

    return count


def codes(decision):
    return [(cause["code"], cause["outcome"]) for cause in decision.causes]


def public(client):
    return client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"]


# Waiting and released


def test_a_comment_waits_for_the_check_and_is_released_by_a_good_result(
    configure, make_comment, run, receiver, comment_now, last, client, waiting
):
    made = make_comment()
    assert made["http"] == 202
    assert codes(last(made)) == [("OUTSIDE_CHECK_PENDING", "hold")]
    assert public(client) == []

    assert run() == 1

    assert receiver.bodies == [{"content": "A quiet and friendly remark.", "by": ["Ada"]}]
    assert comment_now(made).status == "approved"
    assert codes(last(made)) == [("OUTSIDE_CHECK", "approve")]
    assert "spam with 0.10" in last(made).causes[0]["explanation"]
    assert len(public(client)) == 1
    assert (waiting(), run()) == (0, 0)


def test_a_bad_result_holds_the_comment_with_its_reason(
    configure, make_comment, run, receiver, comment_now, last
):
    made = make_comment()
    receiver.answers = [ok(spam=0.95, insult=0.2)]

    run()

    decision = last(made)
    assert comment_now(made).status == "held"
    assert comment_now(made).reasons == "|OUTSIDE_CHECK|"
    assert codes(decision) == [("OUTSIDE_CHECK", "hold")]
    assert decision.causes[0]["explanation"] == "The site's own checker reports spam with 0.95."
    assert decision.scores["outside_check"] == 0.95
    assert decision.actor == "policy"


def test_a_good_result_releases_nothing_that_a_filter_holds(
    configure, make_comment, run, comment_now, last
):
    made = make_comment("you idiot")

    run()

    found = dict(codes(last(made)))
    assert comment_now(made).status == "held"
    assert found["INSULT"] == "hold"
    assert found["OUTSIDE_CHECK"] == "approve"
    assert "OUTSIDE_CHECK_PENDING" not in found


def test_without_waiting_a_comment_is_published_and_held_again_by_a_bad_result(
    configure, make_comment, run, receiver, comment_now, client
):
    configure(wait=False)
    made = make_comment()
    assert made["http"] == 201
    assert len(public(client)) == 1
    receiver.answers = [ok(spam=0.95)]

    run()

    assert comment_now(made).status == "held"
    assert public(client) == []


@one_store
def test_without_waiting_a_good_result_leaves_a_comment_published(
    configure, make_comment, run, comment_now, last
):
    configure(wait=False)
    made = make_comment()

    run()

    assert comment_now(made).status == "approved"
    assert codes(last(made)) == [("OUTSIDE_CHECK", "approve")]


@one_store
def test_a_refused_comment_is_not_sent(configure, change_site, make_comment, run, receiver):
    change_site(settings={"block_words": ["frobnicator"]})
    make_comment("Buy a frobnicator.")

    assert run() == 0
    assert receiver.requests == []


@one_store
def test_a_site_without_a_checker_and_one_that_is_off_wait_for_nothing(
    app, change_site, make_comment, run, waiting, clock
):
    change_site(settings={"hold_first": 0})
    assert make_comment()["http"] == 201
    with app.app_context():
        site = registry.find(db.session(), "news")
        off = {**JSON, "enabled": False}
        checkers.save(db.session(), site, off, allowed=Networks(), now=clock.now, by=BY)
        db.session.remove()

    assert make_comment("Another quiet remark.")["http"] == 201
    assert (waiting(), run()) == (0, 0)


# Too late


def edit(client, made, text):
    answer = client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": text},
        headers={"Authorization": f"Bearer {made['edit_token']}"},
    )
    assert answer.status_code in (200, 202), answer.data


def test_a_result_for_an_older_revision_changes_nothing(
    configure, make_comment, run, receiver, comment_now, client, waiting, last
):
    made = make_comment()

    def edited_meanwhile():
        receiver.before_answer = lambda: None
        edit(client, made, "A second and better text.")

    receiver.before_answer = edited_meanwhile
    receiver.answers = [ok(spam=0.0), ok(spam=0.9)]

    run()

    # The first answer was about the old text; the second, in the same turn, about the new one.
    assert receiver.bodies[-1]["content"] == "A second and better text."
    assert comment_now(made).status == "held"
    assert codes(last(made)) == [("OUTSIDE_CHECK", "hold")]
    assert waiting() == 0


@pytest.mark.parametrize("outcome", [Outcome.APPROVE, Outcome.REJECT, Outcome.ESCALATE])
def test_a_result_after_a_persons_decision_changes_nothing(
    configure, make_comment, run, receiver, comment_now, app, clock, outcome, waiting
):
    made = make_comment()
    chosen = {
        Outcome.APPROVE: "approved",
        Outcome.REJECT: "rejected",
        Outcome.ESCALATE: "held",
    }[outcome]

    def decided_meanwhile():
        with app.app_context():
            decisions.decide(db.session(), made["comment"]["id"], outcome, BY, now=clock.now)
            db.session.remove()

    receiver.before_answer = decided_meanwhile
    receiver.answers = [ok(spam=0.0 if outcome is not Outcome.APPROVE else 0.95)]

    run()

    assert comment_now(made).status == chosen
    assert waiting() == 0


@one_store
def test_a_result_about_a_text_that_was_redacted_meanwhile_changes_nothing(
    configure, make_comment, run, receiver, comment_now, app, clock, waiting
):
    made = make_comment()

    def redacted_meanwhile():
        with app.app_context():
            redaction.redact(
                db.session(), made["comment"]["id"], [(2, 7)], BY, version=1, now=clock.now
            )
            db.session.remove()

    receiver.before_answer = redacted_meanwhile

    run()

    assert comment_now(made).status == "held"
    assert waiting() == 0


@one_store
def test_a_comment_that_a_person_decided_about_is_not_even_sent(
    configure, make_comment, run, receiver, app, clock, waiting
):
    made = make_comment()
    with app.app_context():
        decisions.decide(db.session(), made["comment"]["id"], Outcome.APPROVE, BY, now=clock.now)
        db.session.remove()

    run()

    assert receiver.requests == []
    assert waiting() == 0


def test_a_comment_that_its_author_deletes_meanwhile_stays_deleted(
    configure, make_comment, run, receiver, comment_now, client, waiting
):
    made = make_comment()
    bearer = {"Authorization": f"Bearer {made['edit_token']}"}

    receiver.before_answer = lambda: client.delete(
        f"/api/v1/comments/{made['comment']['id']}", headers=bearer
    )

    run()

    assert comment_now(made).status == "deleted"
    assert waiting() == 0


@one_store
def test_an_edit_after_a_persons_approval_is_checked_again(
    configure, make_comment, run, receiver, app, clock, comment_now, client
):
    made = make_comment()
    with app.app_context():
        decisions.decide(db.session(), made["comment"]["id"], Outcome.APPROVE, BY, now=clock.now)
        db.session.remove()
    edit(client, made, "A second and better text.")
    assert comment_now(made).status == "held"

    run()

    assert comment_now(made).status == "approved"


# Failures


FAILURES = [
    Answer(0, error="ConnectError"),
    Answer(0, error="BadAddress"),
    Answer(500),
    Answer(302, headers={"location": "http://169.254.169.254/"}),
    Answer(200, body=b"<html>"),
    Answer(200, body=b"{}"),
    Answer(200, body=b'{"result": {"spam": 7}}'),
    Answer(200, body=b'{"result": "fine"}'),
    Answer(200, body=b'{"result": {"spam": 0.1}}', is_cut=True),
    RuntimeError("a canary that sings"),
]


@one_store
@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_failure_is_tried_again_later_and_then_waits_for_a_person(
    configure, make_comment, run, receiver, comment_now, last, clock, failure, waiting
):
    configure(failures=100)
    made = make_comment()
    receiver.answers = [failure] * TRIES

    for delay in DELAYS:
        assert run() == 1
        assert run() == 0
        clock.advance(seconds=delay.total_seconds())
    run()

    assert len(receiver.requests) == TRIES
    assert comment_now(made).status == "held"
    assert codes(last(made)) == [("OUTSIDE_CHECK_FAILED", "hold")]
    assert "canary" not in last(made).causes[0]["explanation"]
    assert waiting() == 0


def test_after_a_failure_a_good_answer_still_releases(
    configure, make_comment, run, receiver, comment_now, clock, state
):
    made = make_comment()
    receiver.answers = [Answer(503)]
    run()
    assert (state().failures, state().last_error) == (1, "HTTP 503")

    clock.advance(seconds=5)
    run()

    assert comment_now(made).status == "approved"
    assert (state().failures, state().last_error) == (0, "")


@one_store
def test_a_site_may_publish_what_could_not_be_checked(
    configure, make_comment, run, receiver, comment_now, last
):
    configure(unavailable="publish", failures=1)
    made, other = make_comment(), make_comment("Another quiet remark.")
    receiver.answers = [Answer(500)]

    run()

    # The breaker opened with the first; the second was not sent.
    assert len(receiver.requests) == 1
    assert comment_now(other).status == "approved"
    assert codes(last(other)) == [("OUTSIDE_CHECK_FAILED", "approve")]
    assert comment_now(made).status == "held"


@one_store
def test_what_a_filter_holds_is_not_published_by_a_checker_that_is_away(
    configure, make_comment, run, receiver, comment_now, clock
):
    configure(unavailable="publish", daily_cap=1)
    make_comment()
    made = make_comment("you idiot")

    run()

    assert comment_now(made).status == "held"


def test_the_breaker_opens_after_failures_in_a_row_and_says_so(
    configure, make_comment, run, receiver, comment_now, last, clock, state, app
):
    configure(failures=2)
    receiver.answers = [Answer(500), Answer(500)]
    made = [make_comment(f"A quiet remark, the {n}th.") for n in range(4)]

    run()

    assert len(receiver.requests) == 2
    assert "circuit breaker is open" in last(made[3]).causes[0]["explanation"]
    assert comment_now(made[3]).status == "held"
    assert state().skipped_at == clock.now
    with app.app_context():
        seen = checkers.view(db.session(), registry.find(db.session(), "news"), now=clock.now)
        assert seen["state"]["breaker"] == "open"
        assert checkers.warnings(db.session(), now=clock.now) == ["checker_unavailable"]
        db.session.remove()


def test_after_the_cool_down_one_request_probes_and_closes_the_breaker(
    configure, make_comment, run, receiver, comment_now, clock, state
):
    configure(failures=1)
    receiver.answers = [Answer(500)]
    make_comment()
    run()
    clock.advance(seconds=COOL_DOWN.total_seconds() - 1)
    early = make_comment("A remark that comes early.")
    run()
    assert (len(receiver.requests), comment_now(early).status) == (1, "held")

    clock.advance(seconds=2)
    receiver.answers = [ok(spam=0.0)]
    made = make_comment("A remark for the probe.")
    run()

    assert comment_now(made).status == "approved"
    assert (state().failures, state().open_until) == (0, None)


def test_while_a_probe_is_out_no_other_worker_sends_one(
    configure, make_comment, run, receiver, clock, comment_now, last
):
    configure(failures=1)
    receiver.answers = [Answer(500)]
    make_comment()
    run()
    clock.advance(seconds=COOL_DOWN.total_seconds())
    probe, behind = make_comment("The probe."), make_comment("A remark behind the probe.")
    session_of_other = []

    def other_worker():
        receiver.before_answer = lambda: None
        session_of_other.append(run())

    receiver.before_answer = other_worker
    receiver.answers = [ok(spam=0.0)] * 3

    run()

    # The first comment's second try was the probe; the others found the breaker open.
    assert session_of_other == [2]
    assert len(receiver.requests) == 2
    assert "circuit breaker is open" in last(probe).causes[0]["explanation"]
    assert comment_now(behind).status == "held"


@one_store
def test_a_breaker_opened_by_a_clock_that_was_ahead_does_not_stay_open(
    configure, make_comment, run, receiver, clock, session
):
    configure(failures=1)
    receiver.answers = [Answer(500)]
    make_comment()
    run()
    found = session.scalars(select(CheckerState)).one()
    found.open_until = clock.now + timedelta(days=400)
    session.commit()
    made = len(receiver.requests)
    make_comment("Another quiet remark.")

    run()

    assert len(receiver.requests) > made


def test_the_daily_cap_is_kept_and_ends_with_the_day(
    configure, make_comment, run, receiver, last, comment_now, clock, state
):
    clock.now = clock.now.replace(hour=12)
    configure(daily_cap=2)
    made = [make_comment(f"A quiet remark, the {n}th.") for n in range(3)]

    run()

    assert len(receiver.requests) == 2
    assert [comment_now(each).status for each in made] == ["approved", "approved", "held"]
    assert "daily cap of 2 is reached" in last(made[2]).causes[0]["explanation"]
    assert state().sent == 2

    clock.advance(hours=12)
    tomorrow = make_comment("A remark of the next day.")
    run()

    assert comment_now(tomorrow).status == "approved"
    assert state().sent == 1


@one_store
def test_retry_after_is_honoured_within_a_bound(configure, make_comment, run, receiver, clock):
    make_comment()
    receiver.answers = [Answer(429, retry_after="120")]
    run()
    clock.advance(seconds=119)
    assert run() == 0

    clock.advance(seconds=1)

    assert run() == 1


# Workers


@one_store
def test_a_worker_that_dies_loses_its_claim_and_the_check_is_made(
    configure, make_comment, run, receiver, comment_now, clock
):
    class Killed(BaseException):
        pass

    made = make_comment()
    receiver.answers = [ok(spam=0.1)]

    def die():
        raise Killed

    receiver.before_answer = die
    with pytest.raises(Killed):
        run()
    receiver.before_answer = lambda: None
    assert run() == 0

    clock.advance(seconds=LEASE.total_seconds() + 1)

    assert run() == 1
    assert comment_now(made).status == "approved"


@one_store
def test_a_check_that_kills_every_worker_is_given_up(
    configure, make_comment, run, receiver, comment_now, last, clock, session
):
    made = make_comment()
    session.scalars(select(OutsideCheck)).one().attempts = TRIES
    session.commit()

    run()

    assert receiver.requests == []
    assert codes(last(made)) == [("OUTSIDE_CHECK_FAILED", "hold")]
    assert comment_now(made).status == "held"


def test_two_workers_make_a_check_once(configure, make_comment, app, receiver, clock):
    make_comment()
    second = []

    def other_worker():
        receiver.before_answer = lambda: None
        with app.app_context():
            second.append(checker_jobs.check_due(db.session(), receiver, clock=clock))
            db.session.remove()

    receiver.before_answer = other_worker
    with app.app_context():
        first = checker_jobs.check_due(db.session(), receiver, clock=clock)
        db.session.remove()

    assert (first, second, len(receiver.requests)) == (1, [0], 1)


@pytest.mark.parametrize("removed", [True, False])
def test_what_waits_is_held_for_a_person_when_the_checker_is_switched_off(
    configure, make_comment, run, receiver, app, clock, last, comment_now, removed
):
    made = make_comment()
    if removed:
        with app.app_context():
            site = registry.find(db.session(), "news")
            checkers.remove(db.session(), site, now=clock.now, by=BY)
            db.session.remove()
    else:
        configure(enabled=False)

    run()

    assert receiver.requests == []
    assert codes(last(made)) == [("OUTSIDE_CHECK_FAILED", "hold")]
    assert comment_now(made).status == "held"


# The request


def test_the_secret_goes_into_its_header_and_nowhere_else(
    configure, make_comment, run, receiver, session, last, caplog, capsys
):
    configure(secret_header="X-Checker-Key", timeout=2.5)
    made = make_comment()
    receiver.answers = [Answer(500)]

    run()

    ((request, timeout),) = receiver.requests
    assert (request.url, timeout) == (URL, 2.5)
    assert request.headers["X-Checker-Key"] == SECRET
    assert "Authorization" not in request.headers
    logged = "".join(capsys.readouterr()) + caplog.text + repr(last(made).causes)
    assert SECRET not in logged
    assert "friendly" not in logged


def test_the_site_is_told_of_each_result_and_the_audit_has_it(
    configure, make_comment, run, session, change_site
):
    change_site(webhook_url="https://news.example/hooks")
    make_comment()

    run()

    session.rollback()
    events = session.scalars(select(OutboxMessage.type).order_by(OutboxMessage.id)).all()
    actions = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.action.startswith("comment."))
        .order_by(AuditEntry.id)
    ).all()
    assert events == ["comment.held", "comment.approved"]
    assert actions == ["comment.hold", "comment.approve"]
