"""Judge comments from JSON lines, without a store: for trying the filters on one's own data."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from moderation import filters, policy
from moderation.domain.judgement import TEXT, Cause, Draft, Rules

MAX_TEXT = 65_536
_AUTHOR_FIELDS = ("name", "email", "website")
_MAX_FIELD = 2_048


class BadLine(ValueError):
    """A line that is no comment; its message tells the person who wrote the line why."""


def classify(
    lines: Iterable[bytes],
    out: Callable[[bytes], None],
    *,
    rules: Rules = Rules(),  # noqa: B008 -- frozen
) -> int:
    """Answer each line with one line, in order, and return how many lines were bad.

    Reads no further than it has written, so it can stand in a pipe.
    """
    bad = 0
    for line in lines:
        try:
            answer = _judge(line, rules)
        except BadLine as error:
            bad += 1
            answer = {"id": None, "error": str(error)}
        out(orjson.dumps(answer) + b"\n")
    return bad


def _judge(line: bytes, rules: Rules) -> dict[str, Any]:
    name, draft = _read(line)
    verdict = policy.decide(filters.run(draft, rules=rules), rules)
    return {
        "id": name,
        "decision": str(verdict.outcome),
        "reasons": [_reason(cause) for cause in verdict.causes],
        "scores": {name: round(score, 4) for name, score in verdict.scores.items()},
    }


def _reason(cause: Cause) -> dict[str, Any]:
    signal = cause.signal
    reason: dict[str, Any] = {
        "filter": signal.filter,
        "code": str(signal.code),
        "score": round(signal.score, 4),
        "spans": [list(span) for span in signal.spans] if signal.field == TEXT else [],
        "explanation": signal.explanation,
    }
    if signal.field != TEXT:
        reason["field"] = signal.field
    return reason


def _read(line: bytes) -> tuple[Any, Draft]:
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadLine("not a JSON object with id and text")
    if "id" not in given or not isinstance(given["id"], str | int) or isinstance(given["id"], bool):
        raise BadLine("id is missing or neither a string nor a whole number")
    text = given.get("text")
    if not isinstance(text, str):
        raise BadLine("text is missing or no string")
    if len(text) > MAX_TEXT:
        raise BadLine(f"text has {len(text)} characters, more than {MAX_TEXT}")
    author = given.get("author")
    if author is None:
        author = {}
    if not isinstance(author, dict):
        raise BadLine("author is no object")
    fields = []
    for field in _AUTHOR_FIELDS:
        value = author.get(field)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise BadLine(f"author.{field} is no string")
        if len(value) > _MAX_FIELD:
            raise BadLine(f"author.{field} has more than {_MAX_FIELD} characters")
        fields.append(value)
    return given["id"], Draft(text, *fields)
