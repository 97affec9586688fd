"""JSON lines in, JSON lines out, in order."""

import json

from moderation.cli.classify import classify
from moderation.filters.attributes import ATTRIBUTES, model
from moderation.services.compat.perspective.answers import answer
from moderation.services.compat.perspective.requests import analysis_of


def answers(*lines, **options):
    written = []
    bad = classify([line.encode() for line in lines], written.append, **options)
    assert all(w.endswith(b"\n") and w.count(b"\n") == 1 for w in written)
    return bad, [json.loads(w) for w in written]


def test_each_line_is_answered_by_one_line_in_order():
    bad, out = answers(
        '{"id": "a", "text": "Lovely weather."}',
        '{"id": 2, "text": "You fucking thief", "author": {"name": "Bo"}}',
    )

    assert bad == 0
    assert [o["id"] for o in out] == ["a", 2]
    assert [o["decision"] for o in out] == ["approve", "hold"]
    reason = out[1]["reasons"][0]
    assert reason["filter"] == "profanity"
    assert reason["code"] == "PROFANITY"
    assert reason["spans"] == [[4, 11]]
    assert out[1]["scores"]["profanity"] >= 0.7
    assert out[0]["scores"]["profanity"] < 0.5


def test_a_bad_line_is_named_and_the_next_one_still_judged():
    lines = [
        "not json",
        "[1]",
        '{"text": "no id"}',
        '{"id": true, "text": "x"}',
        '{"id": "a"}',
        '{"id": "a", "text": 5}',
        '{"id": "a", "text": "x", "author": []}',
        '{"id": "a", "text": "x", "author": {"name": 1}}',
        json.dumps({"id": "a", "text": "x", "author": {"email": "e" * 3000}}),
        json.dumps({"id": "a", "text": "x" * 65_537}),
        '{"id": "b", "text": "fine"}',
    ]

    bad, out = answers(*lines)

    assert bad == 10
    assert all(o["id"] is None and o["error"] for o in out[:10])
    assert out[10]["decision"] == "approve"


def test_a_reason_about_another_field_names_it_and_marks_nothing_in_the_text():
    _, out = answers(
        '{"id": 1, "text": "Hello there.", "author": {"name": "ShitHead", "email": null}}'
    )

    reason = out[0]["reasons"][0]
    assert reason["field"] == "author.name"
    assert reason["spans"] == []
    assert out[0]["scores"]["profanity"] < 0.5


def test_the_longest_allowed_text_is_judged():
    bad, out = answers(json.dumps({"id": 1, "text": "é" * 65_536}))

    assert bad == 0
    assert out[0]["scores"]["profanity"] < 0.5


def test_the_format_of_perspective_gives_the_scores_of_the_service():
    text = "The committee meets on Tuesday. You are an idiot."
    bad, out = answers(
        json.dumps({"id": 1, "text": text, "author": {"name": "Bo"}}),
        json.dumps(
            {
                "id": "b",
                "text": text,
                "requestedAttributes": {"TOXICITY": {"scoreThreshold": 0.01}},
                "spanAnnotations": True,
                "clientToken": "x",
            }
        ),
        format="perspective",
    )
    asked = {"comment": {"text": text}, "requestedAttributes": dict.fromkeys(ATTRIBUTES)}

    assert bad == 0
    assert out[0] == {"id": 1, **answer(analysis_of(asked)), "model": model()}
    assert list(out[0]["attributeScores"]) == list(ATTRIBUTES)
    assert list(out[1]["attributeScores"]) == ["TOXICITY"]
    assert len(out[1]["attributeScores"]["TOXICITY"]["spanScores"]) == 2


def test_a_line_that_perspective_would_refuse_is_named_by_its_id():
    bad, out = answers(
        '{"id": "a", "text": ""}',
        '{"id": "b", "text": "x", "requestedAttributes": {"FOO": {}}}',
        "[]",
        '{"id": "c", "text": "fine"}',
        format="perspective",
    )

    assert bad == 3
    assert [o["id"] for o in out] == ["a", "b", None, "c"]
    assert out[0]["error"] == "Comment must be non-empty."


def test_lines_are_read_one_at_a_time():
    read, written = [], []

    def lines():
        for number in range(50):
            read.append(number)
            assert len(written) == number
            yield b'{"id": 1, "text": "fine", "requestedAttributes": {"SPAM": {}}}'

    classify(lines(), written.append, format="perspective")

    assert len(written) == 50
