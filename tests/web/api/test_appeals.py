"""A refused author reads why, appeals once, and another moderator decides."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from moderation.domain.appeals import MOST_PENDING, WINDOW
from moderation.domain.roles import Role
from moderation.services.accounts import authentication
from moderation.services.sites import changes
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.jobs import OutboxMessage
from moderation.web.database import db
from tests.conftest import one_store

THREAD = "/api/v1/sites/news/posts/story/comments"
NOTE, SECRET = "an internal note about zeppelins", "zeppelin"


@pytest.fixture
def person(app, browser, clock, site):
    """Log a moderator in, and return the calls that they make."""

    def make(login, role="moderator"):
        with app.app_context():
            authentication.add_moderator(
                db.session(), login, "a long enough password", role=role, now=clock.now
            )
            db.session.remove()
        made = browser()
        assert made.log_in(login).status_code == 303
        return made.ask

    return make


@pytest.fixture
def own(client):
    """Read a comment as its author does."""

    def read(made, **headers):
        answer = client.get(
            f"/api/v1/comments/{made['comment']['id']}",
            headers={"X-Edit-Token": made["edit_token"], **headers},
        )
        return answer.get_json()

    return read


@pytest.fixture
def appeal(client):
    def send(made, text="It was about the roof.", **headers):
        return client.post(
            f"/api/v1/sites/news/comments/{made['comment']['id']}/appeals",
            json={"text": text},
            headers={"X-Edit-Token": made["edit_token"], **headers},
        )

    return send


def reject(ask, made, **fields):
    body = {"outcome": "reject", "reason": "OFFENSIVE", "note": NOTE, **fields}
    answer = ask("POST", f"/comments/{made['comment']['id']}/decisions", body)
    assert answer.status_code == 201
    return answer.get_json()


def waiting(ask):
    return ask("GET", "/appeals").get_json()["appeals"]


def test_a_refused_author_reads_the_reason_and_never_who_decided(make_comment, person, own):
    made = make_comment("A load of old roofs.")
    assert own(made)["decision"] is None

    reject(person("mia"), made)

    seen = own(made)
    decision = seen["decision"]
    assert (decision["reason"], decision["by"], decision["appeal"]) == (
        "OFFENSIVE",
        "person",
        "possible",
    )
    assert decision["sentence"] == "It is worded offensively."
    assert own(made, **{"Accept-Language": "de-AT,de;q=0.9"})["decision"]["sentence"] == (
        "Er ist anstößig formuliert."
    )
    assert decision["until"] is None
    assert not [secret for secret in (SECRET, "mia", "score") if secret in str(decision)]


def test_the_site_s_own_reason_is_chosen_shown_and_listed(
    make_comment, person, own, change_site, call
):
    sentences = {"en": "Please keep to the roof."}
    rude = {"code": "ROOF", "label": "Not about the roof", "kind": "OFF_TOPIC"}
    change_site(settings={"reasons": [{**rude, "sentences": sentences}]})
    ask = person("mia")
    listed = ask("GET", "/sites/news/reasons").get_json()
    assert [each["code"] for each in listed["reasons"]] == ["ROOF"]
    assert listed["reasons"][0]["sentence"] == sentences["en"]
    made = make_comment("A load of old roofs.")

    reject(ask, made, reason="ROOF")

    assert own(made)["decision"]["sentence"] == sentences["en"]
    # An unknown code is refused; one that the list lost since keeps a sentence.
    other = make_comment("A load of new roofs.", post="other")
    path = f"/comments/{other['comment']['id']}/decisions"
    wrong = ask("POST", path, {"outcome": "reject", "reason": "MADE_UP"})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["pointer"]) == (422, "#/reason")
    bulk = call(
        "POST", "/bulk", {"ids": [other["comment"]["id"]], "outcome": "reject", "reason": "ROOF"}
    )
    assert bulk.get_json()["results"][0]["status"] == "rejected"
    change_site(settings={"reasons": None})
    assert own(made)["decision"]["sentence"] == "It does not follow the rules of this site."


def test_an_automatic_refusal_says_so_and_can_be_appealed(
    make_comment, change_site, own, appeal, person
):
    change_site(settings={"block_words": ["zeppelin"]})

    made = make_comment("I came by zeppelin.")

    decision = made["comment"]["decision"]
    assert made["http"] == 422
    assert (decision["by"], decision["reason"], decision["appeal"]) == (
        "rule",
        "blocked_content",
        "possible",
    )
    assert SECRET not in str(decision)
    assert {**own(made)["decision"], "decided_at": 0, "appeal_until": 0} == {
        **decision,
        "decided_at": 0,
        "appeal_until": 0,
    }
    assert appeal(made).status_code == 202
    (item,) = waiting(person("mia"))
    assert (item["by_rule"], item["may_decide"], item["decision"]["by"]["name"]) == (
        True,
        True,
        "policy",
    )


def test_a_banned_author_reads_the_reason_and_the_end(
    make_comment, person, own, appeal, clock, call
):
    author = {"email": "ada@mail.example"}
    first = make_comment("A load of old roofs.", author=author)
    ask = person("mia")
    key = ask("GET", f"/comments/{first['comment']['id']}").get_json()["comment"]["author"]["key"]
    until = (clock.now + timedelta(days=3)).isoformat()
    path = f"/sites/news/authors/{key}/ban"
    ask("PUT", path, {"reason": "Three warnings.", "until": until})

    made = make_comment("Another load of roofs.", author=author)

    for decision in (made["comment"]["decision"], own(made)["decision"]):
        assert decision["sentence"] == "You cannot comment on this site at present."
        assert decision["ban_reason"] == "Three warnings."
        assert decision["until"][:16] == until[:16]
    assert appeal(made).status_code == 202
    (item,) = waiting(ask)
    assert item["ban"]["reason"] == "Three warnings."
    body = {"outcome": "overturn", "note": "A mistake.", "lift_ban": True}
    decided = call("POST", f"/appeals/{item['id']}/decisions", body)
    assert decided.get_json()["ban"] is None
    assert make_comment("A third load of roofs.", author=author)["http"] == 201


def test_another_moderator_overturns_and_the_author_reads_the_outcome(
    client, make_comment, person, own, appeal, session
):
    made = make_comment("A load of old roofs.")
    mia, tom = person("mia"), person("tom")
    first = reject(mia, made)
    sent = appeal(made)
    assert (sent.status_code, sent.get_json()["appealed"]) == (202, True)
    assert own(made)["decision"]["appeal"] == "pending"

    (seen,) = waiting(mia)
    assert (seen["own_decision"], seen["may_decide"]) == (True, False)
    (item,) = waiting(tom)
    assert (item["text"], item["decision"]["id"], item["decision"]["by"]["name"]) == (
        "It was about the roof.",
        first["id"],
        "mia",
    )
    assert (item["reason_label"], item["may_decide"]) == ("Offensive", True)
    body = {"outcome": "overturn", "note": NOTE, "answer": "You are right."}
    path = f"/appeals/{item['id']}/decisions"
    refused = mia("POST", path, body)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "own_decision")
    decided = tom("POST", path, body)
    assert (decided.status_code, decided.get_json()["state"]) == (201, "overturned")
    # Sent twice, decided once.
    assert tom("POST", path, body).status_code == 201

    assert [c["id"] for c in client.get(THREAD).get_json()["comments"]] == [made["comment"]["id"]]
    decision = own(made)["decision"]
    assert (decision["appeal"], decision["outcome"]["result"]) == ("decided", "overturn")
    assert decision["outcome"]["sentence"] == "You are right."
    assert NOTE not in str(decision)
    history = tom("GET", f"/comments/{made['comment']['id']}").get_json()["decisions"]
    assert [d["outcome"] for d in history] == ["approve", "reject", "approve"]
    assert history[-1]["by"]["name"] == "tom"
    assert waiting(tom) == []
    (done,) = tom("GET", "/appeals?state=decided").get_json()["appeals"]
    assert (done["decided_by"], done["note"], done["same_moderator"]) == ("tom", NOTE, False)
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("appeal.")).order_by("id")
    ).all()
    assert actions == ["appeal.created", "appeal.decided"]
    events = session.execute(
        select(OutboxMessage.type, OutboxMessage.payload).where(
            OutboxMessage.type.startswith("appeal.")
        )
    ).all()
    assert {kind: payload["appeal"]["state"] for kind, payload in events} == {
        "appeal.created": "pending",
        "appeal.decided": "overturned",
    }


def test_an_upheld_decision_stands_and_cannot_be_appealed_again(make_comment, person, own, appeal):
    made = make_comment("A load of old roofs.")
    reject(person("mia"), made)
    appeal(made)
    tom = person("tom")
    (item,) = waiting(tom)

    body = {"outcome": "uphold", "note": NOTE, "answer": "It does insult the roofer."}
    decided = tom("POST", f"/appeals/{item['id']}/decisions", body)

    assert decided.get_json()["state"] == "upheld"
    seen = own(made)
    assert (seen["status"], seen["decision"]["appeal"]) == ("rejected", "decided")
    assert seen["decision"]["outcome"]["result"] == "uphold"
    assert seen["decision"]["outcome"]["sentence"] == "It does insult the roofer."
    again = appeal(made, "Once more.")
    assert (again.status_code, again.get_json()["code"]) == (409, "already_appealed")
    late = person("ann")("POST", f"/appeals/{item['id']}/decisions", {**body, "note": "Mine."})
    assert (late.status_code, late.get_json()["code"]) == (409, "already_decided")


def test_the_only_moderator_decides_and_it_is_marked(make_comment, person, appeal, app):
    made = make_comment("A load of old roofs.")
    mia = person("mia")
    reject(mia, made)
    appeal(made)
    (item,) = waiting(mia)
    assert item["may_decide"]
    # A colleague who cannot log in, or has no role here, is no other moderator.
    person("old")
    person("guest", role=None)
    with app.app_context():
        old = db.session.scalars(select(Moderator).where(Moderator.login == "old")).one()
        old.disabled_at = old.created_at
        db.session.commit()
        db.session.remove()

    decided = mia("POST", f"/appeals/{item['id']}/decisions", {"outcome": "uphold", "note": "No."})

    assert (decided.status_code, decided.get_json()["same_moderator"]) == (201, True)


def test_a_repeated_appeal_is_one_and_another_text_is_refused(make_comment, person, appeal):
    made = make_comment("A load of old roofs.")
    mia = person("mia")
    reject(mia, made)

    answers = [appeal(made).status_code for _ in range(2)] + [appeal(made, "More.").status_code]

    assert answers == [202, 202, 409]
    assert len(waiting(mia)) == 1


def test_two_appeals_at_once_are_one_row(app, make_comment, person, session):
    made = make_comment("A load of old roofs.")
    reject(person("mia"), made)
    both, answers = threading.Barrier(4), []

    def send(n):
        both.wait()
        answer = app.test_client().post(
            f"/api/v1/sites/news/comments/{made['comment']['id']}/appeals",
            json={"text": f"Appeal {n}."},
            headers={"X-Edit-Token": made["edit_token"]},
        )
        answers.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [202, 409, 409, 409]
    assert session.scalar(select(func.count()).select_from(Appeal)) == 1


def test_only_the_author_appeals_within_six_months_and_only_what_is_refused(
    make_comment, person, appeal, own, clock
):
    made, other = make_comment("A load of roofs."), make_comment("A second load.", post="b")
    early = appeal(made)
    assert (early.status_code, early.get_json()["code"]) == (409, "nothing_to_appeal")
    reject(person("mia"), made)

    foreign = appeal({**made, "edit_token": other["edit_token"]})
    assert (foreign.status_code, foreign.get_json()["code"]) == (403, "invalid_edit_token")
    assert appeal({**made, "edit_token": ""}).status_code == 401
    clock.advance(days=WINDOW.days + 1)
    late = appeal(made)
    assert (late.status_code, late.get_json()["code"]) == (409, "appeal_over")
    assert own(made)["decision"]["appeal"] == "none"


def test_an_appeal_names_the_site_of_its_comment(app, client, make_comment, person, clock):
    with app.app_context():
        changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        db.session.remove()
    made = make_comment("A load of old roofs.")
    reject(person("mia"), made)

    answer = client.post(
        f"/api/v1/sites/other/comments/{made['comment']['id']}/appeals",
        json={"text": "Mine."},
        headers={"X-Edit-Token": made["edit_token"]},
    )

    assert (answer.status_code, answer.get_json()["code"]) == (404, "comment_not_found")


@one_store
@pytest.mark.parametrize("text", ["", "\u200b", "x" * 2001, None, 7])
def test_a_text_that_is_empty_or_too_long_is_refused(make_comment, person, appeal, text):
    made = make_comment("A load of old roofs.")
    reject(person("mia"), made)

    answer = appeal(made, text)

    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "#/text")


def test_many_waiting_appeals_of_one_author_are_refused(make_comment, person, appeal, floods_pass):
    mia, author = person("mia"), {"email": "ada@mail.example"}
    for n in range(MOST_PENDING + 1):
        made = make_comment(f"A load of roofs, number {n}.", post=f"p{n}", author=author)
        reject(mia, made)
        answer = appeal(made)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_appeals")
    assert len(waiting(mia)) == MOST_PENDING


def test_an_appeal_ends_with_what_happens_to_its_comment(
    client, make_comment, person, appeal, own, session
):
    mia, tom = person("mia"), person("tom")
    made = [make_comment(f"A load of roofs {n}.", post=f"p{n}") for n in range(3)]
    for each in made:
        reject(mia, each)
        assert appeal(each).status_code == 202
    edited, deleted, approved = made
    headers = {"X-Edit-Token": edited["edit_token"]}
    path = f"/api/v1/comments/{edited['comment']['id']}"
    assert client.patch(path, json={"text": "Friendlier."}, headers=headers).status_code == 202
    headers = {"X-Edit-Token": deleted["edit_token"]}
    client.delete(f"/api/v1/comments/{deleted['comment']['id']}", headers=headers)
    path = f"/comments/{approved['comment']['id']}/decisions"
    decision = tom("POST", path, {"outcome": "approve"}).get_json()

    rows = {str(row.comment_id): row for row in session.scalars(select(Appeal))}
    states = [rows[each["comment"]["id"]].state for each in made]
    assert states == ["void", "void", "overturned"]
    assert rows[deleted["comment"]["id"]].text == ""
    assert own(approved)["decision"]["outcome"]["result"] == "overturn"
    # Undoing that decision returns the appeal to the queue.
    assert tom("DELETE", f"/decisions/{decision['id']}").status_code == 200
    assert [a["item"]["comment"]["id"] for a in waiting(tom)] == [approved["comment"]["id"]]
    assert own(approved)["decision"]["appeal"] == "pending"


def test_the_texts_of_appeals_are_erased_with_the_comment(
    make_comment, person, appeal, client, session
):
    made = make_comment("A load of old roofs.")
    reject(person("mia"), made)
    appeal(made, "My canary sings.")
    (item,) = waiting(person("tom"))
    assert item["text"] == "My canary sings."

    headers = {"X-Edit-Token": made["edit_token"]}
    client.delete(f"/api/v1/comments/{made['comment']['id']}", headers=headers)

    left = [row.text for row in session.scalars(select(Appeal))]
    sent = [str(payload) for payload in session.scalars(select(OutboxMessage.payload))]
    assert "canary" not in " ".join(left + sent)


def test_appeals_come_in_pages_and_only_from_one_s_sites(
    app, make_comment, person, appeal, browser, clock, floods_pass
):
    mia = person("mia")
    for n in range(3):
        made = make_comment(f"A load of roofs {n}.", post=f"p{n}", name=f"Ada {n}")
        reject(mia, made)
        clock.advance(seconds=1)
        appeal(made, f"Appeal {n}.")

    first = mia("GET", "/appeals?limit=2").get_json()
    second = mia("GET", f"/appeals?limit=2&cursor={first['next_cursor']}").get_json()

    assert [a["text"] for a in first["appeals"] + second["appeals"]] == [
        "Appeal 0.",
        "Appeal 1.",
        "Appeal 2.",
    ]
    assert (first["count"], second["next_cursor"]) == (3, None)
    with app.app_context():
        other, _ = changes.add(db.session(), "other", title="", origins=[], now=clock.now)
        login = {"login": "there", "password": "a long enough password"}
        roles = {other.id: Role.MODERATOR}
        authentication.add_moderator(
            db.session(), **login, role=None, on_sites=roles, now=clock.now
        )
        db.session.remove()
    there = browser()
    there.log_in("there")
    assert waiting(there.ask) == []
    answer = there.ask("GET", f"/appeals/{first['appeals'][0]['id']}")
    assert (answer.status_code, "Appeal" in answer.text) == (403, False)


def test_a_page_of_appeals_reads_all_bans_at_once(app, make_comment, change_site, appeal, person):
    change_site(settings={"block_words": ["zeppelin"], "thresholds": {"flood": 1.01}})
    ask = person("mia")
    asked = []
    for number in range(3):
        author = {"email": f"ada{number}@mail.example"}
        made = make_comment(f"I came by zeppelin {number}.", name=f"Ada {number}", author=author)
        assert appeal(made).status_code == 202
        found = ask("GET", f"/comments/{made['comment']['id']}").get_json()
        key = found["comment"]["author"]["key"]
        reason = f"Warning {number}."
        ask("PUT", f"/sites/news/authors/{key}/ban", {"reason": reason, "until": None})
        statements = []
        with app.app_context():
            listen = lambda *said, statements=statements: statements.append(said[2])  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", listen)
            listed = waiting(ask)
            event.remove(db.engine, "before_cursor_execute", listen)
        asked.append(sum("FROM bans" in statement for statement in statements))
        assert [each["ban"]["reason"] for each in listed] == [
            f"Warning {n}." for n in range(number + 1)
        ]

    assert asked[0] == asked[-1]
