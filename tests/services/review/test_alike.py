"""Comments that resemble each other: found together, on their site only, a bounded number."""

from uuid import UUID

import pytest

from moderation.domain.actors import By
from moderation.domain.errors import CommentNotFound
from moderation.domain.status import Actor, Outcome
from moderation.services.review import alike, decisions, queues
from moderation.services.review.alike import alike as like
from moderation.services.sites import changes
from moderation.storage.models.base import new_id

ME = By(Actor.MODERATOR, "mia", None)
CAMPAIGN = "We the residents of Ferry Lane demand that the council stop this plan now, number {}."


@pytest.fixture
def campaign(session, site, make_comment, clock):
    """Five of a campaign, from the third on held, and another comment."""
    made = []
    for number in range(5):
        if number == 2:
            changes.change(session, site, now=clock.now, settings={"premoderate": True})
        made.append(make_comment(CAMPAIGN.format(number), name=f"Resident {number}"))
    make_comment("The residents sing about ferries and lanes on every other Sunday.", name="Ann")
    return [UUID(each["comment"]["id"]) for each in made]


def found(session, id, clock):
    answer = like(session, id, ME, now=clock.now)
    names = [item["comment"]["author"]["name"] for item in answer["items"]]
    return names, (answer["held"], answer["approved"], answer["more"])


def test_the_waiting_and_the_published_of_a_campaign_are_found(session, campaign, clock):
    names, counts = found(session, campaign[0], clock)

    assert sorted(names) == ["Resident 1", "Resident 2", "Resident 3", "Resident 4"]
    assert counts == (3, 1, False)


def test_those_decided_against_are_no_longer_among_them(session, campaign, clock):
    decisions.decide(session, campaign[1], Outcome.SPAM, ME, now=clock.advance(seconds=1))
    decisions.decide(session, campaign[2], Outcome.REJECT, ME, now=clock.advance(seconds=1))

    names, _ = found(session, campaign[4], clock)

    assert sorted(names) == ["Resident 0", "Resident 3"]


def test_a_comment_of_another_site_is_never_among_them(session, campaign, client, clock):
    changes.add(session, "other", title="", origins=[], now=clock.now)
    body = {"author": {"name": "Elsewhere"}, "text": CAMPAIGN.format(9)}
    made = client.post("/api/v1/sites/other/posts/story/comments", json=body).get_json()

    names, _ = found(session, campaign[0], clock)

    assert len(names) == 4
    assert "Elsewhere" not in names
    assert found(session, UUID(made["comment"]["id"]), clock)[0] == []


def test_what_one_request_reads_and_returns_is_bounded(session, campaign, clock, monkeypatch):
    monkeypatch.setattr(alike, "MOST", 2)
    assert found(session, campaign[0], clock)[1] == (3, 1, True)
    assert len(found(session, campaign[0], clock)[0]) == 2

    monkeypatch.setattr(alike, "READ", 1)
    assert found(session, campaign[0], clock)[1][2] is True


def test_a_short_text_resembles_equal_ones_only(session, make_comment, clock):
    ids = [
        UUID(make_comment(text, name=name)["comment"]["id"])
        for text, name in (
            ("Nonsense upon tall stilts!", "Ann"),
            ("nonsense upon TALL stilts", "Ben"),
            ("Nonsense upon small stilts.", "Cleo"),
        )
    ]

    assert found(session, ids[0], clock)[0] == ["Ben"]


def test_the_key_of_an_item_shows_what_resembles_it(session, campaign, clock):
    items = queues.items(session, campaign, ME, now=clock.now)
    first, *others = [item["near_key"] for item in items]

    assert all(sum(a != b for a, b in zip(first, key, strict=True)) <= 6 for key in others)


def test_a_comment_that_is_gone_resembles_nothing(session, clock):
    with pytest.raises(CommentNotFound):
        like(session, new_id(), ME, now=clock.now)


def test_an_item_shows_the_beginning_of_the_comment_that_it_answers(
    session, make_comment, clock, monkeypatch
):
    monkeypatch.setattr(queues, "PARENT", 12)
    above = make_comment("A calm word about bread.", name="Ann")["comment"]["id"]
    below = make_comment("What bullshit.", name="Ben", parent_id=above)["comment"]["id"]

    (item,) = queues.items(session, [UUID(below)], ME, now=clock.now)

    assert item["parent"]["text"] == "A calm word …"
    assert item["parent"]["author"]["name"] == "Ann"
    assert queues.items(session, [UUID(above)], ME, now=clock.now)[0]["parent"] is None
