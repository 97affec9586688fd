"""Values of foreign files, none of which need to have the type that they should have."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from .records import Markup, Note, Why

#: The most votes that are believed.
MOST_VOTES = 1_000_000
#: Text that is HTML as a whole, where people write Markdown: an older release stored it, or an
#: import from another system.
_HTML = re.compile(
    r"\s*<(?:p|div|blockquote|ul|ol|pre|table|h[1-6])[ >].*>\s*", re.IGNORECASE | re.DOTALL
)
#: Tags within lines that were shown as formatting.
_INLINE = re.compile(
    r"<(?:a\s[^<>]{0,2000}href\s*=|img\s[^<>]{0,2000}src\s*=|br\s*/?>|(?:b|i|em|strong|del|code|p)>)",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,4000}>")
_MARKDOWN = re.compile(r"[*_`\[\]~]|(?<!&)#|^\s{0,3}(?:>|[-+] |\d+[.)] )", re.MULTILINE)
_NUMBERS = ("$numberLong", "$numberInt")


def text(value: Any) -> str:
    """Return a text; a number as its digits, an id of MongoDB as its hex, anything else empty."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict):
        for name in ("$oid", *_NUMBERS):
            if isinstance(value.get(name), str):
                return storable(value[name])
    return ""


def markup_of(written: str) -> Markup:
    """Return the markup of a text of a system that keeps Markdown, and that had HTML before."""
    if "<" not in written:
        return Markup.MARKDOWN
    if _HTML.fullmatch(written):
        return Markup.HTML
    if _INLINE.search(written) and not _MARKDOWN.search(_TAG.sub("", written)):
        return Markup.HTML_LINES
    return Markup.MARKDOWN


def count(value: Any) -> int:
    """Return a number of votes, at least 0; a list counts its members."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        # Stores without lists keep the voters as JSON.
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return 0
    if isinstance(value, dict) and any(name in value for name in _NUMBERS):
        value = text(value)
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
