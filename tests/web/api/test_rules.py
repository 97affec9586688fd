"""Rules of posts over HTTP: set by people and by the site, shown to commenters and readers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.services.accounts import api_tokens
from moderation.storage.models.decisions import AuditEntry
from moderation.web.database import db
from tests.conftest import one_store

POST = "/api/v1/review/sites/news/posts/story/rules"
SITE = "/api/v1/review/sites/news/rules"


@pytest.fixture
def set_post(client, reviewing):
    def change(post="story", **rules):
        answer = client.patch(POST.replace("story", post), json=rules, headers=reviewing)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return change


@pytest.fixture
def set_site(client, reviewing):
    def change(**rules):
        answer = client.patch(SITE, json=rules, headers=reviewing)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return change


@pytest.fixture
def thread(client):
    """The post as readers get it, ready-made and from Flask: the same."""

    def read(post="story"):
        path = f"/api/v1/sites/news/posts/{post}/comments"
        hot, flask = client.get(path), client.get(f"{path}?limit=50&sort=newest")
        assert hot.get_data() == flask.get_data()
        return hot.get_json()

    return read


def test_a_closed_post_shows_since_when(make_comment, set_post, thread, clock):
    make_comment()
    set_post(state="closed")

    refused = make_comment()

    assert (refused["http"], refused["code"]) == (409, "post_closed")
    assert refused["closed"] == {"because": "closed", "since": clock.now.isoformat()}
    assert thread()["post"]["state"] == "closed"


def test_a_post_can_be_closed_before_its_first_comment(make_comment, set_post):
    set_post(state="closed", post="unseen")

    assert make_comment(post="unseen")["code"] == "post_closed"


def test_a_post_closes_by_its_age_and_shows_readers_when(make_comment, set_site, thread, clock):
    set_site(close_after_days=7)
    make_comment()
    closes_at = (clock.now + timedelta(days=7)).isoformat().replace("+00:00", "Z")

    assert thread()["post"]["closes_at"] == closes_at
    clock.advance(days=7, seconds=-1)
    assert make_comment("Still in time for this one.")["http"] == 201
    clock.advance(seconds=1)
    refused = make_comment("Too late for this one.")
    assert refused["code"] == "post_closed"
    assert refused["closed"]["because"] == "age"


def test_age_counts_from_the_day_the_site_named(make_comment, set_site, signed_event, clock):
    set_site(close_after_days=7)
    old = (clock.now - timedelta(days=8)).isoformat()
    signed_event("post.published", {"post": "story", "published_at": old})

    assert make_comment()["closed"]["because"] == "age"

    signed_event("post.reopened", {"post": "story"}, at=clock.advance(seconds=1))
    assert make_comment()["http"] == 201


def test_slow_mode_makes_one_author_wait(make_comment, set_post, thread, clock):
    set_post(slow_seconds=60)
    assert make_comment("The first thing to say.", author={"email": "a@example.org"})["http"] == 201

    clock.advance(seconds=20)
    refused = make_comment("And another thing.", author={"email": "A@example.org"})

    assert (refused["http"], refused["code"]) == (429, "slow_mode")
    assert make_comment("Somebody else's remark.", author={"email": "b@example.org"})["http"] == 201
    assert make_comment("Elsewhere.", post="b", author={"email": "a@example.org"})["http"] == 201
    clock.advance(seconds=40)
    assert make_comment("And another thing.", author={"email": "a@example.org"})["http"] == 201
    assert thread()["post"]["slow_seconds"] == 60


def test_slow_mode_gives_the_seconds_to_wait(client, set_post, make_comment, clock):
    set_post(slow_seconds=60)
    make_comment(author={"email": "a@example.org"})
    clock.advance(seconds=20)

    answer = client.post(
        "/api/v1/sites/news/posts/story/comments",
        json={"author": {"name": "Ada", "email": "a@example.org"}, "text": "Me again."},
    )

    assert answer.headers["Retry-After"] == "40"


def test_a_section_rules_its_posts_and_a_post_goes_before_it(make_comment, set_site, set_post):
    set_site(sections=[{"prefix": "politics-", "state": "premoderated"}])

    assert make_comment("On politics.", post="politics-1")["http"] == 202
    assert make_comment("On sport.", post="sport-1")["http"] == 201
    set_post(post="politics-1", state="open")
    assert make_comment("Opened by hand.", post="politics-1")["http"] == 201
    effective = set_post(post="politics-1", state=None)["effective"]
    assert effective["state"] == "premoderated"
    assert make_comment("As the section says.", post="politics-1")["http"] == 202


def test_one_switch_holds_everything_edits_included(make_comment, set_site, set_post, client):
    set_post(state="open")
    made = make_comment("Written before the switch.")
    set_site(hold_everything=True)

    assert make_comment("Written behind it.")["http"] == 202
    edited = client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": "Changed behind it."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    assert edited.status_code == 202
    set_site(hold_everything=None)
    assert make_comment("And off again.")["http"] == 201


def test_stricter_thresholds_hold_until_their_end(make_comment, set_post, clock):
    text = "READ THIS NOW EVERYBODY PLEASE READ"
    assert make_comment(text, name="Ann")["http"] == 201
    until = (clock.now + timedelta(hours=1)).isoformat()
    set_post(strict_thresholds={"spam": 0.01}, strict_until=until)

    assert make_comment(f"{text} AGAIN", name="Ben")["http"] == 202
    clock.advance(hours=1)
    assert make_comment(f"{text} ONCE MORE", name="Cleo")["http"] == 201


def test_the_site_sets_rules_by_its_webhook(signed_event, make_comment, client, reviewing, clock):
    data = {"post": "story", "rules": {"state": "premoderated", "slow_seconds": 30}}
    assert signed_event("post.updated", data).status_code == 200

    assert make_comment()["http"] == 202
    found = client.get(POST, headers=reviewing).get_json()
    assert (found["rules"]["state"], found["rules"]["slow_seconds"]) == ("premoderated", 30)
    signed_event(
        "post.updated",
        {"post": "story", "rules": {"state": None, "slow_seconds": None}},
        at=clock.advance(minutes=1),
    )
    assert client.get(POST, headers=reviewing).get_json()["effective"]["state"] == "open"
    wrong = signed_event("post.updated", {"post": "story", "rules": {"slow_seconds": "often"}})
    assert wrong.status_code == 422
    assert wrong.get_json()["errors"][0]["pointer"] == "#/data/rules/slow_seconds"


def test_rules_are_not_changed_by_who_has_read_older_ones(client, reviewing, set_site):
    etag = client.get(SITE, headers=reviewing).headers["ETag"]
    set_site(slow_seconds=60)

    late = client.patch(
        SITE, json={"slow_seconds": 5}, headers={**reviewing, "If-Match": etag}
    ).get_json()

    assert (late["status"], late["code"]) == (412, "settings_changed")
    assert late["change"]["detail"]["changed"] == ["slow_seconds"]
    assert client.get(SITE, headers=reviewing).get_json()["slow_seconds"] == 60


def test_every_change_is_in_the_audit_trail(set_post, set_site, session, make_comment):
    make_comment()
    set_post(state="closed", slow_seconds=5)
    set_site(hold_everything=True)

    entries = {e.action: e for e in session.scalars(select(AuditEntry))}
    assert entries["post.rules"].detail == {"post": "story", "state": "closed", "slow_seconds": 5}
    assert entries["post.rules"].actor_name == "tests"
    assert entries["site.changed"].detail == {
        "changed": ["hold_everything"],
        "values": {"hold_everything": {"from": None, "to": True}},
    }
    assert (entries["site.changed"].actor, entries["site.changed"].actor_name) == (
        "moderator",
        "tests",
    )


@one_store
@pytest.mark.parametrize(
    "rules",
    [
        {"state": "ajar"},
        {"slow_seconds": -1},
        {"slow_seconds": 1.5},
        {"close_after_days": 10**9},
        {"strict_thresholds": {"nose": 0.5}},
        {"strict_thresholds": {"spam": 2}},
        {"strict_until": "tomorrow"},
        {"strict_until": "0001-01-01T00:00:00+14:00"},
        {"sections": []},
    ],
)
def test_rules_that_make_no_sense_are_refused(client, reviewing, make_comment, rules):
    make_comment()
    before = client.get(POST, headers=reviewing).get_json()

    answer = client.patch(POST, json=rules, headers=reviewing)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "validation_failed")
    assert client.get(POST, headers=reviewing).get_json() == before


@one_store
@pytest.mark.parametrize(
    "sections", [[{}], [{"prefix": ""}], [{"prefix": "/a", "state": "removed"}], "all", [7]]
)
def test_a_section_needs_a_prefix(client, reviewing, sections):
    answer = client.patch(SITE, json={"sections": sections}, headers=reviewing)

    assert answer.status_code == 422


def test_moderators_read_rules_and_seniors_change_them(app, client, site, clock, make_comment):
    shown = make_comment()["comment"]["id"]
    with app.app_context():
        junior = api_tokens.add_token(db.session(), "junior", scopes=("review",), now=clock.now)
        db.session.remove()
    headers = {"Authorization": f"Bearer {junior}"}

    assert client.get(SITE, headers=headers).status_code == 200
    assert client.get(POST, headers=headers).status_code == 200
    for method, path in (
        ("PATCH", SITE),
        ("PATCH", POST),
        ("PUT", f"/api/v1/review/comments/{shown}/featured"),
        ("DELETE", f"/api/v1/review/comments/{shown}/featured"),
    ):
        json = {} if method == "PATCH" else None
        answer = client.open(path, method=method, json=json, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden"), path
    assert client.get(POST).status_code == 401


def test_rules_of_an_unknown_post_are_not_found(client, reviewing, site):
    answer = client.get(POST, headers=reviewing)

    assert (answer.status_code, answer.get_json()["code"]) == (404, "post_not_found")


def test_featured_comments_are_marked_for_readers(client, reviewing, make_comment, thread):
    ids = [make_comment(f"Remark number {n}.", name=f"N{n}")["comment"]["id"] for n in range(4)]
    held = make_comment("What a pile of bullshit.")["comment"]["id"]

    def feature(id, method="PUT"):
        path = f"/api/v1/review/comments/{id}/featured"
        return client.open(path, method=method, headers=reviewing).status_code

    assert feature(held) == 409
    assert [feature(id) for id in ids] == [200, 200, 200, 409]
    assert feature(ids[0]) == 200
    assert sum(comment["featured"] for comment in thread()["comments"]) == 3
    assert feature(ids[0], "DELETE") == 200
    assert feature(ids[3]) == 200
    marked = {c["id"] for c in thread()["comments"] if c["featured"]}
    assert marked == set(ids[1:])
