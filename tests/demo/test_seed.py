"""The discussion that the demonstration begins with, through the service and its filters."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.demo.appeal import WHY, seed_appeal
from moderation.demo.seed import reporter, seed
from moderation.demo.thread import REPORTER, THREAD, VOTES
from moderation.services.accounts import authentication
from moderation.services.sites import registry
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.reports import ReportedComment
from moderation.web.state import app_state

URL = "https://news.example/market-hall.html"


@pytest.fixture
def planted(app, site, session, clock):
    """Seed the discussion; calling it again seeds once more, an hour later."""
    known = {"session": session, "runtime": app_state(app).signing}
    moderator = authentication.add_moderator(
        session, "moderator", "a long enough password", role="admin", now=clock.now
    )
    staff = reporter(moderator.id, "moderator")

    def plant():
        clock.advance(hours=1)
        here = registry.find(session, "news")
        return seed(site=here, post="market-hall", url=URL, staff=staff, now=clock.now, **known)

    return plant


def test_each_comment_is_published_or_held_for_the_reason_that_it_shows(planted, session):
    ids = planted()

    wrong = {}
    for remark in THREAD:
        comment = session.get(Comment, ids[remark.key])
        decision = session.scalars(select(Decision).where(Decision.comment_id == comment.id)).one()
        held_by = {cause["code"] for cause in decision.causes if cause["outcome"] == "hold"}
        expected = "held" if remark.held else "approved"
        if comment.status != expected or (remark.held and remark.held not in held_by):
            wrong[remark.key] = (comment.status, held_by)
    assert wrong == {}


def test_readers_have_reported_two_published_comments_and_a_second_start_adds_none(
    planted, session
):
    ids = planted()
    planted()

    waiting = select(ReportedComment.comment_id, ReportedComment.reporters)
    assert {row.comment_id: row.reporters for row in session.execute(waiting)} == {
        ids["saturdays"]: 2,
        ids["trust"]: 1,
    }


def test_readers_have_voted_and_a_second_start_adds_no_vote(planted, session):
    ids = planted()
    planted()

    totals = select(Comment.id, Comment.votes_up, Comment.votes_down).where(Comment.votes_up > 0)
    assert {id: (up, down) for id, up, down in session.execute(totals)} == {
        ids[key]: votes for key, votes in VOTES.items()
    }


def test_five_wait_for_five_different_reasons_and_some_fifteen_are_published():
    held = [remark.held for remark in THREAD if remark.held]

    assert len(held) == len(set(held)) == 5
    assert 14 <= len(THREAD) - len(held) <= 16


def test_it_is_spread_over_two_days_and_nothing_is_written_ahead_of_time(planted, session, clock):
    planted()

    times = list(session.scalars(select(Comment.created_at)))
    assert max(times) <= clock.now
    assert min(times) >= clock.now - timedelta(days=2)
    assert max(times) - min(times) > timedelta(days=1)


def test_readers_see_replies_one_of_the_staff_and_one_comment_set_apart(planted, client):
    ids = planted()

    page = client.get("/api/v1/sites/news/posts/market-hall/comments?limit=50").get_json()

    def walk(comments):
        for comment in comments:
            yield comment
            yield from walk(comment.get("replies", ()))

    seen = {comment["id"]: comment for comment in walk(page["comments"])}
    assert [c["author"]["name"] for c in seen.values() if c["author"]["staff"]] == [REPORTER]
    assert [key for key, id in ids.items() if seen.get(str(id), {}).get("featured")] == ["roofer"]
    assert sum(c["parent_id"] is not None for c in seen.values()) >= 5
    assert set(seen) == {str(ids[remark.key]) for remark in THREAD if not remark.held}


def test_seeding_again_adds_nothing_and_completes_one_that_was_interrupted(
    planted, session, monkeypatch
):
    monkeypatch.setattr("moderation.demo.seed.THREAD", THREAD[:4])
    begun = planted()
    monkeypatch.undo()

    completed = planted()
    again = planted()

    assert begun.items() <= completed.items()
    assert completed == again
    assert len(session.scalars(select(Comment.id)).all()) == len(THREAD)


def test_nothing_in_the_queue_is_marked_in_the_wrong_place(planted, client, reviewing):
    planted()

    items = client.get("/api/v1/review/queue", headers=reviewing).get_json()["items"]

    assert len(items) == 5
    for item in items:
        for reason in item["reasons"]:
            assert reason["spans"], reason
            assert all(0 <= a < b <= len(item["comment"]["text"]) for a, b in reason["spans"])


def test_one_appeal_waits_and_readers_see_nothing_of_it(
    app, site, session, clock, client, reviewing
):
    moderator = authentication.add_moderator(
        session, "moderator", "a long enough password", role="admin", now=clock.now
    )
    staff = reporter(moderator.id, "moderator")
    here = registry.find(session, "news")
    for _ in range(2):
        runtime = app_state(app).signing
        seed_appeal(session, runtime, here, "market-hall", URL, staff, now=clock.now)

    found = client.get("/api/v1/review/appeals", headers=reviewing).get_json()["appeals"]

    assert [appeal["text"] for appeal in found] == [WHY]
    assert found[0]["decision"]["reason"] == "OFF_TOPIC"
    page = client.get("/api/v1/sites/news/posts/market-hall/comments").get_json()
    assert page["comments"] == []
