"""What a site's own checker is sent, and what is read in its answers."""

import json

import pytest

from moderation.domain.checker import Checker, Shape, from_stored
from moderation.services.compat import checker_shapes
from moderation.services.compat.checker_shapes import BadAnswer, Subject
from moderation.services.outbound import Answer

URL = "https://checker.example/"
OPENAI = Checker(URL, Shape.OPENAI)
PERSPECTIVE = Checker(URL, Shape.PERSPECTIVE, attributes=("TOXICITY", "THREAT"))
PLAIN = Checker(URL, Shape.JSON, template={"q": "{text}"}, scores="/a~1b/1/score")


def answer(value):
    return Answer(200, body=value if isinstance(value, bytes) else json.dumps(value).encode())


def test_an_openai_shaped_checker_gets_the_text_as_input():
    assert checker_shapes.body_of(OPENAI, Subject("Hello.")) == {"input": "Hello."}
    named = Checker(URL, Shape.OPENAI, model="omni")
    assert checker_shapes.body_of(named, Subject("x")) == {"model": "omni", "input": "x"}


def test_a_perspective_shaped_checker_is_asked_to_store_nothing():
    assert checker_shapes.body_of(PERSPECTIVE, Subject("Hello.")) == {
        "comment": {"text": "Hello."},
        "requestedAttributes": {"TOXICITY": {}, "THREAT": {}},
        "doNotStore": True,
    }


def test_a_template_is_filled_in_its_strings_and_a_text_is_never_read_as_a_template():
    template = {"q": "say {text} by {author_name}", "n": 3, "list": [{"deep": "{post_url}"}, None]}
    checker = Checker(URL, Shape.JSON, template=template)
    subject = Subject(
        'a "quote" {site} {author_name}', author_name="{text}", post_url="u", site="s"
    )

    assert checker_shapes.body_of(checker, subject) == {
        "q": 'say a "quote" {site} {author_name} by {text}',
        "n": 3,
        "list": [{"deep": "u"}, None],
    }


@pytest.mark.parametrize(
    ("checker", "secret", "name", "value"),
    [
        (OPENAI, "sk-1", "Authorization", "Bearer sk-1"),
        (OPENAI, "Token sk-1", "Authorization", "Token sk-1"),
        (PERSPECTIVE, "k", "X-Goog-Api-Key", "k"),
        (Checker(URL, Shape.JSON, secret_header="X-Key"), "k", "X-Key", "k"),
    ],
)
def test_the_secret_has_the_header_of_the_shape_or_of_the_settings(checker, secret, name, value):
    headers = checker_shapes.build(checker, secret, Subject("x")).headers

    assert headers[name] == value
    assert set(headers) == {"Content-Type", "User-Agent", name}


def test_without_a_secret_no_header_carries_one():
    assert set(checker_shapes.build(OPENAI, "", Subject("x")).headers) == {
        "Content-Type",
        "User-Agent",
    }


@pytest.mark.parametrize(
    ("checker", "body", "scores"),
    [
        (
            OPENAI,
            {"results": [{"flagged": False, "category_scores": {"hate": 0.2, "sexual": 0}}]},
            {"hate": 0.2, "sexual": 0.0},
        ),
        (
            PERSPECTIVE,
            {"attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.7}}}},
            {"TOXICITY": 0.7},
        ),
        (PERSPECTIVE, {"languages": ["en"]}, {}),
        (PLAIN, {"a/b": [None, {"score": 0.5}]}, {"score": 0.5}),
        (PLAIN, {"a/b": [None, {"score": True}]}, {"score": 1.0}),
        (PLAIN, {"a/b": [0, {"score": [0.1, 0.2, "x"]}]}, {"0": 0.1, "1": 0.2}),
        (PLAIN, {"a/b": [0, {"score": {"spam": 1, "other": "x"}}]}, {"spam": 1.0}),
        (PLAIN, {"a/b": [0, {"score": {"<b>\u0000": 0.4}}]}, {"a score": 0.4}),
        (Checker(URL, Shape.JSON), 0.25, {"score": 0.25}),
    ],
)
def test_scores_are_read_where_the_shape_has_them(checker, body, scores):
    assert checker_shapes.read(checker, answer(body)).scores == scores


def test_an_openai_shaped_checker_says_itself_what_is_flagged():
    body = {"results": [{"flagged": True, "category_scores": {"hate": 0.01}}]}

    assert checker_shapes.read(OPENAI, answer(body)).flagged


@pytest.mark.parametrize(
    ("checker", "given", "why"),
    [
        (OPENAI, Answer(0, error="ConnectError"), "ConnectError"),
        (OPENAI, Answer(0), "no answer"),
        (OPENAI, Answer(301), "HTTP 301"),
        (OPENAI, Answer(503, body=b"a long story"), "HTTP 503"),
        (OPENAI, answer(b"canary"), "the answer is not JSON"),
        (OPENAI, answer(b"[" * 5000), "the answer is not JSON"),
        (OPENAI, answer(b'{"results": [{"flagged": false, "category_scores": NaN}]}'), "not JSON"),
        (OPENAI, answer({"results": []}), "no score"),
        (OPENAI, answer({"results": [{"category_scores": {"hate": 0.2}}]}), "OpenAI-shaped"),
        (OPENAI, answer(["canary"]), "no score"),
        (PERSPECTIVE, answer({"error": {"message": "canary"}}), "Perspective-shaped"),
        (PERSPECTIVE, answer({"attributeScores": {"TOXICITY": "canary"}}), "no score"),
        (PLAIN, answer({"a/b": [0]}), "no score"),
        (PLAIN, answer({"a/b": {"1": {"score": "canary"}}}), "no score"),
        (PLAIN, answer({"a/b": [0, {"score": 1.01}]}), "between 0 and 1"),
        (PLAIN, answer({"a/b": [0, {"score": -1}]}), "between 0 and 1"),
        (PLAIN, answer({"a/b": [0, {"score": 10**400}]}), "JSON"),
        (PLAIN, Answer(200, body=b"{}", is_cut=True), "more than"),
    ],
)
def test_any_other_answer_is_a_failure_without_a_word_of_it(checker, given, why):
    with pytest.raises(BadAnswer, match=why) as raised:
        checker_shapes.read(checker, given)

    assert "canary" not in str(raised.value)


def test_the_worst_score_of_nothing_is_none():
    assert checker_shapes.Result({}).worst == ("", 0.0)


def test_settings_survive_their_storing_and_those_of_a_newer_release_are_ignored():
    assert from_stored(json.loads(json.dumps(PERSPECTIVE.stored()))) == PERSPECTIVE
    assert from_stored({"url": URL, "shape": "openai", "not_yet_invented": 1}) == OPENAI
