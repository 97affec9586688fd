"""Every error of every endpoint is one problem+json, as the API's document describes."""

import re

import jsonschema
import pytest
from flask import Flask
from sqlalchemy import text

from moderation.services.accounts import api_tokens
from moderation.services.sites import changes
from moderation.web.database import db
from tests.conftest import one_store

THREAD = "/api/v1/sites/news/posts/story/comments"
SOME_ID = "018f0000-0000-7000-8000-000000000000"
VALUES = {
    "site": "news",
    "post": "story",
    "name": "metrics",
    "comment_id": SOME_ID,
    "moderator_id": "1",
    "token_id": "1",
    "endpoint_id": "1",
    "secret_id": "1",
    "key_id": "1",
    "part": "keys",
}
METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT")
#: Forms without scripts answer people in HTML.
FOR_PEOPLE = {
    "/review/login",
    "/review/login/code",
    "/review/logout",
    "/review/",
    "/embed/news/story",
    *(f"/review/{page}/{SOME_ID}" for page in ("mail", "mail-on", "mail-off")),
    *(f"/mail/{page}/{SOME_ID}" for page in ("confirm", "stop")),
}


def addresses(app: Flask) -> list[tuple[str, set[str]]]:
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(
            r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda m: VALUES.get(m[1], SOME_ID), rule.rule
        )
        found.append((path, rule.methods or set()))
    return found


#: Endpoints of foreign protocols, which have errors of their own.
FOREIGN = re.compile(r"/1\.[12]/|/v1/moderations|/coral/")


def check(answer, path: str) -> str:
    """That an answer is a problem; returns its code."""
    assert answer.mimetype == "application/problem+json", (path, answer.status, answer.data[:100])
    body = answer.get_json()
    assert body["status"] == answer.status_code
    assert re.fullmatch(r"[a-z_]+", body["code"]), body
    assert body["title"]
    assert body["detail"]
    assert body["type"]
    return str(body["code"])


def test_a_wrong_method_is_405_everywhere_and_names_the_right_ones(client, app):
    for path, known in addresses(app):
        served = {m for p, ms in addresses(app) if p == path for m in ms}
        for method in set(METHODS) - served:
            answer = client.open(path, method=method)
            assert answer.status_code == 405, (method, path)
            assert check(answer, path) == "method_not_allowed"
            assert set(answer.headers["Allow"].split(", ")) >= known - {"OPTIONS"}


@one_store
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\0" * 70_000])
def test_every_invalid_request_is_answered_with_a_problem(client, app, body, headers):
    codes = set()
    for path, methods in addresses(app):
        for method in methods - {"HEAD", "OPTIONS"}:
            answer = client.open(
                path, method=method, data=body, content_type="application/json", headers=headers
            )
            if answer.status_code >= 400 and path not in FOR_PEOPLE and not FOREIGN.search(path):
                codes.add(check(answer, path))
    assert codes >= {"unauthenticated", "not_found"}
    assert not codes & {"internal_error", "error"}


def test_an_address_that_is_not_there_is_404(client):
    for path in ("/nope", "/api/v1/nope", "/widget/nope.js", "/widget/../config.py", "/%00"):
        answer = client.get(path)
        assert answer.status_code == 404
        check(answer, path)


def test_a_scope_or_a_site_that_a_token_lacks_is_403(app, client, site, make_comment, clock):
    made = make_comment()["comment"]["id"]
    with app.app_context():
        session = db.session()

        other, _ = changes.add(session, "other", title="", origins=[], now=clock.now)
        admin = api_tokens.add_token(session, "admin", scopes=("admin",), now=clock.now)
        foreign = api_tokens.add_token(
            session, "foreign", scopes=("review",), site=other, now=clock.now
        )
        db.session.remove()

    for token, path in (
        (admin, "/api/v1/review/queue"),
        (foreign, "/api/v1/review/queue?site=news"),
        (foreign, f"/api/v1/review/comments/{made}"),
    ):
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, check(answer, path)) == (403, "forbidden")


def test_a_failing_store_is_500_without_details(app, client, session, make_comment, capfd):
    made = make_comment()
    session.execute(text("ALTER TABLE decisions RENAME TO decisions_away"))
    session.commit()
    try:
        answers = [
            client.post(THREAD, json={"author": {"name": "Zo"}, "text": "Canary words here."}),
            client.delete(
                f"/api/v1/comments/{made['comment']['id']}",
                headers={"X-Edit-Token": made["edit_token"], "Origin": "https://news.example"},
            ),
        ]
    finally:
        session.execute(text("ALTER TABLE decisions_away RENAME TO decisions"))
        session.commit()

    for answer in answers:
        assert (answer.status_code, check(answer, "")) == (500, "internal_error")
        assert "decisions" not in answer.get_data(as_text=True)
        assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]
    assert "Canary" not in capfd.readouterr().err


def test_a_store_that_cannot_be_reached_is_503_with_the_time_to_wait(make_app, capfd):
    app = make_app(database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    client = app.test_client()

    for answer in (
        client.get(THREAD, headers={"Origin": "https://news.example"}),
        client.post(THREAD, json={"author": {"name": "Zo"}, "text": "Canary words here."}),
        client.get("/healthz"),
    ):
        assert (answer.status_code, check(answer, "")) == (503, "busy")
        assert int(answer.headers["Retry-After"]) >= 1
    assert "Traceback" not in capfd.readouterr().err


# Across origins


def test_only_pages_of_the_sites_own_origins_may_read_and_write(client, make_comment, change_site):
    change_site(origins=["https://news.example", "http://localhost:8001"])
    made = make_comment()["comment"]["id"]
    paths = [
        ("GET", THREAD),
        ("POST", THREAD),
        ("GET", "/api/v1/sites/news/counts?post=story"),
        ("GET", f"/api/v1/comments/{made}/replies"),
        ("DELETE", f"/api/v1/comments/{made}"),
    ]
    for method, path in paths:
        for origin, allowed in (
            ("https://news.example", True),
            ("http://localhost:8001", True),
            ("https://news.example.evil.example", False),
            ("http://news.example", False),
            ("https://news.example:8443", False),
            ("null", False),
        ):
            answer = client.open(path, method=method, headers={"Origin": origin})
            preflight = client.options(
                path, headers={"Origin": origin, "Access-Control-Request-Method": method}
            )
            # Only the words of a refusal can be read, so that its page's author learns the reason.
            explained = method == "GET" and not allowed
            if explained:
                assert (answer.status_code, check(answer, "")) == (403, "origin_not_allowed")
            for each, readable in ((answer, allowed or explained), (preflight, allowed)):
                granted = each.headers.get("Access-Control-Allow-Origin")
                assert granted == (origin if readable else None), (method, path, origin)
                assert "Origin" in each.headers["Vary"]
                assert "Access-Control-Allow-Credentials" not in each.headers
            if allowed:
                assert method in preflight.headers["Access-Control-Allow-Methods"]
                assert preflight.status_code == 200


def test_the_review_api_and_the_console_are_for_no_other_origin(client, reviewing):
    for path in ("/api/v1/review/queue", "/review/login", f"/api/v1/review/comments/{SOME_ID}"):
        answer = client.get(path, headers={**reviewing, "Origin": "https://news.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers


# The document


def document(client) -> dict:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.get_json()


def plain(schema, definitions):
    """OpenAPI 3.0 as JSON Schema: references resolved by jsonschema, `nullable` spelt out."""
    if isinstance(schema, list):
        return [plain(s, definitions) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: plain(v, definitions) for k, v in schema.items() if k != "nullable"}
    return {"anyOf": [out, {"type": "null"}]} if schema.get("nullable") else out


def test_the_document_is_whole(client):
    found = document(client)
    names: list[str] = []

    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(found):
        place = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    for path, operations in found["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            names.append(operation.get("operationId", f"{method} {path}"))
            assert operation["responses"], path
            declared = {
                p["name"] for p in [*shared, *operation.get("parameters", [])] if p["in"] == "path"
            }
            assert declared == set(re.findall(r"{(\w+)}", path)), path
    assert found["openapi"].startswith("3.")
    assert len(names) == len(set(names))


def test_the_document_has_every_endpoint_of_the_api(client, app):
    paths = document(client)["paths"]
    wanted = {
        re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.startswith("/api/v1/docs")
    } - {"/api/v1/openapi.json"}

    assert wanted <= set(paths)


def test_answers_match_the_document(client, make_comment, reviewing, change_site):
    found = document(client)
    definitions = found["components"]
    change_site(settings={"block_words": ["zeppelin"]})
    top = make_comment("The top of a thread.")
    make_comment("A reply to it.", parent_id=top["comment"]["id"])
    held = make_comment("What a fucking mess.")["comment"]["id"]
    token = {"X-Edit-Token": top["edit_token"]}
    thread = "/api/v1/sites/{site}/posts/{post}/comments"
    one = "/api/v1/comments/{comment_id}"
    own = f"/api/v1/comments/{top['comment']['id']}"
    review = "/api/v1/review/comments/{comment_id}"
    say = {"author": {"name": "Bo"}}
    tour = [
        (thread, "get", THREAD, None, {}, 200),
        (thread, "get", THREAD + "?limit=0", None, {}, 422),
        (thread, "post", THREAD, {**say, "text": "A friendly word."}, {}, 201),
        (thread, "post", THREAD, {**say, "text": "A fucking mess it is."}, {}, 202),
        (thread, "post", THREAD, {**say, "text": "Buy my zeppelin."}, {}, 422),
        ("/api/v1/sites/{site}/counts", "get", "/api/v1/sites/news/counts?post=a", None, {}, 200),
        (one + "/replies", "get", own + "/replies", None, {}, 200),
        (one, "get", own, None, token, 200),
        (one, "patch", own, {"text": "Changed."}, token, 200),
        (one, "delete", own, None, token, 204),
        ("/api/v1/review/queue", "get", "/api/v1/review/queue", None, reviewing, 200),
        ("/api/v1/review/queue", "get", "/api/v1/review/queue", None, {}, 401),
        (review, "get", f"/api/v1/review/comments/{held}", None, reviewing, 200),
        (
            review + "/decisions",
            "post",
            f"/api/v1/review/comments/{held}/decisions",
            {"outcome": "approve"},
            reviewing,
            201,
        ),
    ]
    for template, method, path, body, headers, status in tour:
        answer = client.open(path, method=method.upper(), json=body, headers=headers)
        assert answer.status_code == status, (path, answer.get_data(as_text=True)[:300])
        responses = found["paths"][template][method]["responses"]
        described = responses.get(str(status)) or responses["default"]
        if "$ref" in described:
            described = definitions["responses"][described["$ref"].rpartition("/")[2]]
        if status == 204:
            assert answer.data == b""
            continue
        content = described["content"]
        schema = content.get(answer.mimetype, next(iter(content.values())))["schema"]
        whole = {**plain(schema, definitions), "components": plain(definitions, definitions)}
        jsonschema.Draft202012Validator(whole).validate(answer.get_json())
