"""An author's comments on a site: all of them, narrowed, and a page after the other."""

from datetime import timedelta

import pytest

from moderation.domain.actors import By
from moderation.domain.reasons import Code
from moderation.domain.status import Actor, Outcome, Status
from moderation.services.pagination import Cursor
from moderation.services.review import author_history, decisions
from moderation.services.review.author_history import HistoryQuery
from moderation.services.sites import changes, registry
from moderation.storage.models.comments import Comment

ME = By(Actor.MODERATOR, "mia", None)


@pytest.fixture
def news(session, site):
    return registry.find(session, "news")


@pytest.fixture
def bo(make_comment, session, clock):
    """Bo's comments, oldest first: published, held, rejected, and one on another post."""

    def write(text, name="Bo", **fields):
        clock.advance(minutes=1)
        made = make_comment(text, name=name, author={"email": f"{name}@a.example"}, **fields)
        return session.get_one(Comment, made["comment"]["id"])

    rows = [
        write("A kind word about the market hall."),
        write("This is bullshit, whatever they say."),
        write("More bullshit from the council house."),
        write("Something about the harbour.", post="harbour"),
    ]
    write("Somebody else's word about the hall.", name="Cleo")
    decisions.decide(session, rows[2].id, Outcome.REJECT, ME, now=clock.now)
    return [row.id for row in rows], rows[0].author_key


@pytest.fixture
def read(session, news, bo, clock):
    def ask(limit=25, cursor=None, **query):
        found = author_history.history(
            session,
            news,
            bo[1],
            HistoryQuery(**query),
            ME,
            now=clock.now,
            limit=limit,
            cursor=Cursor.decode(cursor) if cursor else None,
        )
        return [item["comment"]["id"] for item in found["items"]], found["next_cursor"]

    return ask


def test_a_history_has_everything_of_one_author_the_newest_first(read, bo):
    assert read() == (bo[0][::-1], None)


def test_pages_of_a_history_follow_each_other_without_gap_or_repetition(read, bo):
    first, cursor = read(limit=3)
    second, end = read(limit=3, cursor=cursor)

    assert (first + second, end) == (bo[0][::-1], None)


def test_a_history_is_narrowed_by_all_that_is_asked(read, bo, clock):
    ids, _ = bo

    assert read(status=Status.REJECTED)[0] == [ids[2]]
    assert read(code=Code.PROFANITY)[0] == [ids[2], ids[1]]
    assert read(code=Code.PROFANITY, status=Status.HELD)[0] == [ids[1]]
    assert read(text="harb")[0] == [ids[3]]
    assert read(text="council BULL")[0] == [ids[2]]
    assert read(post="harbour")[0] == [ids[3]]
    assert read(post="nosuch")[0] == []
    assert read(before=clock.now - timedelta(minutes=3))[0] == [ids[0]]
    assert read(after=clock.now - timedelta(minutes=3))[0] == [ids[3], ids[2]]


def test_sites_of_an_author_are_limited_to_the_moderators_own(session, site, bo, clock):
    other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
    key = bo[1]

    assert author_history.sites_of(session, key, None) == ["news"]
    assert author_history.sites_of(session, key, (site.id,)) == ["news"]
    assert author_history.sites_of(session, key, (other.id,)) == []
    assert author_history.sites_of(session, "0" * 32, None) == []
    assert author_history.sites_of(session, "\0", None) == []
