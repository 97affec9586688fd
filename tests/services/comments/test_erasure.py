"""An erased author is in no row of any table."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.services.sites import changes, registry
from moderation.storage import Base
from moderation.storage.models.authors import Ban
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.posts import Post
from moderation.web.state import app_state

EMAIL = "canary-mail@example.org"
NAME = "Canary Name"
TEXT = "canarytext: what a fucking shame, says canarytext"


def send(client, session, clock, type, data, *, at=None, id="msg_1", site="news", secret=""):
    secret = secret or registry.secrets_of(session, registry.find(session, site).id)[0]
    session.rollback()
    body = json.dumps(
        {"type": type, "timestamp": (at or clock.now).isoformat(), "data": data}
    ).encode()
    stamp = str(int(clock.now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return client.post(
        f"/api/v1/sites/{site}/events",
        data=body,
        headers={
            "Content-Type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        },
    )


def every_row(session) -> str:
    """All that the store holds, as one text."""
    session.rollback()
    return "\n".join(
        repr(tuple(row))
        for table in Base.metadata.sorted_tables
        for row in session.execute(select(table))
    )


def test_an_erased_author_is_in_no_row_of_any_table(
    client, session, clock, make_comment, reviewing, app
):
    author = {"email": EMAIL}
    made = make_comment(TEXT, name=NAME, author=author)
    edited = make_comment("canarytext in a friendly remark", name=NAME, author=author)
    token = {"Authorization": f"Bearer {edited['edit_token']}"}
    client.patch(
        f"/api/v1/comments/{edited['comment']['id']}",
        json={"text": "another canarytext, just as friendly"},
        headers=token,
    )
    client.post(
        f"/api/v1/review/comments/{made['comment']['id']}/decisions",
        json={"outcome": "reject", "reason": "OFFENSIVE", "note": "canarytext is too much"},
        headers=reviewing,
    )
    send(client, session, clock, "author.banned", {"author": author}, id="msg_ban")
    key = app_state(app).signing.author_key("email", EMAIL)
    before = every_row(session)
    assert all(trace in before for trace in ("canarytext", EMAIL, NAME, key))

    answer = send(client, session, clock, "author.erased", {"author": author}, id="msg_erase")

    after = every_row(session)
    assert answer.get_json() == {"outcome": "applied"}
    for trace in ("canarytext", EMAIL, NAME, key):
        assert trace not in after
    assert session.scalars(select(Ban)).all() == []


def test_others_are_not_forgotten_with_an_erased_author(client, session, clock, make_comment):
    make_comment("I am somebody else.", name="Bea", author={"email": "bea@example.org"})
    make_comment(TEXT, name=NAME, author={"email": EMAIL})

    send(client, session, clock, "author.erased", {"author": {"email": EMAIL}})

    listed = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    assert [c["author"]["name"] for c in listed["comments"]] == ["Bea"]


def test_erasure_by_e_mail_finds_comments_written_under_an_id(
    client, session, clock, signed_event, make_comment
):
    by_id = {"name": NAME, "id": "reader-7", "email": EMAIL.upper()}
    submission = {"post": "story", "author": by_id, "text": "canarytext of a known reader"}
    assert signed_event("comment.submitted", submission).status_code == 201
    make_comment("canarytext of a guest", name=NAME, author={"email": EMAIL})

    answer = signed_event("author.erased", {"author": {"email": EMAIL}})

    assert answer.get_json() == {"outcome": "applied"}
    after = every_row(session)
    for trace in ("canarytext", EMAIL, EMAIL.upper(), NAME, "reader-7"):
        assert trace not in after


def test_an_erasure_forgets_nothing_of_another_site(
    client, session, clock, app, signed_event, make_comment
):
    other = changes.add(session, "other", title="", origins=[], now=clock.now)[0]
    other_id, others = other.id, registry.secrets_of(session, other.id)[0]
    session.rollback()
    ban = {"author": {"email": EMAIL}, "reason": "Spam"}
    signed_event("author.banned", ban)
    send(client, session, clock, "author.banned", ban, id="msg_other", site="other", secret=others)
    path = "/api/v1/sites/other/posts/story/comments"
    author = {"name": "Eve", "email": "eve@example.org"}
    client.post(path, json={"author": author, "text": "A remark on the other site."})
    key = app_state(app).signing.author_key("email", EMAIL)

    signed_event("author.erased", {"author": {"email": EMAIL}})
    signed_event("author.erased", {"author": {"email": author["email"]}})

    session.rollback()
    entries = select(AuditEntry.subject).where(AuditEntry.action == "author.banned")
    of_other = session.scalars(entries.where(AuditEntry.site_id == other_id)).all()
    of_news = session.scalars(entries.where(AuditEntry.site_id != other_id)).all()
    assert of_other == [f"author:{key}"]
    assert of_news == ["author:erased"]
    assert session.scalars(select(Ban.site_id)).all() == [other_id]
    assert [c["author"]["name"] for c in client.get(path).get_json()["comments"]] == ["Eve"]


@pytest.mark.parametrize("ahead", [{"days": 1}, {"minutes": 6}])
def test_a_clock_that_is_ahead_shuts_out_later_events_for_five_minutes_at_most(
    client, session, clock, ahead
):
    early = clock.now + timedelta(**ahead)
    send(client, session, clock, "post.closed", {"post": "a"}, at=early, id="msg_1")
    clock.advance(minutes=5)

    answer = send(client, session, clock, "post.reopened", {"post": "a"}, id="msg_2")

    assert answer.get_json() == {"outcome": "applied"}


def test_an_event_from_a_clock_far_ahead_does_not_shut_out_the_next(client, session, clock):
    ahead = clock.now.replace(year=clock.now.year + 5)
    send(client, session, clock, "post.closed", {"post": "a"}, at=ahead, id="msg_1")
    clock.advance(minutes=10)

    answer = send(client, session, clock, "post.reopened", {"post": "a"}, id="msg_2")

    assert answer.get_json() == {"outcome": "applied"}
    assert session.scalar(select(Post.state)) == "open"
