"""A site's settings over HTTP: read, changed by admins, kept from being overwritten, tried."""

import pytest

from moderation.domain.judgement import DEFAULT_THRESHOLDS
from moderation.domain.roles import Role
from moderation.services.accounts import authentication
from moderation.web.database import db
from tests.conftest import ORIGIN, one_store

SETTINGS = "/api/v1/review/sites/news/settings"
TRIALS = "/api/v1/review/sites/news/trials"


@pytest.fixture
def change(client, reviewing):
    def ask(settings=None, *, etag=None, **own):
        body = {**own, **({} if settings is None else {"settings": settings})}
        headers = {**reviewing, **({"If-Match": etag} if etag else {})}
        return client.patch(SETTINGS, json=body, headers=headers)

    return ask


@pytest.fixture
def read(client, reviewing):
    return lambda: client.get(SETTINGS, headers=reviewing)


@pytest.fixture
def try_text(client, reviewing):
    def ask(text, **author):
        body = {"text": text, "author": author} if author else {"text": text}
        answer = client.post(TRIALS, json=body, headers=reviewing)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    return ask


def test_settings_are_read_with_their_defaults(change, read):
    change({"max_links": 5}, title="The Gazette")

    found = read().get_json()

    assert (found["title"], found["origins"]) == ("The Gazette", [ORIGIN])
    assert (found["settings"]["max_links"], found["defaults"]["max_links"]) == (5, 2)
    assert (found["settings"]["thresholds"], found["defaults"]["thresholds"]["spam"]) == (None, 0.7)


def test_a_kind_of_toxicity_has_a_threshold_of_its_own(change, read, try_text):
    text = "You are a stupid idiot and everybody here knows it."
    change({"thresholds": {"toxicity": 1.01}})
    published = try_text(text)["outcome"]

    change({"thresholds": {"toxicity": 1.01, "insult": 0.3}})

    held = try_text(text)
    assert (published, held["outcome"]) == ("approve", "hold")
    assert held["because"] == "Held because it reads as an insult."
    assert read().get_json()["defaults"]["thresholds"]["threat"] == DEFAULT_THRESHOLDS["threat"]


def test_a_text_is_judged_with_unsaved_settings_that_stay_unsaved(change, read, client, token):
    change({"thresholds": {"toxicity": 0.3}, "block_words": ["zeppelin"]})

    def judged(settings):
        given = {"text": "A zeppelin over the market hall.", "settings": settings}
        headers = {"Authorization": f"Bearer {token}"}
        return client.post(TRIALS, json=given, headers=headers)

    assert judged({}).get_json()["outcome"] == "reject"
    assert judged({"block_words": None}).get_json()["outcome"] == "approve"
    assert judged({"block_words": [], "suspect_words": ["hall"]}).get_json()["outcome"] == "hold"
    assert judged({"max_links": -1}).status_code == 422
    assert judged({"nonsense": 1}).status_code == 422
    assert read().get_json()["settings"]["block_words"] == ["zeppelin"]


def test_a_change_is_about_what_it_names_and_null_goes_back(change, read):
    change({"max_links": 5, "block_words": ["zeppelin"]})
    change({"max_links": None, "hold_first": 2})

    settings = read().get_json()["settings"]

    assert (settings["max_links"], settings["hold_first"]) == (None, 2)
    assert settings["block_words"] == ["zeppelin"]


def test_who_read_an_older_version_overwrites_nothing(change, read):
    first = read().headers["ETag"]
    changed = change({"block_words": ["zeppelin"]}, etag=first)
    assert changed.status_code == 200

    late = change({"block_words": ["airship"]}, etag=first)

    assert (late.status_code, late.get_json()["code"]) == (412, "settings_changed")
    assert late.get_json()["change"]["actor_name"] == "tests"
    assert late.get_json()["change"]["detail"]["changed"] == ["block_words"]
    assert read().get_json()["settings"]["block_words"] == ["zeppelin"]
    assert change({"max_links": 1}, etag=changed.headers["ETag"]).status_code == 200
    assert change({"max_links": 1}, etag="*").status_code == 200
    assert change({"max_links": 1}, etag='W/"1-1", "nonsense"').status_code == 412


def test_a_wrong_line_of_a_list_is_pointed_at_and_nothing_is_changed(change, read):
    wrong = change({"max_links": 1, "block_domains": ["fine.example", "no domain"]})

    assert wrong.status_code == 422
    (error,) = wrong.get_json()["errors"]
    assert error["pointer"] == "#/settings/block_domains/1"
    assert read().get_json()["settings"]["max_links"] is None


@one_store
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"settings": {"thresholds": {"spam": 2}}}, "#/settings/thresholds/spam/value"),
        ({"settings": {"thresholds": {"threat": -1}}}, "#/settings/thresholds/threat/value"),
        ({"settings": {"thresholds": {"menace": 0.5}}}, "#/settings/thresholds/menace/key"),
        ({"settings": {"nonsense": 1}}, "#/settings/nonsense"),
        ({"settings": {"sections": [{}]}}, "#/settings/sections/0/prefix"),
        ({"nonsense": 1}, "#/nonsense"),
        ({"title": "x" * 201}, "#/title"),
        ({"origins": ["https://fine.example", "not one"]}, "#/origins/1"),
    ],
)
def test_an_error_points_at_its_field(client, reviewing, body, pointer):
    answer = client.patch(SETTINGS, json=body, headers=reviewing)

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_lists_of_a_hundred_thousand_lines_are_saved_and_work(change, read, make_comment):
    words = [f"blocked{n}word" for n in range(100_000)]

    saved = change({"block_words": words})

    assert saved.status_code == 200
    assert len(read().get_json()["settings"]["block_words"]) == 100_000
    assert make_comment("Say blocked99999word again.")["comment"]["status"] == "rejected"
    assert make_comment("Say something else again.")["comment"]["status"] == "approved"


def test_only_the_settings_take_a_large_body(client, reviewing):
    large = {"settings": {"guidelines": "x" * 70_000}}

    assert client.patch(SETTINGS, json=large, headers=reviewing).status_code == 422
    assert client.patch(SETTINGS, data=b" " * (9 * 2**20), headers=reviewing).status_code in (
        413,
        415,
    )
    assert client.post(TRIALS, json={"text": "x" * 70_000}, headers=reviewing).status_code == 413


def test_a_senior_reads_and_tries_and_does_not_change(app, client, site, clock):
    with app.app_context():
        made = authentication.add_moderator(
            db.session(), "sen", "a long enough password", role=Role.SENIOR, now=clock.now
        )
        cookie = authentication.log_in(db.session(), "sen", "a long enough password", now=clock.now)
        csrf = authentication.reviewer_of_session(db.session(), cookie, now=clock.now)[1].csrf_token
        assert made
        db.session.remove()
    client.set_cookie("moderation_session", cookie)
    headers = {"X-CSRF-Token": csrf}

    assert client.get(SETTINGS).status_code == 200
    assert client.post(TRIALS, json={"text": "Hello."}, headers=headers).status_code == 200
    refused = client.patch(SETTINGS, json={"settings": {"max_links": 9}}, headers=headers)
    assert refused.status_code == 403


def test_a_trial_judges_with_the_saved_settings_and_keeps_nothing(
    try_text, change, client, reviewing
):
    assert try_text("A word about a zeppelin.")["outcome"] == "approve"
    change({"block_words": ["zeppelin"]})

    tried = try_text("A word about a zeppelin.")

    assert (tried["outcome"], tried["because"][:8]) == ("reject", "Refused ")
    (reason,) = [r for r in tried["reasons"] if r["code"] == "BLOCKED_WORD"]
    assert reason["spans"] == [[15, 23]]
    queue = client.get("/api/v1/review/counts", headers=reviewing).get_json()["queues"]
    assert [queue[name]["count"] for name in ("held", "rejected", "approved")] == [0, 0, 0]


def test_a_trial_knows_the_sites_switches_names_and_thresholds(try_text, change):
    change({"hold_everything": True})
    assert try_text("A kind word.")["outcome"] == "hold"
    change({"hold_everything": None, "reserved_names": ["The Desk"]})
    assert try_text("A kind word.", name="the desk")["outcome"] == "hold"
    assert try_text("A kind word.", name="Ada")["outcome"] == "approve"
    change({"strict_thresholds": {"spam": 0.0}})
    assert "spam" in {r["filter"] for r in try_text("READ THIS NOW EVERYBODY PLEASE")["reasons"]}
