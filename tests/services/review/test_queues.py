"""Queues: filters, orders, pages, search and counts."""

from datetime import UTC, datetime, timedelta

import pytest

from moderation.domain.actors import By
from moderation.domain.reasons import Code
from moderation.domain.status import Actor, Outcome
from moderation.policy.priority import priority_at
from moderation.services.pagination import Cursor
from moderation.services.review import decisions, queue_query, queues
from moderation.services.review.queues import Order, Queue, QueueQuery

ME = By(Actor.MODERATOR, "mia", None)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def desk(session, make_comment, clock):
    """Three held comments, a minute apart, and one that is published."""
    made = {}
    for name, text, post in (
        ("Ann", "The plan is bullshit from the first page to the last.", "story"),
        ("Ben", "Call me on +44 7700 900123 about the market hall.", "story"),
        ("Cleo", "Crap, and bullshit, whatever the mayor may say of it.", "other"),
        ("Dora", "A friendly word about the market hall.", "story"),
    ):
        made[name] = make_comment(text, name=name, post=post, author={"email": f"{name}@a.example"})
        clock.advance(minutes=1)
    return made


def names(session, clock, query, **paging):
    page = queues.page(session, query, ME, now=clock.now, **paging)
    return [item["comment"]["author"]["name"] for item in page["items"]]


def test_each_filter_narrows_and_all_of_them_apply(session, desk, clock):
    held = queues.page(session, QueueQuery(), ME, now=clock.now)
    key = held["items"][0]["comment"]["author"]["key"]

    assert names(session, clock, QueueQuery()) == ["Ann", "Ben", "Cleo"]
    assert names(session, clock, QueueQuery(queue=Queue.APPROVED)) == ["Dora"]
    assert names(session, clock, QueueQuery(post="other")) == ["Cleo"]
    assert names(session, clock, QueueQuery(code=Code.PERSONAL_DATA)) == ["Ben"]
    assert names(session, clock, QueueQuery(author=key)) == ["Ann"]
    assert names(session, clock, QueueQuery(order=Order.NEWEST)) == ["Cleo", "Ben", "Ann"]
    assert names(session, clock, QueueQuery(score_from=0.01)) == ["Ann", "Ben", "Cleo"]
    assert names(session, clock, QueueQuery(score_to=0.0)) == []
    since = clock.now - timedelta(minutes=2, seconds=30)
    assert names(session, clock, QueueQuery(after=since)) == ["Cleo"]
    assert names(session, clock, QueueQuery(before=since, post="story")) == ["Ann", "Ben"]
    assert names(session, clock, QueueQuery(site_ids=())) == []


def test_search_finds_words_and_names_in_any_case(session, desk, clock):
    assert names(session, clock, QueueQuery(text="BULLSHIT")) == ["Ann", "Cleo"]
    assert names(session, clock, QueueQuery(text="ben")) == ["Ben"]
    assert names(session, clock, QueueQuery(text="100%")) == []
    assert names(session, clock, QueueQuery(text="market", queue=Queue.APPROVED)) == ["Dora"]


def test_a_search_goes_on_where_its_page_ended(session, desk, clock, monkeypatch):
    monkeypatch.setattr(queue_query, "SEARCHED", 2)
    monkeypatch.setattr(queue_query, "FIRST_LOOK", 1)
    found, cursor = [], None
    for _ in range(4):
        place = Cursor.decode(cursor) if cursor else None
        page = queues.page(session, QueueQuery(text="bullshit"), ME, now=clock.now, cursor=place)
        found += [item["comment"]["author"]["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert found == ["Ann", "Cleo"]


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other_without_gap_or_repetition(session, desk, clock, order):
    query = QueueQuery(order=order)
    whole = names(session, clock, query)
    found, cursor = [], None
    while True:
        page = queues.page(session, query, ME, now=clock.now, limit=1, cursor=cursor)
        found += [item["comment"]["author"]["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = Cursor.decode(page["next_cursor"])

    assert sorted(whole) == ["Ann", "Ben", "Cleo"]
    assert found == whole


def test_mine_is_what_i_decided_last_and_have_not_undone(session, desk, clock):
    ids = {name: desk[name]["comment"]["id"] for name in desk}
    other = By(Actor.MODERATOR, "leo", None)
    decisions.decide(session, ids["Ann"], Outcome.REJECT, ME, now=clock.advance(seconds=1))
    decisions.decide(session, ids["Ben"], Outcome.APPROVE, ME, now=clock.advance(seconds=1))
    decisions.decide(session, ids["Cleo"], Outcome.SPAM, other, now=clock.advance(seconds=1))
    assert names(session, clock, QueueQuery(queue=Queue.MINE)) == ["Ben", "Ann"]

    page = queues.page(session, QueueQuery(queue=Queue.MINE), ME, now=clock.now, limit=1)
    cursor = Cursor.decode(page["next_cursor"])
    assert names(session, clock, QueueQuery(queue=Queue.MINE), cursor=cursor) == ["Ann"]


def test_counts_hold_the_number_of_held_comments_and_the_oldest(session, desk, clock):
    counted = queues.counts(session, None, ME)

    assert counted["held"]["count"] == 3
    assert counted["held"]["oldest_at"] == clock.now - timedelta(minutes=4)
    assert counted["approved"] == {"count": 1, "oldest_at": None}
    assert counted["spam"]["count"] == 0


def test_a_severe_comment_overtakes_a_mild_one_but_not_for_ever():
    mild = priority_at(NOON, 0.5, 0)

    assert priority_at(NOON + timedelta(hours=2), 1.0, 0) < mild
    assert priority_at(NOON + timedelta(hours=4), 1.0, 0) > mild


def test_a_busy_post_counts_and_no_traffic_outweighs_everything():
    quiet = priority_at(NOON, 0.5, 0)

    assert priority_at(NOON, 0.5, 50) < quiet
    assert priority_at(NOON, 0.5, 10**9) == priority_at(NOON, 0.5, 1000)
    assert priority_at(NOON + timedelta(hours=3), 0.5, 10**9) > quiet
