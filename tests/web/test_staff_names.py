"""Names of staff are theirs, and their comments have a badge wherever they are shown."""

import pytest
from sqlalchemy import event

from moderation.domain.roles import Role
from moderation.services import accounts, sites
from moderation.storage import db


@pytest.fixture
def ann(app, site, clock):
    with app.app_context():
        made = accounts.add_moderator(
            db.session(),
            "ann",
            "a long enough password",
            role=None,
            on_sites={site.id: Role.MODERATOR},
            display_name="Ann Reed",
            now=clock.now,
        )
        db.session.remove()
    return made


@pytest.fixture
def call(client, reviewing):
    def send(method, path, body=None):
        return client.open(
            f"/api/v1/review{path}", method=method, json=body, headers=reviewing
        ).get_json()

    return send


def test_a_guest_under_a_moderators_name_waits_and_is_told_apart_from_nobody(
    ann, make_comment, call
):
    held = make_comment(name="Αnn Rееd")
    other = make_comment("Another quiet remark.", name="Ann Weed")

    assert (held["http"], other["http"]) == (202, 201)
    assert "reason" not in held
    item = call("GET", f"/comments/{held['comment']['id']}")
    assert item["because"].startswith("Held because its author's name is reserved for staff")
    assert "Ann Reed" in item["reasons"][0]["explanation"]


def test_a_name_is_free_again_when_its_moderator_goes_or_changes_it(ann, make_comment, call):
    call("PATCH", f"/moderators/{ann.id}", {"display_name": "Ann of the News"})
    assert make_comment("One.", name="Ann Reed")["http"] == 201
    assert make_comment("Two.", name="Ann of the News")["http"] == 202

    call("PATCH", f"/moderators/{ann.id}", {"disabled": True})
    assert make_comment("Three.", name="Ann of the News")["http"] == 201
    call("PATCH", f"/moderators/{ann.id}", {"disabled": False})
    assert make_comment("Four.", name="Ann of the News")["http"] == 202

    call("DELETE", f"/moderators/{ann.id}")
    assert make_comment("Five.", name="Ann of the News")["http"] == 201


def test_a_name_is_reserved_where_its_moderator_has_a_say(ann, app, client, clock, call):
    with app.app_context():
        sites.add(db.session(), "other", title="", origins=[], now=clock.now)
        db.session.remove()
    body = {"author": {"name": "Ann Reed"}, "text": "A quiet remark."}
    path = "/api/v1/sites/other/posts/story/comments"
    assert client.post(path, json=body).status_code == 201

    call("PUT", f"/moderators/{ann.id}/sites/other", {"role": "senior"})

    assert client.post(path, json={**body, "text": "Another remark."}).status_code == 202


def test_a_site_reserves_names_of_its_own_people(change_site, make_comment):
    change_site(settings={"reserved_names": ["The Editors"]})

    assert make_comment(name="the  ed1tors")["http"] == 202


def test_judging_a_name_asks_the_store_nothing_more(ann, app, make_comment):
    make_comment("The first one makes the post.")
    counts = []
    for name in ("Ann Reed", "Bo"):
        asked = []
        with app.app_context():
            listen = lambda *_, asked=asked: asked.append(1)  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", listen)
            make_comment(f"A remark of {name}.", name=name)
            event.remove(db.engine, "before_cursor_execute", listen)
        counts.append(len(asked))

    # What is published is counted with its post and parent; what waits is not.
    assert counts[0] <= counts[1]


@pytest.fixture
def submitted(signed_event):
    def send(text="We have corrected the article.", **author):
        who = {"name": "Ann Reed", "id": "u1", **author}
        return signed_event("comment.submitted", {"post": "story", "author": who, "text": text})

    return send


def test_the_main_site_vouches_for_its_people_and_readers_see_a_badge(
    ann, submitted, client, make_comment
):
    published = submitted(staff=True)
    refused = submitted("We have not.", staff=False)
    make_comment("A guest's remark.", name="Bo")

    assert (published.status_code, refused.status_code) == (201, 202)
    assert published.get_json()["comment"]["author"] == {"name": "Ann Reed", "staff": True}
    path = "/api/v1/sites/news/posts/story/comments"
    ready = client.get(path).get_json()["comments"]
    built = client.get(f"{path}?limit=50").get_json()["comments"]
    assert ready == built
    assert {c["author"]["name"]: c["author"]["staff"] for c in ready} == {
        "Ann Reed": True,
        "Bo": False,
    }


def test_nobody_else_can_claim_to_be_staff(client, site, submitted):
    body = {"author": {"name": "Eve", "staff": True}, "text": "Trust me."}
    path = "/api/v1/sites/news/posts/story/comments"

    assert client.post(path, json=body).status_code == 422
    assert submitted(staff="yes").status_code == 422
