"""The lines of an export in JSON lines: their types, keys and order.

A file begins with `site` and ends with `end`, which counts the lines, so that a cut-off file is
recognised. Between them: `post` and `redirect`, then each `comment` followed by the lines about
it, then the rest. docs/export.md describes the format, docs/export.schema.json is made from here.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from moderation.domain import characters
from moderation.domain.appeals import AppealState
from moderation.domain.errors import Invalid
from moderation.domain.hosts import BadAddress
from moderation.domain.mailboxes import mailbox
from moderation.domain.reports import ReportOutcome
from moderation.domain.status import Actor, Outcome, PostState, Status

from ..sites.origins import check_origins
from ..sites.settings_schema import StateRules, StoredMoment, check_settings
from .line_values import (
    BOOLEAN,
    ID,
    MOMENT,
    NUMBER,
    POST,
    BadValue,
    Shape,
    Value,
    checked,
    integer,
    items,
    mapping,
    matching,
    nullable,
    one_of,
    optional,
    text,
)

#: Of the format; a release reads this one and those before it.
FORMAT = 1
#: Bytes of a line: a site with word lists of a hundred thousand lines needs half of them.
LONGEST_LINE = 16 * 1024 * 1024
#: Lines of a comment's texts and decisions.
MOST_OF_A_COMMENT = 20_000
#: Characters of a text, of an imported one as well.
_TEXT = 100_000


class _PostRules(StateRules):
    """The rules of a post as they are stored."""

    state_at = StoredMoment(format="iso", allow_none=True)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    try:
        return check_settings(given)
    except Invalid as error:
        first = error.errors[0]
        where = characters.escaped(first.pointer.removeprefix("#/")[:60])
        raise BadValue(f"have a setting that this release does not accept: {where}") from None


def _rules(given: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = _PostRules().load(given)
    except ValidationError:
        raise BadValue("have a rule that this release does not accept") from None
    return loaded


def _origins(given: Any) -> list[str]:
    loaded = items(text(300), 100).load(given)
    try:
        return check_origins(loaded)
    except Invalid:
        raise BadValue("have one that this release does not accept") from None


def _website(given: str) -> str:
    """Return a website that may become a link; anything else, such as a script, becomes empty."""
    return characters.escaped(given) if given.lower().startswith(("http://", "https://")) else ""


def _page(given: Any) -> str:
    address: str = _ADDRESS.load(given)
    # It becomes a link on public pages, in feeds and in mail.
    if not address.lower().startswith(("https://", "http://")):
        raise BadValue("does not begin with https:// or http://")
    return address


def _mailbox(given: Any) -> str:
    try:
        return mailbox(_MAIL.load(given))
    except BadAddress:
        raise BadValue("is no address that mail can be sent to") from None


_ADDRESS = text(4000, clean=characters.escaped)
_MAIL = text(254, clean=characters.line)
_PAGE = Value(_page, {**_ADDRESS.schema, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"})
_MAILBOX = Value(_mailbox, _MAIL.schema)
_ORIGINS = Value(_origins, items(text(300), 100).schema)
_KEY = matching(r"[0-9a-f]{32}")
_NAME = text(80, clean=characters.name)
_BODY = text(_TEXT, clean=characters.paragraphs)
_HTML = optional(text(20 * _TEXT))
_LINE = text(2000, clean=characters.line)
_COUNT = integer(0, 10**9)
_AT = nullable(MOMENT)
_CODE = matching(r"[A-Z][A-Z0-9_]{0,63}")
#: Far from the largest number of a column, which later votes, texts and decisions count up.
_MOST = 10**9
_VOTES = Shape({"up": integer(0, _MOST), "down": integer(0, _MOST)}).value()


def _codes(given: Any) -> list[str]:
    loaded: list[str] = items(_CODE, 40).load(given)
    if sum(map(len, loaded)) + len(loaded) >= 400:
        raise BadValue("are too many")
    return loaded


_CODES = Value(_codes, items(_CODE, 40).schema)


def _vote(given: Any) -> int:
    if type(given) is not int or given not in (1, -1):
        raise BadValue("is neither 1 nor -1")
    return given


_VOTE = Value(_vote, {"enum": [1, -1]})


def _one_key(shape: Shape) -> Value:
    def load(given: Any) -> dict[str, Any]:
        loaded = shape.load(given)
        if len(loaded) != 1:
            raise BadValue("must have one of id, email and key")
        return loaded

    return Value(load, {**shape.schema, "minProperties": 1, "maxProperties": 1})


#: An author outside a comment, by the strongest identity that the file has of them.
AUTHOR = _one_key(
    Shape(
        {
            "id": optional(text(255, least=1)),
            "email": optional(text(254, least=1)),
            "key": optional(_KEY),
        }
    )
)
_COMMENT_AUTHOR = Shape(
    {
        "name": _NAME,
        "email": nullable(text(254, clean=characters.line)),
        "website": nullable(text(4000, clean=_website)),
        "id": nullable(text(255)),
        # `id` and `email`: the keyed hash of that field, which each store makes with its own key.
        "key": nullable(matching(r"id|email|[0-9a-f]{32}")),
        "email_key": nullable(matching(r"email|[0-9a-f]{32}")),
        "staff": BOOLEAN,
        "verified": BOOLEAN,
        "avatar": nullable(matching(r"id|[0-9a-f]{32}")),
    }
)
_CAUSE = Shape(
    {
        "filter": text(64),
        "code": _CODE,
        "score": NUMBER,
        "threshold": nullable(NUMBER),
        "outcome": one_of(Outcome),
        "field": text(64),
        "spans": items(items(integer(0, 10**7), 2), 10_000),
        "explanation": text(10_000),
    }
)

LINES: Mapping[str, Shape] = {
    "site": Shape(
        {
            "format": integer(1, FORMAT),
            "title": text(200, clean=characters.line),
            "origins": _ORIGINS,
            "settings": checked(_settings, "The settings that differ from the defaults."),
            "created_at": MOMENT,
            "since": _AT,
            "posts": items(POST, 100),
        }
    ),
    "post": Shape(
        {
            "id": POST,
            "title": nullable(_LINE),
            "url": nullable(_PAGE),
            "state": one_of(PostState),
            "announced": BOOLEAN,
            "rules": nullable(checked(_rules, "The rules of the post itself.")),
            "published_at": _AT,
            "event_at": _AT,
            "created_at": MOMENT,
        }
    ),
    "redirect": Shape({"id": POST, "post": POST, "created_at": MOMENT}),
    "comment": Shape(
        {
            "id": ID,
            "post": POST,
            "parent": nullable(ID),
            "status": one_of(Status),
            "author": _COMMENT_AUTHOR.value(),
            "text": _BODY,
            "html": _HTML,
            "revision": integer(1, _MOST),
            "version": integer(1, _MOST),
            "created_at": MOMENT,
            "edited_at": _AT,
            "decided_at": _AT,
            "escalated_at": _AT,
            "featured_at": _AT,
            "redacted_at": _AT,
            "verdict": nullable(ID),
            "reasons": _CODES,
            "score": NUMBER,
            "priority_at": MOMENT,
            "votes": _VOTES,
            "uncounted_votes": _VOTES,
        }
    ),
    "revision": Shape(
        {
            "comment": ID,
            "revision": integer(1, _MOST),
            "text": _BODY,
            "html": _HTML,
            "replaced_at": MOMENT,
        }
    ),
    "decision": Shape(
        {
            "id": ID,
            "comment": ID,
            "revision": integer(1, _MOST),
            "version": integer(1, _MOST),
            "actor": one_of(Actor),
            "actor_name": _NAME,
            "outcome": one_of(Outcome),
            "previous_status": nullable(one_of(Status)),
            "status": one_of(Status),
            "reason": nullable(text(32)),
            "note": text(_TEXT, clean=characters.paragraphs),
            "causes": items(_CAUSE.value(), 1000),
            "scores": mapping(NUMBER, 200),
            "versions": mapping(text(200), 200),
            "policy": text(120),
            "undoes": nullable(ID),
            "batch": nullable(ID),
            "created_at": MOMENT,
        }
    ),
    "vote": Shape(
        {
            "comment": ID,
            "voter": matching(r"[0-9a-f]{64}"),
            "value": _VOTE,
            "created_at": MOMENT,
        }
    ),
    "report": Shape(
        {
            "comment": ID,
            "id": ID,
            "reporter": _KEY,
            "signed_in": BOOLEAN,
            "reason": text(32),
            "text": _BODY,
            "explanation": _BODY,
            "good_faith": BOOLEAN,
            "name": _NAME,
            "email": nullable(_MAILBOX),
            "language": text(8),
            "weight": _COUNT,
            "revision": integer(1, _MOST),
            "created_at": MOMENT,
            "decided_at": _AT,
            "outcome": nullable(one_of(ReportOutcome)),
            "erased_at": _AT,
            "decision": nullable(ID),
        }
    ),
    "appeal": Shape(
        {
            "comment": ID,
            "id": ID,
            "text": _BODY,
            "language": text(8),
            "state": one_of(AppealState),
            "created_at": MOMENT,
            "decided_at": _AT,
            "decided_by": _NAME,
            "note": _BODY,
            "answer": _BODY,
            "same_moderator": BOOLEAN,
            "decision": ID,
            "new_decision": nullable(ID),
        }
    ),
    "origin": Shape(
        {
            "comment": ID,
            "source": text(16, least=1),
            "foreign_id": text(80, least=1),
            "written_at": MOMENT,
            # Empty once the comment was erased.
            "digest": matching(r"(?:[0-9a-f]{32})?"),
            "version": integer(1, _MOST),
            "votes_up": integer(0, _MOST),
            "votes_down": integer(0, _MOST),
            "judged": BOOLEAN,
        }
    ),
    "standing": Shape(
        {
            "author": AUTHOR,
            "standing": one_of(("trusted", "premoderated")),
            "set_by": _NAME,
            "set_at": MOMENT,
        }
    ),
    "note": Shape(
        {
            "id": ID,
            "author": AUTHOR,
            "text": _BODY,
            "written_by": _NAME,
            "created_at": MOMENT,
        }
    ),
    "ban": Shape({"author": AUTHOR, "reason": _BODY, "until": _AT, "created_at": MOMENT}),
    "link": Shape({"host": text(255, least=1), "spam": _COUNT, "fine": _COUNT}),
    "end": Shape({"lines": integer(0, 2**53)}),
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a line."""
    kinds = {}
    for name, shape in LINES.items():
        described = shape.schema
        kinds[name] = {
            **described,
            "properties": {"type": {"const": name}, **described["properties"]},
            "required": ["type", *described["required"]],
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of an export in JSON lines",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
        "$defs": kinds,
    }
