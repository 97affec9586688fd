"""Values of foreign files, none of which need to have the type that they should have."""

import math
from collections.abc import Mapping
from typing import Any

from .records import Note, Why

#: The most votes that are believed.
MOST_VOTES = 1_000_000


def text(value: Any) -> str:
    """Return a text; a number as its digits, an id of MongoDB as its hex, anything else empty."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict) and isinstance(value.get("$oid"), str):
        return storable(value["$oid"])
    return ""


def count(value: Any) -> int:
    """Return a number of votes, at least 0; a list counts its members."""
    if isinstance(value, list | dict):
        number: float = len(value)
    elif isinstance(value, str):
        number = int(value) if value.strip().lstrip("-").isdecimal() and len(value) < 12 else 0
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        number = value
    else:
        return 0
    return int(min(max(number, 0), MOST_VOTES))


def votes_of_score(value: Any) -> tuple[int, int]:
    """Return the votes for and against that a balance at least has."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return count(value), count(-value)
    return 0, 0


def is_true(value: Any) -> bool:
    """Return whether a value is true in one of the spellings of JSON, SQL and forms."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "t", "1", "yes")
    return value is True or value == 1


def entry(value: Any, place: str) -> Mapping[str, Any] | Note:
    """Return an object, or the note that something else stands in its place."""
    if isinstance(value, dict):
        return value
    return Note(place, Why.REFUSED, "not a JSON object")


def storable(text: str) -> str:
    """Replace NUL and lone surrogates, which PostgreSQL cannot store."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
