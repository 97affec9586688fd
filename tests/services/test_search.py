"""The index of words: it finds every held comment, and nothing that is no longer held."""

from uuid import UUID

import pytest
from sqlalchemy import text

from moderation.domain.status import Actor, Outcome
from moderation.services import bulk, queues, review, selection
from moderation.services.bulk import Selection
from moderation.services.ledger import By
from moderation.services.queues import Queue, QueueQuery
from moderation.storage import db, search

ME = By(Actor.MODERATOR, "mia")


@pytest.fixture
def premoderated(change_site):
    change_site(settings={"premoderate": True})


@pytest.fixture
def found(session, clock):
    def ask(words: str, **query) -> list[str]:
        session.rollback()
        page = queues.page(session, QueueQuery(text=words, **query), ME, now=clock.now)
        return [item["comment"]["author"]["name"] for item in page["items"]]

    return ask


def indexed(session, *words: str) -> int:
    """How many comments the index itself finds."""
    session.rollback()
    return len(search.held(session, list(words)) or [])


@pytest.mark.usefixtures("premoderated")
def test_words_are_found_by_their_beginning_and_all_of_them_must_be_there(make_comment, found):
    make_comment("The ferry leaves at noon, says the harbour master.", name="Ann")
    make_comment("A ferryman's tale: nothing leaves.", name="Ben")

    assert found("ferry leaves") == ["Ann", "Ben"]
    assert found("ferry harbour") == ["Ann"]
    assert found("FERRYM") == ["Ben"]
    assert found("erry") == []
    assert found("ann") == ["Ann"]


@pytest.mark.usefixtures("premoderated")
@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Grüße aus der Straße", "GRÜSSE"[:3]),
        ("Привет из Москвы", "моск"),
        ("it's a well-known/half-true story", "known half"),
        ("look at https://example.com/some_path?x=1", "path"),
        ("昨日市場に行きました", "市場"),
        ("100% of it", "100%"),
        ("???!!!", "??"),
        ('say "no" \\ and : * (this)', '"no" (this'),
    ],
)
def test_any_writing_is_found(make_comment, found, said, wanted):
    make_comment(said, name="Ann")
    make_comment("Something else entirely.", name="Ben")

    assert found(wanted) == ["Ann"]


@pytest.mark.usefixtures("premoderated")
def test_the_index_follows_every_change(make_comment, session, clock, client):
    made = make_comment("The quartermaster knows.", name="Ann")
    id = UUID(made["comment"]["id"])
    assert indexed(session, "quartermaster") == 1

    client.patch(
        f"/api/v1/comments/{id}",
        json={"text": "The boatswain knows."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    assert (indexed(session, "quartermaster"), indexed(session, "boatswain")) == (0, 1)

    decision = review.decide(session, id, Outcome.APPROVE, ME, now=clock.now)
    assert indexed(session, "boatswain") == 0

    review.undo(session, decision.id, ME, now=clock.now)
    assert indexed(session, "boatswain") == 1

    session.execute(text("DELETE FROM sites"))
    session.commit()
    assert indexed(session, "boatswain") == 0


@pytest.mark.usefixtures("premoderated")
def test_an_erased_text_leaves_no_word_in_the_index(make_comment, session, client, clock):
    made = make_comment("Only here: zanzibarisch.", name="Xenophontia")
    for number in range(20):
        make_comment(f"Another remark, number {number}.", name=f"Author {number}")
    review.decide(session, UUID(made["comment"]["id"]), Outcome.APPROVE, ME, now=clock.now)

    client.delete(
        f"/api/v1/comments/{made['comment']['id']}", headers={"X-Edit-Token": made["edit_token"]}
    )

    assert indexed(session, "zanzibarisch") == 0
    if db.engine.dialect.name == "sqlite":
        blocks = session.scalars(text("SELECT block FROM comment_words_data")).all()
        assert not [block for block in blocks if b"zibarisch" in block or b"ophontia" in block]


def test_frequent_words_are_found_without_the_index(make_comment, found, change_site, monkeypatch):
    change_site(settings={"premoderate": True})
    for name in ("Ann", "Ben", "Cleo"):
        make_comment(f"The ferry again, and {name} is on it.", name=name)
    monkeypatch.setattr(search, "MOST", 2)

    assert found("ferry") == ["Ann", "Ben", "Cleo"]
    assert found("ferry ben") == ["Ben"]


@pytest.mark.usefixtures("premoderated")
def test_acting_on_a_search_is_about_what_it_lists(make_comment, session, clock, monkeypatch):
    monkeypatch.setattr(selection, "SEARCHED", 1)
    monkeypatch.setattr(selection, "_STEP", 1)
    for name in ("Ann", "Ben", "Cleo"):
        make_comment(f"An artful remark, by {name}.", name=name)
    make_comment("A smart party.", name="Dora")
    for wanted in ("art", "A"):
        listed = queues.page(session, QueueQuery(text=wanted), ME, now=clock.now)["items"]
        query = QueueQuery(text=wanted, queue=Queue.HELD)
        preview = bulk.preview(session, Selection(query=query), ME, now=clock.now)
        assert preview["count"] == (3 if wanted == "art" else 4)
        assert len(listed) == preview["count"]
