"""HTTP/1.1 messages: parsed requests, and the bytes of a response's head."""

import time
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import orjson

from moderation.domain.akismet_guid import guid_headers
from moderation.domain.foreign_addresses import plain

_REASONS = {status.value: status.phrase for status in HTTPStatus}
#: Statuses without a body and Content-Length.
BODILESS = frozenset({204, 304})


class BadRequest(Exception):
    """A request that is refused before the application; `status` is the response's."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


@dataclass(slots=True)
class Request:
    """A complete request."""

    method: str
    #: Path and query as in WSGI: percent-decoded bytes as Latin-1, and as sent.
    path: str
    query: str
    target: bytes
    #: Fields by lower-case name; repeated fields are joined.
    headers: dict[bytes, bytes]
    http_1_1: bool
    keep_alive: bool
    body: bytes = b""
    #: True when the body exceeded its limit and was discarded.
    too_large: bool = False
    #: Bytes of the body that are counted against the client until it is answered.
    held: int = 0


class Clock:
    """The Date field, formatted once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._date = b""

    def date(self) -> bytes:
        """Return the Date field line of this second."""
        second = int(time.time())
        if second != self._second:
            self._date = b"Date: " + formatdate(second, usegmt=True).encode() + b"\r\n"
            # Last: another thread may read both meanwhile.
            self._second = second
        return self._date


def split_target(target: bytes) -> tuple[str, str]:
    """Return path and query of a request target in origin or absolute form."""
    if not target.startswith(b"/"):
        scheme, separator, rest = target.partition(b"://")
        if not separator or scheme.lower() not in (b"http", b"https"):
            raise BadRequest(400, "bad_request", "The address must begin with a slash.")
        _, slash, path = rest.partition(b"/")
        target = slash + path or b"/"
    path, _, query = target.partition(b"?")
    if b"%" in path:
        path = unquote_to_bytes(path)
    return plain(path.decode("latin-1")), query.decode("latin-1")


def status_line(status: int | str) -> bytes:
    """Return the status line of a response, from a number or WSGI's number and reason."""
    if isinstance(status, int):
        status = f"{status} {_REASONS.get(status, 'Unknown')}"
    return f"HTTP/1.1 {status}\r\n".encode("latin-1")


def field_lines(headers: list[tuple[str, str]]) -> bytes:
    """Return header fields as bytes; raise ValueError when one holds a line break."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
        raise ValueError("a header field holds a line break")
    return lines.encode("latin-1")


def problem_bytes(status: int, code: str, detail: str) -> bytes:
    """Return an error as problem+json (RFC 9457), as the application would write it."""
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": _REASONS.get(status, "Error"),
            "status": status,
            "code": code,
            "detail": detail,
        }
    )


def refusal(error: BadRequest, target: str) -> tuple[bytes, bytes]:
    """Return head and body of the response to a request that cannot be read."""
    body = problem_bytes(error.status, error.code, error.detail)
    described = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *guid_headers(target),
    ]
    if error.status == 503:
        described.append(("Retry-After", "1"))
    return status_line(error.status) + field_lines(described), body
