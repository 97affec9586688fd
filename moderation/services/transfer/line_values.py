"""The values of an export's lines: how each is checked when it is read, and its JSON Schema.

The same objects read files from outside and describe the format, so that the two cannot differ.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from moderation.domain import characters

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


class BadValue(ValueError):
    """A value that the format does not allow; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Value:
    """One kind of value."""

    load: Callable[[Any], Any]
    schema: Mapping[str, Any]
    #: A key that lines may leave out.
    is_optional: bool = False


def nullable(value: Value) -> Value:
    """Return a kind that may also be null."""
    load = value.load
    either: dict[str, Any] = {"oneOf": [dict(value.schema), {"type": "null"}]}
    kind = value.schema.get("type")
    if isinstance(kind, str) and "enum" not in value.schema:
        either = {**value.schema, "type": [kind, "null"]}

    def load_or_none(given: Any) -> Any:
        return None if given is None else load(given)

    return Value(load_or_none, either)


def optional(value: Value) -> Value:
    """Return a kind of a key that may be left out."""
    return Value(value.load, value.schema, is_optional=True)


def text(longest: int, *, least: int = 0, clean: Callable[[str], str] | None = None) -> Value:
    """Return a text of at most so many characters; `clean` removes characters that are not shown.

    Cleaning changes no text that this service has stored.
    """

    def load(given: Any) -> str:
        if not isinstance(given, str):
            raise BadValue("is no text")
        if "\0" in given:
            raise BadValue("contains NUL")
        if len(given) > longest:
            raise BadValue(f"is longer than {longest} characters")
        cleaned = given if clean is None else clean(given)
        if len(cleaned) < least:
            raise BadValue("is empty")
        return cleaned

    schema: dict[str, Any] = {"type": "string", "maxLength": longest}
    return Value(load, {**schema, "minLength": least} if least else schema)


def matching(pattern: str) -> Value:
    """Return a text that a regular expression matches as a whole."""
    compiled = re.compile(pattern)

    def load(given: Any) -> str:
        if not isinstance(given, str) or not compiled.fullmatch(given):
            raise BadValue(f"does not match {pattern}")
        return given

    return Value(load, {"type": "string", "pattern": f"^{pattern}$"})


def _identifier(given: Any) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= 512 or "\0" in given:
        raise BadValue("is no id of 1 to 512 characters")
    if not characters.is_identifier(given):
        raise BadValue("has control characters, or nothing visible")
    return given


#: The id of a post, as the site names it.
POST = Value(_identifier, {"type": "string", "minLength": 1, "maxLength": 512})


def _uuid(given: Any) -> UUID:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise BadValue("is no UUID in lower case")
    return UUID(int=int(given.replace("-", ""), 16))


ID = Value(_uuid, {"type": "string", "format": "uuid", "pattern": f"^{_ID.pattern}$"})


def _moment(given: Any) -> datetime:
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        raise BadValue("is no time such as 2026-11-30T09:00:00Z")
    try:
        return datetime.fromisoformat(given[:-1]).replace(tzinfo=UTC)
    except ValueError:
        raise BadValue("is no time such as 2026-11-30T09:00:00Z") from None


MOMENT = Value(
    _moment, {"type": "string", "format": "date-time", "pattern": f"^{_MOMENT.pattern}$"}
)


def _boolean(given: Any) -> bool:
    if not isinstance(given, bool):
        raise BadValue("is neither true nor false")
    return given


BOOLEAN = Value(_boolean, {"type": "boolean"})


def integer(least: int, most: int) -> Value:
    """Return a whole number in these bounds."""

    def load(given: Any) -> int:
        if type(given) is not int or not least <= given <= most:
            raise BadValue(f"is no whole number from {least} to {most}")
        return given

    return Value(load, {"type": "integer", "minimum": least, "maximum": most})


def _number(given: Any) -> float:
    if type(given) not in (int, float) or not math.isfinite(given) or abs(given) > 1e15:
        raise BadValue("is no number")
    return float(given)


NUMBER = Value(_number, {"type": "number"})


def one_of(choices: Iterable[str]) -> Value:
    """Return one of these texts."""
    known = [str(choice) for choice in choices]

    def load(given: Any) -> str:
        if given not in known:
            raise BadValue(f"is none of {', '.join(known)}")
        return str(given)

    return Value(load, {"type": "string", "enum": known})


def items(value: Value, most: int) -> Value:
    """Return a list of at most so many values."""

    def load(given: Any) -> list[Any]:
        if not isinstance(given, list) or len(given) > most:
            raise BadValue(f"is no list of at most {most} entries")
        return [value.load(each) for each in given]

    return Value(load, {"type": "array", "items": dict(value.schema), "maxItems": most})


def mapping(value: Value, most: int) -> Value:
    """Return an object whose keys are free."""

    def load(given: Any) -> dict[str, Any]:
        if not isinstance(given, dict) or len(given) > most:
            raise BadValue(f"is no object of at most {most} keys")
        if any(len(key) > 120 or "\0" in key for key in given):
            raise BadValue("has a key of more than 120 characters")
        return {key: value.load(each) for key, each in given.items()}

    schema = {"type": "object", "additionalProperties": dict(value.schema), "maxProperties": most}
    return Value(load, schema)


def checked(load: Callable[[Any], Any], description: str) -> Value:
    """Return an object that is checked elsewhere, such as a site's settings."""

    def loaded(given: Any) -> Any:
        if not isinstance(given, dict):
            raise BadValue("is no object")
        return load(given)

    return Value(loaded, {"type": "object", "description": description})


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with fixed keys."""

    values: Mapping[str, Value]
    _needed: frozenset[str] = field(init=False, repr=False)
    _loads: Mapping[str, Callable[[Any], Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        needed = frozenset(name for name, value in self.values.items() if not value.is_optional)
        object.__setattr__(self, "_needed", needed)
        loads = {name: value.load for name, value in self.values.items()}
        object.__setattr__(self, "_loads", loads)

    def load(self, given: Any) -> dict[str, Any]:
        """Return the checked values; raise BadValue with the name of the wrong key."""
        if not isinstance(given, dict):
            raise BadValue("is no object")
        if not self._needed <= given.keys():
            raise BadValue(f"has no {min(self._needed - given.keys())}")
        loads, loaded = self._loads, {}
        try:
            for name, value in given.items():
                load = loads.get(name)
                if load is None:
                    break
                loaded[name] = load(value)
            else:
                return loaded
        except BadValue as error:
            raise BadValue(f"{name} {error}") from None
        raise BadValue(f"has a key that this release does not know: {_shown(name)}")

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the object."""
        return {
            "type": "object",
            "properties": {name: dict(value.schema) for name, value in self.values.items()},
            "required": [n for n, value in self.values.items() if not value.is_optional],
            "additionalProperties": False,
        }

    def value(self) -> Value:
        """Return this object as a value inside another one."""
        return Value(self.load, self.schema)


def _shown(name: str) -> str:
    """Return a key of a file from outside, short and on one line."""
    return characters.escaped(name[:40])
