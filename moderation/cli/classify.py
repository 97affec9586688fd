"""Judges comments from JSON lines without a store, to try the filters on other data.

The format `decision` gives our own judgement, `perspective` the scores that clients of the
Perspective API get from the service.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from moderation.domain.judgement import TEXT, Cause, Draft, Facts, Rules
from moderation.filters.attributes import ATTRIBUTES, model
from moderation.services.compat.perspective.answers import answer
from moderation.services.compat.perspective.errors import Refused
from moderation.services.compat.perspective.requests import analysis_of
from moderation.services.judging import judge

MAX_TEXT = 65_536
_AUTHOR_FIELDS = ("name", "email", "website")
_MAX_FIELD = 2_048


class BadLine(ValueError):
    """A line that cannot be judged; the message names the reason."""

    def __init__(self, reason: str, id: str | int | None = None) -> None:
        super().__init__(reason)
        self.id = id


def classify(
    lines: Iterable[bytes],
    out: Callable[[bytes], None],
    *,
    format: str = "decision",
    rules: Rules = Rules(),  # noqa: B008 -- frozen
) -> int:
    """Write one result line for each line, in order, and return the number of bad lines.

    Writes each result before it reads the next line, so that it works in a pipe.
    """
    bad = 0
    for line in lines:
        try:
            found = _scored(line) if format == "perspective" else _judge(line, rules)
        except BadLine as error:
            bad += 1
            found = {"id": error.id, "error": str(error)}
        out(orjson.dumps(found) + b"\n")
    return bad


def _judge(line: bytes, rules: Rules) -> dict[str, Any]:
    name, draft = _read(line)
    verdict = judge(draft, Facts(), rules)
    return {
        "id": name,
        "decision": str(verdict.outcome),
        "reasons": [_reason(cause) for cause in verdict.causes],
        "scores": {name: round(score, 4) for name, score in verdict.scores.items()},
    }


def _scored(line: bytes) -> dict[str, Any]:
    """Return the answer that the Perspective API gives for a line's text and options."""
    given = _object(line)
    name, text = _id_and_text(given)
    asked = {"requestedAttributes": dict.fromkeys(ATTRIBUTES), **given, "comment": {"text": text}}
    try:
        return {"id": name, **answer(analysis_of(asked)), "model": model()}
    except Refused as refused:
        raise BadLine(refused.message, name) from None


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


def _object(line: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error}") from None
    if not isinstance(given, dict):
        raise BadLine("not a JSON object with id and text")
    return given


def _id_and_text(given: dict[str, Any]) -> tuple[str | int, str]:
    if "id" not in given or not isinstance(given["id"], str | int) or isinstance(given["id"], bool):
        raise BadLine("id is missing, or neither a string nor a whole number")
    text = given.get("text")
    if not isinstance(text, str):
        raise BadLine("text is missing or not a string")
    if len(text) > MAX_TEXT:
        raise BadLine(f"text has {len(text)} characters, more than {MAX_TEXT}")
    return given["id"], text


def _read(line: bytes) -> tuple[Any, Draft]:
    given = _object(line)
    name, text = _id_and_text(given)
    author = given.get("author")
    if author is None:
        author = {}
    if not isinstance(author, dict):
        raise BadLine("author is not an object")
    fields = []
    for field in _AUTHOR_FIELDS:
        value = author.get(field)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise BadLine(f"author.{field} is not a string")
        if len(value) > _MAX_FIELD:
            raise BadLine(f"author.{field} has more than {_MAX_FIELD} characters")
        fields.append(value)
    return name, Draft(text, *fields)
