"""Threads that are deep or heavy: every answer has a bound, and together they hold everything."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from moderation.services.comments import threads
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post

#: Above the bound of an answer: the one comment that it may always hold, and its envelope.
SLACK = 100_000


@pytest.fixture
def grow(session, client, site, clock):
    """Store comments on a new post: for each its parent's place in the list (or None) and text."""
    made = []

    def store(comments):
        external_id = f"post-{len(made)}"
        post = Post(site_id=site.id, external_id=external_id, state="open", created_at=clock.now)
        session.add(post)
        session.flush()
        ids = [new_id() for _ in comments]
        rows = [
            {
                "id": id,
                "site_id": site.id,
                "post_id": post.id,
                "parent_id": None if parent is None else ids[parent],
                "status": "approved",
                "listing": "shown",
                "author_name": "Ada",
                "text": text,
                "html": f"<p>{text}</p>",
                "reasons": "",
                # Two of each moment, so that cursors must distinguish them by their ids.
                "created_at": clock.now + timedelta(seconds=place // 2),
                "reply_count": sum(other == place for other, _ in comments),
            }
            for place, (id, (parent, text)) in enumerate(zip(ids, comments, strict=True))
        ]
        session.execute(insert(Comment), rows)
        session.commit()
        made.append(external_id)
        return external_id, [str(id) for id in ids]

    return store


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert len(answer.data) < threads.TOP_BYTES + threads.REPLY_BYTES + SLACK
    return answer.get_json()


def pages(client, path, query, cursor=None):
    """All comments behind a cursor, over as many pages as it takes."""
    while True:
        page = read(client, f"{path}?{query}{f'&cursor={cursor}' if cursor else ''}")
        yield from page["comments"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def everything(client, comments):
    """Every id of a thread as the widget unfolds it."""
    for comment in comments:
        yield comment["id"]
        yield from everything(client, comment["replies"])
        cursor = comment["replies_cursor"]
        if cursor or comment["reply_count"] > len(comment["replies"]):
            path = f"/api/v1/comments/{comment['id']}/replies"
            yield from everything(client, pages(client, path, "limit=50", cursor))


def test_a_link_to_a_comment_six_hundred_deep_is_answered_with_all_above_it(grow, client):
    post, ids = grow([(None if n == 0 else n - 1, "On and on.") for n in range(600)])

    found = read(client, f"/api/v1/comments/{ids[-1]}/context")

    assert found["post"] == post
    chains = [_unfolded(comment) for comment in found["comments"]]
    assert [id for chain in chains for id in chain] == ids
    assert all(len(chain) <= threads.NESTED for chain in chains)


def _unfolded(comment):
    chain = [comment["id"]]
    while comment["replies"]:
        (comment,) = comment["replies"]
        chain.append(comment["id"])
    return chain


def test_a_link_into_long_comments_is_answered_with_the_nearest_of_them(grow, client):
    _, ids = grow([(None if n == 0 else n - 1, "x" * 20_000) for n in range(40)])

    (topmost,) = read(client, f"/api/v1/comments/{ids[-1]}/context")["comments"]

    chain = _unfolded(topmost)
    assert 1 < len(chain) < 40
    assert chain == ids[-len(chain) :]
    assert topmost["parent_id"] == ids[-len(chain) - 1]


def test_a_link_below_a_hidden_comment_is_not_answered(grow, client, session):
    _, ids = grow([(None if n == 0 else n - 1, "On and on.") for n in range(120)])
    session.execute(update(Comment).where(Comment.id == UUID(ids[3])).values(listing="hidden"))
    session.commit()

    assert client.get(f"/api/v1/comments/{ids[-1]}/context").status_code == 404


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_thread_six_hundred_deep_is_read_in_parts(grow, client, sort):
    post, _ = grow([(None if n == 0 else n - 1, "On and on.") for n in range(600)])

    (comment,) = read(client, f"/api/v1/sites/news/posts/{post}/comments?sort={sort}")["comments"]

    for _ in range(threads.LEVELS):
        (comment,) = comment["replies"]
    assert (comment["reply_count"], comment["replies"]) == (1, [])


@pytest.mark.parametrize("letter", ["x", "\u0436", "\u4e2d", "\U0001f600"])
def test_long_comments_make_a_page_short_in_any_script(grow, client, letter):
    post, ids = grow([(None, letter * 9_900) for _ in range(60)])

    page = read(client, f"/api/v1/sites/news/posts/{post}/comments?limit=100")

    assert 1 <= len(page["comments"]) < 60
    path = f"/api/v1/sites/news/posts/{post}/comments"
    walked = [comment["id"] for comment in pages(client, path, "sort=oldest&limit=100")]
    assert sorted(walked) == sorted(ids)


def test_a_comment_longer_than_a_page_is_a_page(grow, client):
    post, ids = grow([(None, "x" * 300_000) for _ in range(3)])
    found, cursor = [], ""

    while cursor is not None:
        after = f"&cursor={cursor}" if cursor else ""
        page = client.get(f"/api/v1/sites/news/posts/{post}/comments?sort=oldest{after}").get_json()
        assert len(page["comments"]) == 1
        found.append(page["comments"][0]["id"])
        cursor = page["next_cursor"]

    assert sorted(found) == sorted(ids)


def test_long_replies_wait_until_asked_for(grow, client):
    tops = [(None, "A short one.") for _ in range(20)]
    post, ids = grow([*tops, *((n % 20, "y" * 9_900) for n in range(100))])

    page = read(client, f"/api/v1/sites/news/posts/{post}/comments")

    assert len(page["comments"]) == 20
    assert sorted(everything(client, page["comments"])) == sorted(ids)


def test_a_feed_of_long_comments_has_fewer_of_them(grow, client):
    post, _ = grow([(None, "z" * 9_900) for _ in range(50)])

    for feed in (f"/feeds/news/{post}", "/feeds/news"):
        answer = client.get(feed)
        assert answer.text.count("<entry>") >= 10
        assert len(answer.data) < threads.TOP_BYTES + SLACK


def _thread(draw_parents):
    return [
        (None if parent is None or n == 0 else parent % n, letter * size)
        for n, (parent, letter, size) in enumerate(draw_parents)
    ]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 6),
            st.sampled_from("a\u0436"),
            st.sampled_from([3, 500, 30_000, 90_000]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 9),
    st.sampled_from(["newest", "oldest"]),
)
def test_no_comment_is_lost_or_repeated_over_pages(grow, client, shape, limit, sort):
    post, ids = grow(_thread(shape))

    path = f"/api/v1/sites/news/posts/{post}/comments"
    walked = list(everything(client, pages(client, path, f"sort={sort}&limit={limit}")))

    assert sorted(walked) == sorted(ids)
