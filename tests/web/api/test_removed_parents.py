"""Replies below a comment that is not published any more: they keep their place, it has none."""

from uuid import UUID

import pytest
from sqlalchemy import select

from moderation.services.operations.integrity import verify
from moderation.storage.models.jobs import OutboxMessage

THREAD = "/api/v1/sites/news/posts/story/comments"
SECRETS = ("zeppelin", "Zacharias", "zacharias@mail.example", "zacharias.example")
#: Everything that readers can ask for about the post, beside the comments' own addresses.
PUBLIC = (
    THREAD,
    f"{THREAD}?sort=oldest&limit=1",
    "/api/v1/sites/news/counts?post=story",
    "/feeds/news",
    "/feeds/news/story",
    "/embed/news/story",
    "/embed/news/story?lang=ar",
)


@pytest.fixture
def review(client, reviewing):
    def ask(method, path, body=None):
        return client.open(f"/api/v1/review{path}", method=method, json=body, headers=reviewing)

    return ask


@pytest.fixture
def decide(review):
    def made(id, outcome):
        answer = review("POST", f"/comments/{id}/decisions", {"outcome": outcome})
        assert answer.status_code == 201
        return answer.get_json()["id"]

    return made


@pytest.fixture
def parent(make_comment):
    author = {"email": "zacharias@mail.example", "website": "https://zacharias.example/"}
    return make_comment("I came by zeppelin today.", name="Zacharias", author=author)


def listed(client):
    return client.get(THREAD).get_json()


def everything(client, *ids):
    paths = [f"/api/v1/comments/{id}/{what}" for id in ids for what in ("replies", "context")]
    embedded = [f"/embed/news/story?replies={id}" for id in ids]
    answers = [client.get(path) for path in (*PUBLIC, *paths, *embedded)]
    return "\n".join(answer.text for answer in answers)


@pytest.mark.parametrize(
    ("outcome", "removal"), [("reject", "moderator"), ("spam", "moderator"), ("edit", "review")]
)
def test_a_reply_keeps_its_place_below_a_comment_that_a_moderator_removes(
    client, make_comment, decide, parent, session, clock, outcome, removal
):
    id = parent["comment"]["id"]
    reply = make_comment("Which way did it go?", name="Bea", parent_id=id)["comment"]["id"]
    deep = make_comment("To the north, I think.", name="Cid", parent_id=reply)["comment"]["id"]

    if outcome == "edit":
        edited = client.patch(
            f"/api/v1/comments/{id}",
            json={"text": "This zeppelin is a fucking disgrace."},
            headers={"X-Edit-Token": parent["edit_token"]},
        )
        assert edited.status_code == 202
    else:
        decide(id, outcome)

    (place,) = listed(client)["comments"]
    assert (place["id"], place["deleted"], place["removal"]) == (id, True, removal)
    assert (place["text"], place["html"], place["edited_at"]) == ("", "", None)
    assert place["author"] == {"name": "", "staff": False}
    assert [c["id"] for c in place["replies"]] == [reply]
    assert [c["id"] for c in place["replies"][0]["replies"]] == [deep]
    assert listed(client)["post"]["count"] == 2
    chain = client.get(f"/api/v1/comments/{deep}/context").get_json()["comments"]
    assert [chain[0]["id"], chain[0]["removal"]] == [id, removal]
    public = everything(client, id, reply, deep)
    assert "Which way" in public
    assert not [secret for secret in SECRETS if secret in public]
    feed = client.get("/feeds/news/story").text
    assert (reply in feed, id in feed.replace(f"{id}/", "")) == (True, False)
    assert {finding.check: finding.wrong for finding in verify(session, now=clock.now)} == {
        finding.check: 0 for finding in verify(session, now=clock.now)
    }


def test_a_held_reply_is_published_below_a_removed_comment(
    client, make_comment, decide, parent, session, floods_pass
):
    id = parent["comment"]["id"]
    reply = make_comment("What a fucking big one!", name="Bea", parent_id=id)
    assert reply["http"] == 202
    decide(id, "reject")
    assert listed(client)["comments"] == []
    assert client.get(f"/api/v1/comments/{id}/replies").status_code == 404

    decide(reply["comment"]["id"], "approve")

    (place,) = listed(client)["comments"]
    assert [place["removal"], place["replies"][0]["id"]] == ["moderator", reply["comment"]["id"]]
    assert client.get("/api/v1/sites/news/counts?post=story").get_json()["counts"] == {"story": 1}
    token = {"X-Edit-Token": reply["edit_token"]}
    mine = client.get("/api/v1/sites/news/posts/story/me", headers=token).get_json()["comments"]
    assert [(c["id"], c["status"]) for c in mine] == [(reply["comment"]["id"], "approved")]
    sent = session.scalars(
        select(OutboxMessage.type).where(
            OutboxMessage.comment_id == UUID(reply["comment"]["id"]),
        )
    ).all()
    assert sorted(sent) == ["comment.approved", "comment.held"]


def test_the_place_goes_with_the_last_reply_and_comes_back_with_the_comment(
    client, make_comment, decide, review, parent
):
    id = parent["comment"]["id"]
    reply = make_comment("Which way did it go?", parent_id=id)["comment"]["id"]
    rejected = decide(id, "reject")

    taken = decide(reply, "reject")
    assert listed(client)["comments"] == []
    review("DELETE", f"/decisions/{taken}")
    assert [c["removal"] for c in listed(client)["comments"]] == ["moderator"]
    review("DELETE", f"/decisions/{rejected}")

    (back,) = listed(client)["comments"]
    assert (back["removal"], back["text"]) == (None, "I came by zeppelin today.")
    assert listed(client)["post"]["count"] == 2


def test_the_reason_at_a_place_changes_with_the_decision(client, make_comment, decide, parent):
    id, token = parent["comment"]["id"], {"X-Edit-Token": parent["edit_token"]}
    make_comment("Which way did it go?", parent_id=id)
    client.patch(f"/api/v1/comments/{id}", json={"text": "A fucking zeppelin."}, headers=token)
    seen = [listed(client)["comments"][0]["removal"]]
    decide(id, "reject")
    seen.append(listed(client)["comments"][0]["removal"])
    client.delete(f"/api/v1/comments/{id}", headers=token)
    seen.append(listed(client)["comments"][0]["removal"])

    assert seen == ["review", "moderator", "author"]


def test_a_place_cannot_be_answered_and_its_author_still_reads_their_own_text(
    client, make_comment, decide, parent
):
    id, token = parent["comment"]["id"], {"X-Edit-Token": parent["edit_token"]}
    make_comment("Which way did it go?", parent_id=id)
    decide(id, "reject")

    answer = make_comment("And when?", parent_id=id)
    own = client.get(f"/api/v1/comments/{id}", headers=token).get_json()
    mine = client.get("/api/v1/sites/news/posts/story/me", headers=token).get_json()["comments"]

    assert (answer["http"], answer["code"]) == (422, "comment_rejected")
    for seen in (own, *mine):
        assert (seen["text"], seen["author"]["name"]) == ("I came by zeppelin today.", "Zacharias")
        assert (seen["deleted"], seen["removal"], seen["status"]) == (False, None, "rejected")


def test_the_page_without_scripts_shows_who_removed_a_comment(client, make_comment, decide, parent):
    id = parent["comment"]["id"]
    make_comment("Which way did it go?", parent_id=id)
    decide(id, "reject")

    english = client.get("/embed/news/story").text
    german = client.get("/embed/news/story?lang=de").text

    assert "Removed by a moderator." in english
    assert "Deleted by its author." not in english
    assert "Von der Moderation entfernt." in german


def test_a_moderator_sees_how_many_replies_hang_below_before_deciding(
    client, make_comment, decide, review, parent
):
    id = parent["comment"]["id"]
    first = make_comment("Which way did it go?", parent_id=id)["comment"]["id"]
    deep = make_comment("To the north, I think.", parent_id=first)["comment"]["id"]
    make_comment("It was a fucking balloon.", parent_id=first)

    def below(id):
        return review("GET", f"/comments/{id}").get_json()["replies_below"]

    assert [below(id), below(first), below(deep)] == [2, 1, 0]
    decide(first, "reject")
    assert [below(id), below(first)] == [1, 1]
    queue = review("GET", "/queue?queue=approved").get_json()["items"]
    assert {i["comment"]["id"]: i["replies_below"] for i in queue} == {id: 1, deep: 0}
