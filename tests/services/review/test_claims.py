"""Claims: no comment is handed to two moderators, with any number of requests at once."""

import threading
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select

from moderation.domain.errors import Claimed, Forbidden, Invalid
from moderation.domain.status import Outcome, Status
from moderation.services.accounts import api_tokens, authentication
from moderation.services.operations.cleanup import clean_up
from moderation.services.review import bulk, claims, decisions, queues, redaction
from moderation.services.review.queues import Order, Queue, QueueQuery
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Claim
from moderation.web.database import db
from moderation.web.state import app_state

HELD = QueueQuery(order=Order.PRIORITY)
FOUL = "Number {}: that is bullshit, and everybody on this street knows it."


@pytest.fixture
def reviewer(app, clock):
    """Add a reviewer with a role."""

    def make(login, role="moderator"):
        with app.app_context():
            made = authentication.add_moderator(
                db.session(), login, "a long enough password", role=role, now=clock.now
            )
            return authentication.reviewer_of(db.session(), made)

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
            api_tokens.add_token(db.session(), f"m{n}", scopes=("review",), now=clock.now)
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
        decisions.decide(session, comment, Outcome.APPROVE, leo.by, now=clock.now)
    assert refused.value.claim["by"] == "mia"

    later = clock.advance(minutes=11)
    decision = decisions.decide(session, comment, Outcome.APPROVE, leo.by, now=later)
    assert decision.status == Status.APPROVED


def test_the_holder_decides_and_the_claim_ends_with_it(session, reviewer, held, clock):
    comment = held()
    mia = reviewer("mia")
    claims.take(session, comment, mia, now=clock.now)

    decisions.decide(session, comment, Outcome.REJECT, mia.by, now=clock.now)

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

    assert claims.current_claim(session, comment, now=clock.now) is None
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


def test_releasing_gives_back_ones_own_claim_alone(session, reviewer, held, clock):
    comment = held()
    mia, leo = reviewer("mia"), reviewer("leo")
    claims.take(session, comment, mia, now=clock.now)

    claims.release(session, comment, leo.by, now=clock.now)
    assert claims.current_claim(session, comment, now=clock.now) is not None
    claims.release(session, comment, mia.by, now=clock.now)

    assert claims.current_claim(session, comment, now=clock.now) is None


def test_escalated_comments_are_handed_to_seniors_only(session, reviewer, held, clock):
    comment = held()
    mia, sam = reviewer("mia"), reviewer("sam", "senior")

    decision = decisions.decide(session, comment, Outcome.ESCALATE, mia.by, now=clock.now)

    assert decision.status == Status.HELD
    assert queues.next_item(session, HELD, mia, now=clock.now) is None
    waiting = QueueQuery(queue=Queue.ESCALATED)
    assert queues.page(session, waiting, sam.by, now=clock.now)["count"] == 1
    assert queues.next_item(session, HELD, sam, now=clock.now)["item"]["comment"]["id"] == comment


def test_undoing_an_escalation_returns_the_comment_to_all_moderators(
    session, reviewer, held, clock
):
    comment = held()
    mia = reviewer("mia")
    decision = decisions.decide(session, comment, Outcome.ESCALATE, mia.by, now=clock.now)

    decisions.undo(session, decision.id, mia.by, now=clock.now)

    assert queues.next_item(session, HELD, mia, now=clock.now) is not None


def test_a_comment_decided_between_the_query_and_the_claim_is_not_handed_out(
    session, reviewer, held, clock
):
    mia = reviewer("mia")
    decided, waiting = held(1), held(2)
    decisions.decide(session, decided, Outcome.APPROVE, mia.by, now=clock.now)
    # A look that was taken before the decision: it still finds both.
    earlier = select(Comment.id, Comment.site_id).order_by(Comment.created_at, Comment.id)

    claim = claims.take_first(session, earlier, mia, now=clock.now)

    assert claim is not None
    assert claim.comment_id == waiting
    assert claims.take_first(session, earlier, reviewer("leo"), now=clock.now) is None
    assert claims.current_claim(session, decided, now=clock.now) is None


def own(client, made, method, body=None):
    return client.open(
        f"/api/v1/comments/{made['comment']['id']}",
        method=method,
        json=body,
        headers={"X-Edit-Token": made["edit_token"]},
    )


@pytest.mark.parametrize("end", ["edit", "delete", "erase", "spam by another way", "undo"])
def test_every_change_of_a_comment_ends_the_claim_on_it(
    app, session, client, reviewer, make_comment, signed_event, clock, end
):
    mia, leo = reviewer("mia"), reviewer("leo", "senior")
    made = make_comment(FOUL.format(1), author={"email": "bo@mail.example"})
    comment = UUID(made["comment"]["id"])
    if end == "undo":
        escalation = decisions.decide(session, comment, Outcome.ESCALATE, mia.by, now=clock.now)
    claims.take(session, comment, leo if end == "undo" else mia, now=clock.now)

    if end == "edit":
        assert own(client, made, "PATCH", {"text": FOUL.format(2)}).status_code == 202
    elif end == "delete":
        assert own(client, made, "DELETE").status_code == 204
    elif end == "erase":
        signed_event("author.erased", {"author": {"email": "bo@mail.example"}})
    elif end == "undo":
        decisions.undo(session, escalation.id, leo.by, now=clock.now)
    else:
        bulk.decide(session, bulk.Selection((comment,)), Outcome.SPAM, mia.by, now=clock.now)

    session.rollback()
    assert session.scalars(select(Claim.comment_id)).all() == []


def test_a_redaction_leaves_the_claim_to_its_holder(session, reviewer, held, clock):
    comment, mia = held(), reviewer("mia")
    claims.take(session, comment, mia, now=clock.now)

    redaction.redact(session, comment, [(0, 6)], mia.by, version=1, now=clock.now)

    assert claims.current_claim(session, comment, now=clock.now).holder_name == "mia"


def test_a_claim_on_a_published_comment_stops_no_take_down(session, reviewer, make_comment, clock):
    comment = UUID(make_comment()["comment"]["id"])
    mia, leo = reviewer("mia"), reviewer("leo")
    claims.take(session, comment, mia, now=clock.now)

    decision = decisions.decide(session, comment, Outcome.REJECT, leo.by, now=clock.now)

    assert decision.status == Status.REJECTED
    assert session.scalars(select(Claim.comment_id)).all() == []


def test_a_claim_that_a_decision_overtook_is_tidied_away(app, session, reviewer, held, clock):
    comment, mia = held(), reviewer("mia")
    decisions.decide(session, comment, Outcome.REJECT, mia.by, now=clock.now)
    claims.take(session, comment, mia, now=clock.now)

    clean_up(session, app_state(app).settings, now=clock.now)
    during = session.scalars(select(Claim.comment_id)).all()
    clean_up(session, app_state(app).settings, now=clock.advance(minutes=11))

    assert during == [comment]
    assert session.scalars(select(Claim.comment_id)).all() == []
