"""A loose reading of JSON, for Perspective's clients alone.

Google's servers read keys without quotes, single quotes and trailing commas, and instructions that
rely on it have been copied for years. Size, depth and the number of values are bounded.
"""

import json
import re
from typing import Any, Final

import orjson

#: Nested objects and arrays, and values in all.
DEEPEST: Final = 16
MOST_VALUES: Final = 20_000

_BLANK = re.compile(r"[\s\ufeff]*+")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_QUOTED = re.compile(r"'[^'\\]*+(?:\\.[^'\\]*+)*+'", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$@.-]{0,199}+")
_NUMBER = re.compile(r"-?+(?:\d{1,40}+(?:\.\d{0,40}+)?+|\.\d{1,40}+)(?:[eE][+-]?\d{1,4}+)?+")
_IN_QUOTES = re.compile(r"\\(.)|\"", re.DOTALL)
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}


class NotJson(ValueError):
    """A text that cannot be read as JSON, however loosely."""


class NotUtf8(NotJson):
    """A body in another encoding."""


def loads(body: bytes) -> Any:
    """Return the value in a body; raise NotJson or NotUtf8."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotUtf8 from None
    reader = _Reader(text)
    value = reader.value(0)
    if reader.next():
        raise NotJson
    return value


class _Reader:
    """Reads one value at a time from a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._values = 0

    def next(self) -> str:
        """Return the next character that is not blank; empty at the end."""
        blank = _BLANK.match(self._text, self._place)
        self._place = blank.end() if blank else self._place
        return self._text[self._place : self._place + 1]

    def value(self, depth: int) -> Any:
        """Read a value of any kind."""
        self._values += 1
        if self._values > MOST_VALUES or depth > DEEPEST:
            raise NotJson
        first = self.next()
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._array(depth)
        if first in ('"', "'"):
            return self._string(first)
        if (number := self._take(_NUMBER)) is not None:
            # A float reads every number that the pattern lets through.
            return float(number) if not number.lstrip("-").isdigit() else int(number)
        name = self._take(_NAME)
        if name is None or name not in _WORDS:
            raise NotJson
        return _WORDS[name]

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._place += 1
        while (first := self.next()) != "}":
            if first in ('"', "'"):
                name: str | None = self._string(first)
            else:
                name = self._take(_NAME)
            if name is None or self.next() != ":":
                raise NotJson
            self._place += 1
            found[name] = self.value(depth + 1)
            self._comma("}")
        self._place += 1
        return found

    def _array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self._place += 1
        while self.next() != "]":
            found.append(self.value(depth + 1))
            self._comma("]")
        self._place += 1
        return found

    def _comma(self, closing: str) -> None:
        """Read the comma behind a value; the last one may be missing."""
        following = self.next()
        if following == ",":
            self._place += 1
        elif following != closing:
            raise NotJson

    def _string(self, quote: str) -> str:
        raw = self._take(_STRING if quote == '"' else _QUOTED)
        if raw is None:
            raise NotJson
        if quote == "'":
            raw = f'"{_IN_QUOTES.sub(_requoted, raw[1:-1])}"'
        try:
            # Not strict: clients send line breaks as they are.
            found: str = json.loads(raw, strict=False)
        except ValueError:
            raise NotJson from None
        # Clients cut an emoji in half. A half is one UTF-16 unit, as is its replacement.
        return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self._text, self._place)
        if match is None:
            return None
        self._place = match.end()
        return match[0]


def _requoted(match: re.Match[str]) -> str:
    """Return a part of a string in single quotes as in double ones."""
    if match[0] == '"':
        return '\\"'
    return "'" if match[1] == "'" else match[0]
