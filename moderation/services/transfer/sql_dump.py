"""Rows of an SQL dump by pg_dump, mysqldump, phpMyAdmin or SQLite: only read, never executed."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .files import LONGEST_ENTRY, Opened
from .records import Unreadable

_NAME = r'[`"]?(\w+)[`"]?'
_TABLE = rf'(?:[`"]?\w+[`"]?\.)?{_NAME}'
_STATEMENT = re.compile(
    rf"\A(?:INSERT\s+(?:IGNORE\s+)?INTO|COPY)\s+{_TABLE}\s*(?:\(([^()]*)\)\s*)?(VALUES|FROM stdin)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"^(?:CREATE TABLE(?: IF NOT EXISTS)?|INSERT(?: IGNORE)? INTO|COPY) {_TABLE}",
    re.IGNORECASE | re.MULTILINE,
)
_CREATED = re.compile(
    rf"\ACREATE TABLE\s+(?:IF NOT EXISTS\s+)?{_TABLE}\s*\((.*)", re.IGNORECASE | re.DOTALL
)
_COLUMN = re.compile(rf"\s*{_NAME}\s", re.IGNORECASE)
#: Parts of a CREATE TABLE that begin with one of these are no columns.
_CONSTRAINTS = frozenset(
    ("primary", "foreign", "unique", "key", "index", "constraint", "check", "fulltext", "exclude")
)
_VALUE = re.compile(r"\s*(?:(E|X)?'((?:[^']|'')*+)'|([^\s,()';]+))\s*", re.IGNORECASE)
_VALUE_OF_MYSQL = re.compile(
    r"\s*(?:(_binary )?'((?:[^'\\]|''|\\.)*+)'|([^\s,()';]+))\s*", re.IGNORECASE | re.DOTALL
)
#: SQLite's shell writes a text of several lines as a call, and others around it.
_CALL = re.compile(r"\s*replace\(", re.IGNORECASE)
_CALLED = re.compile(r"\s*,\s*'(\\[nr]|[^']{1,20})'\s*,\s*char\((10|13)\)\s*\)\s*", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_BEGINS = re.compile(r"[\s,]*\(")
#: Calls in each other.
_DEEPEST = 4


class Row(NamedTuple):
    """A row of a table; None for NULL."""

    table: str
    line: int
    values: dict[str, str | None]


def tables(opened: Opened) -> set[str]:
    """Return the names of the tables in the first kilobytes of a dump."""
    return set(_NAMED.findall(opened.beginning.decode("utf-8", "replace")))


def rows(opened: Opened) -> Iterator[Row]:
    """Yield the rows of a dump; raise Unreadable where one cannot be understood."""
    is_mysql = b"`" in opened.beginning
    reader = _Statements(opened, is_mysql=is_mysql)
    created: dict[str, list[str]] = {}
    for line, statement in reader:
        if known := _CREATED.match(statement):
            if len(created) < 1000:
                created[known[1]] = _columns(known[2])
            continue
        found = _STATEMENT.match(statement)
        if found is None:
            continue
        table = found[1]
        if found[2] is not None:
            columns = [name.strip().strip('"`') for name in found[2].split(",")]
        else:
            columns = created.get(table, [])
        if found[3].upper() == "VALUES":
            if not columns:
                raise Unreadable(
                    f"Line {line:,} names no columns, and no CREATE TABLE for {table[:60]} does. "
                    "Dump the structure of the tables as well."
                )
            values = _Values(statement, found.end(), line, is_mysql=is_mysql)
            for row in values.rows():
                if len(row) != len(columns):
                    raise _wrong(line)
                yield Row(table, line, dict(zip(columns, row, strict=True)))
        else:
            for number, copied in reader.copied():
                cells = [_copied(cell) for cell in copied.split("\t")]
                if len(cells) != len(columns):
                    raise _wrong(number)
                yield Row(table, number, dict(zip(columns, cells, strict=True)))


def _columns(body: str) -> list[str]:
    """Return the names of the columns in the brackets of a CREATE TABLE."""
    names, depth, begun, quoted = [], 0, 0, False
    for at, character in enumerate(body):
        if character == "'":
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
        if depth < 0 or (character == "," and not depth and not quoted):
            found = _COLUMN.match(body[begun:at] + " ")
            if found and (body[begun:at].lstrip()[:1] in '"`' or not _is_constraint(found[1])):
                names.append(found[1])
            begun = at + 1
        if depth < 0:
            break
    return names


def _is_constraint(name: str) -> bool:
    return name.lower() in _CONSTRAINTS


class _Statements:
    """Yields each statement with the number of its first line."""

    def __init__(self, opened: Opened, *, is_mysql: bool) -> None:
        self._lines = _lines(opened)
        self._comments = ("--", "\\", "#") if is_mysql else ("--", "\\")
        self._is_mysql = is_mysql

    def __iter__(self) -> Iterator[tuple[int, str]]:
        parts: list[str] = []
        begun, length, quoted = 0, 0, False
        for number, line in self._lines:
            if not parts and (not line.strip() or line.startswith(self._comments)):
                continue
            begun = begun if parts else number
            parts.append(line)
            length += len(line)
            quoted ^= self._opens(line)
            if length > LONGEST_ENTRY:
                raise Unreadable(f"The statement in line {begun:,} is too long.")
            if not quoted and line.rstrip().endswith(";"):
                yield begun, "".join(parts)
                parts, length = [], 0
        if parts:
            raise Unreadable(f"The file is cut off: the statement in line {begun:,} has no end.")

    def _opens(self, line: str) -> bool:
        """Return whether a string begins in a line without ending, or the other way round."""
        if self._is_mysql and "\\" in line:
            # A backslash takes the meaning from the quote behind it; MySQL writes no bare ones.
            line = _ESCAPE.sub("", line)
        return line.count("'") % 2 == 1

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


class _Values:
    """The rows behind VALUES."""

    def __init__(self, text: str, at: int, line: int, *, is_mysql: bool) -> None:
        self._text, self._at, self._line = text, at, line
        self._is_mysql = is_mysql

    def rows(self) -> Iterator[list[str | None]]:
        """Yield the values of each row; raise Unreadable where they end in the middle."""
        text = self._text
        while begins := _BEGINS.match(text, self._at):
            self._at = begins.end()
            values = [self._value()]
            while text[self._at : self._at + 1] == ",":
                self._at += 1
                values.append(self._value())
            if text[self._at : self._at + 1] != ")":
                raise _wrong(self._line)
            self._at += 1
            yield values
        rest = text[self._at :].strip(" \t\r\n;")
        if rest and not rest.upper().startswith(("ON CONFLICT", "ON DUPLICATE")):
            raise _wrong(self._line)

    def _value(self, depth: int = 0) -> str | None:
        if call := _CALL.match(self._text, self._at):
            if depth >= _DEEPEST:
                raise _wrong(self._line)
            self._at = call.end()
            inner = self._value(depth + 1) or ""
            called = _CALLED.match(self._text, self._at)
            if called is None:
                raise _wrong(self._line)
            self._at = called.end()
            return inner.replace(called[1], chr(int(called[2])))
        found = (_VALUE_OF_MYSQL if self._is_mysql else _VALUE).match(self._text, self._at)
        if found is None:
            raise _wrong(self._line)
        self._at = found.end()
        if found[2] is None:
            return None if found[3].upper() == "NULL" else found[3]
        if found[1] in ("X", "x"):
            # Bytes, such as the voters of Isso, are of no use to an import.
            return None
        text = found[2].replace("''", "'")
        return _unescaped(text) if found[1] or self._is_mysql else text


def _copied(cell: str) -> str | None:
    return None if cell == "\\N" else _unescaped(cell)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _LETTERS.get(match[1], match[1]), text)


def _wrong(line: int) -> Unreadable:
    return Unreadable(
        f"Line {line:,} is no row that pg_dump, mysqldump or SQLite writes. Dump the tables again."
    )
