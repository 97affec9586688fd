"""Posts that move to other ids keep their threads, and earlier ids lead to them."""

import pytest
from sqlalchemy import select

from moderation.domain import actors
from moderation.domain.errors import Invalid
from moderation.domain.status import Actor
from moderation.services.operations.integrity import verify
from moderation.services.transfer import posts_move
from moderation.storage.models.posts import Post
from tests.conftest import ORIGIN, one_store

BY = actors.By(Actor.SITE, "cli")


@pytest.fixture
def move(session, site, clock):
    def run(begins, becomes, **more):
        more = {"rest": lambda _: None, **more}
        return posts_move.move(session, site, begins, becomes, BY, now=clock.now, **more)

    return run


@pytest.fixture
def texts(client):
    def read(post):
        answer = client.get(
            f"/api/v1/sites/news/posts/{post}/comments?sort=oldest", headers={"Origin": ORIGIN}
        )
        page = client.get(answer.headers["Location"]) if answer.status_code == 308 else answer
        return [each["text"] for each in page.get_json()["comments"]]

    return read


@pytest.fixture
def ids(session, site):
    def read():
        session.rollback()
        rows = session.scalars(select(Post.external_id).where(Post.site_id == site.id))
        return sorted(rows)

    return read


@pytest.mark.usefixtures("floods_pass")
def test_posts_move_and_merge_and_earlier_ids_lead_to_them(
    client, make_comment, move, texts, ids, session, site, clock
):
    make_comment("First, under the old address.", post="2020/a", name="Ada")
    make_comment("Second, under the new one.", post="archive/2020/a", name="Bea")
    make_comment("Alone.", post="2020/b", name="Cid")
    make_comment("Untouched.", post="about", name="Dan")
    assert texts("2020/a") == ["First, under the old address."]

    planned = posts_move.plan(session, site, "2020/", "archive/2020/")
    assert (len(planned.moves), planned.merged) == (2, 1)
    assert ids() == ["2020/a", "2020/b", "about", "archive/2020/a"]
    done = move("2020/", "archive/2020/")

    assert (done.moved, done.merged) == (2, 1)
    assert ids() == ["about", "archive/2020/a", "archive/2020/b"]
    both = ["First, under the old address.", "Second, under the new one."]
    assert texts("archive/2020/a") == both
    # What readers have open goes on working, also a second time, from the cache.
    assert texts("2020/a") == texts("2020/a") == both
    assert texts("2020/b") == ["Alone."]
    counts = client.get("/api/v1/sites/news/counts?post=2020/a&post=about&post=none").get_json()
    assert counts["counts"] == {"2020/a": 2, "about": 1, "none": 0}
    assert not [f for f in verify(session, now=clock.now) if f.wrong]
    # Again, there is nothing left to move.
    assert move("2020/", "archive/2020/").moved == 0


@pytest.mark.usefixtures("floods_pass")
def test_a_comment_for_an_earlier_id_is_stored_under_the_new_one(
    client, make_comment, move, texts, ids, signed_event
):
    first = make_comment("Under the old address.", post="old/a")
    move("old/", "new/")

    answer = client.post(
        "/api/v1/sites/news/posts/old/a/comments?x=1",
        json={"author": {"name": "Bea"}, "text": "From a page that was open."},
        headers={"Origin": ORIGIN},
        follow_redirects=False,
    )
    assert (answer.status_code, answer.get_json()["code"]) == (308, "post_moved")
    assert answer.headers["Location"] == "/api/v1/sites/news/posts/new/a/comments?x=1"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    sent = client.post(
        answer.headers["Location"],
        json={"author": {"name": "Bea"}, "text": "From a page that was open."},
    )
    assert sent.status_code == 201
    signed_event(
        "comment.submitted", {"post": "old/a", "text": "From the site.", "author": {"name": "Cid"}}
    )

    assert ids() == ["new/a"]
    assert texts("new/a") == [
        "Under the old address.",
        "From a page that was open.",
        "From the site.",
    ]
    own = client.get(
        "/api/v1/sites/news/posts/old/a/me", headers={"X-Edit-Token": first["edit_token"]}
    )
    assert own.status_code == 308
    for path in ("/feeds/news/old/a", "/embed/news/old/a?sort=oldest"):
        page = client.get(path)
        assert page.status_code == 308, path
        assert "new/a" in page.headers["Location"]
    assert client.get("/api/v1/sites/news/posts/old/a/form").status_code == 308


@pytest.mark.usefixtures("floods_pass")
def test_a_site_that_moves_into_a_folder_of_itself_moves_every_post_once(make_comment, move, ids):
    for number, post in enumerate(("x", "y", "blog/y", "blog/z")):
        make_comment(f"Comment number {number}.", post=f"a/{post}", name=f"Author {number}")

    assert move("a/", "a/blog/").moved == 2
    assert ids() == ["a/blog/x", "a/blog/y", "a/blog/z"]
    # Interrupted and begun again, it moves none a second time.
    assert move("a/", "a/blog/").moved == 0
    assert move("a/blog/", "a/").moved == 3
    assert ids() == ["a/x", "a/y", "a/z"]


@pytest.mark.usefixtures("floods_pass")
def test_the_site_may_use_an_earlier_id_again(make_comment, move, ids, texts, signed_event):
    make_comment("The first thread.", post="old")
    move("old", "new")

    signed_event("post.published", {"post": "old", "title": "Another page"})

    assert texts("old") == []
    assert texts("new") == ["The first thread."]
    make_comment("A thread of its own.", post="old", name="Bea")
    assert texts("old") == ["A thread of its own."]
    assert ids() == ["new", "old"]


def test_a_moved_post_of_the_site_keeps_its_earlier_id(make_comment, signed_event, texts):
    make_comment("Before the move.", post="draft-1")

    signed_event("post.updated", {"post": "draft-1", "new_id": "news/first"})

    assert texts("draft-1") == texts("news/first") == ["Before the move."]


@one_store
def test_an_invalid_new_id_is_reported_and_its_post_stays(make_comment, move, ids):
    make_comment(post="old/" + "x" * 500)
    make_comment("A second remark.", post="old/y", name="Bea")

    done = move("old/", "much/longer/than/before/")

    assert (done.moved, len(done.refused)) == (1, 1)
    assert ids()[0] == "much/longer/than/before/y"
    with pytest.raises(Invalid):
        move("", "x")
