"""Requests for scores: the shapes that clients send, and the error that each mistake gets."""

import json

import pytest

from moderation.services.compat.perspective.errors import Refused
from moderation.services.compat.perspective.requests import (
    analysis_of,
    read_analysis,
    read_suggestion,
)

ASKED = {"TOXICITY": {}}


def refusal(read, **given) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        read(json.dumps(given).encode())
    error = caught.value.body()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    return error["message"], error["details"][0]["errorType"]


@pytest.mark.parametrize(
    ("given", "message", "kind"),
    [
        ({"comment": {"text": ""}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": " \n"}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": None}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": "x" * 20_481}}, "Comment text too long.", "COMMENT_TOO_LONG"),
        ({"comment": {"text": "é" * 10_241}}, "Comment text too long.", "COMMENT_TOO_LONG"),
        (
            {"requestedAttributes": {}},
            "Missing requested_attributes",
            "NO_REQUESTED_ATTRIBUTES",
        ),
        ({"requestedAttributes": None}, "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        (
            {"requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}},
            "Requested score type RAW is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
        (
            {"context": {"entries": [{"text": "a"}], "articleAndParentComment": {"article": {}}}},
            "Context can have either entries or article_and_parent_comment, but both fields were "
            "populated.",
            "INVALID_REQUEST",
        ),
    ],
)
def test_mistakes_have_googles_messages(given, message, kind):
    whole = {"comment": {"text": "hello"}, "requestedAttributes": ASKED} | given

    assert refusal(read_analysis, **whole) == (message, kind)


@pytest.mark.parametrize(
    "given",
    [
        {"comment": "hello"},
        {"comment": {"text": 7}},
        {"comment": {"text": "hello", "type": "MARKDOWN"}},
        {"comment": {"text": "hello", "type": 1}},
        {"requestedAttributes": ["TOXICITY"]},
        {"requestedAttributes": {f"A{n}": {} for n in range(101)}},
        {"requestedAttributes": {"TOXICITY": []}},
        {"requestedAttributes": {"TOXICITY": {"scoreType": ["x"]}}},
        {"requestedAttributes": {"TOXICITY": {"scoreThreshold": "high"}}},
        {"requestedAttributes": {"TOXICITY": {"scoreThreshold": [1]}}},
        {"requestedAttributes": {"NEVER_WAS": {}}},
        {"languages": {"en": 1}},
        {"languages": ["en"] * 21},
        {"languages": [7]},
        {"languages": ["not a language"]},
        {"clientToken": 7},
        {"clientToken": "x" * 1001},
    ],
)
def test_other_mistakes_are_errors_too(given):
    whole = {"comment": {"text": "hello"}, "requestedAttributes": ASKED} | given

    assert refusal(read_analysis, **whole)[1] == "INVALID_REQUEST"


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b"7"])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(Refused) as caught:
        read_analysis(body)

    assert caught.value.code == 400


@pytest.mark.parametrize(
    "body",
    ['{"comment": {"text": "Café"}}'.encode("latin-1"), '{"comment": {}}'.encode("utf-16")],
)
def test_a_body_in_another_encoding_is_refused_as_such(body):
    with pytest.raises(Refused) as caught:
        read_analysis(body)

    assert caught.value.message.endswith("The body must be in UTF-8.")


def test_a_text_that_is_too_long_has_its_size_and_the_limit_in_googles_later_words():
    """A research script searches the error for them, and sends the text in parts."""
    with pytest.raises(Refused) as caught:
        analysis_of({"comment": {"text": "é" * 10_241}, "requestedAttributes": ASKED})

    _, detail = caught.value.body()["error"]["details"]
    (violation,) = detail["fieldViolations"]
    assert violation["description"] == (
        "Comment text was too many bytes. Value (20482) exceeded limit (20480)."
    )


def test_an_unknown_attribute_is_named_with_those_that_are_known():
    message, _ = refusal(
        read_analysis, comment={"text": "hello"}, requestedAttributes={"FOO\n": {}, "TOXICITY": {}}
    )

    assert message.startswith("Unknown requested attribute: FOO.")
    assert "SEVERE_TOXICITY" in message


def test_attributes_keep_the_names_that_the_client_gave():
    found = analysis_of(
        {
            "comment": {"text": "hello"},
            "requestedAttributes": {
                "TOXICITY@6": None,
                "INSULT_EXPERIMENTAL": {"scoreThreshold": "0.5"},
                "TOXICITY_FAST": {"scoreType": "PROBABILITY", "scoreThreshold": 0.25},
                "FLIRTATION": {},
                "REASONING_EXPERIMENTAL": {},
            },
        }
    )

    assert found.attributes == {
        "TOXICITY@6": ("TOXICITY", 0.0),
        "INSULT_EXPERIMENTAL": ("INSULT", 0.5),
        "TOXICITY_FAST": ("TOXICITY", 0.25),
    }
    assert found.missing == ("FLIRTATION", "REASONING_EXPERIMENTAL")


def test_snake_case_and_single_values_are_read():
    found = analysis_of(
        {
            "comment": {"text": "hello", "type": "HTML"},
            "requested_attributes": {"TOXICITY": {"score_threshold": "0.25"}},
            "span_annotations": "true",
            "drop_unsupported_attributes": True,
            "client_token": "abc",
            "languages": "pt-BR",
            "do_not_store": True,
        }
    )

    assert found.attributes == {"TOXICITY": ("TOXICITY", 0.25)}
    assert (found.is_html, found.by_sentence, found.drop_unsupported) == (True, True, True)
    assert (found.token, found.languages) == ("abc", ("pt-BR",))


def test_half_of_a_surrogate_pair_is_replaced_by_one_unit():
    found = read_analysis(
        b'{"comment":{"text":"a\\ud83d b"},"requestedAttributes":{"TOXICITY":{}}}'
    )

    assert found.text == "a\N{REPLACEMENT CHARACTER} b"


def test_a_suggestion_has_a_score_for_each_attribute():
    found = read_suggestion(
        json.dumps(
            {
                "comment": {"text": "hello"},
                "context": {"entries": [{"text": '{"url": "https://news.example/1"}'}, 7]},
                "attributeScores": {
                    "TOXICITY": {"summaryScore": {"value": 1}},
                    "INSULT": {
                        "spanScores": [
                            {"begin": 0, "end": 2, "score": {"value": 0.25}},
                            {"begin": 2, "end": 5, "score": {"value": "0.5"}},
                        ]
                    },
                    "FLIRTATION": {"summaryScore": {"value": -3}},
                },
                "communityId": "Coral:https://news.example",
                "clientToken": "comment:1",
                "sessionId": "https://news.example_17",
            }
        ).encode()
    )

    assert found.labels == {"TOXICITY": 1.0, "INSULT": 0.5, "FLIRTATION": 0.0}
    assert found.context == {
        "communityId": "Coral:https://news.example",
        "clientToken": "comment:1",
        "entry 0": '{"url": "https://news.example/1"}',
    }
    assert found.store


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {},
        [],
        {"NEVER_WAS": {"summaryScore": {"value": 1}}},
        {"TOXICITY": 1},
        {"TOXICITY": {}},
        {"TOXICITY": {"spanScores": []}},
        {"TOXICITY": {"spanScores": [{"score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [7]}},
        {"TOXICITY": {"summaryScore": {"value": "bad"}}},
        {f"A{n}": {} for n in range(101)},
    ],
)
def test_a_suggestion_without_usable_scores_is_refused(scores):
    kind = refusal(read_suggestion, comment={"text": "hello"}, attributeScores=scores)[1]

    assert kind == "INVALID_REQUEST"


def test_the_context_of_an_article_is_read():
    article = {"article": {"text": "a"}, "parentComment": {"text": "b" * 2000}}
    found = read_suggestion(
        json.dumps(
            {
                "comment": {"text": "hello"},
                "context": {"articleAndParentComment": article, "entries": []},
                "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
                "doNotStore": "true",
            }
        ).encode()
    )

    assert found.context == {"article": "a", "parentComment": "b" * 1000}
    assert not found.store


def suggestion(**members):
    given = {"comment": {"text": "hello"}, "attributeScores": {"TOXICITY": {"summaryScore": {}}}}
    return json.dumps({**given, **members}).encode()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (True, False),
        ("True", False),
        ("1", False),
        ("yes", False),
        (False, True),
        ("false", True),
        ("0", True),
        (None, True),
    ],
)
def test_a_boolean_may_be_a_string(sent, stored):
    assert read_suggestion(suggestion(doNotStore=sent)).store is stored


@pytest.mark.parametrize("sent", [1, 0, [True], {}, "on", ""])
def test_a_wish_that_cannot_be_read_is_refused_and_the_text_not_stored(sent):
    with pytest.raises(Refused) as caught:
        read_suggestion(suggestion(doNotStore=sent))

    assert caught.value.code == 400
    assert "do_not_store" in caught.value.message


@pytest.mark.parametrize("body", [b"", b" \r\n", b"{}"])
def test_a_request_without_a_body_has_no_comment(body):
    with pytest.raises(Refused) as caught:
        read_analysis(body)

    (detail,) = caught.value.body()["error"]["details"]
    assert detail["errorType"] == "COMMENT_EMPTY"


def test_what_is_no_json_has_details_as_every_error_has():
    with pytest.raises(Refused) as caught:
        read_analysis(b"comment=hello")

    (detail,) = caught.value.body()["error"]["details"]
    assert detail["@type"].endswith("google.rpc.BadRequest")
    assert detail["fieldViolations"][0]["description"].startswith("Invalid JSON payload received.")
