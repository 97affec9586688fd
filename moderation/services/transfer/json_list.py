"""Lists of objects, as one JSON array, under a name of an object, or as JSON lines."""

from collections.abc import Iterator
from typing import Any

from .files import Opened
from .json_stream import lines, members
from .records import Unreadable


def is_lines(opened: Opened) -> bool:
    """Return whether the first line is an object by itself."""
    first, _, rest = opened.beginning.partition(b"\n")
    first = first.strip()
    return first.startswith(b"#") or (
        first.startswith(b"{") and first.endswith(b"}") and (b"{" in rest or not rest.strip())
    )


def values(opened: Opened, *names: str) -> Iterator[tuple[str, Any]]:
    """Yield each entry with its place; `names` are those of the list in an object around it.

    Raises Unreadable where the file has lists, and none of these.
    """
    if is_lines(opened):
        for number, value in lines(opened):
            name = next((name for name in names if _is_list(value, name)), None)
            if name is None:
                yield f"line {number}", value
                continue
            for place, each in enumerate(value[name], start=1):
                yield f"entry {place}", each
        return
    found = others = False
    for path, number, value in members(opened):
        if number and (not path or (len(path) == 1 and path[0] in names)):
            found = True
            yield f"entry {number}", value
        others = others or bool(number)
    if others and not found:
        wanted = " or ".join(names)
        raise Unreadable(f"The file has no list of comments: one is expected, or it in {wanted}.")


def _is_list(value: Any, name: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(name), list)
