"""Coral's external phase: signed comments, exact enums, and an answer in time."""

import hashlib
import hmac
import json
import threading
import time
from types import SimpleNamespace

import pytest

from moderation.domain.status import Outcome
from moderation.services.compat import coral, coral_phase, coral_secrets, keys
from moderation.services.compat.coral import UNDECIDED, CoralStatus, Flag
from moderation.services.sites import registry
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store

SECRET = "empsec_made_up_first"
OTHER = "empsec_made_up_second"
ADDRESS = "/coral/news/moderate"


def request_of(text, *, action="NEW", role="COMMENTER", **members):
    body = {
        "action": action,
        "comment": {"body": text, "parentID": None},
        "author": {"id": "author-1", "role": role},
        "story": {"id": "story-1", "url": "https://paper.example/a?b=1"},
        "site": {"id": "site-1"},
        "tenantID": "tenant-1",
        "tenantDomain": "coral.example",
        **members,
    }
    return json.dumps(body, indent=2, ensure_ascii=False).encode()


def signed(body, *secrets):
    macs = (hmac.new(s.encode(), body, hashlib.sha256).hexdigest() for s in secrets)
    return ",".join(f"sha256={mac}" for mac in macs)


def in_time(app, body, *, store=None, **options):
    """Answer a signed request outside of a view."""
    state = app_state(app)
    return coral_phase.answer_in_time(
        store or state.store,
        state.signing,
        "news",
        signed(body, SECRET),
        body,
        now=state.clock(),
        **options,
    )


@pytest.fixture
def add_secret(app, site, clock):
    def add(*secrets):
        with app.app_context():
            found = registry.find(db.session(), "news")
            for secret in secrets:
                coral_secrets.add(db.session(), found, secret, now=clock.now)
            db.session.remove()

    add(SECRET)
    return add


@pytest.fixture
def ask(client, add_secret):
    def send(text="", *, raw=None, secrets=(SECRET,), header=None, address=ADDRESS, **members):
        body = request_of(text, **members) if raw is None else raw
        header = signed(body, *secrets) if header is None else header
        headers = {"X-Coral-Signature": header, "Content-Type": "application/json"}
        return client.post(address, data=body, headers=headers)

    return send


def test_a_fine_comment_gets_no_opinion_and_no_body(ask):
    answer = ask("<div>What a good article, thank you.</div>")

    assert (answer.status_code, answer.data) == (204, b"")


def test_an_insult_waits_for_a_moderator_and_is_flagged_as_toxic(ask):
    answer = ask("<div>you <b>idiot</b></div>")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "PREMOD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }


@one_store
@pytest.mark.parametrize("action", ["NEW", "EDIT"])
def test_new_comments_and_edits_are_judged_the_same(ask, action):
    assert ask("you idiot", action=action).get_json()["status"] == "PREMOD"


@one_store
def test_the_site_chooses_the_status_of_held_comments(ask, change_site):
    change_site(settings={"coral_status": "SYSTEM_WITHHELD"})

    assert ask("you idiot").get_json()["status"] == "SYSTEM_WITHHELD"


@one_store
def test_a_word_on_the_block_list_is_rejected_unless_the_site_only_holds(ask, change_site):
    change_site(settings={"block_words": ["frobnicator"]})
    assert ask("Buy a frobnicator.").get_json()["status"] == "REJECTED"

    change_site(settings={"coral_reject": False})

    assert ask("Buy a frobnicator.").get_json()["status"] == "PREMOD"


@one_store
def test_a_newcomer_is_no_reason_here_since_coral_knows_its_own(ask, change_site):
    change_site(settings={"hold_first": 3})

    assert ask("A quiet and friendly remark.").status_code == 204


@pytest.mark.parametrize("secrets", [(OTHER,), ()])
def test_a_wrong_signature_is_refused(ask, secrets):
    answer = ask("you idiot", secrets=secrets)

    assert answer.status_code == 401
    assert answer.get_json()["code"] == "invalid_signature"


@one_store
@pytest.mark.parametrize(
    "header", ["", "sha256=", "garbage", "sha1=00", "sha256=é", "sha256=" + "0" * 64 + "," * 5000]
)
def test_a_malformed_signature_is_refused(ask, header):
    assert ask("you idiot", header=header).status_code == 401


@one_store
def test_a_signature_of_another_body_is_refused(ask):
    header = signed(request_of("Good morning."), SECRET)

    assert ask("you idiot", header=header).status_code == 401


def test_two_secrets_are_valid_while_one_is_replaced(ask, add_secret):
    add_secret(OTHER)

    assert ask("Good morning.", secrets=(SECRET,)).status_code == 204
    assert ask("Good morning.", secrets=(OTHER,)).status_code == 204
    # Coral signs with both of its own during a rotation.
    assert ask("Good morning.", secrets=("empsec_unknown", OTHER)).status_code == 204

    add_secret("empsec_made_up_third")

    assert ask("Good morning.", secrets=(SECRET,)).status_code == 401


def test_a_site_without_a_secret_takes_nothing(ask, app, clock):
    with app.app_context():
        found = registry.find(db.session(), "news")
        coral_secrets.remove(db.session(), found, now=clock.now)
        db.session.remove()

    assert ask("Good morning.").status_code == 401


@one_store
def test_an_unknown_site_is_refused_like_a_wrong_signature(ask):
    known, unknown = ask("x", secrets=(OTHER,)), ask("x", address="/coral/nothing/moderate")

    assert known.status_code == unknown.status_code == 401
    assert known.get_json() == unknown.get_json()


def test_the_address_may_have_the_sites_key_instead_of_its_name(ask, app, clock):
    with app.app_context():
        found = registry.find(db.session(), "news")
        key = keys.make(db.session(), found, keys.Service.CORAL, now=clock.now)
        db.session.remove()

    assert ask("you idiot", address=f"/coral/{key}/moderate").get_json()["status"] == "PREMOD"


@one_store
def test_the_address_may_end_with_a_slash(ask):
    assert ask("you idiot", address=f"{ADDRESS}/").get_json()["status"] == "PREMOD"


@one_store
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"comment": null}',
        b'{"comment": {"body": 3}}',
        b'{"comment": {"body": "\\ud800"}}',
        b"[" * 5000,
        b'{"comment": {"body": ["you idiot"]}}',
    ],
)
def test_a_signed_request_that_cannot_be_understood_waits_for_a_moderator(ask, raw):
    assert ask(raw=raw).get_json() == {"status": "PREMOD"}


@one_store
def test_a_broken_filter_waits_for_a_moderator(ask, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(coral, "judge", broken)

    assert ask("Good morning.").get_json() == {"status": "PREMOD"}


@one_store
def test_a_judgement_that_never_ends_is_not_waited_for(app, site, add_secret, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(coral, "judge", lambda *_: ended.wait(30))
    body = request_of("Good morning.")

    begun = time.monotonic()
    answer = coral_phase.answer_in_time(
        app_state(app).store,
        app_state(app).signing,
        "news",
        signed(body, SECRET),
        body,
        now=None,
        deadline=0.05,
    )
    took = time.monotonic() - begun
    ended.set()

    assert answer == UNDECIDED
    assert took < 5


@one_store
def test_more_requests_than_can_run_at_once_wait_for_a_moderator(app, site, add_secret):
    full = threading.BoundedSemaphore(1)
    full.acquire()
    body = request_of("Good morning.")

    answer = coral_phase.answer_in_time(
        app_state(app).store,
        app_state(app).signing,
        "news",
        signed(body, SECRET),
        body,
        now=None,
        running=full,
    )

    assert answer == UNDECIDED


@one_store
def test_a_store_that_cannot_be_read_waits_for_a_moderator(app, site, add_secret):
    def away():
        raise OSError("no store: you idiot")

    body = request_of("Good morning.")
    store = SimpleNamespace(sessions=away)

    answer = in_time(app, body, store=store)

    assert answer == UNDECIDED


@one_store
@pytest.mark.parametrize(
    "text",
    [
        "you stupid idiot. " * 1100,
        "<div>" * 4000,
        "<" * 20_000,
        "<a " * 7000,
        '<a href="' * 2500,
        "&" * 20_000,
        "😀" * 5000,
        "a" * 20_000,
        "<b title=" * 2000,
    ],
)
def test_a_text_of_20_kilobytes_is_judged_within_corals_patience(ask, text):
    begun = time.thread_time()
    judged = coral.read_comment(request_of(text))
    took = time.thread_time() - begun

    # The share of reading the request; the judgement itself has its own tests.
    assert took < 0.2
    assert judged is not None
    assert ask(text).status_code in (200, 204)


@one_store
def test_staff_of_the_newsroom_are_judged_as_staff(add_secret, app, site, monkeypatch):
    seen = []
    verdict = SimpleNamespace(outcome=Outcome.APPROVE, deciding=())
    monkeypatch.setattr(coral, "judge", lambda draft, facts, rules: seen.append(facts) or verdict)

    with app.app_context():
        for role in ("COMMENTER", "MODERATOR", None):
            body = request_of("Good morning.", role=role)
            coral.judge_signed(db.session(), "news", signed(body, SECRET), body)
        db.session.remove()

    assert [facts.staff for facts in seen] == [False, True, False]


@pytest.fixture
def queue(client, reviewing):
    """Return the held comments of the queue, once the threads that put them there have ended."""

    def read():
        for thread in threading.enumerate():
            if thread.name == "coral":
                thread.join(30)
        answer = client.get("/api/v1/review/queue?queue=held", headers=reviewing)
        assert answer.status_code == 200, answer.data
        return answer.get_json()["items"]

    return read


def test_a_held_comment_enters_the_queue_where_the_site_wants_it(ask, change_site, queue):
    ask("you idiot")
    assert queue() == []

    change_site(settings={"coral_queue": True})
    ask("<div>you <i>idiot</i></div>")
    ask("<div>you <i>idiot</i></div>")
    ask("Good morning.")

    (item,) = queue()
    assert item["comment"]["text"] == "you idiot"
    assert item["comment"]["source"]["platform"] == "coral"


def test_a_comment_of_coral_is_never_public(ask, change_site, queue, client, reviewing):
    change_site(settings={"coral_queue": True})
    ask("you idiot of a canary")
    (item,) = queue()
    comment_id = item["comment"]["id"]

    decided = client.post(
        f"/api/v1/review/comments/{comment_id}/decisions",
        json={"outcome": "approve"},
        headers=reviewing,
    )

    assert decided.status_code == 201
    for path in (
        "/api/v1/sites/news/posts/https://paper.example/a?b=1/comments",
        f"/api/v1/comments/{comment_id}/context",
        f"/api/v1/comments/{comment_id}/replies",
    ):
        assert b"canary" not in client.get(path).data


@one_store
def test_a_queue_that_is_slow_changes_no_answer(app, site, add_secret, change_site, monkeypatch):
    change_site(settings={"coral_queue": True})
    ended = threading.Event()
    monkeypatch.setattr(coral_phase, "hold", lambda *_, **__: ended.wait(30))
    body = request_of("you idiot")

    answer = in_time(app, body, deadline=2)
    ended.set()

    assert answer.status is CoralStatus.PREMOD
    assert answer.flags == (Flag.TOXIC,)


def test_no_secret_and_no_text_is_logged(ask, caplog, capsys, monkeypatch):
    def broken(*_):
        raise RuntimeError("a canary that sings")

    monkeypatch.setattr(coral, "judge", broken)

    ask("a canary that sings")

    out = "".join(capsys.readouterr()) + caplog.text
    assert "canary" not in out
    assert SECRET not in out
