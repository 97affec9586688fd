"""The index of words: it finds every held comment, and nothing that is no longer held."""

from uuid import UUID

import pytest
from sqlalchemy import text

from moderation.domain.actors import By
from moderation.domain.status import Actor, Outcome
from moderation.services.pagination import Cursor
from moderation.services.review import bulk, decisions, queue_query, queues
from moderation.services.review.bulk import Selection
from moderation.services.review.queues import Queue, QueueQuery
from moderation.storage import full_text
from moderation.web.database import db

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
    """Return the number of comments that the index itself finds."""
    session.rollback()
    return len(full_text.held_with_words(session, list(words)) or [])


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
    ("written", "wanted"),
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
def test_any_writing_is_found(make_comment, found, written, wanted):
    make_comment(written, name="Ann")
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

    decision = decisions.decide(session, id, Outcome.APPROVE, ME, now=clock.now)
    assert indexed(session, "boatswain") == 0

    decisions.undo(session, decision.id, ME, now=clock.now)
    assert indexed(session, "boatswain") == 1

    session.execute(text("DELETE FROM sites"))
    session.commit()
    assert indexed(session, "boatswain") == 0


@pytest.mark.usefixtures("premoderated")
def test_an_erased_text_leaves_no_word_in_the_index(make_comment, session, client, clock):
    made = make_comment("Only here: zanzibarisch.", name="Xenophontia")
    for number in range(20):
        make_comment(f"Another remark, number {number}.", name=f"Author {number}")
    decisions.decide(session, UUID(made["comment"]["id"]), Outcome.APPROVE, ME, now=clock.now)

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
    monkeypatch.setattr(full_text, "MOST", 2)

    assert found("ferry") == ["Ann", "Ben", "Cleo"]
    assert found("ferry ben") == ["Ben"]


@pytest.mark.usefixtures("premoderated")
def test_acting_on_a_search_is_about_what_it_lists(make_comment, session, clock, monkeypatch):
    monkeypatch.setattr(queue_query, "SEARCHED", 2)
    monkeypatch.setattr(queue_query, "FIRST_LOOK", 1)
    for name in ("Ann", "Ben", "Cleo"):
        make_comment(f"An artful remark, by {name}.", name=name)
    make_comment("A smart party.", name="Dora")
    for wanted in ("art", "A"):
        listed = queues.page(session, QueueQuery(text=wanted), ME, now=clock.now)["items"]
        query = QueueQuery(text=wanted, queue=Queue.HELD)
        preview = bulk.preview(session, Selection(query=query), ME, now=clock.now)
        assert preview["count"] == (3 if wanted == "art" else 4)
        assert len(listed) == preview["count"]


DECIDED = [
    ("The ferry leaves at noon.", "ferry"),
    ("Grüße aus der Straße", "grüß"),
    ("100% of it_all", "100% it_all"),
    ("昨日市場に行きました", "市場"),
    ("ПРИВЕТ из Москвы", "привет моск"),
]


@pytest.mark.parametrize(("written", "wanted"), DECIDED)
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_decided_comments_are_found_at_any_distance(
    make_comment, session, clock, monkeypatch, written, wanted, order
):
    for name, most in (("FIRST_LOOK", 1), ("SEARCHED", 3), ("SENT", 2)):
        monkeypatch.setattr(queue_query, name, most)
    for number in range(4):
        make_comment(f"A calm word, number {number} of them.", name=f"N{number}")
        clock.advance(seconds=1)
    make_comment(written, name="Ann")
    clock.advance(seconds=1)
    for number in range(5):
        make_comment(f"Another calm word, number {number}.", name=f"M{number}")
        clock.advance(seconds=1)
    # All of them are approved here, with any findings.
    for item in queues.page(session, QueueQuery(), ME, now=clock.now)["items"]:
        decisions.decide(session, item["comment"]["id"], Outcome.APPROVE, ME, now=clock.now)

    query = QueueQuery(queue=Queue.APPROVED, text=wanted, order=queue_query.Order(order))
    found, cursor, looked = [], None, []
    while True:
        session.rollback()
        page = queues.page(session, query, ME, now=clock.now, cursor=cursor)
        found += [item["comment"]["author"]["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            assert page["searched_to"] is None
            break
        looked.append(page["searched_to"])
        cursor = Cursor.decode(page["next_cursor"])

    assert found == ["Ann"]
    assert len(looked) >= 2
    assert looked == sorted(looked, reverse=order == "newest")


def test_a_decided_search_finds_what_looking_at_every_comment_finds(
    floods_pass, make_comment, session, clock, monkeypatch
):
    for name, most in (("FIRST_LOOK", 2), ("SEARCHED", 5), ("SENT", 3)):
        monkeypatch.setattr(queue_query, name, most)
    words = ["ferry", "Ferryman", "FERRIES", "harbour", "noon"]
    for number in range(24):
        written = f"{words[number % 5]} and {words[number % 3]}, the {number}th of them."
        make_comment(written, name=f"{number:02}", post=f"p{number % 2}")
        clock.advance(seconds=1)
    session.rollback()
    rows = session.execute(text("SELECT author_name, text FROM comments WHERE status='approved'"))
    listed_rows = [(row.author_name, row.text.lower()) for row in rows]
    assert len(listed_rows) > 10

    for wanted in ("ferry", "ferri", "harbour noon", "erry", "05"):
        expected = sorted(
            name
            for name, written in listed_rows
            if all(
                any(part.startswith(word) for part in f"{name} {written}".split())
                for word in wanted.split()
            )
        )
        query = QueueQuery(queue=Queue.APPROVED, text=wanted)
        plan = queue_query.plan_of(session, query, ME)
        found = queue_query.ids(session, plan, 100)
        items = queues.items(session, found, ME, now=clock.now)
        assert sorted(item["comment"]["author"]["name"] for item in items) == expected
