"""Lists of objects, as one JSON array, under a name of an object, or as JSON lines."""

from collections.abc import Iterator
from typing import Any

from .files import Opened
from .json_stream import lines, members


def is_lines(opened: Opened) -> bool:
    """Return whether the first line is an object by itself."""
    first, _, rest = opened.head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    first = first.strip()
    return first.startswith(b"#") or (
        first.startswith(b"{") and first.endswith(b"}") and (b"{" in rest or not rest.strip())
    )


def values(opened: Opened, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each entry with its place; `name` is that of the list in an object around it."""
    if is_lines(opened):
        for number, value in lines(opened):
            if not (isinstance(value, dict) and isinstance(value.get(name), list)):
                yield f"line {number}", value
                continue
            for place, each in enumerate(value[name], start=1):
                yield f"entry {place}", each
        return
    for path, number, value in members(opened):
        if number and path in ((), (name,)):
            yield f"entry {number}", value
