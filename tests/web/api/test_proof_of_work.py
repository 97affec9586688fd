"""Proof of work: the work that a post requires, and the senders that need none."""

import re
from datetime import timedelta
from hashlib import sha256
from itertools import count
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from moderation.services.comments.proof_of_work import LIFE, required_bits
from moderation.storage.models.posts import Post
from tests.conftest import one_store

PATH = "/api/v1/sites/news/posts/story"
BITS = 8


@pytest.fixture
def app(make_app):
    """An application with limits: switched off, they take the proof of work with them."""
    return make_app(ratelimit_enabled=True, ratelimit_submit="1000 per minute", post_burst=1000)


@pytest.fixture
def asking(change_site):
    """The site asks every comment for work."""
    change_site(settings={"work_bits": BITS, "work_when": "always"})


def form(client, post="story"):
    return client.get(f"/api/v1/sites/news/posts/{post}/form").get_json()


def solve(work):
    for nonce in map(str, count()):
        found = sha256(f"{work['challenge']}.{nonce}".encode()).digest()
        if int.from_bytes(found) >> (256 - work["bits"]) == 0:
            return {"challenge": work["challenge"], "nonce": nonce}
    raise AssertionError


def unsolved(work):
    for nonce in map(str, count()):
        if sha256(f"{work['challenge']}.{nonce}".encode()).digest()[0]:
            return {"challenge": work["challenge"], "nonce": nonce}
    raise AssertionError


def test_no_post_asks_for_work_unless_its_site_wants_it(client, make_comment):
    assert form(client)["work"] is None
    assert make_comment()["http"] == 201


def test_a_comment_without_work_gets_a_puzzle_and_is_stored_nowhere(asking, client, make_comment):
    refused = make_comment()

    assert (refused["http"], refused["code"]) == (428, "work_required")
    assert refused["work"]["bits"] == BITS
    assert str(BITS) in refused["detail"]
    assert client.get(f"{PATH}/comments").get_json()["post"]["count"] == 0
    assert make_comment(form={"work": solve(refused["work"])})["http"] == 201


def test_the_forms_own_challenge_is_enough(asking, client, make_comment):
    done = solve(form(client)["work"])

    assert make_comment(form={"work": done})["http"] == 201


def forged(work):
    last = work["challenge"][-1]
    return solve({**work, "challenge": work["challenge"][:-1] + ("1" if last == "0" else "0")})


def made_easier(work):
    return solve({"challenge": work["challenge"].replace(f".{BITS}.", ".1."), "bits": BITS})


def nonsense(work):
    return {"challenge": "x", "nonce": "0"}


@one_store
@pytest.mark.parametrize("spoil", [unsolved, forged, made_easier, nonsense])
def test_work_that_was_not_done_is_refused(asking, client, make_comment, spoil):
    refused = make_comment(form={"work": spoil(form(client)["work"])})

    assert (refused["http"], refused["code"]) == (428, "work_required")


def test_a_challenge_is_good_for_one_comment(asking, client, make_comment):
    done = solve(form(client)["work"])

    first = make_comment("The first of two.", form={"work": done})
    second = make_comment("The second of two.", form={"work": done})

    assert (first["http"], second["http"], second["code"]) == (201, 428, "work_required")
    listed = client.get(f"{PATH}/comments").get_json()["comments"]
    assert [comment["text"] for comment in listed] == ["The first of two."]


def test_a_repetition_of_the_same_request_needs_no_new_work(asking, client):
    body = {
        "author": {"name": "Ada"},
        "text": "Once.",
        "form": {"work": solve(form(client)["work"])},
    }
    headers = {"Idempotency-Key": "a"}

    first = client.post(f"{PATH}/comments", json=body, headers=headers)
    again = client.post(f"{PATH}/comments", json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["comment"]["id"] == again.get_json()["comment"]["id"]


def test_a_challenge_of_another_post_and_an_old_one_are_refused(
    asking, client, make_comment, clock
):
    elsewhere = solve(form(client, "other")["work"])
    old = solve(form(client)["work"])
    assert make_comment(form={"work": elsewhere})["http"] == 428

    clock.advance(seconds=LIFE.total_seconds() + 1)

    assert make_comment(form={"work": old})["http"] == 428


def test_work_done_before_the_site_asked_for_more_is_not_enough(
    asking, client, make_comment, change_site
):
    done = solve(form(client)["work"])
    change_site(settings={"work_bits": BITS + 1})

    assert make_comment(form={"work": done})["http"] == 428


def test_a_malformed_proof_is_named(asking, make_comment):
    refused = make_comment(form={"work": {"challenge": "é", "nonce": ""}})

    assert refused["http"] == 422
    assert {tuple(error["pointer"].split("/")) for error in refused["errors"]} == {
        ("#", "form", "work", "challenge"),
        ("#", "form", "work", "nonce"),
    }


def test_comments_signed_by_the_site_need_no_work(asking, signed_event):
    data = {"post": "story", "author": {"name": "Ada"}, "text": "Handed in by the site."}

    answer = signed_event("comment.submitted", data)

    assert answer.status_code == 201
    assert answer.get_json()["comment"]["status"] == "approved"


def test_the_page_without_scripts_holds_instead_of_refusing(asking, client, clock):
    def post(**fields):
        typed = {"name": "Ada", "text": "Typed by hand.", **fields}
        return client.post(
            "/embed/news/story",
            data=urlencode(typed),
            content_type="application/x-www-form-urlencoded",
        )

    token = re.search(r'name="token" value="([^"]+)"', post().text)[1]
    clock.advance(seconds=5)
    sent = post(token=token)

    assert sent.status_code == 202
    assert client.get(f"{PATH}/comments").get_json()["comments"] == []


def test_a_post_asks_for_work_while_it_is_flooded_and_no_longer(
    change_site, client, make_comment, session, clock
):
    change_site(settings={"work_bits": BITS})
    make_comment("Before the flood.")
    assert form(client)["work"] is None

    session.execute(update(Post).values(flooded_until=clock.now + timedelta(minutes=10)))
    session.commit()
    asked, refused = form(client)["work"], make_comment("In the flood.")
    clock.advance(minutes=11)

    assert asked["bits"] == BITS
    assert refused["http"] == 428
    assert form(client)["work"] is None
    assert make_comment("After the flood.")["http"] == 201


@pytest.mark.parametrize(
    ("settings", "flooded_for", "bits"),
    [
        ({}, 60, 0),
        ({"work_bits": 16}, None, 0),
        ({"work_bits": 16}, -1, 0),
        ({"work_bits": 16}, 60, 16),
        ({"work_bits": 16, "work_when": "flooded"}, 0, 0),
        ({"work_bits": 16, "work_when": "always"}, None, 16),
    ],
)
def test_work_is_asked_for_while_a_post_is_flooded_or_always(clock, settings, flooded_for, bits):
    site = SimpleNamespace(settings=settings)
    until = None if flooded_for is None else clock.now + timedelta(seconds=flooded_for)

    assert required_bits(site, SimpleNamespace(flooded_until=until), clock.now) == bits
    assert required_bits(site, None, clock.now) == (
        bits if "work_when" in settings and flooded_for is None else 0
    )
