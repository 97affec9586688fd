"""Perspective's loose JSON: what is read, what is refused, and that hostile bodies cost little."""

import json
from time import perf_counter

import pytest

from moderation.services.compat.perspective import loose_json
from moderation.services.compat.perspective.loose_json import NotJson, loads

READ = {
    '{comment: {text: "hi"}, languages: ["en"]}': {"comment": {"text": "hi"}, "languages": ["en"]},
    "{'a': 'it\\'s \"x\"'}": {"a": 'it\'s "x"'},
    '{"a": "line\nbreak"}': {"a": "line\nbreak"},
    '{"a": [1, 2.5, -3e2, .5,],}': {"a": [1, 2.5, -300.0, 0.5]},
    "{a: true, b: false, c: null}": {"a": True, "b": False, "c": None},
    '\ufeff {"a": "\\ud83d\\ude00"} ': {"a": "\N{GRINNING FACE}"},
    '{"a": "\\ud83d"}': {"a": "\N{REPLACEMENT CHARACTER}"},
    "{TOXICITY@6: {}, $x-y.z: 1}": {"TOXICITY@6": {}, "$x-y.z": 1},
    "[]": [],
}


@pytest.mark.parametrize("text", READ)
def test_loose_json_is_read(text):
    assert loads(text.encode()) == READ[text]


def test_strict_json_is_read_as_ever():
    value = {"a": [1, "x", None, {"b": 0.25}], "é": True}

    assert loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{a}",
        b"{a: }",
        b"{a: b}",
        b"{a: 1 b: 2}",
        b"{1: 2}",
        b"[1 2]",
        b"[,]",
        b"{} {}",
        b'{"a": "\\x"}',
        b'{"a": "open}',
        b"{'a': 'open}",
        b"a=b&c=d",
        b"{a: NaN}",
        b'{"a": "\xff"}',
        b"{a: -}",
    ],
)
def test_anything_else_is_refused(body):
    with pytest.raises(NotJson):
        loads(body)


def test_depth_and_number_of_values_are_bounded():
    deep = loose_json.DEEPEST

    assert loads(b"{a:" + b"[" * (deep - 1) + b"]" * (deep - 1) + b"}")
    with pytest.raises(NotJson):
        loads(b"{a:" + b"[" * (deep + 1) + b"]" * (deep + 1) + b"}")
    with pytest.raises(NotJson):
        loads(b"{a:" + b"[" * 100_000)
    with pytest.raises(NotJson):
        loads(b"[" + b"a," * 10 + b"]")
    with pytest.raises(NotJson):
        loads(b"['x'," + b"1," * loose_json.MOST_VALUES + b"]")


@pytest.mark.parametrize(
    "piece", ['"\\', "'\\", "{", " ", "a", "1", "-1.", '{a:"', "\\u0041", "[{"]
)
def test_hostile_bodies_take_no_longer_than_their_length(piece):
    def seconds(length: int) -> float:
        body = ("{a: " + piece * (length // len(piece))).encode()
        begun = perf_counter()
        with pytest.raises(NotJson):
            loads(body)
        return perf_counter() - begun

    seconds(1000)
    assert min(seconds(256 * 1024) for _ in range(3)) < 0.5
