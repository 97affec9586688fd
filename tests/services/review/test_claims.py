"""Claims: nobody gets what somebody else is looking at, however many ask at once."""

import threading
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select

from moderation.domain.errors import Claimed, Forbidden, Invalid
from moderation.domain.status import Outcome, Status
from moderation.services import accounts, claims, queues, review
from moderation.services.queues import Order, Queue, QueueQuery
from moderation.storage import db
from moderation.storage.comments import Comment
from moderation.storage.decisions import AuditEntry
from moderation.storage.review import Claim

HELD = QueueQuery(order=Order.PRIORITY)
FOUL = "Number {}: that is bullshit, and everybody on this street knows it."


@pytest.fixture
def reviewer(app, clock):
    """Make somebody who may review, with a role."""

    def make(login, role="moderator"):
        with app.app_context():
            made = accounts.add_moderator(
                db.session(), login, "a long enough password", role=role, now=clock.now
            )
            return accounts.reviewer_of(db.session(), made)

    return make


@pytest.fixture
def held(make_comment):
    def make(number=1):
        answer = make_comment(FOUL.format(number), name=f"Author {number}")
        assert answer["comment"]["status"] == "held"
        return UUID(answer["comment"]["id"])

    return make


def test_eight_clients_who_ask_at_once_get_500_comments_once_each(
    make_app, site, clock, make_comment
):
    app = make_app(threads=12, write_timeout=60)
    wanted = {make_comment(FOUL.format(n), name=f"N{n}")["comment"]["id"] for n in range(500)}
    with app.app_context():
        tokens = [
            accounts.add_token(db.session(), f"m{n}", scopes=("review",), now=clock.now)
            for n in range(8)
        ]
        db.session.remove()
    handed: list[str] = []
    start = threading.Barrier(8)

    def work(token: str) -> None:
        client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
        start.wait()
        while True:
            answer = client.post("/api/v1/review/next", json={}, headers=headers)
            if answer.status_code == 204:
                return
            handed.append(answer.get_json()["item"]["comment"]["id"])

    threads = [threading.Thread(target=work, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(handed) == Counter(wanted)


def test_a_claim_keeps_others_from_deciding_until_it_ends(session, reviewer, held, clock):
    comment = held()
    mia, leo = reviewer("mia"), reviewer("leo")
    claims.take(session, comment, mia, now=clock.now)

    with pytest.raises(Claimed) as refused:
        review.decide(session, comment, Outcome.APPROVE, leo.by, now=clock.now)
    assert refused.value.claim["by"] == "mia"

    later = clock.advance(minutes=11)
    decision = review.decide(session, comment, Outcome.APPROVE, leo.by, now=later)
    assert decision.status == Status.APPROVED


def test_the_holder_decides_and_the_claim_ends_with_it(session, reviewer, held, clock):
    comment = held()
    mia = reviewer("mia")
    claims.take(session, comment, mia, now=clock.now)

    review.decide(session, comment, Outcome.REJECT, mia.by, now=clock.now)

    assert session.scalar(select(Claim.comment_id)) is None


def test_a_heartbeat_prolongs_the_same_lease(session, reviewer, held, clock):
    comment = held()
    mia, leo = reviewer("mia"), reviewer("leo")
    first = claims.take(session, comment, mia, now=clock.now)

    again = claims.take(session, comment, mia, now=clock.advance(minutes=9))

    assert again["id"] == first["id"]
    with pytest.raises(Claimed):
        claims.take(session, comment, leo, now=clock.advance(minutes=9))


def test_a_lost_lease_cannot_be_revived_under_its_old_name(session, reviewer, held, clock):
    comment = held()
    mia, leo = reviewer("mia"), reviewer("leo")
    first = claims.take(session, comment, mia, now=clock.now)

    theirs = claims.take(session, comment, leo, now=clock.advance(minutes=11))

    assert theirs["id"] != first["id"]
    with pytest.raises(Claimed):
        claims.take(session, comment, mia, now=clock.now)


def test_a_claim_of_a_clock_that_was_ahead_holds_nothing_when_it_is_set_back(
    session, reviewer, held, clock
):
    comment, mia, leo = held(), reviewer("mia"), reviewer("leo")
    clock.advance(days=1)
    claims.take(session, comment, mia, now=clock.now)

    clock.advance(days=-1)

    assert claims.of(session, comment, now=clock.now) is None
    assert claims.take(session, comment, leo, now=clock.now)["by"] == "leo"
    with pytest.raises(Claimed):
        claims.take(session, comment, mia, now=clock.now)


def test_a_claim_of_a_machine_whose_clock_is_minutes_ahead_holds(session, reviewer, held, clock):
    comment, mia, leo = held(), reviewer("mia"), reviewer("leo")
    claims.take(session, comment, mia, now=clock.advance(minutes=5))

    with pytest.raises(Claimed):
        claims.take(session, comment, leo, now=clock.advance(minutes=-5))


def test_only_a_senior_with_a_note_takes_a_claim_over(session, reviewer, held, clock):
    comment = held()
    mia, leo, sam = reviewer("mia"), reviewer("leo"), reviewer("sam", "senior")
    claims.take(session, comment, mia, now=clock.now)

    with pytest.raises(Forbidden):
        claims.take(session, comment, leo, now=clock.now, steal=True, note="mine")
    with pytest.raises(Invalid):
        claims.take(session, comment, sam, now=clock.now, steal=True)
    taken = claims.take(session, comment, sam, now=clock.now, steal=True, note="Mia is away.")

    assert taken["by"] == "sam"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.stolen")).one()
    assert entry.detail == {"from": "mia", "note": "Mia is away."}


def test_releasing_gives_back_ones_own_claim_and_nobody_elses(session, reviewer, held, clock):
    comment = held()
    mia, leo = reviewer("mia"), reviewer("leo")
    claims.take(session, comment, mia, now=clock.now)

    claims.release(session, comment, leo.by, now=clock.now)
    assert claims.of(session, comment, now=clock.now) is not None
    claims.release(session, comment, mia.by, now=clock.now)

    assert claims.of(session, comment, now=clock.now) is None


def test_escalated_comments_are_handed_to_seniors_only(session, reviewer, held, clock):
    comment = held()
    mia, sam = reviewer("mia"), reviewer("sam", "senior")

    decision = review.decide(session, comment, Outcome.ESCALATE, mia.by, now=clock.now)

    assert decision.status == Status.HELD
    assert queues.next_item(session, HELD, mia, now=clock.now) is None
    waiting = QueueQuery(queue=Queue.ESCALATED)
    assert queues.page(session, waiting, sam.by, now=clock.now)["count"] == 1
    assert queues.next_item(session, HELD, sam, now=clock.now)["item"]["comment"]["id"] == comment


def test_undoing_an_escalation_takes_it_back_to_everybody(session, reviewer, held, clock):
    comment = held()
    mia = reviewer("mia")
    decision = review.decide(session, comment, Outcome.ESCALATE, mia.by, now=clock.now)

    review.undo(session, decision.id, mia.by, now=clock.now)

    assert queues.next_item(session, HELD, mia, now=clock.now) is not None


def test_what_was_decided_between_the_look_and_the_claim_is_not_handed_out(
    session, reviewer, held, clock
):
    mia = reviewer("mia")
    decided, waiting = held(1), held(2)
    review.decide(session, decided, Outcome.APPROVE, mia.by, now=clock.now)
    # A look that was taken before the decision: it still finds both.
    earlier = select(Comment.id, Comment.site_id).order_by(Comment.created_at, Comment.id)

    claim = claims.take_first(session, earlier, mia, now=clock.now)

    assert claim is not None
    assert claim.comment_id == waiting
    assert claims.take_first(session, earlier, reviewer("leo"), now=clock.now) is None
    assert claims.of(session, decided, now=clock.now) is None
