"""Exports of the audit trail, streamed, so that memory does not grow with its length."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson

from moderation.domain import characters, spreadsheets

COLUMNS = ("id", "at", "site", "actor", "actor_name", "action", "subject", "detail")
CONTENT_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}


class _Line:
    """File-like target of the csv module; holds the last line written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def _jsonl(entries: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for entry in entries:
        line = orjson.dumps(entry, option=orjson.OPT_UTC_Z).decode()
        yield characters.in_json(line).encode() + b"\n"


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
    if not isinstance(value, str):
        return characters.in_json(orjson.dumps(value).decode())
    return spreadsheets.cell(value)


AS: dict[str, Callable[[Iterable[dict[str, Any]]], Iterator[bytes]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
}
