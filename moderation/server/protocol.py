"""One HTTP/1.1 connection: parses requests, answers the ready-made, passes on the others.

Everything here runs on the event loop and never waits. A request reaches a thread only
when all of it has arrived, so a slow client holds a connection and nothing else.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httptools
import structlog

from .messages import (
    BadRequest,
    Request,
    field_lines,
    problem_bytes,
    split_target,
    status_line,
)

if TYPE_CHECKING:
    from .front import Front

log = structlog.get_logger(__name__)

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE = b"Connection: close\r\n\r\n"
_KEEP = b"Connection: keep-alive\r\n\r\n"
_END = b"\r\n"
_NEVER = float("inf")
#: Bytes that a client takes within the write time for its connection to go on.
_PROGRESS = 16 * 1024


#: Head and body of a response, without the lines that the connection adds.
Answer = tuple[bytes, bytes]


class Connection(asyncio.Protocol):
    """A client's connection, until either side ends it."""

    __slots__ = (
        "_body",
        "_closing",
        "_discarding",
        "_expects_continue",
        "_front",
        "_head_size",
        "_headers",
        "_held",
        "_host_twice",
        "_in_request",
        "_limit",
        "_no_more",
        "_parser",
        "_paused",
        "_reply",
        "_size",
        "_target",
        "_too_large",
        "_transport",
        "_unsent",
        "_waiting",
        "client",
        "deadline",
        "last_seen",
        "peer",
        "server",
    )

    def __init__(self, front: "Front") -> None:
        self._front = front
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._held = 0
        self._limit = 0
        self._head_size = 0
        self._in_request = False
        self._too_large = False
        self._host_twice = False
        self._expects_continue = False
        self._paused = False
        self._closing = False
        self._discarding = False
        self._no_more = False
        self._unsent = 0
        self._reply: Reply | None = None
        self._waiting: deque[Request] = deque()

    @property
    def busy(self) -> bool:
        """Whether a request of this connection is being answered."""
        return self._reply is not None

    # Lifecycle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        front = self._front
        peer, server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.peer: tuple[str, int] = tuple(peer[:2]) if isinstance(peer, tuple) else ("", 0)
        self.server: tuple[str, int] = tuple(server[:2]) if isinstance(server, tuple) else ("", 0)
        self.client = front.client_of_peer(self.peer[0])
        self.last_seen = front.now()
        self.deadline = self.last_seen + front.bounds.silence
        self._transport.set_write_buffer_limits(high=256 * 1024)
        front.connections.add(self)
        if front.stopping:
            self.close_silent()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._drop_body()
        self._drop_waiting()
        if self._reply is not None:
            self._release(self._reply.request)
            self._reply.give_up()
        self._front.connections.remove(self)

    def eof_received(self) -> bool:
        # A client that has sent everything may still read; one that waits for nothing is done.
        self._no_more = True
        return self.busy and not self._discarding

    def pause_writing(self) -> None:
        self._paused = True
        self._unsent = self._transport.get_write_buffer_size()
        self.deadline = self._front.now() + self._front.bounds.write_time

    def resume_writing(self) -> None:
        self._paused = False
        self._rest()
        if self._reply is not None:
            self._reply.room.set()
        self._next()

    def close_silent(self) -> None:
        """End the connection; what was handed over to be sent is still sent."""
        self._closing = True
        if self._transport.get_write_buffer_size():
            self._transport.close()
        else:
            self._transport.abort()

    def close_idle(self) -> None:
        """End the connection unless a request is under way, and else after its answer."""
        if not self.busy and not self._in_request:
            self._closing = True
            self._transport.close()

    def expire(self) -> None:
        """End the connection, with a word to a client that is in the middle of a request."""
        if self._in_request and not self.busy and not self._discarding:
            self._refuse(408, "request_timeout", "The request took too long to arrive. Try again.")
        elif self._paused and self._transport.get_write_buffer_size() < self._unsent - _PROGRESS:
            # A slow line, but one that moves.
            self._unsent = self._transport.get_write_buffer_size()
            self.deadline = self._front.now() + self._front.bounds.write_time
        else:
            self._closing = True
            self._transport.abort()

    # Receiving

    def data_received(self, data: bytes) -> None:
        if self._closing or self._discarding:
            return
        now = self.last_seen = self._front.now()
        was_in_request = self._in_request
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No protocol is offered; the request itself was answered as if nothing had been asked.
            self._finish_then_close()
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if isinstance(cause, BadRequest):
                self._refuse(cause.status, cause.code, cause.detail)
            else:
                log.error("server.request_failed", kind=type(cause).__name__)
                self._refuse(500, "internal_error", "Something went wrong on our side. Try again.")
        except httptools.HttpParserError:
            self._refuse(400, "bad_request", "The request could not be understood.")
        if not self._in_request:
            self._head_size = 0
            if not self.busy and not self._paused and not self._discarding:
                self.deadline = now + self._front.bounds.silence
        elif not self._limit:
            # The head is not complete: what the parser holds of it has a bound, too.
            self._head_size += len(data)
            if self._head_size > self._front.bounds.head:
                self._refuse(431, "head_too_large", "The header fields are too large. Send fewer.")
            elif not was_in_request and not self.busy:
                self.deadline = now + self._front.bounds.head_time

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        self._in_request = True
        self._target = b""
        self._headers = {}
        self._limit = 0
        self._host_twice = self._expects_continue = self._too_large = False

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        known = self._headers.get(name)
        if known is None:
            if len(self._headers) >= self._front.bounds.headers:
                raise BadRequest(431, "head_too_large", "There are too many header fields.")
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
            raise BadRequest(431, "head_too_large", "The header fields are too large. Send fewer.")
        if self._host_twice or (b"host" not in headers and self._parser.get_http_version() > "1.0"):
            raise BadRequest(400, "bad_request", "A request names one host.")
        self._limit = self._front.body_limit(self._target, headers)
        length = headers.get(b"content-length")
        if length is None and b"transfer-encoding" not in headers:
            return
        self.deadline = self._front.now() + bounds.body_time
        declared = int(length) if length is not None and len(length) < 20 else 0
        if length is not None and (len(length) >= 20 or declared > self._limit):
            self._too_large = True
        elif self._limit > bounds.body:
            self.deadline += declared / bounds.body_rate
        if headers.get(b"expect", b"").lower() == b"100-continue" and not self._too_large:
            self._transport.write(_CONTINUE)
        if self._too_large:
            # Answered at once, so that nobody has to send what is not wanted.
            self._accept()
            self._discard_later()

    def on_body(self, body: bytes) -> None:
        if self._too_large:
            return
        self._size += len(body)
        if self._size > self._limit or not self._front.hold(self.client, len(body)):
            full = self._size <= self._limit
            self._too_large = True
            self._drop_body()
            if full:
                raise BadRequest(503, "busy", "Too much is being received. Try again in a moment.")
            self._accept()
            self._discard_later()
            return
        self._held += len(body)
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._in_request and not self._discarding:
            self._accept()

    # Requests

    def _accept(self) -> None:
        """Take the request that has arrived; it waits while another one is answered."""
        self._in_request = False
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
        if self._no_more:
            request.keep_alive = False
        if self._reply is not None or self._paused or self._waiting:
            if len(self._waiting) >= self._front.bounds.pipelined:
                self._closing = True
                self._transport.abort()
                return
            self._waiting.append(request)
            return
        self._answer(request)

    def _answer(self, request: Request) -> None:
        front = self._front
        ready = front.ready(request)
        if ready is not None:
            self._release(request)
            self._write_whole(request.keep_alive, request.http_1_1, *ready)
            return
        self.deadline = _NEVER
        reply = self._reply = Reply(self, request)
        refused = front.run(self, request, reply)
        if refused is not None:
            self._reply = None
            self._release(request)
            self._rest()
            self._write_whole(request.keep_alive, request.http_1_1, *refused)

    def _next(self) -> None:
        while self._waiting and self._reply is None and not self._paused and not self._closing:
            self._answer(self._waiting.popleft())

    # Sending

    def _write_whole(self, keep_alive: bool, http_1_1: bool, head: bytes, body: bytes) -> None:
        if keep_alive and not self._front.stopping:
            end = _END if http_1_1 else _KEEP
        else:
            end = _CLOSE
            self._discarding = True
        if body:
            self._transport.writelines((head, self._front.date(), end, body))
        else:
            self._transport.write(head + self._front.date() + end)
        if end is _CLOSE:
            self._linger()

    def finish(self, reply: "Reply", head: bytes, body: bytes) -> None:
        """Send a whole response and go on to the next request."""
        if reply is not self._reply:
            return
        self._reply = None
        request = reply.request
        self._release(request)
        if self._transport.is_closing():
            return
        self._rest()
        self._write_whole(request.keep_alive and not self._no_more, request.http_1_1, head, body)
        self._next()

    def begin(self, reply: "Reply", head: bytes) -> None:
        """Send the head of a response whose length is not known."""
        if reply is self._reply:
            request = reply.request
            self._release(request)
            if request.http_1_1:
                lines = b"Transfer-Encoding: chunked\r\n"
                lines += _END if request.keep_alive else _CLOSE
            else:
                lines = _CLOSE
            self._transport.write(head + self._front.date() + lines)
            self.deadline = self._front.now() + self._front.bounds.write_time

    def part(self, reply: "Reply", content: bytes) -> None:
        """Send a part of such a response."""
        if reply is self._reply and content:
            if reply.request.http_1_1:
                content = b"%x\r\n%b\r\n" % (len(content), content)
            self._transport.write(content)
            self.last_seen = self._front.now()
            self.deadline = self.last_seen + self._front.bounds.write_time
        if not self._paused:
            reply.room.set()

    def end(self, reply: "Reply", complete: bool) -> None:
        """Finish such a response."""
        if reply is not self._reply:
            return
        self._reply = None
        if not complete:
            self._closing = True
            self._transport.abort()
            return
        if reply.request.http_1_1:
            self._transport.write(b"0\r\n\r\n")
        if not reply.request.keep_alive or not reply.request.http_1_1:
            self._discarding = True
            self._linger()
            return
        self._rest()
        self._next()

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer a request that cannot be read further, and end the connection."""
        if self._discarding or self._closing:
            return
        self._in_request = False
        self._drop_body()
        self._drop_waiting()
        body = problem_bytes(status, code, detail)
        described = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        if status == 503:
            described.append(("Retry-After", "1"))
        if self._reply is not None:
            # An earlier request of this connection is not answered yet: no word in between.
            self._reply.request.keep_alive = False
            self._discarding = True
            return
        self._write_whole(False, True, status_line(status) + field_lines(described), body)

    def _finish_then_close(self) -> None:
        for request in self._waiting:
            request.keep_alive = False
        if self._reply is not None:
            self._reply.request.keep_alive = False
            self._discarding = True
        else:
            self._linger()

    def _discard_later(self) -> None:
        """Read nothing more of a body that is not wanted; its answer is under way."""
        self._discarding = True
        self._in_request = False

    def _linger(self) -> None:
        """Say that nothing more comes, and read on a little.

        A connection that is closed while unread bytes arrive is reset, and the client may
        lose the answer with them.
        """
        self._discarding = True
        self._in_request = False
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self.deadline = self._front.now() + self._front.bounds.linger_time
        else:
            self._transport.close()

    def _rest(self) -> None:
        """Nothing is being answered: count the silence from now on."""
        if not self._discarding:
            self.last_seen = self._front.now()
            self.deadline = self.last_seen + self._front.bounds.silence

    def _release(self, request: Request) -> None:
        """Stop counting a request's body against its client."""
        if request.held:
            self._front.release(self.client, request.held)
            request.held = 0

    def _drop_body(self) -> None:
        if self._held:
            self._front.release(self.client, self._held)
        self._body, self._size, self._held = [], 0, 0

    def _drop_waiting(self) -> None:
        for request in self._waiting:
            self._release(request)
        self._waiting.clear()


class Reply:
    """Carries a response from the application's thread to the connection's loop."""

    __slots__ = ("_connection", "_gone", "begun", "request", "room")

    def __init__(self, connection: Connection, request: Request) -> None:
        self._connection = connection
        self._gone = False
        self.begun = False
        self.request = request
        self.room = threading.Event()
        self.room.set()

    @property
    def gone(self) -> bool:
        """Whether the client is known to have left."""
        return self._gone

    def give_up(self) -> None:
        """Let a thread that waits for room go on; called when the connection has ended."""
        self._gone = True
        self.room.set()

    def whole(self, head: bytes, body: bytes) -> None:
        self._call(self._connection.finish, head, body)

    def begin(self, head: bytes) -> None:
        self.begun = True
        self._call(self._connection.begin, head)

    def part(self, content: bytes) -> bool:
        # The connection ends itself when the client takes nothing for too long.
        self.room.wait()
        if not self._gone:
            self.room.clear()
            self._call(self._connection.part, content)
        return not self._gone

    def end(self, *, complete: bool) -> None:
        self._call(self._connection.end, complete)

    def _call(self, act: Callable[..., None], *arguments: Any) -> None:
        self._connection._front.soon(act, self, *arguments)
