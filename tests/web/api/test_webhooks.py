"""Events of the main site: accepted only when signed, applied once, in order."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from moderation.domain.errors import BadSignature
from moderation.services.sites import changes, registry, secrets
from moderation.services.webhooks.incoming import EVENTS
from moderation.services.webhooks.signatures import SignatureHeaders, sign, verify
from moderation.storage.models.authors import Ban
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.web.database import db
from moderation.web.state import app_state

EVENTS_AT = "/api/v1/sites/news/events"
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def listed(client, post="story"):
    return client.get(f"/api/v1/sites/news/posts/{post}/comments").get_json()


def comment_event(text="A remark from the site's own form.", **fields):
    return {"post": "story", "author": {"name": "Ada"}, "text": text, **fields}


# Signatures


def test_the_published_vector_verifies_and_nothing_close_to_it_does():
    body = b'{"test": 2432232314}'
    now = datetime.fromtimestamp(1614265330, UTC)
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    good = SignatureHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", signature)

    verify([VECTOR_SECRET], good, body, now=now)

    assert sign(VECTOR_SECRET, good.id, 1614265330, body) == signature
    for headers, altered in (
        (good, body + b" "),
        (SignatureHeaders(good.id + "x", good.timestamp, signature), body),
        (SignatureHeaders(good.id, "1614265331", signature), body),
        (SignatureHeaders(good.id, good.timestamp, "v2" + signature[2:]), body),
        (SignatureHeaders(good.id, good.timestamp, signature[:-4]), body),
    ):
        with pytest.raises(BadSignature):
            verify([VECTOR_SECRET], headers, altered, now=now)


def test_signatures_of_the_published_library_are_accepted_and_the_other_way_round():
    secret, body, now = VECTOR_SECRET, '{"type":"post.closed","ö":1}', datetime.now(UTC)
    theirs = Webhook(secret).sign("msg_1", now, body)
    ours = sign(secret, "msg_1", int(now.timestamp()), body.encode())

    verify(
        [secret],
        SignatureHeaders("msg_1", str(int(now.timestamp())), theirs),
        body.encode(),
        now=now,
    )
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": ours,
    }
    assert Webhook(secret).verify(body, headers) == json.loads(body)


def test_a_signature_is_good_for_five_minutes_either_way():
    now = datetime.fromtimestamp(1_700_000_000, UTC)

    def accepted(age: int) -> bool:
        stamp = 1_700_000_000 - age
        headers = SignatureHeaders("msg_1", str(stamp), sign(VECTOR_SECRET, "msg_1", stamp, b"{}"))
        try:
            verify([VECTOR_SECRET], headers, b"{}", now=now)
        except BadSignature:
            return False
        return True

    assert [accepted(age) for age in (301, 300, 0, -300, -301)] == [False, True, True, True, False]


def test_two_secrets_are_valid_during_a_rotation_and_one_after_it(
    app, site, secret, session, signed_event, clock
):
    newer = secrets.rotate(session, registry.find(session, "news"), now=clock.now)
    during = [signed_event("post.closed", {"post": "a"}, secret=s) for s in (secret, newer)]
    secrets.drop_old(session, registry.find(session, "news"), now=clock.now)
    after = [signed_event("post.closed", {"post": "a"}, secret=s) for s in (secret, newer)]

    assert [a.status_code for a in during] == [200, 200]
    assert [a.status_code for a in after] == [401, 200]


def test_one_good_signature_among_several_is_enough(client, secret, clock):
    body = json.dumps(
        {"type": "post.closed", "timestamp": clock.now.isoformat(), "data": {"post": "a"}}
    ).encode()
    stamp = int(clock.now.timestamp())
    good = sign(secret, "msg_1", stamp, body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(stamp)}

    answer = client.post(
        EVENTS_AT, data=body, headers={**headers, "webhook-signature": f"v1a,xx v1,AAAA {good}"}
    )

    assert answer.status_code == 200


def test_malformed_signature_headers_are_401(client, secret, clock):
    stamp = str(int(clock.now.timestamp()))
    good = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": sign(secret, "msg_1", int(stamp), b"{}"),
    }
    broken = [
        {},
        *({k: v for k, v in good.items() if k != name} for name in good),
        *(
            {**good, name: value}
            for name in good
            for value in (
                "",
                " ",
                "v1",
                "v1,",
                "garbage",
                "v1,\xff",
                "\xe9\xe8",
                "v1," + "A" * 9000,
            )
        ),
        *(
            {**good, "webhook-timestamp": value}
            for value in ("9" * 400, "9" * 5000, "-1", "1e9", "nan", "inf", stamp + ".0", "0x10")
        ),
        {**good, "webhook-id": "x" * 256},
    ]

    answers = [client.post(EVENTS_AT, data=b"{}", headers=headers) for headers in broken]

    assert {a.status_code for a in answers} == {401}
    assert {a.get_json()["code"] for a in answers} == {"invalid_signature"}


def test_the_signature_is_checked_before_the_body_is_read(client):
    answer = client.post(EVENTS_AT, data=b"\xff not json", headers={"webhook-id": "x"})

    assert answer.status_code == 401


# Envelope


def test_a_signed_body_that_is_no_event_is_refused_with_a_pointer(signed_event, clock):
    stamp = clock.now.isoformat()
    cases = {
        b"": 400,
        b"\xff": 400,
        b"[]": 422,
        b"null": 422,
        b"{}": 422,
        b'{"type": 5, "timestamp": "now", "data": []}': 422,
        b'{"type": "post.closed", "timestamp": "2026-01-01T00:00:00", "data": {"post": "a"}}': 422,
        json.dumps({"type": "post.closed", "timestamp": stamp, "data": {}}).encode(): 422,
        json.dumps({"type": "post.closed", "timestamp": stamp, "data": {"post": ""}}).encode(): 422,
        json.dumps(
            {"type": "post.closed", "timestamp": stamp, "data": {"post": "a\0"}}
        ).encode(): 422,
        json.dumps(
            {"type": "post.updated", "timestamp": stamp, "data": {"post": "a", "new_id": "\0"}}
        ).encode(): 422,
        json.dumps(
            {"type": "post.updated", "timestamp": stamp, "data": {"post": "a", "url": "http://\0"}}
        ).encode(): 422,
        json.dumps(
            {"type": "author.banned", "timestamp": stamp, "data": {"author": {}}}
        ).encode(): 422,
        json.dumps(
            {"type": "author.banned", "timestamp": stamp, "data": {"author": {"id": "\0"}}}
        ).encode(): 422,
        json.dumps(
            {
                "type": "author.banned",
                "timestamp": stamp,
                "data": {"author": {"id": "a"}, "reason": "\0"},
            }
        ).encode(): 422,
        json.dumps(
            {"type": "comment.submitted", "timestamp": stamp, "data": {"post": "a"}}
        ).encode(): 422,
        json.dumps(
            {
                "type": "comment.submitted",
                "timestamp": stamp,
                "data": comment_event(author={"name": "A", "id": "\0"}),
            }
        ).encode(): 422,
    }

    answers = {raw: signed_event(raw=raw) for raw in cases}

    assert {raw: a.status_code for raw, a in answers.items()} == cases
    assert all(a.mimetype == "application/problem+json" for a in answers.values())
    assert all(a.get_json().get("errors") for a in answers.values() if a.status_code == 422)


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_a_moment_at_the_end_of_time_is_no_500(signed_event, moment):
    raw = json.dumps({"type": "post.closed", "timestamp": moment, "data": {"post": "a"}}).encode()
    ban = {"author": {"id": "troll"}, "until": moment}

    answers = [signed_event(raw=raw), signed_event("author.banned", ban)]

    assert {a.status_code for a in answers} <= {200, 422}


def test_an_unknown_type_is_422_and_names_the_known_ones(signed_event):
    answer = signed_event("post.exploded", {"post": "a"})

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "unknown_event"
    assert all(type in answer.get_json()["detail"] for type in EVENTS)


def test_fields_that_we_do_not_know_are_left_alone(signed_event):
    answer = signed_event("post.published", {"post": "a", "section": "local", "title": "A"})

    assert answer.status_code == 200


# Posts


def test_a_published_post_is_known_by_title_and_address_before_the_first_comment(
    client, signed_event
):
    answer = signed_event(
        "post.published", {"post": "story", "title": "Ferries", "url": "https://news.example/f"}
    )

    assert answer.get_json() == {"outcome": "applied"}
    post = listed(client)["post"]
    assert (post["title"], post["url"], post["state"]) == (
        "Ferries",
        "https://news.example/f",
        "open",
    )


def test_a_closed_post_takes_no_comments_until_it_is_reopened(client, signed_event, make_comment):
    make_comment("The first remark of the day.")
    signed_event("post.closed", {"post": "story"})
    closed = make_comment("One remark too late.")
    shown = listed(client)
    signed_event("post.reopened", {"post": "story"})
    reopened = make_comment("Another remark, in time.")

    assert (closed["http"], closed["code"]) == (409, "post_closed")
    assert (shown["post"]["state"], shown["post"]["count"]) == ("closed", 1)
    assert reopened["http"] == 201


def test_a_deleted_post_shows_nothing_anywhere_and_comes_back_when_published(
    client, signed_event, make_comment
):
    first = make_comment("Gone with its post.")["comment"]["id"]
    make_comment("A reply to it.", parent_id=first)

    signed_event("post.deleted", {"post": "story"})

    removed = listed(client)
    assert (removed["comments"], removed["post"]["count"]) == ([], 0)
    assert client.get("/api/v1/sites/news/counts?post=story").get_json()["counts"] == {"story": 0}
    assert client.get(f"/api/v1/comments/{first}/replies").status_code == 404
    assert make_comment("Too late now.")["http"] == 409
    signed_event("post.published", {"post": "story"})
    assert listed(client)["post"]["count"] == 2


def test_a_premoderated_post_holds_every_comment(signed_event, make_comment):
    signed_event("post.published", {"post": "story", "state": "premoderated"})

    assert make_comment("A perfectly friendly remark.")["http"] == 202


def test_a_moved_post_takes_its_comments_along(client, signed_event, make_comment):
    made = make_comment("It moves with the post.")["comment"]["id"]

    signed_event("post.updated", {"post": "story", "new_id": "/2026/new/", "title": "New"})

    assert listed(client)["code"] == "post_moved"
    moved = listed(client, "%2F2026%2Fnew%2F")
    assert [c["id"] for c in moved["comments"]] == [made]
    assert moved["post"]["title"] == "New"


def test_a_post_moved_onto_an_existing_one_makes_one_thread_of_both(
    client, signed_event, make_comment, session
):
    old = make_comment("A remark below the first version.", post="old")["comment"]["id"]
    reply = make_comment("A reply on the old one.", post="old", parent_id=old)["comment"]["id"]
    held = make_comment("A fucking rude remark.", post="old")
    new = make_comment("A remark below the second version.", post="new")["comment"]["id"]
    etag = client.get("/api/v1/sites/news/posts/new/comments").headers["ETag"]

    answer = signed_event("post.updated", {"post": "old", "new_id": "new"})

    assert answer.status_code == 200
    thread = listed(client, "new")
    assert {c["id"] for c in thread["comments"]} == {old, new}
    assert [r["id"] for c in thread["comments"] for r in c["replies"]] == [reply]
    assert thread["post"]["count"] == 3
    assert listed(client, "old")["code"] == "post_moved"
    again = client.get("/api/v1/sites/news/posts/new/comments", headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert held["http"] == 202
    assert session.scalar(select(func.count()).select_from(Post)) == 1


def test_a_move_onto_a_post_with_newer_news_does_not_let_older_news_win(
    client, signed_event, clock
):
    signed_event("post.closed", {"post": "new"}, at=clock.now + timedelta(minutes=2))
    signed_event("post.updated", {"post": "old", "new_id": "new"}, at=clock.now)

    late = signed_event("post.reopened", {"post": "new"}, at=clock.now + timedelta(minutes=1))

    assert late.get_json() == {"outcome": "outdated"}
    assert listed(client, "new")["post"]["state"] == "closed"


def test_older_news_than_the_posts_last_changes_nothing(client, signed_event, clock):
    signed_event("post.closed", {"post": "story", "title": "Newer"}, at=clock.now)

    late = signed_event(
        "post.published",
        {"post": "story", "title": "Older", "state": "open"},
        at=clock.now - timedelta(seconds=1),
    )

    assert (late.status_code, late.get_json()) == (200, {"outcome": "outdated"})
    assert (listed(client)["post"]["state"], listed(client)["post"]["title"]) == ("closed", "Newer")


def test_an_event_is_applied_once_however_often_it_comes(client, signed_event):
    first = signed_event("post.closed", {"post": "story"}, id="msg_same")
    signed_event("post.reopened", {"post": "story"})

    again = signed_event("post.closed", {"post": "story"}, id="msg_same")

    assert first.get_json() == {"outcome": "applied"}
    assert (again.status_code, again.get_json()) == (200, {"outcome": "repeated"})
    assert listed(client)["post"]["state"] == "open"


def test_the_title_and_address_that_the_site_announced_are_not_a_commenters_to_change(
    client, signed_event
):
    signed_event("post.published", {"post": "story", "title": "True"})

    client.post(
        "/api/v1/sites/news/posts/story/comments",
        json={
            "author": {"name": "Eve"},
            "text": "A remark with a title of its own.",
            "post": {"title": "False", "url": "https://news.example/false"},
        },
        headers={"Origin": "https://news.example"},
    )

    assert (listed(client)["post"]["title"], listed(client)["post"]["url"]) == ("True", None)


# Comments


def test_a_comment_of_the_sites_own_form_is_judged_and_answered_like_the_public_post(
    client, signed_event, change_site
):
    change_site(settings={"block_words": ["zeppelin"]})

    clean = signed_event("comment.submitted", comment_event())
    foul = signed_event("comment.submitted", comment_event("What a fucking mess."))
    blocked = signed_event("comment.submitted", comment_event("Buy my zeppelin."))

    assert [a.status_code for a in (clean, foul, blocked)] == [201, 202, 422]
    assert clean.get_json()["edit_token"]
    assert blocked.get_json()["code"] == "comment_rejected"
    assert [c["id"] for c in listed(client)["comments"]] == [clean.get_json()["comment"]["id"]]


@pytest.mark.parametrize("text", ["A clean remark here.", "What a fucking mess.", "My zeppelin."])
def test_a_repeated_comment_event_gets_the_first_answer_and_makes_no_second_comment(
    signed_event, change_site, session, text
):
    change_site(settings={"block_words": ["zeppelin"]})

    first = signed_event("comment.submitted", comment_event(text), id="msg_same")
    again = signed_event("comment.submitted", comment_event(text), id="msg_same")

    assert again.status_code == first.status_code
    assert again.get_json() == first.get_json()
    assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_an_id_that_came_with_another_event_is_a_repetition_and_no_500(signed_event, session):
    signed_event("post.closed", {"post": "other"}, id="msg_1")
    signed_event("comment.submitted", comment_event(), id="msg_2")

    first = signed_event("comment.submitted", comment_event("Another text."), id="msg_1")
    second = signed_event("post.closed", {"post": "story"}, id="msg_2")

    assert (first.status_code, first.get_json()) == (200, {"outcome": "repeated"})
    assert (second.status_code, second.get_json()) == (200, {"outcome": "repeated"})
    assert session.scalar(select(func.count()).select_from(Comment)) == 1


# Authors


def test_a_banned_author_is_refused_by_id_and_by_email(client, signed_event, make_comment):
    signed_event("author.banned", {"author": {"id": "u1"}, "reason": "Spam"})
    signed_event("author.banned", {"author": {"email": "Eve@Mail.Example"}})

    by_id = signed_event("comment.submitted", comment_event(author={"name": "U", "id": "u1"}))
    by_email = make_comment("Hello again, everybody.", author={"email": "eve@mail.example"})
    other = make_comment("I am somebody else.", author={"email": "ada@mail.example"})

    assert (by_id.status_code, by_id.get_json()["reason"]) == (422, "author_banned")
    assert (by_email["http"], by_email["reason"]) == (422, "author_banned")
    assert other["http"] == 201


def test_a_ban_ends_at_its_end_date(signed_event, make_comment, clock):
    until = (clock.now + timedelta(hours=1)).isoformat()
    signed_event("author.banned", {"author": {"email": "eve@mail.example"}, "until": until})
    author = {"email": "eve@mail.example"}

    before = make_comment("Still banned, I suppose.", author=author)
    clock.advance(minutes=61)
    after = make_comment("Back again after an hour.", author=author)

    assert (before["http"], after["http"]) == (422, 201)


def test_a_second_ban_replaces_the_first(signed_event, make_comment, clock):
    author = {"email": "eve@mail.example"}
    signed_event("author.banned", {"author": author})
    until = (clock.now - timedelta(seconds=1)).isoformat()

    signed_event("author.banned", {"author": author, "until": until})

    assert make_comment("Free to speak again.", author=author)["http"] == 201


def test_one_sites_ban_and_events_are_not_anothers(app, signed_event, client, clock):
    with app.app_context():
        changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        db.session.remove()
    signed_event("author.banned", {"author": {"email": "eve@mail.example"}})

    answer = client.post(
        "/api/v1/sites/other/posts/story/comments",
        json={
            "author": {"name": "Eve", "email": "eve@mail.example"},
            "text": "Not banned on this site.",
        },
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("first", ["news", "other"])
def test_an_author_hears_only_of_the_ban_of_the_site_they_write_on(
    app, session, client, make_comment, clock, first
):
    changes.add(session, "other", title="", origins=[], now=clock.now)
    key = app_state(app).signing.author_key("email", "eve@mail.example")
    for name in (first, "news" if first == "other" else "other"):
        reason = f"A reason of {name}."
        there = registry.find(session, name).id
        session.add(Ban(site_id=there, author_key=key, reason=reason, created_at=clock.now))
        session.commit()

    refused = make_comment("Hello again.", author={"email": "eve@mail.example"})

    assert refused["ban"] == {"reason": "A reason of news.", "until": None}
