"""JSON lines in, JSON lines out, in order."""

import json

from moderation.services.classify import classify


def answers(*lines):
    written = []
    bad = classify([line.encode() for line in lines], written.append)
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
