"""One vote a reader, and totals that equal the votes under concurrency."""

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select, update

from moderation.domain.errors import CommentNotFound
from moderation.domain.members import Member
from moderation.domain.votes import vote_columns
from moderation.services.comments import own_comments, vote_counts
from moderation.services.operations.integrity import verify
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.votes import Vote, VoteRefresh
from moderation.web.state import app_state


@pytest.fixture
def comment_id(voting, make_comment):
    return UUID(make_comment()["comment"]["id"])


def version_of(session):
    session.rollback()
    return session.scalar(select(Post.version))


def test_the_totals_equal_the_rows_and_the_baseline_after_any_interleaving(
    vote, totals, comment_id, refresh, session, clock
):
    # As an import brings them.
    session.execute(update(Comment).values(**vote_columns(7, 2)))
    session.commit()
    moves = [(f"browser of reader {n}", v) for n in range(6) for v in (1, -1, 0, 1, 1, -1)]
    random.Random(17).shuffle(moves)  # noqa: S311 -- an order that repeats
    clock.advance(seconds=10)

    def move(turn):
        browser, value = turn
        if value == 0 and browser.endswith("0"):
            refresh()
        return vote(comment_id, value, browser)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(move, moves))

    (up, down), (rows_up, rows_down) = totals(comment_id)
    assert (up, down) == (7 + rows_up, 2 + rows_down)
    assert rows_up + rows_down <= 6
    assert [tally.own for tally in answers] == [value for _, value in moves]
    session.rollback()
    assert [f for f in verify(session, now=clock.now) if f.wrong] == []


def test_the_same_vote_of_one_reader_at_once_is_one_row(vote, totals, comment_id):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: vote(comment_id, 1), range(16)))

    assert totals(comment_id) == ((1, 0), (1, 0))


def test_a_vote_is_moved_and_taken_back(vote, totals, comment_id):
    seen = [vote(comment_id, value) for value in (1, 1, -1, 0, 0)]

    assert [(t.up, t.down, t.own) for t in seen] == [
        (1, 0, 1),
        (1, 0, 1),
        (0, 1, -1),
        (0, 0, 0),
        (0, 0, 0),
    ]
    assert totals(comment_id) == ((0, 0), (0, 0))


def test_guests_are_their_browsers_else_their_network_and_members_their_id(
    vote, totals, comment_id, site
):
    vote(comment_id, 1, "a browser at home")
    vote(comment_id, 1, "another browser at home")
    vote(comment_id, 1, "")
    vote(comment_id, 1, "")
    for _ in range(2):
        # On two devices.
        vote(comment_id, 1, f"device {_}", member=Member(site.id, "7", "Ada"))

    assert totals(comment_id)[0] == (4, 0)


def test_votes_show_once_for_all_after_a_moment_and_the_last_is_not_lost(
    vote, comment_id, refresh, session, clock
):
    before = version_of(session)
    for n in range(5):
        vote(comment_id, 1, f"browser of reader {n}")
    assert (refresh(), version_of(session)) == (0, before)

    clock.advance(seconds=3)
    assert (refresh(), version_of(session)) == (1, before + 1)
    assert session.scalar(select(Comment.top_rank)) == vote_columns(5, 0)["top_rank"]

    vote(comment_id, -1, "browser of reader 9")
    assert refresh() == 0
    clock.advance(seconds=3)
    assert (refresh(), version_of(session)) == (1, before + 2)
    assert session.scalar(select(Comment.top_rank)) == vote_columns(5, 1)["top_rank"]
    assert (refresh(), session.scalars(select(VoteRefresh)).all()) == (0, [])


def test_votes_between_a_refresh_and_its_commit_are_shown_by_the_next(
    vote, comment_id, refresh, session, clock
):
    """Under load, after which nothing more comes: the last total is shown."""
    with ThreadPoolExecutor(4) as threads:
        done = []

        def cast(n):
            vote(comment_id, 1, f"browser of reader {n}")
            clock.advance(seconds=2)
            done.append(refresh())

        list(threads.map(cast, range(24)))
    clock.advance(seconds=4)
    refresh()

    assert session.scalar(select(Comment.top_rank)) == vote_columns(24, 0)["top_rank"]
    assert session.scalars(select(VoteRefresh)).all() == []


def test_a_clock_that_is_set_back_delays_no_total(vote, comment_id, refresh, clock):
    vote(comment_id, 1)

    clock.advance(days=-1)

    assert refresh() == 1


def test_a_vote_and_a_take_down_at_once_leave_no_vote_on_a_deleted_comment(
    app, vote, make_comment, voting, session, clock
):
    signing = app_state(app).signing
    for _ in range(4):
        made = make_comment(f"A remark with the number {_}.")
        id = UUID(made["comment"]["id"])

        def cast(n, id=id):
            try:
                vote(id, 1, f"browser of reader {n}")
            except CommentNotFound:
                return False
            return True

        with ThreadPoolExecutor(4) as threads:
            cast_votes = threads.map(cast, range(6))
            own_comments.delete(session, signing, id, made["edit_token"], now=clock.now)
            list(cast_votes)
        assert not cast(9)
        assert session.scalars(select(Vote).where(Vote.comment_id == id)).all() == []
        comment = session.get(Comment, id)
        assert (comment.votes_up, comment.votes_down, comment.top_rank) == (0, 0, None)
        session.rollback()


def test_an_erased_author_takes_their_votes_with_them(
    vote, totals, comment_id, make_comment, site, signed_event, session, clock, refresh
):
    other = UUID(make_comment("Something else.", name="Bea")["comment"]["id"])
    ada = Member(site.id, "7", "Ada")
    vote(comment_id, 1, member=ada)
    vote(other, -1, member=ada)
    vote(other, -1, member=Member(site.id, "8", "Bob"))
    clock.advance(seconds=5)
    refresh()

    answer = signed_event("author.erased", {"author": {"id": "7"}})

    assert answer.status_code == 200
    assert totals(comment_id) == ((0, 0), (0, 0))
    assert totals(other) == ((0, 1), (0, 1))
    clock.advance(seconds=5)
    assert refresh() == 1
    session.rollback()
    assert session.get(Comment, comment_id).top_rank is None


def test_votes_decide_nothing_about_a_comment(vote, comment_id, refresh, session, clock):
    before = session.get(Comment, comment_id)
    kept = {n: getattr(before, n) for n in ("status", "version", "score", "priority_at", "reasons")}
    session.rollback()

    for n in range(20):
        vote(comment_id, -1, f"browser of reader {n}")
    clock.advance(seconds=5)
    refresh()

    after = session.get(Comment, comment_id)
    assert {name: getattr(after, name) for name in kept} == kept


def test_one_refresh_covers_at_most_its_share_of_posts(
    vote, make_comment, refresh, monkeypatch, clock
):
    ids = [make_comment(f"On post {n}.", post=f"post-{n}")["comment"]["id"] for n in range(3)]
    for id in ids:
        vote(UUID(id), 1)
    monkeypatch.setattr(vote_counts, "BATCH", 2)
    clock.advance(seconds=4)

    assert [refresh(), refresh(), refresh()] == [2, 1, 0]
