"""Moderating on the article: a mapped moderator's token alone opens anything."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from moderation.services.sites import changes, registry, sign_on_secrets
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.posts import Post
from tests.conftest import ORIGIN, one_store
from tests.signing_on import claims, token

THREAD = "/api/v1/sites/news/posts/story/comments"
HELD = "/api/v1/sites/news/posts/story/held"
CANARY = "What bullshit, sang the canary."


@pytest.fixture
def secret_of_readers(session, site, clock, change_site):
    settings = {"sign_on_algorithm": "HS256", "hold_first": 0, "article_moderators": ["7=mia"]}
    change_site(settings=settings)
    made = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()
    return made


@pytest.fixture
def bearer(secret_of_readers, clock):
    """Headers of the mapped moderator's token; `changes` are claims."""

    def headers(**changed):
        soon = int((clock.now + timedelta(minutes=50)).timestamp())
        made = claims(clock.now, **{"sub": "7", "role": "staff", "exp": soon, **changed})
        return {"Authorization": f"Bearer {token(secret_of_readers, made)}"}

    return headers


@pytest.fixture
def held(moderator, make_comment):
    return make_comment(CANARY)["comment"]["id"]


@pytest.fixture
def decide(client, bearer):
    def send(id, outcome, edited_at=None, headers=None, site="news", **fields):
        body = {"outcome": outcome, "edited_at": edited_at, **fields}
        path = f"/api/v1/sites/{site}/comments/{id}/decisions"
        return client.post(path, json=body, headers=headers or bearer())

    return send


def test_the_moderator_sees_what_is_held_and_publishes_it(client, held, bearer, decide, session):
    page = client.get(THREAD, headers=bearer()).get_json()
    assert page["viewer"]["moderates"] is True
    listed = client.get(HELD, headers=bearer())
    body = listed.get_json()
    assert listed.headers["Cache-Control"] == "no-store"
    assert body["moderator"] == "mia"
    assert [c["text"] for c in body["comments"]] == [CANARY]
    assert body["comments"][0]["because"]
    assert "email" not in listed.text

    answer = decide(held, "approve")
    again = decide(held, "approve")

    assert answer.get_json()["status"] == "approved"
    assert again.get_json() == answer.get_json()
    assert client.get(THREAD).get_json()["comments"][0]["text"] == CANARY
    assert client.get(HELD, headers=bearer()).get_json()["comments"] == []
    last = session.scalars(select(Decision).where(Decision.actor == "moderator")).one()
    mia = session.scalars(select(Moderator).where(Moderator.login == "mia")).one()
    assert (last.moderator_id, last.actor_name, last.outcome) == (mia.id, "mia", "approve")
    entries = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.actor_name == "mia", AuditEntry.subject == f"comment:{held}")
        .order_by(AuditEntry.action)
    )
    assert list(entries) == ["article.decided", "comment.approve"]


def test_a_shown_comment_is_taken_down_and_the_console_can_undo_it(
    client, moderator, make_comment, decide, reviewing
):
    id = make_comment()["comment"]["id"]

    taken = decide(id, "reject", reason="ABUSIVE")

    assert taken.get_json()["status"] == "rejected"
    assert client.get(THREAD).get_json()["comments"] == []
    undo = f"/api/v1/review/decisions/{taken.get_json()['decision_id']}"
    assert client.delete(undo, headers=reviewing).status_code == 200
    assert len(client.get(THREAD).get_json()["comments"]) == 1


def test_a_text_that_was_edited_since_is_not_decided(
    client, moderator, make_comment, decide, clock
):
    made = make_comment()
    id = made["comment"]["id"]
    clock.advance(minutes=1)
    edit = {"text": "A changed and friendly remark."}
    path = f"/api/v1/comments/{id}"
    client.patch(path, json=edit, headers={"X-Edit-Token": made["edit_token"]})
    shown = client.get(THREAD).get_json()["comments"][0]

    stale, fresh = decide(id, "reject"), decide(id, "reject", shown["edited_at"])

    assert (stale.status_code, stale.get_json()["code"]) == (409, "already_decided")
    assert fresh.status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"role": None},
        {"role": "verified"},
        {"sub": "8"},
        {"sub": "7 = mia"},
        {"exp": "a day"},
    ],
)
def test_no_other_reader_gets_a_held_byte_or_decides(client, held, bearer, decide, clock, changed):
    if "exp" in changed:
        changed = {"exp": int((clock.now + timedelta(hours=20)).timestamp())}
    headers = bearer(**changed)

    listed, decided = client.get(HELD, headers=headers), decide(held, "approve", headers=headers)
    page = client.get(THREAD, headers=headers)

    assert (listed.status_code, decided.status_code) == (403, 403)
    assert "moderates" not in page.get_json()["viewer"]
    for answer in (listed, decided, page, client.get(THREAD)):
        assert b"canary" not in answer.data


def test_a_refusal_is_the_same_with_and_without_held_comments(
    client, moderator, bearer, make_comment
):
    def refusal():
        answer = client.get(HELD, headers=bearer(role=None))
        return answer.status_code, answer.get_json()["detail"], len(answer.data)

    before = refusal()
    make_comment(CANARY)

    assert refusal() == before


def test_a_forged_token_a_console_session_and_a_review_token_open_nothing(
    app, client, held, bearer, secret_of_readers, reviewing, clock
):
    forged = token("not the secret of this site at all", claims(clock.now, sub="7", role="staff"))
    unsigned = token(None, claims(clock.now, sub="7", role="staff"), alg="none")
    browser = app.test_client()
    browser.post("/review/login", data={"login": "mia", "password": "a long enough password"})

    refused = [
        client.get(HELD),
        client.get(HELD, headers={"Authorization": f"Bearer {forged}"}),
        client.get(HELD, headers={"Authorization": f"Bearer {unsigned}"}),
        client.get(HELD, headers=reviewing),
        browser.get(HELD),
    ]

    assert [answer.status_code for answer in refused] == [401] * 5
    assert not any(b"canary" in answer.data for answer in refused)


def test_the_account_decides_what_the_reader_may(
    client, held, bearer, decide, session, clock, change_site, site, make_app, make_comment
):
    def status():
        session.rollback()
        return client.get(HELD, headers=bearer()).status_code

    assert status() == 200
    session.execute(update(Moderator).values(disabled_at=clock.now))
    session.commit()
    assert status() == 403
    session.execute(update(Moderator).values(disabled_at=None, role="none"))
    session.commit()
    assert status() == 403
    session.execute(update(Moderator).values(role="moderator"))
    session.commit()
    strict = make_app(require_totp="all").test_client()
    assert strict.get(HELD, headers=bearer()).status_code == 403
    change_site(settings={"article_moderators": []})
    assert status() == 403


def test_only_seniors_feature_and_see_what_was_escalated(
    client, held, bearer, session, make_comment, reviewing, decide
):
    shown = make_comment()["comment"]["id"]
    path = f"/api/v1/sites/news/comments/{shown}/featured"
    escalate = {"outcome": "escalate"}
    client.post(f"/api/v1/review/comments/{held}/decisions", json=escalate, headers=reviewing)

    assert client.put(path, headers=bearer()).status_code == 403
    assert client.get(HELD, headers=bearer()).get_json()["comments"] == []
    assert decide(held, "approve").status_code == 403

    session.execute(update(Moderator).values(role="senior"))
    session.commit()
    assert client.put(path, headers=bearer()).get_json()["featured"] is True
    assert client.get(THREAD).get_json()["comments"][0]["featured"]
    assert client.delete(path, headers=bearer()).get_json()["featured"] is False
    assert len(client.get(HELD, headers=bearer()).get_json()["comments"]) == 1
    assert decide(held, "approve").status_code == 200


def test_the_map_of_one_site_opens_no_other(
    client, session, held, bearer, decide, clock, reviewing
):
    changes.add(session, "other", title="", origins=[], now=clock.now)
    other = registry.find(session, "other")
    settings = {"sign_on_algorithm": "HS256", "article_moderators": ["7=mia"]}
    changes.change(session, other, settings=settings, now=clock.now)
    secret = sign_on_secrets.rotate(session, other, now=clock.now)
    session.rollback()
    soon = int((clock.now + timedelta(minutes=50)).timestamp())
    made = token(secret, claims(clock.now, sub="7", role="staff", exp=soon))
    there = {"Authorization": f"Bearer {made}"}

    assert client.get(HELD, headers=there).status_code == 401
    assert decide(held, "approve", headers=there, site="other").status_code == 404
    path = f"/api/v1/sites/other/comments/{held}/featured"
    session.execute(update(Moderator).values(role="senior"))
    session.commit()
    assert client.put(path, headers=there).status_code == 404


def test_the_post_of_another_platform_is_not_moderated_here(client, held, bearer, session):
    session.execute(update(Post).values(origin="coral"))
    session.commit()

    assert client.get(HELD, headers=bearer()).get_json()["comments"] == []


@one_store
def test_only_pages_of_the_site_read_the_answer(client, held, bearer):
    ours = client.get(HELD, headers={**bearer(), "Origin": ORIGIN})
    theirs = client.get(HELD, headers={**bearer(), "Origin": "https://evil.example"})

    assert ours.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert theirs.status_code == 403
    assert b"canary" not in theirs.data


@one_store
@pytest.mark.parametrize("entry", ["", "7", "=mia", "7=", "x" * 256 + "=mia", 7, "7\0=mia="])
def test_an_entry_names_a_reader_and_a_login(client, reviewing, site, entry):
    path = "/api/v1/review/sites/news/settings"
    body = {"settings": {"article_moderators": [entry]}}

    assert client.patch(path, json=body, headers=reviewing).status_code == 422
