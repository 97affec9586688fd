"""Requests to a site's own checker, and the scores in its answers.

Everything in an answer is hostile: sizes, counts and values are bounded, and of its words only
short names of scores are kept.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from moderation.domain.checker import Checker, Shape

from ..outbound import Answer, Request

#: Bytes of an answer that are read.
MOST_BYTES: Final = 65_536
#: Scores of an answer that are looked at.
_MOST_SCORES: Final = 200
#: The header with the secret, where the settings name none; Authorization means a bearer token.
DEFAULT_HEADERS: Final = {
    Shape.OPENAI: "Authorization",
    Shape.PERSPECTIVE: "X-Goog-Api-Key",
    Shape.JSON: "Authorization",
}
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/@-]{0,39}")


@dataclass(frozen=True, slots=True)
class Subject:
    """The values that a template can send."""

    text: str
    author_name: str = ""
    comment_id: str = ""
    post: str = ""
    post_url: str = ""
    site: str = ""


#: Names of the values, as a template writes them in braces.
PLACES: Final = tuple(Subject.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Result:
    """The scores of an answer, by their names."""

    scores: Mapping[str, float]
    #: An OpenAI-shaped checker flags it itself, at any scores.
    flagged: bool = False

    @property
    def worst(self) -> tuple[str, float]:
        """Return the highest score and its name."""
        name = max(self.scores, key=self.scores.__getitem__, default="")
        return name, self.scores.get(name, 0.0)


class BadAnswer(Exception):
    """An answer without scores; the message has no word of the answer."""


def build(checker: Checker, secret: str, subject: Subject) -> Request:
    """Return the request for a comment."""
    headers = {"Content-Type": "application/json", "User-Agent": "moderation-checks/1"}
    if secret:
        name = header_of(checker)
        is_bare = name.lower() == "authorization" and " " not in secret
        headers[name] = f"Bearer {secret}" if is_bare else secret
    return Request(checker.url, headers, orjson.dumps(body_of(checker, subject)))


def header_of(checker: Checker) -> str:
    """Return the name of the header that carries the secret."""
    return checker.secret_header or DEFAULT_HEADERS[checker.shape]


def body_of(checker: Checker, subject: Subject) -> dict[str, Any]:
    """Return the JSON that is sent about a comment."""
    if checker.shape is Shape.OPENAI:
        model = {"model": checker.model} if checker.model else {}
        return {**model, "input": subject.text}
    if checker.shape is Shape.PERSPECTIVE:
        return {
            "comment": {"text": subject.text},
            "requestedAttributes": {name: {} for name in checker.attributes},
            "doNotStore": True,
        }
    values = asdict(subject)
    return {key: _filled(value, values) for key, value in checker.template.items()}


def read(checker: Checker, answer: Answer) -> Result:
    """Return the scores of an answer; raise BadAnswer."""
    if answer.status == 0:
        raise BadAnswer(answer.error or "no answer")
    if not 200 <= answer.status < 300:
        raise BadAnswer(f"HTTP {answer.status}")
    if answer.is_cut:
        raise BadAnswer(f"the answer has more than {MOST_BYTES} bytes")
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise BadAnswer("the answer is not JSON") from None
    if checker.shape is Shape.OPENAI:
        first = _at(body, ("results", "0"))
        flagged = _at(first, ("flagged",))
        scores = _numbers(_at(first, ("category_scores",)))
        if not isinstance(flagged, bool):
            raise BadAnswer("the answer is not OpenAI-shaped")
        return Result(scores, flagged)
    if checker.shape is Shape.PERSPECTIVE:
        found = _at(body, ("attributeScores",))
        if found is None and isinstance(body, dict) and "languages" in body:
            # Every attribute was below its threshold.
            return Result({})
        if not isinstance(found, dict):
            raise BadAnswer("the answer is not Perspective-shaped")
        return Result(
            _numbers({name: _at(each, ("summaryScore", "value")) for name, each in found.items()})
        )
    return Result(_numbers(_at(body, _steps(checker.scores))))


def _steps(pointer: str) -> tuple[str, ...]:
    """Return the reference tokens of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _at(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 6:
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def _numbers(value: Any) -> dict[str, float]:
    """Return the scores in a number, a truth value, or an object or list of such."""
    if isinstance(value, list):
        value = {str(place): each for place, each in enumerate(value[:_MOST_SCORES])}
    elif not isinstance(value, dict):
        value = {"score": value}
    scores = {}
    for name, each in list(value.items())[:_MOST_SCORES]:
        if not isinstance(each, bool | int | float):
            continue
        score = float(each)
        if not (math.isfinite(score) and 0 <= score <= 1):
            raise BadAnswer("a score is not between 0 and 1")
        scores[name if _NAME.fullmatch(name) else "a score"] = score
    if not scores:
        raise BadAnswer("the answer has no score where it should be")
    return scores


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """Return a part of a template with its places filled; values are never read as places."""
    if isinstance(value, str):
        return _PLACE.sub(lambda place: values.get(place[1], place[0]), value)
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    return value


def places_of(template: Any) -> set[str]:
    """Return the names in braces in a template's strings."""
    if isinstance(template, str):
        return set(_PLACE.findall(template))
    parts = template.values() if isinstance(template, dict) else template
    if not isinstance(template, dict | list):
        return set()
    return set().union(*map(places_of, parts)) if template else set()
