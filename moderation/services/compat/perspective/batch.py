"""Batches of Google's client libraries: requests as parts of a multipart/mixed body."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import takewhile
from typing import Final

from .errors import Refused

MOST_PARTS: Final = 100
#: Bytes of the header fields of a part: one client puts its whole text into Content-ID.
_LONGEST_HEAD: Final = 128 * 1024
_MOST_FIELDS: Final = 50
_BOUNDARY: Final = re.compile(r'(?i)\bboundary=(?:"([^"\r\n]{1,200})"|([^\s;",]{1,200}))')
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_LINE: Final = re.compile(rb"\r?\n")
#: Some clients end a line at any of these.
_CONTROLS: Final = re.compile(rb"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch."""

    #: As sent; None: the part had none.
    id: bytes | None
    method: str
    target: str
    #: By lower-case name.
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """The answer to one request of a batch."""

    id: bytes | None
    status: int
    headers: Mapping[str, str]
    body: bytes


def _bad(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message)


def read_parts(content_type: str, body: bytes) -> list[Part]:
    """Return the requests of a batch; raise Refused when it cannot be taken apart."""
    named = _BOUNDARY.search(content_type) if "multipart/mixed" in content_type.lower() else None
    if named is None:
        raise _bad("A batch has the Content-Type multipart/mixed with a boundary.")
    mark = b"--" + (named[1] or named[2]).encode("latin-1", "replace")
    # A boundary stands at the beginning of a line.
    pieces = (b"\n" + body).split(b"\n" + mark, MOST_PARTS + 2)[1:]
    chunks = list(takewhile(lambda piece: not piece.startswith(b"--"), pieces))
    if len(chunks) > MOST_PARTS:
        raise _bad(f"The batch has more than {MOST_PARTS} parts. Send several.")
    if not chunks:
        raise _bad("The batch has no parts.")
    return [_part(chunk) for chunk in chunks]


def _part(chunk: bytes) -> Part:
    """Return the request in a part; one that cannot be read has no method."""
    outer, inner = _head_and_rest(chunk.lstrip(b" \t").removeprefix(b"\r").removeprefix(b"\n"))
    # The line break in front of the next boundary belongs to the boundary.
    head, body = _head_and_rest(inner.removesuffix(b"\r"))
    first, _, fields = head.partition(b"\n")
    words = first.strip().decode("latin-1").split(" ")
    found = _fields(outer).get("content-id")
    id = None if found is None else found.encode("latin-1")
    if len(words) < 2:
        return Part(id, "", "", {}, b"")
    return Part(id, words[0].upper(), words[1], _fields(fields), body)


def _head_and_rest(chunk: bytes) -> tuple[bytes, bytes]:
    blank = _BLANK_LINE.search(chunk, 0, _LONGEST_HEAD)
    return (
        (chunk[:_LONGEST_HEAD], b"")
        if blank is None
        else (
            chunk[: blank.start()],
            chunk[blank.end() :],
        )
    )


def _fields(head: bytes) -> dict[str, str]:
    """Return header fields by lower-case name, folded lines joined."""
    found: dict[str, str] = {}
    for line in _LINE.split(_FOLD.sub(b" ", head))[:_MOST_FIELDS]:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def write_parts(answers: Sequence[PartAnswer]) -> tuple[str, bytes]:
    """Return the Content-Type and the body of a batch's answer."""
    boundary = f"batch_{secrets.token_hex(16)}"
    lines: list[bytes] = []
    for answer in answers:
        lines += [f"--{boundary}".encode(), b"Content-Type: application/http"]
        if answer.id is not None:
            lines.append(b"Content-ID: " + _response_id(_CONTROLS.sub(b" ", answer.id)))
        status = HTTPStatus(answer.status)
        lines += [b"", f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        lines += [f"{name}: {value}".encode("latin-1") for name, value in answer.headers.items()]
        lines += [f"Content-Length: {len(answer.body)}".encode(), b"", answer.body]
    lines += [f"--{boundary}--".encode(), b""]
    return f"multipart/mixed; boundary={boundary}", b"\r\n".join(lines)


def _response_id(id: bytes) -> bytes:
    """Return the id of an answer; PHP's client sends its ids without angle brackets."""
    if id.startswith(b"<") and id.endswith(b">"):
        return b"<response-" + id[1:]
    return b"response-" + id
