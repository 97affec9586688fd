"""Threads for readers: approved comments only, in order, by pages that inserts do not shift."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from moderation.services.pagination import Cursor
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.web.database import db
from tests.conftest import ORIGIN

THREAD = "/api/v1/sites/news/posts/story/comments"
FOUL = "What a load of fucking nonsense."
#: Where a link to one comment leads.
WAYS_IN = ("context", "replies")


def page(client, query: str = "", path: str = THREAD) -> dict:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    return answer.get_json()


def ids(found: dict) -> list[str]:
    return [c["id"] for c in found["comments"]]


def walk(client, query: str, path: str = THREAD) -> list[str]:
    """Every id over all pages."""
    seen, cursor = [], ""
    while True:
        found = page(client, f"{query}&cursor={cursor}" if cursor else query, path)
        seen += ids(found)
        cursor = found["next_cursor"]
        if cursor is None:
            return seen


def several(make_comment, clock, number: int, **fields) -> list[str]:
    made = []
    for _ in range(number):
        clock.advance(seconds=1)
        made.append(
            make_comment(
                f"At {clock.now:%M minutes and %S} seconds this says something new.", **fields
            )["comment"]["id"]
        )
    return made


def test_a_post_without_comments_has_an_empty_list(client):
    assert page(client) == {
        "post": {
            "id": "story",
            "title": None,
            "url": None,
            "state": "open",
            "closes_at": None,
            "slow_seconds": 0,
            "identity": "guests",
            "replies_by_mail": False,
            "website_field": False,
            "reports": True,
            "votes": "off",
            "count": 0,
        },
        "comments": [],
        "next_cursor": None,
    }


def test_a_listed_comment_has_these_fields_and_no_others(client, make_comment, clock):
    made = make_comment(
        "Hello *there*, everybody.",
        author={"email": "ada@mail.example", "website": "https://ada.example/"},
    )

    (listed,) = page(client)["comments"]
    moment = listed.pop("created_at")
    assert listed == {
        "id": made["comment"]["id"],
        "parent_id": None,
        "author": {"name": "Ada", "staff": False},
        "html": "<p>Hello <em>there</em>, everybody.</p>",
        "text": "Hello *there*, everybody.",
        "deleted": False,
        "removal": None,
        "featured": False,
        "edited_at": None,
        "reply_count": 0,
        "replies": [],
        "replies_cursor": None,
    }
    assert datetime.fromisoformat(moment) == clock.now
    assert UUID(listed["id"]).version == 7


def test_comments_are_listed_newest_first_unless_asked_otherwise(client, make_comment, clock):
    made = several(make_comment, clock, 3)

    assert ids(page(client)) == made[::-1]
    assert ids(page(client, "sort=newest")) == made[::-1]
    assert ids(page(client, "sort=oldest")) == made


def test_comments_of_the_same_moment_are_paged_without_loss_or_repetition(client, make_comment):
    made = {make_comment(f"All at once, number {i}.")["comment"]["id"] for i in range(5)}

    for sort in ("newest", "oldest"):
        walked = walk(client, f"sort={sort}&limit=2")
        assert len(walked) == 5
        assert set(walked) == made


def test_pages_do_not_shift_when_comments_come_and_go(
    floods_pass, client, make_comment, clock, reviewing
):
    made = several(make_comment, clock, 6)
    first = page(client, "limit=2")
    several(make_comment, clock, 2)
    client.post(
        f"/api/v1/review/comments/{made[4]}/decisions",
        json={"outcome": "reject"},
        headers=reviewing,
    )

    second = page(client, f"limit=2&cursor={first['next_cursor']}")

    assert ids(first) == [made[5], made[4]]
    assert ids(second) == [made[3], made[2]]


def test_limit_counts_top_level_comments_and_each_brings_its_first_five_replies(
    floods_pass, client, make_comment, clock
):
    tops = several(make_comment, clock, 3)
    replies = several(make_comment, clock, 7, parent_id=tops[0])

    found = page(client, "limit=3&sort=oldest")

    assert ids(found) == tops
    assert found["next_cursor"] is None
    assert found["post"]["count"] == 10
    thread = found["comments"][0]
    assert thread["reply_count"] == 7
    assert [r["id"] for r in thread["replies"]] == replies[:5]
    more = page(client, f"cursor={thread['replies_cursor']}", f"/api/v1/comments/{tops[0]}/replies")
    assert ids(more) == replies[5:]
    assert walk(client, "limit=2", f"/api/v1/comments/{tops[0]}/replies") == replies


def test_replies_to_replies_come_along_and_deeper_ones_when_asked_for(client, make_comment, clock):
    chain = [make_comment("The top of a chain.")["comment"]["id"]]
    for i in range(5):
        clock.advance(seconds=1)
        made = make_comment(f"Level {i} of the chain.", parent_id=chain[-1])
        chain.append(made["comment"]["id"])

    comment = page(client)["comments"][0]
    depth = 1
    while comment["replies"]:
        comment = comment["replies"][0]
        depth += 1

    assert depth == 4
    assert (comment["reply_count"], comment["replies_cursor"]) == (1, None)
    assert ids(page(client, "", f"/api/v1/comments/{comment['id']}/replies")) == [chain[4]]


def test_a_deleted_comment_with_replies_leaves_its_place_and_nothing_else(
    client, make_comment, reviewing
):
    top = make_comment("Soon withdrawn by its author.", name="Zoe")
    reply = make_comment("A reply that stays.", parent_id=top["comment"]["id"])["comment"]["id"]

    client.delete(
        f"/api/v1/comments/{top['comment']['id']}", headers={"X-Edit-Token": top["edit_token"]}
    )

    (place,) = page(client)["comments"]
    assert (place["deleted"], place["text"], place["html"]) == (True, "", "")
    assert place["removal"] == "author"
    assert (place["author"], place["edited_at"]) == ({"name": "", "staff": False}, None)
    assert [r["id"] for r in place["replies"]] == [reply]
    assert page(client)["post"]["count"] == 1
    client.post(
        f"/api/v1/review/comments/{reply}/decisions", json={"outcome": "spam"}, headers=reviewing
    )
    assert page(client)["comments"] == []


def test_a_held_reply_is_in_no_count(client, make_comment):
    top = make_comment("The top of a thread.")["comment"]["id"]
    make_comment(FOUL, parent_id=top)
    make_comment(FOUL)

    found = page(client)
    assert found["post"]["count"] == 1
    assert (found["comments"][0]["reply_count"], found["comments"][0]["replies"]) == (0, [])


def test_a_reply_belongs_to_the_post_it_is_sent_to(make_comment):
    elsewhere = make_comment("On another post.", post="other")["comment"]["id"]

    answer = make_comment("Answering across posts.", parent_id=elsewhere)

    assert (answer["http"], answer["code"]) == (422, "comment_rejected")


def test_counts_are_of_the_shown_and_zero_for_the_unknown(client, make_comment):
    make_comment("One for the first.", post="a")
    make_comment("Two for the second.", post="b")
    make_comment("Another for the second.", post="b")
    make_comment(FOUL, post="b")

    answer = client.get("/api/v1/sites/news/counts?post=a&post=b&post=c&post=b")

    assert answer.get_json() == {"counts": {"a": 1, "b": 2, "c": 0}}


def test_a_reader_who_has_the_page_gets_304_until_something_changes(
    client, make_comment, reviewing
):
    made = make_comment("It will be rejected soon.")["comment"]["id"]
    etag = client.get(THREAD).headers["ETag"]
    known = {"If-None-Match": etag}

    same = client.get(THREAD, headers=known)
    make_comment(FOUL)
    still = client.get(THREAD, headers=known)
    client.post(
        f"/api/v1/review/comments/{made}/decisions", json={"outcome": "reject"}, headers=reviewing
    )
    after = client.get(THREAD, headers=known)

    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
    assert still.status_code == 304
    assert after.status_code == 200
    assert after.headers["ETag"] != etag


def test_head_answers_like_get_without_a_body(client, make_comment):
    make_comment("A remark to be counted.")

    for path in (THREAD, "/api/v1/sites/news/counts?post=story", "/healthz"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers.get("ETag") == got.headers.get("ETag")
        assert head.headers["Content-Length"] == str(len(got.data))


def test_a_page_of_the_busiest_thread_is_served(client, make_comment, session, clock):
    """More families with more replies than come along than one query can have parts."""
    make_comment("The one that makes the post.")
    post = session.scalars(select(Post)).one()
    row = {
        "site_id": post.site_id,
        "post_id": post.id,
        "status": "approved",
        "listing": "shown",
        "author_name": "A",
        "text": "t",
        "html": "t",
        "revision": 1,
        "version": 1,
        "reasons": "",
        "created_at": clock.now,
        "reply_count": 6,
    }
    level = [{**row, "id": new_id(), "parent_id": None} for _ in range(25)]
    session.execute(insert(Comment), level)
    for _ in range(2):
        level = [
            {**row, "id": new_id(), "parent_id": parent["id"]} for parent in level for _ in range(6)
        ]
        session.execute(insert(Comment), level)
    session.commit()

    found = page(client, "limit=100&sort=newest")

    families = [c for c in found["comments"] if c["reply_count"]]
    assert len(families) == 25
    assert all(len(c["replies"]) == 5 for c in families)
    assert all(len(r["replies"]) == 5 for c in families for r in c["replies"])


@given(
    st.integers(0, 10**17).map(lambda i: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(0, 0, i)),
    st.uuids(),
)
def test_a_cursor_keeps_its_place_to_the_microsecond(moment, id):
    assert Cursor.decode(Cursor(moment, id).encode()) == Cursor(moment, id)


def test_a_moment_is_stored_to_the_microsecond(session, make_comment, clock):
    clock.now = datetime(2050, 3, 4, 5, 6, 7, 123_457, tzinfo=UTC)
    make_comment("A remark from later times.")
    clock.now += timedelta(microseconds=1)

    assert session.scalar(select(Comment.created_at)) == clock.now - timedelta(microseconds=1)
    db.session.remove()


def test_a_link_into_a_removed_post_leads_nowhere(client, make_comment, signed_event):
    parent = make_comment("A remark on a post that goes.")["comment"]["id"]
    reply = make_comment("An answer to it.", parent_id=parent)["comment"]["id"]
    paths = [f"/api/v1/comments/{id}/{what}" for id in (parent, reply) for what in WAYS_IN]
    assert {client.get(path).status_code for path in paths} == {200}

    signed_event("post.deleted", {"post": "story"})

    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert not any("remark" in answer.text or "answer to it" in answer.text for answer in answers)


def test_pages_of_the_site_may_read_the_headers_that_they_need(client, make_comment):
    make_comment()

    answers = [
        client.get(THREAD, headers={"Origin": ORIGIN}),
        client.get(f"{THREAD}?limit=1", headers={"Origin": ORIGIN}),
        client.post(
            THREAD,
            json={"author": {"name": "Bo"}, "text": "Sent by a page of the site."},
            headers={"Origin": ORIGIN},
        ),
        client.post(THREAD, json={}, headers={"Origin": ORIGIN}),
    ]

    for answer in answers:
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert set(exposed) >= {"Date", "ETag", "Retry-After", "X-Request-Id"}


def test_no_page_of_another_origin_may_read_an_answer(client, make_comment):
    make_comment()

    answers = [
        client.get(THREAD, headers={"Origin": "https://elsewhere.example"}),
        client.get(f"{THREAD}?limit=1", headers={"Origin": "https://elsewhere.example"}),
        client.get(THREAD, headers={"Origin": "null"}),
        client.options(THREAD, headers={"Origin": "https://elsewhere.example"}),
    ]

    *refused, preflight = answers
    for answer in refused:
        # The refusal itself can be read, so that the page's author learns the reason.
        assert answer.get_json().keys() == {"type", "title", "status", "code", "detail"}
    assert not [name for name, _ in preflight.headers if name.startswith("Access-Control-")]


def test_nothing_leads_to_a_comment_that_waits(client, make_comment, reviewing):
    parent = make_comment("A remark that is taken down.")["comment"]["id"]
    path = f"/api/v1/review/comments/{parent}/decisions"
    client.post(path, json={"outcome": "reject"}, headers=reviewing)
    waiting = make_comment(FOUL)["comment"]["id"]

    answers = [
        client.get(f"/api/v1/comments/{id}/{what}") for id in (parent, waiting) for what in WAYS_IN
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert not any(word in answer.text for answer in answers for word in ("remark", "nonsense"))


@pytest.mark.parametrize("origin", [None, ORIGIN, "https://elsewhere.example"])
def test_answers_are_cached_for_each_origin_by_itself(client, make_comment, origin):
    make_comment()
    headers = {"Origin": origin} if origin else {}

    for query in ("", "?limit=1"):
        assert "Origin" in client.get(f"{THREAD}{query}", headers=headers).vary
