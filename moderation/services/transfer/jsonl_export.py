"""Exports of a site as JSON lines: whole, and the same bytes in every store."""

from collections.abc import Iterator

from .snapshot import Snapshot, encoded


def write(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield every line."""
    number = 0
    for line in snapshot.lines():
        number += 1
        yield encoded(line)
    yield encoded({"type": "end", "lines": number + 1})
