"""Every operation of the API, asked with every credential that must not open it."""

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from moderation import create_app
from moderation.services.accounts import api_tokens, authentication
from moderation.services.sites import changes, registry
from moderation.services.webhooks.signatures import sign
from moderation.storage import Base
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import Clock, make_settings
from tests.web.api.test_roles import ENDPOINTS as REVIEW

PASSWORD = "a long enough password"
#: Public operations; no credential changes the answer.
PUBLIC = {
    ("GET", "/sites/{site}/posts/{post}/comments"): None,
    ("POST", "/sites/{site}/posts/{post}/comments"): {"author": {"name": ""}, "text": ""},
    ("POST", "/sites/{site}/posts/{post}/follow"): {"email": "ada@readers.example"},
    ("GET", "/sites/{site}/posts/{post}/form"): None,
    ("GET", "/sites/{site}/posts/{post}/me"): None,
    ("POST", "/sites/{site}/preview"): {"text": "A draft."},
    ("GET", "/sites/{site}/counts"): None,
    ("GET", "/sites/{site}/report-reasons"): None,
    # The comment is not public, so that none of the answers stores a report.
    ("POST", "/sites/{site}/comments/{comment_id}/reports"): {"reason": "spam"},
    ("GET", "/comments/{comment_id}/replies"): None,
    ("GET", "/comments/{comment_id}/context"): None,
    ("PUT", "/sites/{site}/comments/{comment_id}/vote"): {"value": 1},
}
#: Operations that need the edit token of the comment.
OWN = {
    ("GET", "/comments/{comment_id}"): None,
    ("PATCH", "/comments/{comment_id}"): {"text": "Something else."},
    ("DELETE", "/comments/{comment_id}"): None,
    ("POST", "/sites/{site}/comments/{comment_id}/appeals"): {"text": "It was about roofs."},
}
#: Operations that need a sign-on token of the site.
SIGNED_ON = {
    ("GET", "/sites/{site}/reports"): None,
    ("GET", "/sites/{site}/me/data"): None,
    ("GET", "/sites/{site}/me/erase"): None,
    ("POST", "/sites/{site}/me/erase"): {"confirm": "erase"},
    ("DELETE", "/sites/{site}/me/erase"): None,
}
#: Operations that need a signature of the site.
SIGNED = {
    ("POST", "/sites/{site}/events"): {
        "type": "comment.approved",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {},
    },
    ("POST", "/sites/{site}/webhooks/{adapter}"): {"post": {}},
}
#: Operations that need a sign-on token of a reader who moderates on the article.
STAFF = {
    ("GET", "/sites/{site}/posts/{post}/held"): None,
    ("POST", "/sites/{site}/comments/{comment_id}/decisions"): {
        "outcome": "approve",
        "edited_at": None,
    },
    ("PUT", "/sites/{site}/comments/{comment_id}/featured"): None,
    ("DELETE", "/sites/{site}/comments/{comment_id}/featured"): None,
}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def operations(client):
    document = client.get("/api/v1/openapi.json").get_json()
    return {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }


@dataclass(frozen=True)
class World:
    """A store with one of everything on the site `news`, and credentials for other things."""

    app: Flask
    #: Values of the names in the paths of operations.
    there: dict[str, str]
    #: By kind: bearer tokens that have ended, are gone, are of another site or of less scope.
    tokens: dict[str, str]
    #: By login: the cookie's header and the CSRF token of a live session.
    sessions: dict[str, tuple[str, str]]
    clock: Clock


@pytest.fixture(scope="module")
def world(sqlite_template, tmp_path_factory):
    """Kept for all tests: none of them may change it."""
    folder = tmp_path_factory.mktemp("credentials")
    shutil.copy(sqlite_template, folder / "moderation.sqlite3")
    app = create_app(make_settings(data_dir=folder))
    app_state(app).clock = clock = Clock()
    with app.app_context():
        for name in ("news", "other"):
            changes.add(db.session(), name, title="", origins=[], now=clock.now)
        tokens = make_tokens(db.session(), clock.now)
        logins = {"mia": "moderator", "ann": "admin", "zoe": "admin"}
        for login, role in logins.items():
            authentication.add_moderator(db.session(), login, PASSWORD, role=role, now=clock.now)
        db.session.remove()
    clock.advance(seconds=2)
    sessions = {login: log_in(app, login) for login in logins}
    yield World(app, make_objects(app.test_client(), tokens["all"]), tokens, sessions, clock)
    app_state(app).cache.close()
    with app.app_context():
        db.engine.dispose()


def make_tokens(session, now):
    def add(name, *scopes, **limits):
        return api_tokens.add_token(session, name, scopes=scopes, now=now, **limits)

    made = {
        "ended": add("ended", "review", "admin", expires_at=now + timedelta(seconds=1)),
        "revoked": add("revoked", "review", "admin"),
        "other": add("other", "review", "admin", site=registry.find(session, "other")),
        "review": add("review", "review"),
        "admin": add("admin", "admin"),
        "all": add("all", "review", "admin"),
    }
    api_tokens.remove_token(session, "revoked", now=now)
    return made


def log_in(app, login):
    """Log in as a browser does."""
    browser = app.test_client()
    answer = browser.post("/review/login", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    page = browser.get("/review/").get_data(as_text=True)
    csrf = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    assert csrf
    return cookie, csrf


def make_objects(client, token):
    def call(method, path, body=None):
        path = f"/api/v1{path}"
        answer = client.open(path, method=method, json=body, headers=bearer(token))
        assert answer.status_code in (200, 201, 202), (path, answer.data)
        return answer.get_json()

    def comment(text, post="story"):
        path = f"/sites/news/posts/{post}/comments"
        return call("POST", path, {"author": {"name": "Canary"}, "text": text})

    held = comment("What bullshit, says the canary.")
    shown = comment("Canaries sing well in the morning.")
    other = comment("A remark about something else entirely.", "else")
    decided = comment("What bullshit again, canary.")["comment"]["id"]
    swept = comment("Yet more canary bullshit to sweep.")["comment"]["id"]
    reject = {"outcome": "reject"}
    decision = call("POST", f"/review/comments/{decided}/decisions", reject)
    batch = call("POST", "/review/bulk", {"ids": [swept], "outcome": "spam"})
    made = {"name": "canary", "scopes": ["review"], "site": "news"}
    call("POST", "/review/tokens", made)
    tokens = call("GET", "/review/tokens")["tokens"]
    people = call("GET", "/review/moderators")["moderators"]
    mia = next(each["id"] for each in people if each["login"] == "mia")
    item = call("GET", f"/review/comments/{held['comment']['id']}")
    assert (held["comment"]["status"], shown["comment"]["status"]) == ("held", "approved")
    key = item["comment"]["author"]["key"]
    erasure = call("POST", f"/review/sites/news/authors/{key}/erasure", {})["pending"]
    return {
        "request_id": erasure["id"],
        "site": "news",
        "site_name": "news",
        "post": "story",
        "comment_id": held["comment"]["id"],
        "published_id": shown["comment"]["id"],
        "decision_id": decision["id"],
        "batch_id": batch["batch_id"],
        "appeal_id": appealed(client, call, comment("And again bullshit, canary.")),
        "key": key,
        "moderator_id": mia,
        "session_id": call("GET", f"/review/moderators/{mia}/sessions")["sessions"][0]["id"],
        "endpoint_id": call(
            "POST", "/review/sites/news/webhooks", {"url": "https://canary.example/in"}
        )["endpoint"]["id"],
        "export_id": call("POST", "/review/sites/news/exports", {"posts": ["canary"]})["id"],
        "token_id": next(each["id"] for each in tokens if each["name"] == "canary"),
        "edit_token": held["edit_token"],
        "other_edit_token": other["edit_token"],
        "adapter": "ghost",
        "secret_id": hook_secret(call),
        "key_id": service_key(call),
        "form_token": call("GET", "/sites/news/posts/story/form")["token"],
    }


def appealed(client, call, made):
    """Reject a comment, let its author appeal, and return the appeal's id."""
    id = made["comment"]["id"]
    call("POST", f"/review/comments/{id}/decisions", {"outcome": "reject"})
    answer = client.post(
        f"/api/v1/sites/news/comments/{id}/appeals",
        json={"text": "The canary asks."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    assert answer.status_code == 202
    return call("GET", "/review/appeals")["appeals"][0]["id"]


def hook_secret(call):
    """Add a secret for incoming webhooks and return its id."""
    call("POST", "/review/sites/news/hooks/secrets", {"adapter": "ghost"})
    return call("GET", "/review/sites/news/hooks")["hooks"][0]["secrets"][0]["id"]


def service_key(call):
    """Add a key for a foreign protocol and return its id."""
    call("POST", "/review/sites/news/keys", {"service": "openai"})
    return call("GET", "/review/sites/news/keys")["keys"][0]["id"]


def test_every_operation_is_public_signed_an_authors_own_or_of_the_review_api(world):
    review = {
        (method, "/review" + path.replace("published_id", "comment_id")) for method, path in REVIEW
    }

    known = PUBLIC.keys() | OWN.keys() | SIGNED_ON.keys() | SIGNED.keys() | STAFF.keys() | review
    assert operations(world.app.test_client()) == known


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def contents(app):
    """All rows of the store, by table, without the log of refused deliveries."""
    with app.app_context():
        found = {
            table.name: db.session.execute(select(table)).all()
            for table in Base.metadata.sorted_tables
            if table.name != "hook_deliveries"
        }
        db.session.remove()
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


def ask(world, operation, headers, body, cookie=""):
    method, path = operation
    client = world.app.test_client(use_cookies=False)
    if cookie:
        headers = {**headers, "Cookie": cookie}
    return client.open(
        f"/api/v1{path}".format(**world.there),
        method=method,
        data=None if body is None else json.dumps(body),
        content_type="application/json",
        headers=headers,
    )


def opened(world, table, headers, prefix="", cookie="", refusal=(401, 403)):
    """Return the operations of a table that do not refuse these credentials."""
    before = contents(world.app)
    found = []
    for (method, path), body in table.items():
        answer = ask(world, (method, prefix + path), headers, body, cookie)
        if (
            answer.status_code not in refusal
            or answer.mimetype != "application/problem+json"
            or b"canary" in answer.data
        ):
            found.append((method, path, answer.status_code))
    assert contents(world.app) == before
    return found


def review_operations(fits=lambda operation: True):
    return {operation: row[2] for operation, row in REVIEW.items() if fits(operation)}


GARBAGE = (
    *("", "Bearer", "Bearer  ", "Bearer mod_", "Bearer mod_" + "A" * 43, "Bearer mod_%00"),
    *("Bearer null", "Bearer ' OR 1=1 --", "Basic bWlhOmEgbG9uZyBlbm91Z2ggcGFzc3dvcmQ=", "mod_x"),
    *("Bearer \xff\xfe", "Bearer a,b", "Bearer " + "x" * 4000, "Token x", "bearer\tx"),
)


def test_nothing_of_the_review_api_opens_without_a_credential_of_its_kind(world):
    cookie, _ = world.sessions["ann"]
    name, _, secret = cookie.partition("=")
    wrong = [
        ({}, ""),
        (bearer(world.tokens["ended"]), ""),
        (bearer(world.tokens["revoked"]), ""),
        (bearer(world.there["edit_token"]), ""),
        (bearer(world.there["form_token"]), ""),
        (bearer(world.tokens["all"][:-1]), ""),
        (bearer(world.tokens["all"].upper()), ""),
        ({"X-Edit-Token": world.tokens["all"]}, ""),
        ({}, f"{name}={world.tokens['all']}"),
        ({}, f"{name}={secret[:-1]}"),
        ({}, f"{name}=garbage"),
        ({}, f"other={secret}"),
        # A bearer token comes before the cookie: a wrong one does not fall back to it.
        (bearer("garbage"), cookie),
    ]

    for headers, cookie in wrong:
        found = opened(world, review_operations(), headers, "/review", cookie)
        assert found == [], (headers, bool(cookie))
    for number, value in enumerate(GARBAGE):
        # Every operation hears some of them, each of them is heard by some operations.
        some = dict(list(review_operations().items())[number % 5 :: 5])
        assert opened(world, some, {"Authorization": value}, "/review") == [], value


def test_a_token_of_less_scope_opens_nothing_that_needs_more(world):
    needs_admin = review_operations(lambda o: REVIEW[o][0] == "admin" and o[1] != "/me")
    needs_review = review_operations(lambda o: o not in needs_admin)

    assert opened(world, needs_admin, bearer(world.tokens["review"]), "/review") == []
    assert opened(world, needs_review, bearer(world.tokens["admin"]), "/review") == []


def test_a_token_of_another_site_opens_nothing_of_this_one(world):
    here = review_operations(lambda o: REVIEW[o][1] != "each")

    found = opened(world, here, bearer(world.tokens["other"]), "/review", refusal=(401, 403, 404))

    assert found == []
    for operation in review_operations(lambda o: REVIEW[o][1] == "each" and o[0] == "GET"):
        method, path = operation
        answer = ask(world, (method, "/review" + path), bearer(world.tokens["other"]), None)
        assert (answer.status_code, b"canary" in answer.data) == (200, False), operation


def test_a_session_changes_nothing_without_its_own_csrf_token(world):
    unsafe = review_operations(lambda o: o[0] in UNSAFE)
    cookie, csrf = world.sessions["ann"]
    others = world.sessions["mia"][1]

    for wrong in ("", "garbage", others, csrf[:-1], csrf.swapcase(), csrf + " x", "\xff"):
        headers = {"X-CSRF-Token": wrong} if wrong else {}
        assert opened(world, unsafe, headers, "/review", cookie) == [], wrong
    # The right token is no proof where another page could have put it.
    assert opened(world, unsafe, {}, "/review", f"{cookie}; csrf={csrf}") == []


def test_a_moderators_session_opens_nothing_that_needs_an_admin(world):
    needs_admin = review_operations(lambda o: REVIEW[o][0] == "admin" and o[1] != "/me")

    cookie, csrf = world.sessions["mia"]

    assert opened(world, needs_admin, {"X-CSRF-Token": csrf}, "/review", cookie) == []


def test_a_session_that_was_ended_opens_nothing(world):
    cookie, csrf = world.sessions["zoe"]
    browser = world.app.test_client(use_cookies=False)
    form = {"csrf_token": csrf}
    left = browser.post("/review/logout", data=form, headers={"Cookie": cookie})

    headers = {"X-CSRF-Token": csrf}
    assert left.status_code == 303
    assert opened(world, review_operations(), headers, "/review", cookie) == []


def test_an_authors_comment_opens_to_its_own_edit_token_only(world):
    wrong = [
        *(({"Authorization": value}, "") for value in GARBAGE),
        *(({"X-Edit-Token": value}, "") for value in ("", "garbage", "a,b", "\xff", "x" * 4000)),
        (bearer(world.there["other_edit_token"]), ""),
        ({"X-Edit-Token": world.there["other_edit_token"]}, ""),
        (bearer(world.there["edit_token"][:-1]), ""),
        (bearer(world.there["form_token"]), ""),
        *((bearer(world.tokens[kind]), "") for kind in world.tokens),
        ({"X-CSRF-Token": world.sessions["ann"][1]}, world.sessions["ann"][0]),
    ]

    for headers, cookie in wrong:
        assert opened(world, OWN, headers, cookie=cookie) == [], headers


def test_a_readers_data_open_to_a_sign_on_token_only(world):
    cookie, csrf = world.sessions["ann"]
    wrong = [
        *(({"Authorization": value}, "") for value in (*GARBAGE, "Bearer a.b.c")),
        # The site takes none, however it is signed.
        (bearer("e30.e30.e30"), ""),
        ({"X-Edit-Token": world.there["edit_token"]}, ""),
        (bearer(world.there["edit_token"]), ""),
        *((bearer(world.tokens[kind]), "") for kind in world.tokens),
        ({"X-CSRF-Token": csrf}, cookie),
    ]

    for headers, cookie in wrong:
        assert opened(world, SIGNED_ON, headers, cookie=cookie) == [], headers


def test_moderating_on_the_article_opens_to_no_other_credential(world):
    wrong = [
        ({}, ""),
        *(({"Authorization": value}, "") for value in GARBAGE),
        (bearer(world.there["edit_token"]), ""),
        ({"X-Edit-Token": world.there["edit_token"]}, ""),
        (bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiI3Iiwicm9sZSI6InN0YWZmIn0."), ""),
        *((bearer(world.tokens[kind]), "") for kind in world.tokens),
        ({"X-CSRF-Token": world.sessions["ann"][1]}, world.sessions["ann"][0]),
    ]

    for headers, cookie in wrong:
        assert opened(world, STAFF, headers, cookie=cookie) == [], headers


def test_an_event_is_taken_with_a_signature_of_the_site_only(world):
    with world.app.app_context():
        foreign = registry.secrets_of(db.session(), registry.find(db.session(), "other").id)[0]
        db.session.remove()
    body = SIGNED["POST", "/sites/{site}/events"]
    now = int(world.clock.now.timestamp())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(foreign, "msg_1", now, json.dumps(body).encode()),
    }
    cookie, csrf = world.sessions["ann"]
    wrong = [
        ({}, ""),
        (headers, ""),
        *((bearer(token), "") for token in (world.tokens["all"], world.there["edit_token"], "x")),
        ({"X-CSRF-Token": csrf}, cookie),
    ]

    for headers, cookie in wrong:
        assert opened(world, SIGNED, headers, cookie=cookie) == [], headers


def test_public_operations_answer_the_same_with_any_credential(world):
    for operation, body in PUBLIC.items():
        plain = ask(world, operation, {}, body)
        for headers, cookie in (
            *(({"Authorization": value}, "") for value in GARBAGE),
            *((bearer(value), "") for value in world.tokens.values()),
            ({}, world.sessions["ann"][0]),
        ):
            answer = ask(world, operation, headers, body, cookie)

            assert answer.status_code == plain.status_code < 500, (operation, headers)
            assert world.there["edit_token"].encode() not in answer.data
