"""Rows of an SQL dump by pg_dump, `--inserts` or COPY: never executed, only read."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .files import LONGEST_ENTRY, Opened
from .records import Unreadable

_STATEMENT = re.compile(
    r'\A(?:INSERT INTO|COPY)\s+(?:"?public"?\.)?"?(\w+)"?\s*\(([^()]*)\)\s*(VALUES|FROM stdin)',
    re.IGNORECASE,
)
_VALUE = re.compile(r"\s*(?:(E)?'((?:[^']|'')*+)'|([^\s,()';]+))\s*", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


class Row(NamedTuple):
    """A row of a table; None for NULL."""

    table: str
    line: int
    values: dict[str, str | None]


def rows(opened: Opened) -> Iterator[Row]:
    """Yield the rows of a dump; raise Unreadable where one cannot be understood."""
    reader = _Statements(opened)
    for line, statement in reader:
        found = _STATEMENT.match(statement)
        if found is None:
            continue
        table = found[1]
        columns = [name.strip().strip('"') for name in found[2].split(",")]
        if found[3].upper() == "VALUES":
            yield from _inserted(table, columns, line, statement[found.end() :])
        else:
            for number, copied in reader.copied():
                cells = [_copied(cell) for cell in copied.split("\t")]
                if len(cells) != len(columns):
                    raise _wrong(number)
                yield Row(table, number, dict(zip(columns, cells, strict=True)))


class _Statements:
    """Yields each statement with the number of its first line."""

    def __init__(self, opened: Opened) -> None:
        self._lines = _lines(opened)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        parts: list[str] = []
        begun, length, quotes = 0, 0, 0
        for number, line in self._lines:
            if not parts and (not line.strip() or line.startswith(("--", "\\"))):
                continue
            begun = begun if parts else number
            parts.append(line)
            length += len(line)
            quotes += line.count("'")
            if length > LONGEST_ENTRY:
                raise Unreadable(f"The statement in line {begun:,} is too long.")
            if quotes % 2 == 0 and line.rstrip().endswith(";"):
                yield begun, "".join(parts)
                parts, length, quotes = [], 0, 0
        if parts:
            raise Unreadable(f"The file is cut off: the statement in line {begun:,} has no end.")

    def copied(self) -> Iterator[tuple[int, str]]:
        """Yield the lines of data behind a COPY."""
        for number, line in self._lines:
            if line.rstrip("\r\n") == "\\.":
                return
            yield number, line.rstrip("\r\n")
        raise Unreadable("The file is cut off: it ends in the data of a COPY.")


def _lines(opened: Opened) -> Iterator[tuple[int, str]]:
    rest, number = "", 0
    for piece in opened.text():
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            number += 1
            yield number, f"{line}\n"
        if len(rest) > LONGEST_ENTRY:
            raise Unreadable(f"Line {number + 1:,} is longer than {LONGEST_ENTRY:,} characters.")
    if rest:
        yield number + 1, rest


def _inserted(table: str, columns: list[str], line: int, text: str) -> Iterator[Row]:
    at = 0
    while True:
        begins = re.compile(r"[\s,]*\(").match(text, at)
        if begins is None:
            if text[at:].strip(" \t\r\n;") and "ON CONFLICT" not in text[at:]:
                raise _wrong(line)
            return
        at = begins.end()
        values: list[str | None] = []
        while True:
            found = _VALUE.match(text, at)
            if found is None or found.end() >= len(text):
                raise _wrong(line)
            values.append(_value(found))
            at = found.end() + 1
            if text[at - 1] == ")":
                break
            if text[at - 1] != ",":
                raise _wrong(line)
        if len(values) != len(columns):
            raise _wrong(line)
        yield Row(table, line, dict(zip(columns, values, strict=True)))


def _value(found: re.Match[str]) -> str | None:
    if found[2] is not None:
        text = found[2].replace("''", "'")
        return _unescaped(text) if found[1] else text
    return None if found[3].upper() == "NULL" else found[3]


def _copied(cell: str) -> str | None:
    return None if cell == "\\N" else _unescaped(cell)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _LETTERS.get(match[1], match[1]), text)


def _wrong(line: int) -> Unreadable:
    return Unreadable(f"Line {line:,} is no INSERT or COPY that pg_dump writes.")
