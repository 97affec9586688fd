"""Featured comments: up to three on a post, and only visible ones."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry

THREAD = "/api/v1/sites/news/posts/{}/comments"


@pytest.fixture
def feature(call):
    def put(made):
        return call("PUT", f"/comments/{made['comment']['id']}/featured")

    return put


@pytest.fixture
def write(make_comment, floods_pass, clock):
    def some(number, post="story"):
        made = []
        for n in range(number):
            clock.advance(seconds=1)
            author = {"email": f"author{n}@mail.example"}
            made.append(make_comment(f"Remark {n} on {post}.", post=post, author=author))
        return made

    return some


def featured(client, post="story"):
    comments = client.get(THREAD.format(post)).get_json()["comments"]
    return {c["id"] for c in comments if c["featured"]}


@pytest.mark.parametrize("end", ["delete", "reject", "spam", "erase", "edit"])
def test_a_removed_comment_gives_its_featured_place_free(
    client, call, signed_event, write, feature, end
):
    first, *others, fourth = write(4)
    for made in (first, *others):
        assert feature(made).status_code == 200
    assert feature(fourth).status_code == 409

    id, token = first["comment"]["id"], {"X-Edit-Token": first["edit_token"]}
    if end == "delete":
        client.delete(f"/api/v1/comments/{id}", headers=token)
    elif end == "edit":
        client.patch(f"/api/v1/comments/{id}", json={"text": "A fucking mess."}, headers=token)
    elif end == "erase":
        signed_event("author.erased", {"author": {"email": "author0@mail.example"}})
    else:
        call("POST", f"/comments/{id}/decisions", {"outcome": end})

    assert feature(fourth).status_code == 200
    assert featured(client) == {made["comment"]["id"] for made in (*others, fourth)}
    if end in ("reject", "spam", "edit"):
        call("POST", f"/comments/{id}/decisions", {"outcome": "approve"})
        assert id not in featured(client)


def test_a_fourth_is_refused_with_the_three_that_have_the_places(write, feature, client):
    *three, fourth = write(4)
    for made in three:
        feature(made)

    refused = feature(fourth)

    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
    # The one that was featured last comes first.
    assert refused.get_json()["featured"] == [made["comment"]["id"] for made in three[::-1]]


def test_of_two_posts_that_become_one_the_three_that_were_featured_last_stay(
    client, session, write, feature, signed_event, clock
):
    old, new = write(3, "old"), write(3, "new")
    for made in (old[0], new[0], old[1], new[1], old[2]):
        clock.advance(seconds=1)
        assert feature(made).status_code == 200

    moved = signed_event("post.updated", {"post": "old", "new_id": "new"})

    assert moved.get_json() == {"outcome": "applied"}
    kept = {made["comment"]["id"] for made in (old[1], new[1], old[2])}
    assert featured(client, "new") == kept
    assert feature(new[2]).status_code == 409
    trail = session.scalars(
        select(AuditEntry.subject).where(AuditEntry.action == "comment.unfeatured")
    ).all()
    assert sorted(trail) == sorted(f"comment:{m['comment']['id']}" for m in (old[0], new[0]))


def test_a_comment_that_is_gone_in_an_older_store_takes_no_place(session, write, feature, clock):
    """The release before kept the mark of comments that readers no longer saw."""
    gone, *two, fourth = write(4)
    for made in two:
        feature(made)
    row = session.get_one(Comment, UUID(gone["comment"]["id"]))
    row.status, row.listing = "rejected", "hidden"
    row.featured_at = clock.now - timedelta(days=1)
    session.commit()

    assert feature(fourth).status_code == 200
