"""The settings of a site's own checker, as admins write them."""

import re
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from moderation.domain.checker import Shape, Unavailable

from ..text_fields import Exact, Sought
from .checker_shapes import PLACES, places_of

_TOKEN = validate.Regexp(
    r"[A-Za-z0-9!#$%&'*+.^_`|~-]{0,80}\Z", error="Must be the name of a header."
)
#: Headers that belong to the request itself.
_TAKEN = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "content-type"),
        *("expect", "host", "trailer", "transfer-encoding", "upgrade", "user-agent"),
    }
)
_VALUE = validate.Regexp(
    r"(?:[\x21-\x7e](?:[\x20-\x7e]{0,1998}[\x21-\x7e])?)?\Z",
    error="Must be up to 2,000 printable ASCII characters on one line.",
)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01]){0,80}){0,10}")
#: Bytes and levels of a template.
_MOST_TEMPLATE = 8192
_DEEPEST = 8


def _header(name: str) -> None:
    if name.lower() in _TAKEN:
        raise ValidationError("This service sets this header itself.")


def _pointer(value: str) -> None:
    if not _POINTER.fullmatch(value):
        raise ValidationError("Must be a JSON pointer such as /result/score, up to 10 levels deep.")


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, parts), default=0)


def _template(value: dict[str, Any]) -> None:
    too_large = ValidationError(
        f"Must be JSON of at most {_MOST_TEMPLATE} bytes and {_DEEPEST} levels."
    )
    try:
        written = orjson.dumps(value)
    except TypeError:
        # Deeper than any JSON that it writes, or with a lone surrogate.
        raise too_large from None
    if len(written) > _MOST_TEMPLATE or _depth(value) > _DEEPEST:
        raise too_large
    if rb"\u0000" in written:
        raise ValidationError("Must not contain NUL.")
    if value and "text" not in places_of(value):
        raise ValidationError("Must have {text} in one of its strings.")
    unknown = sorted(places_of(value) - set(PLACES))
    if unknown:
        raise ValidationError(f"Knows {', '.join(PLACES)} in braces, and not {unknown[0]}.")


class CheckerIn(Schema):
    """A site's checker; what is omitted gets its default."""

    url = Sought(required=True, validate=validate.Length(1, 2048))
    shape = fields.String(required=True, validate=validate.OneOf([s.value for s in Shape]))
    enabled = fields.Boolean(load_default=False)
    wait = fields.Boolean(
        load_default=True,
        metadata={"description": "Hold comments until there is a result; else publish meanwhile."},
    )
    unavailable = fields.String(
        load_default=Unavailable.HOLD.value,
        validate=validate.OneOf([u.value for u in Unavailable]),
        metadata={"description": "What becomes of a comment that could not be checked."},
    )
    threshold = fields.Float(load_default=0.8, validate=validate.Range(0.0, 1.01))
    timeout = fields.Float(
        load_default=5.0,
        validate=validate.Range(0.5, 10.0),
        metadata={"description": "Seconds of one request."},
    )
    daily_cap = fields.Integer(
        strict=True,
        load_default=1000,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "Requests of a day in UTC."},
    )
    failures = fields.Integer(
        strict=True,
        load_default=5,
        validate=validate.Range(1, 100),
        metadata={"description": "Failures in a row that open the circuit breaker."},
    )
    secret_header = fields.String(load_default="", validate=[_TOKEN, _header])
    secret = fields.String(
        validate=_VALUE,
        load_only=True,
        metadata={
            "description": "Value of the secret header, never returned. Omitted: kept; empty: none."
        },
    )
    model = Exact(load_default="", validate=validate.Length(max=100))
    attributes = fields.List(
        fields.String(validate=validate.Regexp(r"[A-Z][A-Z0-9_@]{0,59}\Z")),
        load_default=lambda: ["TOXICITY"],
        validate=validate.Length(1, 30),
    )
    template = fields.Dict(
        keys=fields.String(validate=validate.Length(max=200)),
        load_default=dict,
        validate=_template,
        metadata={"description": "Body of a plain JSON checker, with {text} in its strings."},
    )
    scores = Sought(
        load_default="",
        validate=[validate.Length(max=400), _pointer],
        metadata={"description": "JSON pointer to a score, or to an object or list of scores."},
    )

    @validates_schema
    def _whole(self, given: dict[str, Any], **_: object) -> None:
        if given.get("shape") == Shape.JSON and not given.get("template"):
            raise ValidationError("A plain JSON checker needs a template.", "template")
