"""Escalated comments are decided by seniors and admins of their site alone, on every way."""

from uuid import UUID

import pytest

from moderation.domain.roles import Role
from moderation.domain.status import Outcome
from moderation.services.accounts import authentication, mail_preferences
from moderation.services.accounts.mail_schedule import MailFrequency
from moderation.services.notifications import signed_links
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.comments import Comment
from moderation.web.database import db
from moderation.web.state import app_state
from tests.working import turn

FOUL = "That is bullshit, and everybody on this street knows it. Part {}."
PASSWORD = "a long enough password"
PEOPLE = {"mia": "moderator", "leo": "moderator", "sam": "senior", "ada": "admin"}


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example")


@pytest.fixture
def people(app, site, clock, browser):
    """Ways to ask for each of PEOPLE, and for a senior of another site."""

    def logged_in(login, role, on_sites=None):
        with app.app_context():
            authentication.add_moderator(
                db.session(), login, PASSWORD, role=role, on_sites=on_sites, now=clock.now
            )
            db.session.remove()
        made = browser()
        assert made.log_in(login).status_code == 303
        return made.ask

    asked = {login: logged_in(login, role) for login, role in PEOPLE.items()}
    asked["here"] = logged_in("here", None, {site.id: Role.SENIOR})
    return asked


@pytest.fixture
def held(make_comment, floods_pass):
    def make(number=1):
        made = make_comment(FOUL.format(number), author={"email": "bo@mail.example"})
        assert made["http"] == 202
        return made

    return make


@pytest.fixture
def escalated(people, held):
    def make(number=1, by="mia"):
        made = held(number)
        path = f"/comments/{made['comment']['id']}/decisions"
        decision = people[by]("POST", path, {"outcome": "escalate"})
        assert decision.status_code == 201
        return {**made, "id": made["comment"]["id"], "decision": decision.get_json()["id"]}

    return make


def status_of(people, id):
    return people["ada"]("GET", f"/comments/{id}").get_json()["comment"]["status"]


@pytest.mark.parametrize("who", ["mia", "leo"])
@pytest.mark.parametrize("outcome", ["approve", "reject", "spam"])
def test_a_moderator_decides_nothing_that_was_escalated(people, escalated, who, outcome):
    one = escalated()

    answer = people[who]("POST", f"/comments/{one['id']}/decisions", {"outcome": outcome})

    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    assert "senior" in answer.get_json()["detail"]
    assert status_of(people, one["id"]) == "held"


@pytest.mark.parametrize("who", ["sam", "ada", "here"])
def test_seniors_and_admins_decide_escalated_comments(people, escalated, who):
    one = escalated()

    seen = people[who]("GET", f"/comments/{one['id']}").get_json()
    answer = people[who]("POST", f"/comments/{one['id']}/decisions", {"outcome": "approve"})

    assert seen["may_decide"] is True
    assert answer.status_code == 201
    assert status_of(people, one["id"]) == "approved"


def test_a_moderator_sees_escalated_comments_without_their_decisions(people, escalated, held):
    one, other = escalated(1), held(2)["comment"]["id"]
    mia = people["mia"]

    queue = mia("GET", "/queue?queue=escalated").get_json()
    counted = mia("GET", "/counts").get_json()["queues"]["escalated"]["count"]
    both = {i["comment"]["id"]: i["may_decide"] for i in mia("GET", "/queue").get_json()["items"]}

    assert [(i["comment"]["id"], i["may_decide"]) for i in queue["items"]] == [(one["id"], False)]
    assert counted == 1
    assert both == {one["id"]: False, other: True}


def test_no_batch_of_a_moderator_decides_escalated_comments(people, escalated, held):
    one, other = escalated(1), held(2)["comment"]["id"]
    key = people["ada"]("GET", f"/comments/{other}").get_json()["comment"]["author"]["key"]
    mia = people["mia"]

    named = mia("POST", "/bulk", {"ids": [one["id"]], "outcome": "approve"}).get_json()
    found = mia("POST", "/bulk", {"query": {"queue": "escalated"}, "outcome": "spam"}).get_json()
    banned = mia("PUT", f"/sites/news/authors/{key}/ban", {"reject_waiting": True}).get_json()

    assert [r["error"] for r in (*named["results"], *found["results"])] == ["forbidden"] * 2
    results = {r["comment_id"]: r["error"] for r in banned["batch"]["results"]}
    assert results == {one["id"]: "forbidden", other: None}
    assert status_of(people, one["id"]) == "held"


def test_a_moderator_neither_claims_nor_redacts_an_escalated_comment(people, escalated):
    one = escalated()
    mia = people["mia"]
    version = mia("GET", f"/comments/{one['id']}").get_json()["version"]

    answers = [
        mia("POST", f"/comments/{one['id']}/claim", {}),
        mia("POST", f"/comments/{one['id']}/redact", {"version": version, "spans": [[0, 4]]}),
        mia("POST", f"/comments/{one['id']}/replies", {"text": "A word from us."}),
        people["sam"]("POST", f"/comments/{one['id']}/claim", {}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 422, 200]


def test_only_the_moderator_who_escalated_by_mistake_takes_it_back(people, escalated):
    one, two, three = escalated(1), escalated(2), escalated(3)
    people["sam"]("POST", f"/comments/{three['id']}/claim", {})

    own = people["mia"]("DELETE", f"/decisions/{one['decision']}")
    others = people["leo"]("DELETE", f"/decisions/{two['decision']}")
    looked_at = people["mia"]("DELETE", f"/decisions/{three['decision']}")

    assert [a.status_code for a in (own, others, looked_at)] == [200, 403, 409]
    assert looked_at.get_json()["code"] == "claimed"
    found = people["leo"]("GET", "/queue?queue=escalated").get_json()["items"]
    assert {i["comment"]["id"] for i in found} == {two["id"], three["id"]}


def test_undoing_a_seniors_decision_needs_a_senior(people, escalated):
    one = escalated()
    path = f"/comments/{one['id']}/decisions"
    approved = people["sam"]("POST", path, {"outcome": "approve"}).get_json()["id"]

    undone = people["sam"]("DELETE", f"/decisions/{approved}")
    again = people["mia"]("POST", path, {"outcome": "approve"})

    assert [undone.status_code, again.status_code] == [200, 403]


def test_an_edit_publishes_nothing_that_waits_for_a_senior(client, people, escalated):
    one = escalated()

    edited = client.patch(
        f"/api/v1/comments/{one['id']}",
        json={"text": "A quiet and friendly remark."},
        headers={"X-Edit-Token": one["edit_token"]},
    )

    assert edited.status_code == 202
    answer = people["mia"]("POST", f"/comments/{one['id']}/decisions", {"outcome": "approve"})
    assert answer.status_code == 403


def test_a_new_text_after_a_seniors_decision_begins_in_the_ordinary_queue(
    client, people, escalated
):
    one = escalated()
    path = f"/comments/{one['id']}/decisions"
    people["sam"]("POST", path, {"outcome": "approve"})

    client.patch(
        f"/api/v1/comments/{one['id']}",
        json={"text": FOUL.format(9)},
        headers={"X-Edit-Token": one["edit_token"]},
    )

    assert people["mia"]("POST", path, {"outcome": "reject"}).status_code == 201


def test_mail_of_a_moderator_neither_lists_nor_decides_escalated_comments(
    app, session, client, people, escalated, held, clock
):
    for login in ("leo", "sam"):
        person = session.query(Moderator).filter_by(login=login).one()
        person.email, person.email_confirmed_at = f"{login}@news.example", clock.now
        mail_preferences.change_preferences(
            session, person, now=clock.now, often=MailFrequency.HOURLY
        )
    session.commit()
    one = escalated(1)
    held(2)
    sent = []
    for _ in range(2):
        clock.advance(seconds=3700)
        turn(app, "w", send=None, post=sent.append, clock=clock)

    texts = {m["To"]: m.get_body(("plain",)).get_content() for m in sent}
    runtime = app_state(app).signing
    with app.app_context():
        leo = db.session.query(Moderator).filter_by(login="leo").one()
        comment = db.session.get(Comment, UUID(one["id"]))
        link = signed_links.decision_link(runtime, leo, comment, Outcome.APPROVE, now=clock.now)
        db.session.remove()
    answers = [client.get(f"/review/mail/{link}"), client.post(f"/review/mail/{link}")]

    assert {name: ("Part 1" in text, "Part 2" in text) for name, text in texts.items()} == {
        "leo@news.example": (False, True),
        "sam@news.example": (True, True),
    }
    assert [answer.status_code for answer in answers] == [403, 403]
    session.rollback()
    assert session.get_one(Comment, UUID(one["id"])).status == "held"
