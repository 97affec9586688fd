"""Figures of the desk: worked out by hand from a few decisions."""

from datetime import timedelta
from uuid import UUID

import pytest

from moderation.domain.actors import By
from moderation.domain.status import Actor, Outcome
from moderation.services.review import decisions, statistics

ME = By(Actor.MODERATOR, "mia")
FOUL = "That is bullshit, and everybody on this street knows it."


@pytest.fixture
def held(make_comment):
    def make(number=0, text=FOUL, **fields):
        made = make_comment(f"{number}: {text}", name=f"N{number}", **fields)
        assert made["comment"]["status"] == "held"
        return UUID(made["comment"]["id"])

    return make


@pytest.fixture
def decide(session, clock):
    def go(id, outcome=Outcome.APPROVE):
        session.rollback()
        return decisions.decide(session, id, outcome, ME, now=clock.now)

    return go


@pytest.fixture
def figures(session, clock, site):
    def read(site_ids=None):
        session.rollback()
        return statistics.summary(session, site_ids, now=clock.now)

    return read


def test_half_and_nine_of_ten_are_decided_within_the_reported_times(held, decide, figures, clock):
    ids = [held(number) for number in range(10)]
    for id in ids:
        clock.advance(minutes=1)
        decide(id)

    # After 1, 2, … 10 minutes.
    assert figures()["first_decision_seconds"] == {"p50": 300.0, "p90": 540.0}


@pytest.mark.parametrize(("waits", "p50", "p90"), [([60], 60, 60), ([60, 120], 60, 120)])
def test_a_quantile_of_few_is_one_of_them(held, decide, figures, clock, waits, p50, p90):
    begun = clock.now
    ids = [held(number) for number, _ in enumerate(waits)]
    for id, wait in zip(ids, waits, strict=True):
        clock.now = begun + timedelta(seconds=wait)
        decide(id)

    assert figures()["first_decision_seconds"] == {"p50": p50, "p90": p90}


def test_only_the_first_decision_counts_and_from_when_the_text_began_to_wait(
    held, decide, figures, clock, session, make_comment, client
):
    undone = held()
    clock.advance(minutes=1)
    decision = decide(undone, Outcome.REJECT)
    clock.advance(hours=3)
    decisions.undo(session, decision.id, ME, now=clock.now)
    decide(undone, Outcome.APPROVE)
    assert figures()["first_decision_seconds"] == {"p50": 60.0, "p90": 60.0}
    assert figures()["overturned"][0] | {"code": "", "filter": ""} == {
        "code": "",
        "filter": "",
        "held": 1,
        "approved": 0,
        "rate": 0.0,
    }

    made = make_comment("A calm word about the bread.", name="Ann")
    clock.advance(minutes=4)
    edited = client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": "What bullshit about the bread."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    assert edited.get_json()["comment"]["status"] == "held"
    clock.advance(minutes=2)
    decide(UUID(made["comment"]["id"]))
    # Two minutes after the edit, not six after the comment.
    assert figures()["first_decision_seconds"] == {"p50": 60.0, "p90": 120.0}


def test_each_hour_counts_arrived_decided_and_held_comments(held, decide, figures, clock):
    assert {h["depth"] for h in figures()["per_hour"]} == {0}
    first = held(0)
    clock.advance(hours=1)
    held(1)
    held(2)
    clock.advance(hours=1)
    decide(first)
    clock.advance(minutes=10)

    per_hour = [(h["arrivals"], h["decisions"], h["depth"]) for h in figures()["per_hour"]]

    assert per_hour[-4:] == [(0, 0, 0), (1, 0, 1), (2, 0, 3), (0, 1, 2)]
    assert per_hour[:-4] == [(0, 0, 0)] * 20


def test_hours_beyond_what_is_looked_at_are_not_guessed(held, figures, clock, monkeypatch):
    monkeypatch.setattr(statistics, "MOVES", 2)
    for number in range(3):
        held(number)
        clock.advance(hours=1)

    per_hour = [(h["arrivals"], h["depth"]) for h in figures()["per_hour"]]

    assert per_hour[-2:] == [(1, 3), (0, 3)]
    assert set(per_hour[:-2]) == {(None, None)}


def test_how_often_people_overturn_each_rule_and_each_filter(held, decide, figures):
    both = "Call me on +44 7700 900123, you bullshit artist."
    for number, outcome in enumerate([Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM]):
        decide(held(number), outcome)
    decide(held(9, both), Outcome.APPROVE)

    found = figures()

    rules = {
        rule["code"]: (rule["held"], rule["approved"], rule["rate"]) for rule in found["overturned"]
    }
    assert rules["PROFANITY"] == (4, 2, 0.5)
    assert rules["PERSONAL_DATA"] == (1, 1, 1.0)
    filters = {f["filter"]: (f["held"], f["approved"]) for f in found["overturned_filters"]}
    assert filters["profanity"] == (4, 2)
    assert filters["personal_data"] == (1, 1)


def test_figures_are_of_ones_own_sites(held, decide, figures, site):
    decide(held())

    other = figures((site.id + 1,))

    assert other["first_decision_seconds"] == {"p50": None, "p90": None}
    assert {(h["arrivals"], h["depth"]) for h in other["per_hour"]} == {(0, 0)}
    assert figures((site.id,))["first_decision_seconds"]["p50"] == 0


def test_decisions_stand_side_by_side_by_moderator_site_and_post(
    held, decide, session, figures, clock, site
):
    for number, post in enumerate(("story", "story", "other")):
        decide(held(number, post=post), Outcome.REJECT if number else Outcome.APPROVE)
    other = By(Actor.MODERATOR, "leo")
    session.rollback()
    decisions.decide(session, held(7, post="other"), Outcome.SPAM, other, now=clock.now)

    found = figures()

    by_name = [(row["name"], row["decisions"], row["approved"]) for row in found["by_moderator"]]
    assert by_name == [("mia", 3, 1), ("leo", 1, 0)]
    assert [(row["site"], row["decisions"], row["spam"]) for row in found["by_site"]] == [
        (site.name, 4, 1)
    ]
    assert {(row["post"], row["decisions"], row["rejected"]) for row in found["by_post"]} == {
        ("story", 2, 1),
        ("other", 2, 1),
    }
