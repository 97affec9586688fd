"""Moderators answer readers: published at once, with a badge, as their own decision."""

import pytest

from moderation.services.accounts import authentication
from moderation.web.database import db

FOUL = "That is bullshit, and everybody on this street knows it."


@pytest.fixture
def ann(app, site, clock):
    """The way to call the review API as a moderator with a name for readers."""

    def make(display_name="Ann Reed"):
        with app.app_context():
            authentication.add_moderator(
                db.session(),
                "ann",
                "a long enough password",
                role="moderator",
                display_name=display_name,
                now=clock.now,
            )
            cookie = authentication.log_in(
                db.session(), "ann", "a long enough password", now=clock.now
            )
            _, console = authentication.reviewer_of_session(db.session(), cookie, now=clock.now)
            csrf = console.csrf_token
            db.session.remove()

        def call(method, path, body=None, **headers):
            return app.test_client(use_cookies=False).open(
                f"/api/v1/review{path}",
                method=method,
                json=body,
                headers={"Cookie": f"moderation_session={cookie}", "X-CSRF-Token": csrf, **headers},
            )

        return call

    return make


def thread(client):
    return client.get("/api/v1/sites/news/posts/story/comments").get_json()


def test_an_answer_is_public_at_once_with_a_badge_and_its_decision(
    ann, client, make_comment, session
):
    asked = make_comment("When does the market open?")["comment"]["id"]

    made = ann()("POST", f"/comments/{asked}/replies", {"text": "At *seven*."})

    assert made.status_code == 201
    (comment,) = thread(client)["comments"]
    (reply,) = comment["replies"]
    assert (reply["author"], reply["html"]) == (
        {"name": "Ann Reed", "staff": True},
        "<p>At <em>seven</em>.</p>",
    )
    assert thread(client)["post"]["count"] == 2
    (decision,) = made.get_json()["decisions"]
    assert (decision["by"], decision["outcome"]) == (
        {"kind": "moderator", "name": "ann"},
        "approve",
    )


def test_the_same_answer_sent_twice_is_one(ann, client, make_comment):
    asked = make_comment("When does the market open?")["comment"]["id"]
    call = ann()

    sent = [
        call("POST", f"/comments/{asked}/replies", {"text": "At seven."}, **{"Idempotency-Key": k})
        for k in ('"a"', '"a"', '"b"')
    ]

    ids = [answer.get_json()["comment"]["id"] for answer in sent]
    assert (ids[0] == ids[1], ids[1] == ids[2]) == (True, False)
    assert len(thread(client)["comments"][0]["replies"]) == 2
    changed = call(
        "POST", f"/comments/{asked}/replies", {"text": "At six."}, **{"Idempotency-Key": '"a"'}
    )
    assert changed.get_json()["code"] == "idempotency_key_reused"


def test_invisible_comments_cannot_be_answered(ann, client, make_comment):
    held = make_comment(FOUL)["comment"]["id"]

    refused = ann()("POST", f"/comments/{held}/replies", {"text": "Please stay polite."})

    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
    assert thread(client)["comments"] == []


def test_an_answer_needs_a_name_and_a_person(ann, client, make_comment, reviewing):
    asked = make_comment("When does the market open?")["comment"]["id"]
    path = f"/comments/{asked}/replies"

    nameless = ann("")("POST", path, {"text": "At seven."})
    token = client.post(f"/api/v1/review{path}", json={"text": "At seven."}, headers=reviewing)

    assert (nameless.status_code, "account" in nameless.get_json()["detail"]) == (422, True)
    assert token.status_code == 403
    assert thread(client)["post"]["count"] == 1


def test_an_answer_can_be_taken_back_by_a_decision(ann, client, make_comment):
    asked = make_comment("When does the market open?")["comment"]["id"]
    call = ann()
    reply = call("POST", f"/comments/{asked}/replies", {"text": "At seven."}).get_json()

    call("POST", f"/comments/{reply['comment']['id']}/decisions", {"outcome": "reject"})

    assert thread(client)["comments"][0]["replies"] == []
