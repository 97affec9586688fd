"""Names of staff are theirs, and their comments have a badge wherever they are shown."""

import threading

import pytest
from sqlalchemy import event

from moderation.domain.errors import AlreadyExists
from moderation.domain.roles import Reach, Role
from moderation.services.accounts import administration, authentication
from moderation.services.accounts.authentication import Reviewer
from moderation.services.sites import changes
from moderation.web.database import db
from tests.conftest import one_store

PASSWORD = "a long enough password"


@pytest.fixture
def ann(app, site, clock):
    with app.app_context():
        made = authentication.add_moderator(
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


def test_a_guest_under_a_moderators_name_is_held(ann, make_comment, call):
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


def test_a_name_is_reserved_on_the_sites_of_its_moderator(ann, app, client, clock, call):
    with app.app_context():
        changes.add(db.session(), "other", title="", origins=[], now=clock.now)
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

    # Published comments are counted with their post and parent; held ones are not.
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


def test_only_staff_can_have_the_staff_badge(client, site, submitted):
    body = {"author": {"name": "Eve", "staff": True}, "text": "Trust me."}
    path = "/api/v1/sites/news/posts/story/comments"

    assert client.post(path, json=body).status_code == 422
    assert submitted(staff="yes").status_code == 422


@pytest.mark.parametrize(
    "name", ["Moderator", "The Moderator", "admin", "M0derator", "Редакция", "管理者", "The News"]
)
@pytest.mark.usefixtures("client")
@one_store
def test_words_for_staff_and_the_sites_title_hold_a_guest_by_default(make_comment, name):
    assert make_comment(name=name)["http"] == 202
    assert make_comment("Another remark.", name=f"{name}ska Bowles")["http"] == 201


def test_a_login_holds_a_guest_until_the_account_is_gone(ann, make_comment, call):
    held = make_comment("One.", name="Αnn")
    free = make_comment("Two.", name="Annika")
    call("DELETE", f"/moderators/{ann.id}")

    assert (held["http"], free["http"]) == (202, 201)
    assert make_comment("Three.", name="Ann")["http"] == 201


@one_store
def test_a_site_lets_guests_use_names_that_are_reserved_by_default(ann, change_site, make_comment):
    change_site(settings={"allow_names": ["support", "Ann"]})
    shortened = [make_comment(f"{n}.", name=n)["http"] for n in ("Support", "ann", "Editor")]
    change_site(settings={"allow_staff_names": True})

    assert shortened == [201, 201, 202]
    assert make_comment("Last.", name="Editor")["http"] == 201
    assert make_comment("A namesake.", name="Ann Reed")["http"] == 202


@one_store
def test_signed_staff_write_under_the_sites_own_name(submitted):
    assert submitted(name="The News", staff=True).status_code == 201
    assert submitted("Another.", name="The News", staff=False).status_code == 202


ALIKE = [
    {"login": "Ann"},
    {"login": "аnn"},
    {"login": "annreed"},
    {"login": "bo", "display_name": "Ann Reed"},
    {"login": "bo", "display_name": "ann R33d"},
    {"login": "bo", "display_name": "Reed, Ann"},
    {"login": "bo", "display_name": "Ann\u200b Reed"},
    {"login": "bo", "display_name": "ANN"},
]


@pytest.mark.parametrize("person", ALIKE)
@one_store
def test_no_moderator_is_added_under_a_name_like_anothers(ann, client, reviewing, person):
    answer = client.post(
        "/api/v1/review/moderators", json={**person, "role": "moderator"}, headers=reviewing
    )

    assert (answer.status_code, answer.get_json()["code"]) == (409, "already_exists")


def test_a_moderator_with_another_name_is_added(ann, call):
    made = call(
        "POST", "/moderators", {"login": "anna", "display_name": "Anna Reid", "role": "admin"}
    )

    assert made["display_name"] == "Anna Reid"


def test_an_account_is_not_enabled_while_another_has_its_name(ann, call):
    call("PATCH", f"/moderators/{ann.id}", {"disabled": True})
    bo = call("POST", "/moderators", {"login": "bo", "display_name": "Ann Reed", "role": "senior"})

    refused = call("PATCH", f"/moderators/{ann.id}", {"disabled": False})
    call("PATCH", f"/moderators/{bo['id']}", {"display_name": "Bo Reed"})
    enabled = call("PATCH", f"/moderators/{ann.id}", {"disabled": False})

    assert (refused["status"], refused["code"]) == (409, "already_exists")
    assert enabled["disabled_at"] is None


def at_once(app, works):
    """Run each in a thread and an application context of its own; return how many got their way."""
    start = threading.Barrier(len(works))
    done = []

    def run(work):
        with app.app_context():
            start.wait()
            try:
                work()
                done.append(work)
            except AlreadyExists:
                db.session.rollback()
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


def add(login, name, clock):
    return authentication.add_moderator(
        db.session(), login, PASSWORD, role=Role.MODERATOR, display_name=name, now=clock.now
    )


def test_of_accounts_that_are_added_under_one_name_at_the_same_time_one_is_made(app, clock):
    assert (
        at_once(app, [lambda: add("a1", "Bo Reed", clock), lambda: add("b2", "Bo Reed", clock)])
        == 1
    )


def test_of_accounts_that_take_one_name_at_the_same_time_one_gets_it(app, clock):
    with app.app_context():
        people = [add(login, "", clock).id for login in ("a1", "b2", "c3", "d4")]
        db.session.remove()
    admin = Reviewer("root", frozenset({"review", "admin"}), reach=Reach(Role.ADMIN))

    def take(id):
        return lambda: administration.change(
            db.session(), admin, id, now=clock.now, display_name="Bo Reed"
        )

    assert at_once(app, list(map(take, people))) == 1
