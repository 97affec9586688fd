"""Parses requests from the bytes of a connection, within limits of size and time."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools
import structlog

from .messages import BadRequest, Request, split_target

if TYPE_CHECKING:
    from .front import Front

log = structlog.get_logger(__name__)


class Reader:
    """Incremental request parser; calls `accept` with each complete request.

    A body above the limit is discarded: its request is accepted at once, with a mark,
    and nothing after it is read.
    """

    __slots__ = (
        "_accept",
        "_body",
        "_client",
        "_front",
        "_head_size",
        "_headers",
        "_held",
        "_host_twice",
        "_limit",
        "_parser",
        "_send_continue",
        "_size",
        "_target",
        "_too_large",
        "_upgrading",
        "deadline",
        "ended",
        "in_request",
    )

    def __init__(
        self,
        front: "Front",
        client: str,
        accept: Callable[[Request], None],
        send_continue: Callable[[], None],
    ) -> None:
        self._front = front
        self._client = client
        self._accept = accept
        self._send_continue = send_continue
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._host_twice = False
        #: Maximum size of the body, known at the end of the head; 0 before.
        self._limit = 0
        self._head_size = 0
        self._body: list[bytes] = []
        self._size = self._held = 0
        self._too_large = False
        #: True while the head of the request offers another protocol.
        self._upgrading = False
        #: True while a request is incomplete.
        self.in_request = False
        #: Deadline of the incomplete request.
        self.deadline = 0.0
        #: True when no more bytes are read.
        self.ended = False

    @property
    def target(self) -> bytes:
        """Return the target of the current request, as far as it has arrived."""
        return self._target

    def feed(self, data: bytes, now: float) -> None:
        """Parse more bytes; raise BadRequest when no request can be read any more."""
        was_in_request = self.in_request
        self._parse(data)
        if not self.in_request:
            self._head_size = 0
        elif not self._limit:
            # The parser's buffer of an incomplete head is limited, too.
            self._head_size += len(data)
            if self._head_size > self._front.bounds.head:
                raise _head_too_large()
            if not was_in_request:
                self.deadline = now + self._front.bounds.head_time

    def _parse(self, data: bytes) -> None:
        try:
            while data:
                data = self._unparsed(data)
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if isinstance(cause, BadRequest):
                raise cause from None
            log.error("server.request_failed", kind=type(cause).__name__)
            raise BadRequest(
                500, "internal_error", "Something went wrong on our side. Try again."
            ) from None
        except httptools.HttpParserError:
            raise BadRequest(
                400, "bad_request", "The request could not be understood: it is not HTTP/1.1."
            ) from None

    def _unparsed(self, data: bytes) -> bytes:
        """Parse bytes; return those to parse again, of a request that offers another protocol.

        Java's client offers HTTP/2 with its first request, and the parser takes the body of such
        a request for the other protocol. The request is parsed again without its offer.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._upgrading:
                return self._head_without_upgrade() + data[upgrade.args[0] :]
            self.ended = True
        return b""

    def _head_without_upgrade(self) -> bytes:
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (method, self._target, version)]
        for name, value in self._headers.items():
            if name == b"connection":
                value = b",".join(o for o in value.split(b",") if o.strip().lower() != b"upgrade")
            if name != b"upgrade":
                lines.append(b"%b: %b" % (name, value))
        self._parser = httptools.HttpRequestParser(self)
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def drop(self) -> None:
        """Discard the incomplete request, and read nothing more."""
        self.ended = True
        self.in_request = False
        self._drop_body()

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        self.in_request = True
        self._target = b""
        self._headers = {}
        self._limit = 0
        self._host_twice = self._too_large = False

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        known = self._headers.get(name)
        if known is None:
            if len(self._headers) >= self._front.bounds.headers:
                raise _head_too_large()
            self._headers[name] = value
            return
        if name == b"host":
            self._host_twice = True
        joint = b"; " if name == b"cookie" else b","
        self._headers[name] = known + joint + value

    def on_headers_complete(self) -> None:
        headers, bounds = self._headers, self._front.bounds
        size = len(self._target)
        for name, value in headers.items():
            size += len(name) + len(value) + 4
        if size > bounds.head:
            raise _head_too_large()
        if self._host_twice or (b"host" not in headers and self._parser.get_http_version() > "1.0"):
            raise BadRequest(400, "bad_request", "A request must have exactly one Host field.")
        self._upgrading = self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT"
        if self._upgrading:
            return
        self._limit = self._front.body_limit(self._target, headers)
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            return
        # The parser has already refused a value that is not a number.
        declared = int(length) if length is not None and len(length) < 20 else 0
        self._too_large = length is not None and (len(length) >= 20 or declared > self._limit)
        if self._too_large:
            self._end_early()
            return
        self.deadline = self._front.now() + bounds.body_time
        if self._limit > bounds.body:
            self.deadline += declared / bounds.body_rate
        if headers.get(b"expect", b"").lower() == b"100-continue":
            self._send_continue()

    def on_body(self, body: bytes) -> None:
        if self._too_large:
            return
        self._size += len(body)
        if self._size > self._limit:
            self._too_large = True
            self._drop_body()
            self._end_early()
        elif self._front.hold(self._client, len(body)):
            self._held += len(body)
            self._body.append(body)
        else:
            raise BadRequest(503, "busy", "Too much data is being received. Try again in a moment.")

    def on_message_complete(self) -> None:
        if self.in_request and not self.ended and not self._upgrading:
            self._hand_over()

    def _end_early(self) -> None:
        """Accept the request without its body, and read nothing more."""
        self._hand_over()
        self.ended = True

    def _hand_over(self) -> None:
        self.in_request = False
        path, query = split_target(self._target)
        request = Request(
            self._parser.get_method().decode("latin-1"),
            path,
            query,
            self._target,
            self._headers,
            self._parser.get_http_version() > "1.0",
            self._parser.should_keep_alive() and not self._too_large,
            b"".join(self._body) if self._body else b"",
            self._too_large,
            self._held,
        )
        self._body, self._size, self._held = [], 0, 0
        self._accept(request)

    def _drop_body(self) -> None:
        if self._held:
            self._front.release(self._client, self._held)
        self._body, self._size, self._held = [], 0, 0


def _head_too_large() -> BadRequest:
    return BadRequest(431, "head_too_large", "The header fields are too large. Send fewer.")
