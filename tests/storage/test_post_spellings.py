"""Posts that an earlier release stored under another spelling keep their threads."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from moderation.domain.status import PostState
from moderation.services.comments import threads
from moderation.services.operations.cleanup import clean_up
from moderation.services.sites import changes
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.post_spellings import unify_spellings
from moderation.web.state import app_state

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
ID = "/café"


@pytest.fixture
def store_post(session, site, make_comment):
    """Store a post as an earlier release did, with that many comments on it."""

    def store(external_id, comments=0, **columns):
        values = {"site_id": site.id, "state": "open", "announced": False, "version": 3}
        post = session.scalar(
            insert(Post)
            .values(
                external_id=external_id,
                comment_count=comments,
                **{**values, "created_at": NOW, **columns},
            )
            .returning(Post.id)
        )
        session.commit()
        for n in range(comments):
            made = make_comment(f"Remark {n} on {external_id}, unlike the others.", post="begin")
            session.execute(
                update(Comment).where(Comment.id == made["comment"]["id"]).values(post_id=post)
            )
            session.commit()
        session.execute(update(Post).where(Post.external_id == "begin").values(comment_count=0))
        session.commit()
        return post

    return store


@pytest.fixture
def unify(session):
    def run(**options):
        changed = unify_spellings(session.connection(), **options)
        session.commit()
        return changed

    return run


def posts(session, *columns):
    statement = select(*columns).where(Post.external_id != "begin").order_by(Post.id)
    return session.execute(statement).all()


@pytest.mark.parametrize("spelled", ["/caf%C3%A9", "/caf%c3%a9", "/cafe\u0301", "/cafe%CC%81"])
def test_a_post_that_was_stored_encoded_is_found_by_its_id(
    client, session, store_post, unify, spelled
):
    store_post(spelled, 2)

    unify()

    for asked in ("%2Fcaf%C3%A9", "%2Fcaf%25C3%25A9"):
        shown = client.get(f"/api/v1/sites/news/posts/{asked}/comments").get_json()
        assert shown["post"]["count"] == len(shown["comments"]) == 2


def test_two_spellings_of_a_post_become_one_thread_with_all_comments(
    session, site, store_post, unify
):
    store_post("/caf%C3%A9", 2, title="The café", version=9, created_at=NOW - timedelta(days=3))
    store_post(ID, 1, url="https://news.example/x")

    unify()

    kept = posts(session, Post.external_id, Post.comment_count, Post.title, Post.url, Post.version)
    assert kept == [(ID, 3, "The café", "https://news.example/x", 10)]
    assert len(threads.page(session, site, ID)["comments"]) == 3


def test_the_rules_of_the_post_that_the_site_spoke_of_last_are_kept(session, store_post, unify):
    store_post("/caf%C3%A9", announced=True, event_at=NOW, state=PostState.CLOSED)
    store_post(ID, announced=True, event_at=NOW - timedelta(days=1))
    store_post("/%C3%A4", rules={"slow_seconds": 60})
    store_post("/ä", 1)

    unify()

    kept = posts(session, Post.external_id, Post.state, Post.rules)
    assert kept == [(ID, "closed", None), ("/ä", "open", {"slow_seconds": 60})]


def test_posts_of_other_sites_and_other_ids_stay_apart(session, store_post, unify):
    weekly, _secret = changes.add(session, "weekly", title="", origins=[], now=NOW)
    other = weekly.id
    store_post("/caf%C3%A9")
    store_post(ID, site_id=other)
    store_post("/a%2Fb")
    store_post("/a/b")

    unify()

    kept = posts(session, Post.site_id == other, Post.external_id)
    assert kept == [(False, ID), (True, ID), (False, "/a%2Fb"), (False, "/a/b")]


def test_addresses_lose_fragments_and_click_ids(session, store_post, unify):
    store_post("u", url="https://news.example/u?fbclid=SECRET&id=7#comments")

    assert unify() == []

    assert posts(session, Post.url) == [("https://news.example/u?id=7",)]


def test_a_second_run_changes_nothing_and_only_the_newest_are_looked_at(session, store_post, unify):
    store_post("/caf%C3%A9")
    store_post("plain")

    assert unify(newest=1) == []
    assert len(unify(newest=2)) == 1
    assert unify() == []


def test_the_upkeep_merges_what_the_release_before_stored_meanwhile(
    app, client, session, store_post, clock
):
    store_post(ID, 1)
    shown = "/api/v1/sites/news/posts/%2Fcaf%C3%A9/comments"
    assert client.get(shown).get_json()["post"]["count"] == 1
    store_post("/caf%C3%A9", 1)

    done = clean_up(session, app_state(app).settings, now=clock.now)

    assert done["spellings"] == 1
    assert client.get(shown).get_json()["post"]["count"] == 2


def test_of_the_featured_comments_of_posts_that_are_merged_three_stay(
    app, session, store_post, clock
):
    kept = store_post(ID, 2)
    other = store_post("/caf%C3%A9", 2)
    of_both = Comment.post_id.in_((kept, other))
    ids = session.scalars(select(Comment.id).where(of_both).order_by(Comment.id)).all()
    for minutes, comment_id in enumerate(ids):
        featured_at = NOW + timedelta(minutes=minutes)
        session.execute(
            update(Comment).where(Comment.id == comment_id).values(featured_at=featured_at)
        )
    session.commit()

    clean_up(session, app_state(app).settings, now=clock.now)

    left = session.scalars(
        select(Comment.id).where(Comment.featured_at.is_not(None)).order_by(Comment.id)
    ).all()
    assert left == ids[1:]
