"""Tables as CSV: one row at a time, under the names of the first line."""

import csv
from collections.abc import Iterator

from .files import LONGEST_ENTRY, Opened
from .records import Unreadable

#: Columns of a table.
_MOST_COLUMNS = 200


def columns(opened: Opened) -> list[str]:
    """Return the names of the first line, empty where it is no line of a table."""
    first = opened.beginning.partition(b"\n")[0].strip()[:10_000].decode("utf-8", "replace")
    try:
        names = next(csv.reader([first]), [])
    except csv.Error:
        return []
    return [name.strip() for name in names] if len(names) <= _MOST_COLUMNS else []


def table(opened: Opened) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield the number of each row's last line and the row; raise Unreadable.

    An empty cell and `NULL` are None, since CSV has no other way to write nothing.
    """
    reader = csv.reader(_lines(opened), strict=True)
    try:
        names = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                raise Unreadable(
                    f"Line {reader.line_num:,} has {len(cells)} columns where the first line has "
                    f"{len(names)}. Export the table again, with quotes around texts."
                )
            yield (
                reader.line_num,
                {
                    name: cell if cell not in ("", "NULL", "\\N") else None
                    for name, cell in zip(names, cells, strict=True)
                },
            )
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num:,} is not CSV: {error}.") from None


def _lines(opened: Opened) -> Iterator[str]:
    rest = ""
    for piece in opened.text():
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            yield line + "\n"
        if len(rest) > LONGEST_ENTRY:
            raise Unreadable(f"A line is longer than {LONGEST_ENTRY:,} characters.")
    if rest:
        yield rest
