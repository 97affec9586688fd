"""Requests to analyze in the shapes that real clients send, judged by their bytes."""

import json
import re

import pytest

from tests.compat.wire import AXIOS, CORAL, HTTPLIB2, JSON, TOXICITY, compact, error_of

pytestmark = pytest.mark.xdist_group("compat")


@pytest.fixture
def analyze(drop_in):
    """Send a body to comments:analyze, by default with the key in the address."""

    def send(body, *headers, query=None):
        query = f"?key={drop_in.perspective}" if query is None else query
        raw = body if isinstance(body, bytes) else compact(body)
        return drop_in.ask(
            "POST", f"/v1alpha1/comments:analyze{query}", *(headers or (JSON,)), body=raw
        )

    return send


def assert_scored(answer, *names, text):
    """Check what every client reads: the first key, one score a name, and spans."""
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"].lower().startswith("application/json")
    assert re.match(rb'\{\s*"attributeScores"', answer.body)
    assert re.fullmatch(r"\S+@\S+", answer.headers["x-moderation-model"])
    scores = answer.json["attributeScores"]
    assert set(scores) == set(names)
    length = len(text.encode("utf-16-le")) // 2
    for each in scores.values():
        assert each["summaryScore"]["type"] == "PROBABILITY"
        assert isinstance(each["summaryScore"]["value"], float)
        assert 0 <= each["summaryScore"]["value"] <= 1
        assert each["spanScores"]
        for span in each["spanScores"]:
            assert 0 <= span["begin"] < span["end"] <= length
            assert span["score"]["type"] == "PROBABILITY"


# Perspective: analyze


def test_the_curl_of_the_quick_start_has_keys_without_quotes(analyze):
    body = (
        b'{comment: {text: "who designed this silly bridge?"}, languages: ["en"], '
        b"requestedAttributes: {TOXICITY:{}} }"
    )

    answer = analyze(body, "User-Agent: curl/7.88.1", "Accept: */*", JSON)

    assert_scored(answer, "TOXICITY", text="who designed this silly bridge?")


@pytest.mark.parametrize(
    ("headers", "text", "more"),
    [
        (AXIOS, "the roof é leaks \U0001f600", {"doNotStore": True}),
        (HTTPLIB2, "\U0001f600 the roof leaks", {"languages": ["en"], "doNotStore": True}),
        (CORAL, "the roof leaks", {"languages": ["en"], "doNotStore": True}),
        ((JSON,), "the roof leaks", {"sessionId": "https://forum.example_7", "doNotStore": True}),
        ((JSON,), "the roof leaks", {"communityId": "forum.example"}),
        ((JSON,), "the roof leaks", {"spanAnnotations": True}),
        ((JSON,), "the roof leaks", {"context": {"entries": [{"text": "an older remark"}]}}),
        ((JSON,), "the roof leaks", {"context": {"entries": []}, "languages": []}),
    ],
    ids=["axios", "httplib2", "coral", "discourse", "community", "spans", "context", "empty"],
)
def test_each_clients_request_is_scored(analyze, headers, text, more):
    answer = analyze({"comment": {"text": text}, **TOXICITY, **more}, *headers)

    assert_scored(answer, "TOXICITY", text=text)
    assert "clientToken" not in answer.json


def test_json_escapes_and_plain_utf8_give_the_same_answer(analyze):
    plain = '{"comment":{"text":"\U0001f600 é roof"},"requestedAttributes":{"TOXICITY":{}}}'
    escaped = json.dumps(json.loads(plain))

    assert "\\ud83d\\ude00" in escaped
    assert analyze(plain.encode()).body == analyze(escaped.encode()).body


@pytest.mark.parametrize(
    "body",
    [
        # R writes a vector of one element as that element.
        {"comment": {"text": "the roof leaks"}, "languages": "en", **TOXICITY},
        # One client sends its threshold as text.
        {
            "comment": {"text": "the roof leaks"},
            "requestedAttributes": {
                "TOXICITY": {"scoreType": "PROBABILITY", "scoreThreshold": "0"}
            },
        },
        # JSON of protocol buffers takes the names of the fields as well.
        {"comment": {"text": "the roof leaks"}, "requested_attributes": {"TOXICITY": {}}},
        {"comment": {"text": "the roof leaks", "type": "PLAIN_TEXT"}, **TOXICITY},
        {"comment": {"text": "the roof leaks"}, "requestedAttributes": {"TOXICITY": None}},
        {"comment": {"text": "the roof leaks"}, "do_not_store": "true", **TOXICITY},
    ],
    ids=["one language", "threshold", "snake case", "type", "null", "boolean"],
)
def test_json_is_read_loosely(analyze, body):
    assert_scored(analyze(body), "TOXICITY", text="the roof leaks")


@pytest.mark.parametrize("place", ["query", "header", "bearer"])
def test_the_key_may_come_in_three_places(analyze, drop_in, place):
    query, headers = {
        "query": (f"?alt=json&key={drop_in.perspective}&prettyPrint=false", ()),
        "header": ("", (f"X-Goog-Api-Key: {drop_in.perspective}",)),
        "bearer": ("", (f"Authorization: Bearer {drop_in.perspective}",)),
    }[place]

    answer = analyze({"comment": {"text": "roof"}, **TOXICITY}, JSON, *headers, query=query)

    assert answer.status == 200


def test_parameters_of_googles_clients_are_tolerated(analyze, drop_in):
    query = (
        f"?key={drop_in.perspective}&alt=json&prettyPrint=true&quotaUser=u&$.xgafv=2&uploadType=media"
        "&fields=attributeScores.TOXICITY.summaryScore.value&callback=f"
    )

    answer = analyze({"comment": {"text": "roof"}, **TOXICITY}, query=query)

    assert answer.status == 200
    assert answer.body.lstrip().startswith(b"{")
    assert b"TOXICITY" in answer.body


def test_spans_of_sentences_count_utf16_units(analyze):
    text = "\U0001f600 The roof leaks. You are an idiot."

    answer = analyze({"comment": {"text": text}, "spanAnnotations": True, **TOXICITY})

    assert_scored(answer, "TOXICITY", text=text)
    spans = answer.json["attributeScores"]["TOXICITY"]["spanScores"]
    worst = max(spans, key=lambda span: span["score"]["value"])
    units = text.encode("utf-16-le")
    worst_text = units[2 * worst["begin"] : 2 * worst["end"]].decode("utf-16-le")
    assert worst_text.strip() == "You are an idiot."


def test_nothing_over_its_threshold_leaves_the_scores_out(analyze):
    asked = {"TOXICITY": {"scoreThreshold": 0.999}, "INSULT": {"scoreThreshold": 0.999}}

    answer = analyze({"comment": {"text": "A kind remark."}, "requestedAttributes": asked})

    assert answer.status == 200
    assert "attributeScores" not in answer.json
    assert answer.json["detectedLanguages"]


def test_attributes_without_a_detector_are_dropped_beside_others(analyze):
    asked = {"TOXICITY": {}, "FLIRTATION": {}, "ATTACK_ON_AUTHOR": {}}

    answer = analyze({"comment": {"text": "the roof leaks"}, "requestedAttributes": asked})

    assert_scored(answer, "TOXICITY", text="the roof leaks")


def test_experimental_names_are_answered_by_the_names_that_were_sent(analyze):
    names = ("SEVERE_TOXICITY_EXPERIMENTAL", "IDENTITY_ATTACK_EXPERIMENTAL", "THREAT_EXPERIMENTAL")

    answer = analyze(
        {"comment": {"text": "the roof leaks"}, "requestedAttributes": {n: {} for n in names}}
    )

    assert_scored(answer, *names, text="the roof leaks")


# Perspective: errors


@pytest.mark.parametrize(
    ("body", "message", "kind"),
    [
        ({"comment": {"text": ""}, **TOXICITY}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        (TOXICITY, "Comment must be non-empty.", "COMMENT_EMPTY"),
        (
            {"comment": {"text": "a " * 10_241}, **TOXICITY},
            "Comment text too long.",
            "COMMENT_TOO_LONG",
        ),
        (
            {"comment": {"text": "roof"}},
            "Missing requested_attributes",
            "NO_REQUESTED_ATTRIBUTES",
        ),
        (
            {"comment": {"text": "roof"}, "requestedAttributes": {"GRUMPINESS": {}}},
            "Unknown requested attribute: GRUMPINESS",
            "INVALID_REQUEST",
        ),
        (
            {
                "comment": {"text": "roof"},
                "requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}},
            },
            "Requested score type RAW is not supported by attribute TOXICITY",
            "INVALID_REQUEST",
        ),
        (
            {
                "comment": {"text": "roof"},
                "context": {
                    "entries": [{"text": "a"}],
                    "articleAndParentComment": {"article": {"text": "b"}},
                },
                **TOXICITY,
            },
            "Context can have either entries or article_and_parent_comment, but both fields were "
            "populated.",
            "INVALID_REQUEST",
        ),
    ],
    ids=["empty", "no comment", "long", "no attributes", "unknown", "score type", "contexts"],
)
def test_errors_have_googles_words_and_kinds(analyze, body, message, kind):
    error, kinds = error_of(analyze(body))

    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    # Names of what is supported may follow.
    assert re.match(rf"{re.escape(message)}(?:\. .+)?$", error["message"])
    assert kind in kinds


def test_a_text_of_20480_bytes_is_scored(analyze):
    answer = analyze({"comment": {"text": "é " * 6_826 + "ab"}, **TOXICITY})

    assert answer.status == 200


def test_an_unsupported_language_names_itself_and_the_attribute(analyze):
    error, _ = error_of(
        analyze({"comment": {"text": "the roof leaks"}, "languages": ["om"], **TOXICITY})
    )

    assert error["message"] == "Attribute TOXICITY does not support request languages: om"
    (detail,) = (each for each in error["details"] if "errorType" in each)
    assert detail["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    refusal = detail["languageNotSupportedByAttributeError"]
    assert refusal["requestedLanguages"] == ["om"]
    assert refusal["attribute"] == "TOXICITY"


@pytest.mark.parametrize("method", ["analyze", "suggestscore"])
def test_a_wrong_key_is_refused_in_googles_form(drop_in, method):
    answer = drop_in.ask(
        "POST",
        f"/v1alpha1/comments:{method}?key=wrong0000000",
        JSON,
        body=compact({"comment": {"text": "roof"}, **TOXICITY}),
    )

    error, kinds = error_of(answer)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"] == "API key not valid. Please pass a valid API key."
    assert "API_KEY_INVALID" in kinds


def test_a_missing_key_is_refused_in_googles_form(analyze):
    error, _ = error_of(analyze({"comment": {"text": "roof"}, **TOXICITY}, query=""))

    assert (error["code"], error["status"]) == (403, "PERMISSION_DENIED")
