"""Standing, bans and notes of an author, and their effects."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.domain.actors import By
from moderation.domain.errors import Invalid, NotFound
from moderation.domain.status import Actor, Outcome, Status
from moderation.services.review import authors, bulk, decisions, queues
from moderation.services.review.authors import Standing
from moderation.services.review.queues import QueueQuery
from moderation.services.sites import changes, registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision

ME = By(Actor.MODERATOR, "mia", None)
MAIL = {"email": "bo@a.example"}


@pytest.fixture
def written(make_comment, session):
    """Write a comment as Bo and return its row."""

    def write(text, **fields):
        made = make_comment(text, name="Bo", author=MAIL, **fields)
        return session.get_one(Comment, made["comment"]["id"])

    return write


@pytest.fixture
def news(session, site):
    return registry.find(session, "news")


def test_a_card_counts_the_outcomes_of_an_authors_comments(session, news, written, clock):
    first = written("A kind word about the market hall.")
    foul = written("This is bullshit, whatever they say about it.")
    written("More bullshit from the same old council house.")
    decisions.decide(session, foul.id, Outcome.REJECT, ME, now=clock.advance(minutes=1))

    card = authors.author_card(session, news, first.author_key, now=clock.now)

    assert card["names"] == ["Bo"]
    assert card["counts"] == {"held": 1, "approved": 1, "rejected": 1, "spam": 0, "deleted": 0}
    assert card["approval_rate"] == 0.5
    assert card["first_seen"] == first.created_at
    assert len(card["comments"]) == 3


def test_an_unknown_author_has_no_card(session, news, clock):
    with pytest.raises(NotFound):
        authors.author_card(session, news, "0" * 32, now=clock.now)
    with pytest.raises(NotFound):
        authors.set_standing(session, news, "0" * 32, Standing.TRUSTED, ME, now=clock.now)


def test_all_that_a_premoderated_author_writes_waits(session, news, written, clock):
    key = written("A kind word about the market hall.").author_key

    authors.set_standing(session, news, key, Standing.PREMODERATED, ME, now=clock.now)
    held = written("Another kind word, this time about the roof.")
    authors.set_standing(session, news, key, None, ME, now=clock.now)
    free = written("A third kind word, about the bread and the oranges.")

    assert (held.status, held.reasons) == (Status.HELD, "|AUTHOR_PREMODERATED|")
    assert free.status == Status.APPROVED


def test_a_trusted_author_is_no_newcomer(session, news, written, clock):
    key = written("A kind word about the market hall.").author_key
    changes.change(session, news, settings={"hold_first": 5}, now=clock.now)
    assert written("A second kind word, about the roof.").status == Status.HELD

    authors.set_standing(session, news, key, Standing.TRUSTED, ME, now=clock.now)

    assert written("A third kind word, about the bread and the oranges.").status == "approved"


def test_a_ban_refuses_what_comes_until_its_end(session, news, written, make_comment, clock):
    key = written("A kind word about the market hall.").author_key
    until = clock.now + timedelta(days=1)

    authors.ban(session, news, key, ME, now=clock.now, reason="Insults.", until=until)
    refused = make_comment("Let me in again, please.", name="Bo", author=MAIL)
    clock.advance(days=2)
    allowed = make_comment("Here I am again, after a while.", name="Bo", author=MAIL)

    assert (refused["http"], refused["reason"]) == (422, "author_banned")
    assert allowed["http"] == 201
    with pytest.raises(Invalid):
        authors.ban(session, news, key, ME, now=clock.now, until=until)


def test_a_ban_takes_all_that_waits_along_and_that_can_be_undone_as_one(
    session, news, written, clock
):
    waiting = [written(f"Number {n}: bullshit as ever, dear council.") for n in range(3)]
    kept = written("A kind word about the market hall.")
    key = kept.author_key

    batch = authors.ban(session, news, key, ME, now=clock.now, reject_waiting=True)

    assert [result["status"] for result in batch["results"]] == ["rejected"] * 3
    assert session.get_one(Comment, kept.id, populate_existing=True).status == "approved"
    undone = bulk.undo(session, batch["batch_id"], ME, now=clock.advance(minutes=1))
    assert [result["status"] for result in undone["results"]] == ["held"] * 3
    assert {session.get_one(Comment, c.id, populate_existing=True).status for c in waiting} == {
        "held"
    }


def test_an_authors_card_names_who_set_the_standing_and_when(session, news, written, clock):
    key = written("A kind word about the market hall.").author_key
    set_at = clock.now

    authors.set_standing(session, news, key, Standing.TRUSTED, ME, now=set_at)
    clock.advance(days=1)

    card = authors.author_card(session, news, key, now=clock.now)
    assert card["standing_set"] == {"by": ME.name, "at": set_at}
    authors.set_standing(session, news, key, None, ME, now=clock.now)
    assert authors.author_card(session, news, key, now=clock.now)["standing_set"] is None


def test_an_erased_author_leaves_no_note_and_no_standing(session, news, written, clock):
    key = written("A kind word about the market hall.").author_key
    authors.add_note(session, news, key, "Wrote to us about the roof.", ME, now=clock.now)
    authors.set_standing(session, news, key, Standing.TRUSTED, ME, now=clock.now)

    authors.forget(session, news, [key])
    session.commit()

    card = authors.author_card(session, news, key, now=clock.now)
    assert (card["notes"], card["standing"]) == ([], None)


def test_a_preview_counts_all_and_shows_five(session, news, make_comment, clock):
    for number in range(7):
        make_comment(f"Number {number}: what bullshit this is.", name=f"N{number}")

    seen = bulk.preview(session, bulk.Selection(query=QueueQuery()), ME, now=clock.now)

    assert seen["count"] == 7
    assert len({item["comment"]["id"] for item in seen["samples"]}) == 5


def test_a_batch_leaves_alone_what_others_have_decided_since(session, news, make_comment, clock):
    ids = [
        make_comment(f"Number {n}: what bullshit this is.", name=f"N{n}")["comment"]["id"]
        for n in range(3)
    ]
    done = bulk.decide(
        session, bulk.Selection(query=QueueQuery()), Outcome.APPROVE, ME, now=clock.now
    )
    other = By(Actor.MODERATOR, "leo", None)
    decisions.decide(session, ids[1], Outcome.REJECT, other, now=clock.advance(minutes=1))

    undone = bulk.undo(session, done["batch_id"], ME, now=clock.advance(minutes=1))

    errors = {str(r["comment_id"]): r["error"] for r in undone["results"]}
    assert errors == {ids[0]: None, ids[1]: "already_decided", ids[2]: None}
    assert session.get_one(Comment, ids[1], populate_existing=True).status == "rejected"


def test_each_comment_of_a_batch_has_its_own_decision(session, news, make_comment, clock):
    for number in range(3):
        make_comment(f"Number {number}: what bullshit this is.", name=f"N{number}")
    everything = bulk.Selection(query=QueueQuery())

    done = bulk.decide(session, everything, Outcome.SPAM, ME, now=clock.now)

    rows = session.scalars(select(Decision).where(Decision.batch_id == done["batch_id"])).all()
    assert {row.comment_id for row in rows} == {r["comment_id"] for r in done["results"]}
    assert queues.counts(session, None, ME)["held"]["count"] == 0


def test_one_batch_decides_no_more_than_500_and_reports_that_more_are_left(
    session, news, make_comment, clock, monkeypatch
):
    assert bulk.MOST == 500
    monkeypatch.setattr(bulk, "MOST", 3)
    for number in range(5):
        make_comment(f"Number {number}: what bullshit this is.", name=f"N{number}")
    everything = bulk.Selection(query=QueueQuery())

    first = bulk.decide(session, everything, Outcome.APPROVE, ME, now=clock.now)
    left = queues.counts(session, None, ME)["held"]["count"]
    second = bulk.decide(session, everything, Outcome.APPROVE, ME, now=clock.now)

    assert (len(first["results"]), first["more"], left) == (3, True, 2)
    assert (len(second["results"]), second["more"]) == (2, False)
