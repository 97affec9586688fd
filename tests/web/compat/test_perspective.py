"""Perspective's API over HTTP: keys, errors in Google's form, batches, budgets, nothing stored."""

import json

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from moderation.filters import attributes, reading
from moderation.services.compat import keys
from moderation.services.compat.keys import Service
from moderation.services.compat.perspective import suggestions
from moderation.storage import Base
from moderation.storage.models.compat import LabelledExample
from moderation.web.compat import perspective
from moderation.web.database import db
from tests.conftest import one_store

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
REQUEST = {"comment": {"text": "You are an idiot."}, "requestedAttributes": {"TOXICITY": {}}}
LABEL = {
    "comment": {"text": "A made-up remark."},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    "clientToken": "comment:1",
    "languages": ["en"],
}


@pytest.fixture
def key(app, site, clock):
    with app.app_context():
        made = keys.make(db.session(), site, Service.PERSPECTIVE, now=clock.now)
        db.session.remove()
    return made


@pytest.fixture
def ask(client, key):
    def ask(given=None, *, path=ANALYZE, query="", sent=None, **options):
        return client.post(
            f"{path}?key={key if sent is None else sent}{query}", json=given or REQUEST, **options
        )

    return ask


def test_scores_are_answered_with_their_model(ask):
    answer = ask()

    assert answer.status_code == 200
    assert answer.content_type == "application/json; charset=UTF-8"
    assert answer.data.startswith(b'{"attributeScores":{"TOXICITY":{"spanScores":[{"begin":0,')
    assert answer.headers["X-Moderation-Model"] == attributes.model()
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-Id"]) == 16


@pytest.mark.parametrize(
    "headers",
    [{"X-Goog-Api-Key": "{}"}, {"Authorization": "Bearer {}"}, {"authorization": "bearer {}"}],
)
def test_a_key_may_come_in_a_header(client, key, headers):
    sent = {name: value.format(key) for name, value in headers.items()}

    assert client.post(ANALYZE, json=REQUEST, headers=sent).status_code == 200


def test_a_wrong_key_and_none_are_refused_in_googles_form(client, key, app, site, clock):
    with app.app_context():
        other = keys.make(db.session(), site, Service.OPENAI, now=clock.now)
        db.session.remove()

    for wrong in ("wrong0000000", other, key + "x", key.swapcase()):
        answer = client.post(f"{ANALYZE}?key={wrong}", json=REQUEST)
        error = answer.get_json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (
            400,
            400,
            "INVALID_ARGUMENT",
        )
        assert error["details"][0]["reason"] == "API_KEY_INVALID"
    for sent in ("", "?key="):
        answer = client.post(ANALYZE + sent, json=REQUEST, headers={"Authorization": "Basic eDp5"})
        assert answer.status_code == 403
        assert answer.get_json()["error"]["status"] == "PERMISSION_DENIED"


def test_a_revoked_key_is_refused_at_once(ask, app, site, clock):
    assert ask().status_code == 200
    with app.app_context():
        keys.revoke(db.session(), site, Service.PERSPECTIVE, now=clock.now)
        db.session.remove()

    assert ask().status_code == 400


@one_store
def test_a_text_as_the_quick_start_sends_it_is_read(client, key):
    body = '{comment: {text: "is it one?"}, languages: ["en"], requestedAttributes: {TOXICITY:{}} }'

    answer = client.post(
        f"{ANALYZE}?key={key}", data=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 200
    assert answer.get_json()["languages"] == ["en"]


@one_store
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "COMMENT_EMPTY"),
        ("x" * 20_481, "COMMENT_TOO_LONG"),
        ("y" * 300_000, "COMMENT_TOO_LONG"),
    ],
)
def test_a_wrong_text_has_its_error_type(ask, text, kind):
    answer = ask({**REQUEST, "comment": {"text": text}})

    assert answer.status_code == 400
    assert answer.get_json()["error"]["details"][0]["errorType"] == kind


@one_store
def test_the_longest_text_is_answered_however_it_is_escaped(client, key):
    text = "\\u0041" * 20_480
    body = f'{{"comment":{{"text":"{text}"}},"requestedAttributes":{{"TOXICITY":{{}}}}}}'

    assert client.post(f"{ANALYZE}?key={key}", data=body).status_code == 200


@one_store
def test_the_model_can_be_pinned(ask):
    assert ask(query=f"&model={attributes.model()}").status_code == 200
    assert ask(query="&model=moderation").status_code == 200
    answer = ask(query="&model=moderation@1")
    assert answer.status_code == 400
    assert attributes.model() in answer.get_json()["error"]["message"]


@one_store
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ANALYZE, 405),
        ("OPTIONS", ANALYZE, 405),
        ("POST", "/$discovery/rest", 405),
        ("POST", "/v1alpha1/comments:other", 404),
        ("GET", "/v1alpha1/", 404),
        ("GET", "/batch", 405),
        ("POST", "/batch/other/v1", 404),
    ],
)
def test_every_other_address_is_refused_in_googles_form(client, method, path, status):
    answer = client.open(path, method=method, headers={"Origin": "https://news.example"})

    assert answer.status_code == status
    assert answer.get_json()["error"]["code"] == status
    assert "Access-Control-Allow-Origin" not in answer.headers
    if status == 405:
        assert answer.headers["Allow"]


@one_store
@pytest.mark.parametrize("query", ["&x=" + "y" * 9000, "&a=1" * 100])
def test_a_hostile_query_is_refused(ask, query):
    assert ask(query=query).status_code == 400


@one_store
def test_no_page_of_another_origin_may_read_an_answer(ask):
    answer = ask(headers={"Origin": "https://news.example"})

    assert answer.status_code == 200
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@one_store
def test_the_settings_of_the_site_decide_about_languages_and_missing_attributes(ask, change_site):
    short = {**REQUEST, "comment": {"text": "ok"}}
    asked = {**REQUEST, "requestedAttributes": {"TOXICITY": {}, "FLIRTATION": {}}}
    assert ask(short).get_json()["languages"] == ["en"]
    assert list(ask(asked).get_json()["attributeScores"]) == ["TOXICITY"]

    change_site(settings={"perspective_language": "de", "perspective_strict": True})
    assert ask(short).get_json()["languages"] == ["de"]
    assert ask(asked).status_code == 400
    change_site(settings={"perspective_strict_language": True})

    error = ask(short).get_json()["error"]
    assert error["details"][0]["errorType"] == "LANGUAGE_DETECTION_FAILED"


# Discovery


@one_store
@pytest.mark.parametrize("path", sorted(perspective.DISCOVERY))
def test_the_discovery_document_names_this_service(client, path):
    found = client.get(f"{path}?version=v1alpha1").get_json()

    assert found["rootUrl"] == "http://comments.example/"
    assert found["batchPath"] == "batch"
    methods = found["resources"]["comments"]["methods"]
    assert methods["analyze"]["path"] == "v1alpha1/comments:analyze"
    for method in methods.values():
        for side in ("request", "response"):
            assert method[side]["$ref"] in found["schemas"]


@one_store
def test_in_development_the_document_may_name_the_address_that_was_asked(make_app):
    client = make_app(public_url="", env="development").test_client()

    found = client.get("/$discovery/rest", headers={"Host": "mod.example:8000"}).get_json()

    assert found["rootUrl"] == "http://mod.example:8000/"


@one_store
def test_in_production_the_document_never_repeats_the_host(make_app):
    client = make_app(public_url="", env="production").test_client()

    answer = client.get("/$discovery/rest", headers={"Host": "evil.example"})

    assert answer.status_code == 503
    assert "MODERATION_PUBLIC_URL" in answer.get_json()["error"]["message"]
    assert b"evil.example" not in answer.data


# Suggestions


def test_a_suggestion_is_kept_as_an_example(ask, session):
    answer = ask(LABEL, path=SUGGEST)

    assert answer.get_json() == {
        "clientToken": "comment:1",
        "requestedLanguages": ["en"],
        "detectedLanguages": ["en"],
    }
    row = session.scalars(select(LabelledExample)).one()
    assert (row.source, row.text, row.labels) == (
        "perspective",
        "A made-up remark.",
        {"TOXICITY": 1.0},
    )
    assert row.context == {"clientToken": "comment:1"}


def test_nothing_of_a_text_that_must_not_be_stored_is_stored(ask, session):
    canary = {"text": "a canarytext of an idiot"}
    with capture_logs() as logs:
        ask({**REQUEST, "comment": canary, "doNotStore": True, "sessionId": "canarysession"})
        ask({**REQUEST, "comment": canary, "clientToken": "canarytoken"})
        ask({**REQUEST, "comment": canary, "languages": ["ja"]})
        ask({**LABEL, "comment": canary, "doNotStore": True}, path=SUGGEST)

    rows = "".join(
        repr(tuple(row)) for t in Base.metadata.sorted_tables for row in session.execute(select(t))
    )
    assert "canary" not in rows + repr(logs)


@one_store
def test_an_unexpected_failure_is_googles_500_and_its_text_is_in_no_log(ask, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("canarytext")

    monkeypatch.setattr(perspective, "answer_prepared", fail)

    with capture_logs() as logs:
        answer = ask()

    assert answer.status_code == 500
    assert answer.get_json()["error"]["status"] == "INTERNAL"
    assert [entry["event"] for entry in logs] == ["request.failed"]
    assert "canarytext" not in repr(logs)


@one_store
def test_a_busy_store_is_unavailable_for_a_moment(ask, monkeypatch):
    from moderation.storage.errors import busy

    def fail(*_, **__):
        raise busy()

    monkeypatch.setattr(suggestions, "transact", fail)

    answer = ask(LABEL, path=SUGGEST)

    assert answer.status_code == 503
    assert answer.get_json()["error"]["status"] == "UNAVAILABLE"
    assert answer.headers["Retry-After"] == "2"


# Batches


def part(number, body, *, target=f"{ANALYZE}?key={{key}}", method="POST"):
    return (
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <id + {number}>\r\n\r\n"
        f"{method} {target} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body}\r\n"
    )


def texts(*found):
    return [json.dumps({**REQUEST, "comment": {"text": text}}) for text in found]


def score_of(answer):
    return answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"]


@pytest.fixture
def batch(client, key):
    def send(*parts, path="/batch", **options):
        body = "".join(parts).replace("{key}", key) + "--b--\r\n"
        answer = client.post(path, data=body, content_type="multipart/mixed; boundary=b", **options)
        assert answer.status_code == 200, answer.data
        boundary = answer.content_type.partition("boundary=")[2]
        found = {}
        for each in answer.get_data(as_text=True).split(f"--{boundary}")[1:-1]:
            head, inner = each.strip().split("\r\n\r\n", 1)
            inner_head, body = inner.split("\r\n\r\n", 1)
            id = head.partition("Content-ID: <response-")[2].partition(">")[0]
            found[id] = int(inner_head.split(" ")[1]), json.loads(body)
        return found

    return send


@pytest.mark.parametrize("path", sorted(perspective.BATCH))
def test_one_failing_part_does_not_fail_the_others(batch, path):
    found = batch(*(part(n, body) for n, body in enumerate(texts("one", "", "three"))), path=path)

    assert {id: status for id, (status, _) in found.items()} == {
        "id + 0": 200,
        "id + 1": 400,
        "id + 2": 200,
    }
    assert found["id + 1"][1]["error"]["details"][0]["errorType"] == "COMMENT_EMPTY"
    assert "attributeScores" in found["id + 2"][1]


@one_store
def test_a_part_scores_what_its_text_scores_alone(batch, ask):
    typed = ["You are an idiot.", "A calm remark.", "Halt die Klappe, du Idiot!", "I'll kill you."]

    found = batch(*(part(n, body) for n, body in enumerate(texts(*typed))))

    for number, text in enumerate(typed):
        alone = ask({**REQUEST, "comment": {"text": text}}).get_json()
        assert score_of(found[f"id + {number}"][1]) == pytest.approx(score_of(alone), abs=1e-5)


@one_store
def test_a_text_that_cannot_be_read_fails_alone(batch, monkeypatch):
    begin = reading._begin

    def fail(text, student):
        if "unreadable" in text.raw:
            raise RuntimeError
        return begin(text, student)

    monkeypatch.setattr(reading, "_begin", fail)

    found = batch(*(part(n, body) for n, body in enumerate(texts("one", "unreadable", "three"))))

    assert [status for status, _ in found.values()] == [200, 500, 200]


@one_store
def test_each_part_has_its_own_key_or_that_of_the_batch(batch, key):
    (body,) = texts("hello")

    found = batch(
        part(1, body, target=f"{ANALYZE}?key=wrong"),
        part(2, body, target=ANALYZE),
        part(3, body, target="https://x.example/v1alpha1/comments%3Aanalyze?key={key}"),
        path=f"/batch?key={key}",
    )
    none = batch(part(1, body, target=ANALYZE))

    assert [status for status, _ in found.values()] == [400, 200, 200]
    assert none["id + 1"][0] == 403


@one_store
def test_a_part_can_suggest_and_nothing_else_than_the_two_methods(batch, session):
    found = batch(
        part(1, json.dumps(LABEL), target=f"{SUGGEST}?key={{key}}"),
        part(2, "", target="/api/v1/review/queue"),
        part(3, "", method="GET"),
        part(4, "x" * 300_000),
        "--b\r\nContent-ID: <id + 5>\r\n\r\nnonsense\r\n",
    )

    assert [status for status, _ in found.values()] == [200, 404, 405, 400, 404]
    assert session.scalars(select(LabelledExample.text)).all() == ["A made-up remark."]


@one_store
def test_what_is_no_batch_is_refused_as_a_whole(client):
    answer = client.post("/batch", data=b"{}", content_type="application/json")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["status"] == "INVALID_ARGUMENT"


# Budgets


@pytest.fixture
def limited(make_app, site, key):
    from moderation.config import RequestRate

    return make_app(ratelimit_enabled=True, ratelimit_compat=RequestRate(0.01, 12)).test_client()


@one_store
def test_a_key_that_has_used_up_its_rate_gets_googles_429(limited, key):
    statuses = [limited.post(f"{ANALYZE}?key={key}", json=REQUEST).status_code for _ in range(12)]
    answer = limited.post(f"{ANALYZE}?key={key}", json=REQUEST)

    assert statuses == [200] * 12
    error = answer.get_json()["error"]
    assert (answer.status_code, error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert int(answer.headers["Retry-After"]) > 1
    info = error["details"][0]
    assert info["reason"] == "RATE_LIMIT_EXCEEDED"
    assert info["metadata"]["quota_limit"] == "AnalyzeRequestsPerMinutePerProject"


@one_store
def test_the_parts_of_a_batch_count(limited, key):
    body = "".join(part(n, each) for n, each in enumerate(texts(*["hello"] * 14)))
    answer = limited.post(
        "/batch",
        data=body.replace("{key}", key) + "--b--",
        content_type="multipart/mixed; boundary=b",
    ).get_data(as_text=True)

    assert answer.count("HTTP/1.1 200 OK") == 12
    assert answer.count("HTTP/1.1 429 Too Many Requests") == 2


@one_store
def test_guessing_keys_uses_up_the_networks_budget_and_not_that_of_keys(make_app, key):
    from moderation.config import RequestRate

    client = make_app(
        ratelimit_enabled=True, ratelimit_requests=RequestRate(0.001, 10)
    ).test_client()
    guesses = [client.post(f"{ANALYZE}?key=guess{n}", json=REQUEST) for n in range(14)]

    assert {answer.status_code for answer in guesses[:8]} == {400}
    assert guesses[-1].status_code == 429
    assert guesses[-1].get_json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    other = {"REMOTE_ADDR": "192.0.2.7"}
    answers = [
        client.post(f"{ANALYZE}?key={key}", json=REQUEST, environ_base=other) for _ in range(40)
    ]
    assert {answer.status_code for answer in answers} == {200}


@one_store
def test_a_network_that_asks_too_much_is_refused_before_anything_is_done(make_app):
    from moderation.config import RequestRate

    client = make_app(
        ratelimit_enabled=True, ratelimit_requests=RequestRate(0.001, 10)
    ).test_client()

    statuses = [client.get("/$discovery/rest").status_code for _ in range(501)]

    assert statuses.count(200) == 500
    assert statuses[-1] == 429


# What every answer has


@one_store
def test_calls_are_counted_where_metrics_are_on(make_app, key):
    token = "a token for metrics that is long enough"
    client = make_app(metrics_token=token).test_client()
    client.post(f"{ANALYZE}?key={key}", json=REQUEST)
    client.get("/v1alpha1/nothing")

    text = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).get_data(True)

    assert 'endpoint="perspective.analyze"' in text
    assert 'endpoint="perspective.other"' in text


@one_store
def test_over_tls_an_answer_asks_for_tls(make_app):
    client = make_app(public_url="https://comments.example").test_client()

    answer = client.get("/$discovery/rest", base_url="https://comments.example")

    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert answer.get_json()["rootUrl"] == "https://comments.example/"


@one_store
def test_a_head_request_has_no_body(client):
    answer = client.head("/$discovery/rest")

    assert answer.status_code == 200
    assert answer.data == b""
    assert int(answer.headers["Content-Length"]) > 1000
