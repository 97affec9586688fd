"""One HTTP/1.1 connection: serves cached responses, passes on other requests, times out.

Everything here runs on the event loop and never blocks, except `send_now`: a thread sends a
response itself, as waking the loop would take longer than sending. A request reaches a thread only
when all of it has arrived, so a slow client occupies only its connection.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from .messages import BadRequest, Request, refusal
from .reader import Reader
from .reply import Reply

if TYPE_CHECKING:
    from .front import Front

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE = b"Connection: close\r\n\r\n"
_KEEP = b"Connection: keep-alive\r\n\r\n"
_END = b"\r\n"
_NEVER = float("inf")
#: Bytes that a connection buffers before the application has to wait.
_BUFFER = 256 * 1024
#: Bytes that a client must read within the write timeout to keep its connection.
_PROGRESS = 16 * 1024

#: Bytes of a body that may be counted for as long as `Front._sweep` takes to come round.
_SMALL = 16 * 1024

#: Head and body of a response, without the lines that the connection adds.
Answer = tuple[bytes, bytes]


class Connection(asyncio.Protocol):
    """A client's connection."""

    __slots__ = (
        *("_abort_later", "_closing", "_descriptor", "_front", "_last", "_paused", "_reader"),
        *("_reply", "_socket", "_transport", "_unsent", "_waiting"),
        *("client", "deadline", "last_seen", "peer", "server"),
    )

    def __init__(self, front: "Front") -> None:
        self._front = front
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._reader: Reader = None  # type: ignore[assignment]
        self._reply: Reply | None = None
        self._waiting: deque[Request] = deque()
        #: True while the client reads more slowly than the service sends.
        self._paused = False
        self._unsent = 0
        #: True when the current or last response ends the connection.
        self._last = False
        self._closing = False
        #: Ends a connection that was closed with bytes in its buffer.
        self._abort_later: asyncio.TimerHandle | None = None
        #: Of the socket, while a thread may send; -1 while the loop has bytes to send first.
        self._descriptor = -1

    @property
    def busy(self) -> bool:
        """Return whether a request of this connection is being answered."""
        return self._reply is not None and not self._reply.done

    # Lifecycle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        front = self._front
        peer, server = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.peer: tuple[str, int] = tuple(peer[:2]) if isinstance(peer, tuple) else ("", 0)
        self.server: tuple[str, int] = tuple(server[:2]) if isinstance(server, tuple) else ("", 0)
        self.client = front.client_of_peer(self.peer[0])
        self._reader = Reader(front, self.client, self._accept, self._send_continue)
        self._rest()
        self._socket: int = transport.get_extra_info("socket").fileno()
        self._transport.set_write_buffer_limits(high=_BUFFER)
        front.connections.add(self)
        if front.stopping:
            self.close_silent()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        if self._abort_later is not None:
            # A transport of asyncio raises when it is aborted after its end.
            self._abort_later.cancel()
        self._reader.drop()
        self._drop_waiting()
        if self._reply is not None:
            self._release(self._reply.request)
            self._reply.give_up()
            self._reply = None
        self._front.connections.remove(self)

    def eof_received(self) -> bool:
        # A client that has sent everything may still read; an idle one is done.
        return not self._last and self._end_after_those_at_hand()

    def pause_writing(self) -> None:
        self._paused = True
        self._unsent = self._transport.get_write_buffer_size()
        self.deadline = self._front.now() + self._front.bounds.write_time

    def resume_writing(self) -> None:
        self._paused = False
        if self._reply is not None:
            self._reply.make_room()
        elif not self._last:
            self._rest()
        self._next()

    def close_silent(self) -> None:
        """End the connection; buffered bytes are still sent to a client that reads them at once."""
        self._closing = True
        if self._transport.get_write_buffer_size():
            self._transport.close()
            # A displaced connection is not in the table: no sweep would end it.
            self._abort_later = self._front.later(
                self._front.bounds.linger_time, self._transport.abort
            )
        else:
            self._transport.abort()

    def close_idle(self) -> None:
        """End the connection, after the responses to requests that have arrived."""
        if not (self.busy or self._waiting or self._reader.in_request):
            self._closing = True
            self._transport.close()

    def settle(self) -> None:
        """Account for a response that a thread has sent; idempotent."""
        reply = self._reply
        if reply is None or not reply.done:
            return
        self._reply = None
        self._release(reply.request)
        self._rest()
        if self._front.stopping:
            self.close_idle()

    def resume(self) -> None:
        """Continue with the next request after a response that a thread has sent."""
        self.settle()
        self._next()

    def expire(self) -> None:
        """End the connection; send a 408 to a client in the middle of a request."""
        unsent = self._transport.get_write_buffer_size()
        if self._paused and unsent < self._unsent - _PROGRESS:
            # A slow connection, but it makes progress.
            self._unsent = unsent
            self.deadline = self._front.now() + self._front.bounds.write_time
        elif self._reader.in_request and not self.busy and not self._paused:
            self._refuse(BadRequest(408, "request_timeout", "The request took too long to arrive."))
        else:
            self._closing = True
            self._transport.abort()

    # Receiving

    def data_received(self, data: bytes) -> None:
        self.settle()
        reader = self._reader
        if self._closing or reader.ended:
            return
        now = self.last_seen = self._front.now()
        try:
            reader.feed(data, now)
        except BadRequest as error:
            self._refuse(error)
            return
        if self._last:
            return
        if reader.ended:
            if not self._end_after_those_at_hand():
                self._end_writing()
        elif not self.busy and not self._paused:
            rest = now + self._front.bounds.silence
            self.deadline = reader.deadline if reader.in_request else rest

    def _send_continue(self) -> None:
        if not self.busy:
            self._transport.write(_CONTINUE)

    def _accept(self, request: Request) -> None:
        """Queue a complete request; it waits while another one is answered."""
        if self._reply is None and not self._paused and not self._waiting:
            self._answer(request)
        elif len(self._waiting) < self._front.bounds.pipelined and not self._last:
            self._wait(request)
        else:
            self._release(request)
            self._closing = True
            self._transport.abort()

    def _wait(self, request: Request) -> None:
        """Queue a request behind the one that is being answered."""
        reply = self._reply
        if reply is None:
            self._waiting.append(request)
            return
        with reply.lock:
            # A thread that sends later than this finds the request, and wakes the loop.
            self._waiting.append(request)
            done = reply.done
        if done:
            self.resume()

    def _answer(self, request: Request) -> None:
        front = self._front
        answer = front.ready(request)
        if answer is None:
            self.deadline = _NEVER
            self._descriptor = -1 if self._transport.get_write_buffer_size() else self._socket
            reply = self._reply = Reply(self, request, front.soon)
            answer = front.run(self, request, reply)
            if answer is None:
                return
            self._reply = None
            self._rest()
        self._release(request)
        self._write_whole(request, *answer)

    def _next(self) -> None:
        while self._waiting and not (self.busy or self._paused or self._closing or self._last):
            # A thread may have sent the previous response already.
            self.settle()
            self._answer(self._waiting.popleft())

    # Sending

    def finish(self, reply: Reply, head: bytes, body: bytes) -> None:
        """Send a complete response and continue with the next request."""
        if reply is not self._reply:
            return
        self._reply = None
        self._release(reply.request)
        if self._transport.is_closing():
            return
        self._rest()
        if reply.unsent is None:
            self._write_whole(reply.request, head, body)
        else:
            self._transport.write(reply.unsent)
            if not reply.request.keep_alive or self._front.stopping:
                self._end_writing()
        self._next()

    def send_now(self, reply: Reply, head: bytes, body: bytes) -> bool:
        """Send a complete response from the application's thread, under the reply's lock.

        Returns False when the loop has to do it: to end the connection afterwards, to release a
        large body at once, to send after other bytes, or to send what the socket has no room for.
        """
        request = reply.request
        if (
            self._descriptor < 0
            or request.held > _SMALL
            or not (request.http_1_1 and request.keep_alive)
            or self._front.stopping
        ):
            return False
        if not reply.send(self._descriptor, (head, self._front.date(), _END, body)):
            return False
        self._front.settle_later(self)
        if self._waiting:
            self._front.soon(self.resume)
        return True

    def begin(self, reply: Reply, head: bytes) -> None:
        """Send the head of a response in parts."""
        if reply is not self._reply:
            return
        request = reply.request
        self._release(request)
        if request.http_1_1:
            # With a length as well, the message would be ambiguous.
            lines = b"Transfer-Encoding: chunked\r\n" if reply.left is None else b""
            lines += _END if request.keep_alive else _CLOSE
        else:
            lines = _CLOSE
        self._transport.write(head + self._front.date() + lines)
        self.deadline = self._front.now() + self._front.bounds.write_time

    def part(self, reply: Reply, content: bytes) -> None:
        """Send a part of such a response."""
        if reply is not self._reply:
            return
        if reply.left is not None:
            # What exceeds the announced length would be read as the next response.
            content = content[: reply.left]
            reply.left -= len(content)
        if content:
            if reply.left is None and reply.request.http_1_1:
                content = b"%x\r\n%b\r\n" % (len(content), content)
            self._transport.write(content)
            self.last_seen = self._front.now()
            if not self._paused:
                self.deadline = self.last_seen + self._front.bounds.write_time
        if not self._paused:
            reply.make_room()

    def end(self, reply: Reply, complete: bool) -> None:
        """Finish such a response."""
        if reply is not self._reply:
            return
        self._reply = None
        request = reply.request
        if not complete or reply.left:
            self._closing = True
            self._transport.abort()
            return
        if request.http_1_1 and reply.left is None:
            self._transport.write(b"0\r\n\r\n")
        if request.http_1_1 and request.keep_alive and not self._front.stopping:
            self._rest()
            self._next()
        else:
            self._end_writing()

    def _write_whole(self, request: Request, head: bytes, body: bytes) -> None:
        last = not request.keep_alive or self._front.stopping
        kept = _END if request.http_1_1 else _KEEP
        end = _CLOSE if last else kept
        if body:
            self._transport.writelines((head, self._front.date(), end, body))
        else:
            self._transport.write(head + self._front.date() + end)
        if last:
            self._end_writing()

    def _refuse(self, error: BadRequest) -> None:
        """Respond to a request that cannot be read further, and end the connection."""
        target = self._reader.target.decode("latin-1")
        self._reader.drop()
        if self._end_after_those_at_hand():
            # Earlier requests are not answered yet: an error now would pass for their response.
            return
        head, body = refusal(error, target)
        self._transport.write(head + self._front.date() + _CLOSE + body)
        self._end_writing()

    def _end_after_those_at_hand(self) -> bool:
        """End the connection after the last request that has arrived; False when there is none."""
        if self._waiting:
            self._waiting[-1].keep_alive = False
            return True
        reply = self._reply
        if reply is None:
            return False
        with reply.lock:
            if not reply.done:
                reply.request.keep_alive = False
                return True
        self.settle()
        return False

    def _end_writing(self) -> None:
        """Close the sending side, and drain the receiving side for a while.

        A connection that is closed with unread bytes is reset, and the client may
        lose the response.
        """
        self._last = True
        self._reader.drop()
        self._drop_waiting()
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            try:
                self._transport.write_eof()
            except OSError:
                # The client has gone; asyncio may no longer read, and would notice nothing.
                self._transport.abort()
            if not self._paused:
                self.deadline = self._front.now() + self._front.bounds.linger_time
        else:
            self._transport.close()

    def _rest(self) -> None:
        """Start the idle timeout."""
        self.last_seen = self._front.now()
        self.deadline = self.last_seen + self._front.bounds.silence
        if self._reader.in_request:
            self.deadline = max(self.last_seen, self._reader.deadline)

    # Memory of bodies

    def _release(self, request: Request) -> None:
        """Subtract a request's body from its client's bytes."""
        if request.held:
            self._front.release(self.client, request.held)
            request.held = 0

    def _drop_waiting(self) -> None:
        for request in self._waiting:
            self._release(request)
        self._waiting.clear()
