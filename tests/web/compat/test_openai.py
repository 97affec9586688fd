"""`POST /v1/moderations`: texts in, categories out, and every error in OpenAI's shape."""

import json

import pytest

from moderation.config import RequestRate
from moderation.filters.toxicity.filter import ATTRIBUTES
from moderation.services.compat import keys, openai
from moderation.services.sites import registry
from moderation.storage import Base
from moderation.web.database import db
from tests.conftest import one_store

DETECTED = set(openai.CATEGORIES)
ALL = {*openai.CATEGORIES, *openai.UNSUPPORTED}


@pytest.fixture
def key(app, site, clock):
    with app.app_context():
        session = db.session()
        made = keys.make(
            session, registry.find(session, "news"), keys.Service.OPENAI, now=clock.now
        )
        db.session.remove()
    return made


@pytest.fixture
def ask(client, key):
    def send(body, *, key=key, path="/v1/moderations", client=client, **options):
        if isinstance(body, bytes):
            options["data"] = body
        else:
            options["json"] = body
        return client.post(path, headers={"Authorization": f"Bearer {key}"}, **options)

    return send


def test_a_text_gets_one_result_with_the_categories_that_have_a_detector(ask):
    answer = ask({"input": "you idiot"})

    body = answer.get_json()
    (result,) = body["results"]
    assert answer.status_code == 200
    assert body["id"].startswith("modr-")
    assert result["flagged"] is True
    assert result["categories"]["harassment"] is True
    assert set(result["categories"]) == DETECTED
    assert set(result["category_scores"]) == DETECTED
    assert result["category_applied_input_types"] == {name: ["text"] for name in DETECTED}


def test_a_byte_order_mark_before_the_body_is_no_part_of_it(ask):
    assert ask(b'\xef\xbb\xbf{"input": "Hello."}').status_code == 200


def test_the_answer_names_our_model_whatever_was_asked_for(ask):
    answer = ask({"input": "Hello.", "model": "omni-moderation-latest"})

    assert answer.get_json()["model"] == openai.model_name() == answer.headers["X-Moderation-Model"]
    assert "@" in openai.model_name()


@one_store
def test_our_model_of_another_version_is_not_found(ask):
    assert ask({"input": "Hello.", "model": openai.model_name()}).status_code == 200

    answer = ask({"input": "Hello.", "model": "moderation@tox-0:00000000"})

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "model_not_found"


@one_store
def test_each_text_of_a_list_has_its_own_result_in_order(ask):
    results = ask({"input": ["you idiot", "Good morning.", ""]}).get_json()["results"]

    assert [result["flagged"] for result in results] == [True, False, False]


@one_store
def test_typed_parts_are_one_text(ask):
    parts = [{"type": "text", "text": "Good morning."}, {"type": "text", "text": "you idiot"}]

    results = ask({"input": parts}).get_json()["results"]

    assert [result["flagged"] for result in results] == [True]


@one_store
@pytest.mark.parametrize("path", ["/v1/moderations?pad=1", "/padded/v1/moderations"])
def test_padding_adds_the_other_categories_as_false_and_zero(ask, path):
    """Typed clients of Rust, Swift and Kotlin read no answer that lacks a category."""
    result = ask({"input": "Hello."}, path=path).get_json()["results"][0]

    assert set(result["categories"]) == set(result["category_scores"]) == ALL
    assert all(result["categories"][name] is False for name in openai.UNSUPPORTED)
    assert all(result["category_scores"][name] == 0 for name in openai.UNSUPPORTED)
    assert all(result["category_applied_input_types"][n] == [] for n in openai.UNSUPPORTED)


@one_store
def test_the_thresholds_of_the_site_decide_what_is_flagged(ask, change_site):
    change_site(settings={"thresholds": {"insult": 1.01, "threat": 1.01}})

    result = ask({"input": "you idiot"}).get_json()["results"][0]

    assert result["categories"]["harassment"] is False
    assert result["category_scores"]["harassment"] > 0.5


@one_store
@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": None}, "input"),
        ({"input": []}, "input"),
        ({"input": 3}, "input"),
        ({"input": {"type": "text", "text": "x"}}, "input"),
        ({"input": ["fine", 3]}, "input[1]"),
        ({"input": [[1, 2]]}, "input[0]"),
        ({"input": ["x"] * (openai.MOST_TEXTS + 1)}, "input"),
        ({"input": "x" * (openai.LONGEST_TEXT + 1)}, "input"),
        ({"input": [{"type": "text"}]}, "input[0].text"),
        ({"input": [{"type": "text", "text": "x"}, "y"]}, "input[1].type"),
        ({"input": [{"type": "video", "text": "x"}]}, "input[0].type"),
        ({"input": [{"type": "text", "text": "x"}] * (openai.MOST_PARTS + 1)}, "input"),
        ({"input": "x", "model": 3}, "model"),
        ({"input": "x", "model": "x" * 201}, "model"),
        ([], None),
    ],
)
def test_a_wrong_request_is_refused_by_the_name_of_its_member(ask, body, param):
    answer = ask(body)

    error = answer.get_json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["message"]
    assert set(error) == {"message", "type", "param", "code"}


IMAGE = {"type": "image_url", "image_url": {"url": "https://news.example/a.png"}}
HELLO = {"type": "text", "text": "you idiot"}


def picture(size):
    address = "data:image/png;base64," + "A" * size
    return {"type": "image_url", "image_url": {"url": address}}


@one_store
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_a_large_picture_in_the_body_does_not_keep_its_text_from_being_judged(ask, slash):
    body = json.dumps({"input": [HELLO, picture(3_000_000)]}).replace(
        "image/png", f"image{slash}png"
    )

    answer = ask(body.encode(), content_type="application/json")

    assert answer.get_json()["results"][0]["flagged"] is True
    assert answer.headers["X-Moderation-Not-Judged"] == "image_url"


@one_store
def test_no_text_passes_for_a_picture(ask):
    """Without that, a commenter could keep the text beside a large picture from being judged."""
    for begin in ('"url": "data:image/png;base64,', "data:image/png;base64,"):
        text = {"type": "text", "text": f"{begin}\n\nYou are an idiot."}
        alone = ask({"input": [text]}).get_json()["results"]

        assert ask({"input": [text, picture(400_000)]}).get_json()["results"] == alone
        assert alone[0]["flagged"] is True


@one_store
@pytest.mark.parametrize(
    "body",
    [
        {"input": ["x" * 30_000] * 10},
        {"input": [HELLO, picture(9_000_000)]},
        {"input": [HELLO, {"type": "image_url", "image_url": {"url": "x" * 300_000}}]},
    ],
)
def test_a_body_that_is_too_large_is_refused(ask, body):
    answer = ask(body)

    assert answer.status_code == 413
    assert answer.get_json()["error"]["type"] == "invalid_request_error"


@one_store
def test_an_image_beside_a_text_is_named_as_not_judged(ask):
    answer = ask({"input": [HELLO, IMAGE]})

    (result,) = answer.get_json()["results"]
    assert result["flagged"] is True
    assert set(map(tuple, result["category_applied_input_types"].values())) == {("text",)}
    assert answer.headers["X-Moderation-Not-Judged"] == "image_url"
    assert "X-Moderation-Not-Judged" not in ask({"input": [HELLO]}).headers


@one_store
@pytest.mark.parametrize(
    ("parts", "path", "param"),
    [
        ([IMAGE], "/v1/moderations", "input[0]"),
        ([HELLO, IMAGE], "/v1/moderations?strict=1", "input[1]"),
    ],
)
def test_an_image_alone_is_refused_and_with_strict_any_image(ask, parts, path, param):
    answer = ask({"input": parts}, path=path)

    error = answer.get_json()["error"]
    assert answer.status_code == 400
    assert (error["param"], error["code"]) == (param, "unsupported_input_type")


@one_store
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 2000])
def test_what_is_no_json_is_refused_in_the_same_shape(ask, body):
    answer = ask(body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["type"] == "invalid_request_error"


def test_a_wrong_key_is_refused(ask, client):
    for answer in (
        ask({"input": "Hello."}, key="sk-wrong"),
        client.post("/v1/moderations", json={"input": "Hello."}),
    ):
        error = answer.get_json()["error"]
        assert answer.status_code == 401
        assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_api_key")
        assert "sk-wrong" not in answer.get_data(as_text=True)


def test_a_revoked_key_is_refused(ask, app, clock):
    with app.app_context():
        site = registry.find(db.session(), "news")
        keys.revoke(db.session(), site, keys.Service.OPENAI, now=clock.now)
        db.session.remove()

    assert ask({"input": "Hello."}).status_code == 401


@one_store
def test_too_many_requests_of_a_key_wait(make_app, ask):
    limited = make_app(ratelimit_enabled=True, ratelimit_compat=RequestRate(0.01, 2)).test_client()
    assert ask({"input": ["Hello.", "Hi."]}, client=limited).status_code == 200

    answer = ask({"input": "Hello."}, client=limited)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.get_json()["error"]["code"] == "rate_limit_exceeded"


@one_store
def test_guessing_keys_spends_the_budget_of_the_network(make_app, ask):
    limited = make_app(
        ratelimit_enabled=True, ratelimit_requests=RequestRate(0.001, 1)
    ).test_client()
    wrong = ask({"input": "Hello."}, key="sk-wrong", client=limited)

    answer = ask({"input": "Hello."}, key="sk-wrong", client=limited)

    assert answer.status_code == 429
    assert answer.get_json()["error"]["code"] == "rate_limit_exceeded"
    assert answer.headers["Retry-After"]
    assert wrong.status_code in (401, 429)


@one_store
def test_a_broken_detector_is_an_error_and_never_a_harmless_result(ask, monkeypatch):
    class Broken:
        version = "tox-broken"

        def check(self, *_):
            raise RuntimeError("the model is gone: you idiot")

    monkeypatch.setattr(openai, "toxicity", Broken())

    answer = ask({"input": "you idiot"})

    assert answer.status_code == 500
    assert answer.get_json()["error"]["type"] == "server_error"
    assert "idiot" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["/moderations", "/padded/moderations", "/v1/v1/moderations", "/v1/chat/completions"],
)
def test_other_addresses_of_openais_are_refused_in_its_shape_with_the_one_that_is_here(ask, path):
    """A base URL may lack `/v1`, or a whole application be sent here by OPENAI_BASE_URL."""
    answer = ask({"input": "Hello."}, path=path)

    error = answer.get_json()["error"]
    assert answer.status_code == 404
    assert (error["type"], error["code"]) == ("invalid_request_error", "unknown_url")
    assert "POST /v1/moderations" in error["message"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_of_a_request_is_stored(ask, session):
    ask({"input": "a canary that sings loudly"})

    for table in Base.metadata.sorted_tables:
        for row in session.execute(table.select()):
            assert "canary" not in repr(row), table.name


@one_store
def test_the_mapping_of_categories_is_that_of_the_scores(monkeypatch, app, site):
    scores = dict.fromkeys(ATTRIBUTES, 0.0)
    scores |= {"identity_attack": 0.9, "threat": 0.3}
    monkeypatch.setattr(openai, "_scores", lambda text: scores)

    result = openai.moderate(site, ["any"], pad=False)["results"][0]

    assert result["category_scores"] == {
        "harassment": 0.3,
        "harassment/threatening": 0.3,
        "sexual": 0.0,
        "hate": 0.9,
        "hate/threatening": 0.3,
    }
    assert [name for name, is_set in result["categories"].items() if is_set] == ["hate"]
