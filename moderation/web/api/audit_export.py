"""The audit trail as files: written while they are sent, however long the trail is."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson

COLUMNS = ("id", "at", "site", "actor", "actor_name", "action", "subject", "detail")
CONTENT_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
#: A cell that begins so is a formula to a spreadsheet, and names are whatever people typed.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What the csv module writes to: keeps the line that it was given last."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def _jsonl(entries: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for entry in entries:
        yield orjson.dumps(entry, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def _csv(entries: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield line.text.encode()
    for entry in entries:
        writer.writerow([_cell(entry[name]) for name in COLUMNS])
        yield line.text.encode()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


AS: dict[str, Callable[[Iterable[dict[str, Any]]], Iterator[bytes]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
}
