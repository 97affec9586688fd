"""Requests of Perspective's clients, read from JSON of any shape and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from moderation.filters.attributes import ATTRIBUTES

from . import loose_json
from .errors import Refused, invalid, not_json, too_long

#: Bytes of a comment's text.
LONGEST_TEXT: Final = 20_480
#: Characters of tokens and ids, which are echoed or stored.
LONGEST_TOKEN: Final = 1000
MOST_ATTRIBUTES: Final = 100
MOST_LANGUAGES: Final = 20
MOST_ENTRIES: Final = 50

#: Attributes that Google offered and nothing here detects.
NOT_DETECTED: Final = frozenset(
    {
        *("FLIRTATION", "ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER", "ATTACK_ON_PUBLISHER"),
        *("INCOHERENT", "INFLAMMATORY", "LIKELY_TO_REJECT", "OFF_TOPIC", "UNSUBSTANTIAL"),
        *("AFFINITY", "COMPASSION", "CONSTRUCTIVE", "CURIOSITY", "NUANCE", "PERSONAL_STORY"),
        *("REASONING", "RESPECT", "ALIENATION", "FEARMONGERING", "GENERALIZATION"),
        *("MORAL_OUTRAGE", "SCAPEGOATING", "POWER_APPEAL"),
    }
)
#: Other names of attributes.
_ALIASES: Final = {"TOXICITY_FAST": "TOXICITY"}
_KNOWN: Final = frozenset(ATTRIBUTES)
_VERSION = re.compile(r"@\d{1,3}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}\Z|und\Z")
_TYPES = frozenset({"PLAIN_TEXT", "HTML", "TEXT_TYPE_UNSPECIFIED"})
#: Booleans as strings.
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_SCORE_TYPES = frozenset({"PROBABILITY", "SCORE_TYPE_UNSPECIFIED"})


@dataclass(frozen=True, slots=True)
class Analysis:
    """A checked request for scores."""

    text: str
    is_html: bool
    #: Attribute as the client calls it → our name of it, and the least score to report.
    attributes: Mapping[str, tuple[str, float]]
    #: Attributes that nothing here detects, as the client calls them.
    missing: tuple[str, ...]
    languages: tuple[str, ...]
    by_sentence: bool
    drop_unsupported: bool
    token: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A checked label of a client for a text."""

    text: str
    labels: Mapping[str, float]
    context: Mapping[str, Any]
    languages: tuple[str, ...]
    store: bool
    token: str | None


def name_of(attribute: str) -> str:
    """Return an attribute's name without its version and the mark of an experiment."""
    if attribute in _KNOWN:
        return attribute
    bare = _VERSION.sub("", attribute).removesuffix("_EXPERIMENTAL")
    return _ALIASES.get(bare, bare)


def read_analysis(body: bytes) -> Analysis:
    """Return the request in a body; raise Refused."""
    return analysis_of(_object(body))


def analysis_of(given: Mapping[str, Any]) -> Analysis:
    """Return the request in a JSON object; raise Refused."""
    text, is_html = _comment(given)
    attributes, missing = _attributes(_get(given, "requestedAttributes"))
    _check_context(given)
    return Analysis(
        text,
        is_html,
        attributes,
        missing,
        _languages(given),
        _flag(given, "spanAnnotations"),
        _flag(given, "dropUnsupportedAttributes"),
        _token(given, "clientToken"),
    )


def read_suggestion(body: bytes) -> Suggestion:
    """Return the label in a body; raise Refused."""
    given = _object(body)
    text, _ = _comment(given)
    context: dict[str, Any] = {
        name: value
        for name in ("communityId", "clientToken")
        if (value := _token(given, name)) is not None
    }
    context |= _check_context(given)
    return Suggestion(
        text,
        _labels(_get(given, "attributeScores")),
        context,
        _languages(given),
        not _flag(given, "doNotStore"),
        _token(given, "clientToken"),
    )


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        # One client sends nothing to find out whether its key is valid.
        return {}
    try:
        given = loose_json.loads(body)
    except loose_json.NotUtf8:
        raise not_json("The body must be in UTF-8.") from None
    except loose_json.NotJson:
        raise not_json() from None
    if not isinstance(given, dict):
        raise not_json()
    return given


def _get(given: Mapping[str, Any], name: str) -> Any:
    """Return a field by its name or, as proto JSON has it, in snake case; None without it."""
    if name in given:
        return given[name]
    return given.get(_snake_case(name))


@cache
def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", name)


def _comment(given: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the text of a comment, and whether it is HTML."""
    comment = _get(given, "comment")
    if comment is None:
        comment = {}
    if not isinstance(comment, dict):
        raise invalid("Invalid value at 'comment': an object with a text is expected.")
    text = _get(comment, "text")
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise invalid("Invalid value at 'comment.text': a string is expected.")
    if not text.strip():
        raise invalid("Comment must be non-empty.", "COMMENT_EMPTY")
    if (size := len(text.encode())) > LONGEST_TEXT:
        raise too_long(LONGEST_TEXT, size)
    kind = _get(comment, "type") or "PLAIN_TEXT"
    if not isinstance(kind, str) or kind not in _TYPES:
        raise invalid("Invalid value at 'comment.type': PLAIN_TEXT or HTML is expected.")
    return text, kind == "HTML"


def _attributes(asked: Any) -> tuple[dict[str, tuple[str, float]], tuple[str, ...]]:
    """Return the attributes with a detector, and those without one."""
    if not asked:
        raise invalid("Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES")
    if not isinstance(asked, dict):
        raise invalid("Invalid value at 'requested_attributes': an object is expected.")
    if len(asked) > MOST_ATTRIBUTES:
        raise invalid(f"At most {MOST_ATTRIBUTES} attributes can be requested.")
    known: dict[str, tuple[str, float]] = {}
    missing: list[str] = []
    for attribute, options in asked.items():
        name = name_of(attribute)
        if name in _KNOWN:
            known[attribute] = name, 0.0 if options == {} else _least(attribute, options)
        elif name in NOT_DETECTED:
            missing.append(attribute)
        else:
            raise unknown(attribute)
    return known, tuple(missing)


def unknown(attribute: str) -> Refused:
    """Return the error of an attribute that cannot be scored."""
    shown = "".join(c for c in attribute[:80] if c.isprintable())
    return invalid(
        f"Unknown requested attribute: {shown}. Supported here: {', '.join(ATTRIBUTES)}."
    )


def _least(attribute: str, options: Any) -> float:
    """Return the score below which an attribute is left out."""
    if options is None:
        return 0.0
    if not isinstance(options, dict):
        raise invalid(f"Invalid value at 'requested_attributes': {attribute} expects an object.")
    kind = _get(options, "scoreType") or "PROBABILITY"
    if not isinstance(kind, str) or kind not in _SCORE_TYPES:
        shown = str(kind)[:40] if isinstance(kind, str | int) else "given"
        raise invalid(f"Requested score type {shown} is not supported by attribute {attribute}")
    return _number(_get(options, "scoreThreshold"), "score_threshold")


def _number(value: Any, name: str) -> float:
    """Return a number that may be typed as a string; 0 without one."""
    if value is None or value == "":
        return 0.0
    try:
        number = float(value) if isinstance(value, str | int | float) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if number != number:
        raise invalid(f"Invalid value at '{name}': a number is expected.")
    return number


def _languages(given: Mapping[str, Any]) -> tuple[str, ...]:
    asked = _get(given, "languages")
    if isinstance(asked, str):
        asked = [asked]
    asked = asked or []
    if not isinstance(asked, list) or len(asked) > MOST_LANGUAGES:
        raise invalid("Invalid value at 'languages': a list of language codes is expected.")
    if not all(isinstance(each, str) and (not each or _LANGUAGE.match(each)) for each in asked):
        raise invalid("Invalid value at 'languages': codes such as en or pt-BR are expected.")
    return tuple(filter(None, asked))


def _flag(given: Mapping[str, Any], name: str) -> bool:
    """Return a boolean; one that is written otherwise is refused, not taken for false.

    `doNotStore` is one of them.
    """
    value = _get(given, name)
    if isinstance(value, str):
        value = _BOOLEANS.get(value.lower(), value)
    if value is not None and not isinstance(value, bool):
        raise invalid(f"Invalid value at '{_snake_case(name)}' (TYPE_BOOL).")
    return bool(value)


def _token(given: Mapping[str, Any], name: str) -> str | None:
    value = _get(given, name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_TOKEN:
        raise invalid(f"Invalid value at '{name}': a string of {LONGEST_TOKEN} characters at most.")
    return value


def _check_context(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the context, shortened; raise Refused when there are two kinds."""
    context = _get(given, "context")
    if not isinstance(context, dict):
        return {}
    entries = _get(context, "entries") or []
    article = _get(context, "articleAndParentComment")
    if entries and article:
        raise invalid(
            "Context can have either entries or article_and_parent_comment, but both fields "
            "were populated."
        )
    texts: dict[str, Any] = {}
    if isinstance(entries, list):
        texts = {f"entry {n}": each for n, each in enumerate(entries[:MOST_ENTRIES])}
    if isinstance(article, dict):
        texts = {name: _get(article, name) for name in ("article", "parentComment")}
    return {
        name: text[:LONGEST_TOKEN]
        for name, entry in texts.items()
        if isinstance(entry, dict) and isinstance(text := _get(entry, "text"), str)
    }


def _labels(given: Any) -> dict[str, float]:
    """Return the suggested score of each attribute."""
    if not isinstance(given, dict) or not given:
        raise invalid("Missing attribute_scores")
    if len(given) > MOST_ATTRIBUTES:
        raise invalid(f"At most {MOST_ATTRIBUTES} attributes can be suggested.")
    labels: dict[str, float] = {}
    for attribute, scores in given.items():
        name = name_of(attribute)
        if name not in _KNOWN and name not in NOT_DETECTED:
            raise unknown(attribute)
        labels[name] = min(1.0, max(0.0, _suggested(scores)))
    return labels


def _suggested(scores: Any) -> float:
    """Return the score of the whole, or the highest of a part."""
    if not isinstance(scores, dict):
        raise invalid("Invalid value at 'attribute_scores': an object with scores is expected.")
    summary = _get(scores, "summaryScore")
    if isinstance(summary, dict):
        return _number(_get(summary, "value"), "value")
    spans = _get(scores, "spanScores")
    if not isinstance(spans, list) or not spans or len(spans) > LONGEST_TEXT:
        raise invalid("Invalid value at 'attribute_scores': a summary score is expected.")
    found = []
    for span in spans:
        score = _get(span, "score") if isinstance(span, dict) else None
        if not isinstance(score, dict) or "begin" not in span or "end" not in span:
            raise invalid("Span scores must have begin, end and score.")
        found.append(_number(_get(score, "value"), "value"))
    return max(found)
