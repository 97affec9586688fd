"""JSON documents and JSON lines of any size, one value at a time.

Only the value at hand is in memory. A value that is longer than an entry may be, or that is
not JSON, ends the reading.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from .files import LONGEST_ENTRY, Opened
from .records import Unreadable

#: A whole string, or the quote of one that the buffer does not hold to its end; or a bracket.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_SCALAR = re.compile(rb"[-+.0-9A-Za-z]+")
_SPACE = re.compile(rb"[ \t\r\n]*")
_BOM = b"\xef\xbb\xbf"
#: Objects in each other around the arrays.
_DEEPEST = 4


class Member(NamedTuple):
    """A member of an array, or a value that is in no array, where objects lead to it."""

    path: tuple[str, ...]
    #: Place in the array, from 1; 0: in no array.
    number: int
    value: Any


def members(opened: Opened) -> Iterator[Member]:
    """Yield the members of a document's arrays, and its other values; raise Unreadable."""
    scanner = _Scanner(opened.utf8())
    yield from _walk(scanner, ())
    if scanner.next_byte(optional=True):
        raise Unreadable(f"The file is not one JSON document: more follows at {scanner.place}.")


def lines(opened: Opened) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each line that is not empty; raise Unreadable."""
    for number, line in enumerate(_lines(opened.utf8()), start=1):
        # LeanCloud begins its files with a line that names the class.
        if line.strip() and not (number == 1 and line.startswith(b"#")):
            try:
                yield number, _loaded(line)
            except ValueError as error:
                raise Unreadable(f"Line {number:,} is not JSON: {_reason(error)}.") from None


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest, number, first = b"", 1, True
    for chunk in chunks:
        if first:
            chunk, first = chunk.removeprefix(_BOM), False
        *whole, last = chunk.split(b"\n")
        if whole:
            whole[0] = rest + whole[0]
            number += len(whole)
            rest = b""
            yield from whole
        rest += last
        if len(rest) > LONGEST_ENTRY:
            raise Unreadable(
                f"Line {number:,} is longer than {LONGEST_ENTRY:,} bytes, which is no comment."
            )
    yield rest


def _loaded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in str(error):
            raise
    # Scripts that cut a text in the middle of an emoji leave half of it.
    try:
        return json.loads(raw)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _reason(error: ValueError) -> str:
    """Return the parser's own words, which name no content."""
    return re.sub(r":? ?line \d+ column \d+.*", "", str(error))[:100]


def _walk(scanner: "_Scanner", path: tuple[str, ...]) -> Iterator[Member]:
    begins = scanner.next_byte()
    if begins == b"[":
        yield from _array(scanner, path)
    elif begins == b"{" and len(path) < _DEEPEST:
        yield from _object(scanner, path)
    else:
        yield Member(path, 0, scanner.value())


def _object(scanner: "_Scanner", path: tuple[str, ...]) -> Iterator[Member]:
    scanner.take(b"{")
    if scanner.next_byte() == b"}":
        scanner.take(b"}")
        return
    while True:
        name = scanner.value() if scanner.next_byte() == b'"' else None
        if not isinstance(name, str):
            raise scanner.broken("a name is expected")
        scanner.take(b":")
        yield from _walk(scanner, (*path, name))
        if scanner.next_byte() == b"}":
            scanner.take(b"}")
            return
        scanner.take(b",")


def _array(scanner: "_Scanner", path: tuple[str, ...]) -> Iterator[Member]:
    scanner.take(b"[")
    number = 0
    if scanner.next_byte() == b"]":
        scanner.take(b"]")
        return
    while True:
        number += 1
        yield Member(path, number, scanner.value())
        if scanner.next_byte() == b"]":
            scanner.take(b"]")
            return
        scanner.take(b",")


class _Scanner:
    """A window on the bytes of a document, which moves from value to value."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._window = b""
        self._at = 0
        self._passed = 0
        if self._more():
            self._at = len(_BOM) if self._window.startswith(_BOM) else 0

    @property
    def place(self) -> str:
        """Return the place in the unpacked file, in words."""
        return f"byte {self._passed + self._at:,}"

    def broken(self, reason: str) -> Unreadable:
        return Unreadable(f"The file is not JSON at {self.place}: {reason}.")

    def next_byte(self, *, optional: bool = False) -> bytes:
        """Skip white space and return the next byte without taking it."""
        while True:
            space = _SPACE.match(self._window, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._window):
                return self._window[self._at : self._at + 1]
            if not self._more():
                if optional:
                    return b""
                raise self._cut_off()

    def take(self, expected: bytes) -> None:
        """Take one byte; raise Unreadable unless it is the expected one."""
        if self.next_byte() != expected:
            raise self.broken(f"{expected.decode()} is expected")
        self._at += 1

    def value(self) -> Any:
        """Take and return the next value of any kind."""
        begins = self.next_byte()
        end = self._end_of_scalar() if begins not in b'{["' else self._end_of_value()
        raw = self._window[self._at : end]
        try:
            found = _loaded(raw)
        except ValueError as error:
            raise self.broken(_reason(error)) from None
        self._at = end
        return found

    def _end_of_scalar(self) -> int:
        while True:
            found = _SCALAR.match(self._window, self._at)
            if found is None:
                raise self.broken("a value is expected")
            if found.end() < len(self._window) or not self._more():
                return found.end()

    def _end_of_value(self) -> int:
        depth, scanned = 0, 0
        while True:
            found = _TOKEN.search(self._window, self._at + scanned)
            if found is None or found[0] == b'"':
                scanned = (found.start() if found else len(self._window)) - self._at
                if not self._more():
                    raise self._cut_off()
                if len(self._window) - self._at > LONGEST_ENTRY + (1 << 20):
                    raise self.broken(f"a value is longer than {LONGEST_ENTRY:,} bytes")
                continue
            scanned = found.end() - self._at
            if found[0] in (b"{", b"["):
                depth += 1
            elif found[0] in (b"}", b"]"):
                depth -= 1
            if depth <= 0:
                return found.end()

    def _more(self) -> bool:
        chunk = next(self._chunks, b"")
        self._passed += self._at
        self._window = self._window[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _cut_off(self) -> Unreadable:
        return Unreadable(f"The file is cut off: it ends in the middle, after {self.place}.")
