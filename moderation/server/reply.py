"""Passes a response from the application's thread to the connection's event loop."""

import os
import threading
from collections.abc import Callable
from typing import Any, Protocol

from .messages import Request


class Sender(Protocol):
    """The interface of a connection that a response needs; all but `send_now` run on its loop."""

    def send_now(self, reply: "Reply", head: bytes, body: bytes) -> bool:
        """Send a complete response from this thread, under the reply's lock, or return False.

        Returns False when the loop has to send it, or the rest of it.
        """
        ...

    def finish(self, reply: "Reply", head: bytes, body: bytes) -> None:
        """Send a complete response and continue with the next request."""
        ...

    def begin(self, reply: "Reply", head: bytes) -> None:
        """Send the head of a response in parts."""
        ...

    def part(self, reply: "Reply", content: bytes) -> None:
        """Send a part of such a response."""
        ...

    def end(self, reply: "Reply", complete: bool) -> None:
        """Finish such a response; an incomplete one must not look complete."""
        ...


class Reply:
    """The response to one request; called on the application's thread."""

    __slots__ = (
        *("_room", "_sender", "_soon", "begun", "done", "gone", "left"),
        *("lock", "request", "unsent"),
    )

    def __init__(self, sender: Sender, request: Request, soon: Callable[..., None]) -> None:
        self._sender = sender
        self._soon = soon
        #: Cleared while the connection has no room for another part; most responses have none.
        self._room: threading.Event | None = None
        self.request = request
        #: Held while a thread sends, so that the loop cannot close the descriptor meanwhile.
        self.lock = threading.Lock()
        #: True once a thread has sent all of the response; the loop is not told.
        self.done = False
        #: What the loop has to send of a response that a thread began to send.
        self.unsent: bytes | None = None
        #: True once the head of a response in parts was sent.
        self.begun = False
        #: Bytes of the body that are still to be sent; None when its length is unknown.
        self.left: int | None = None
        #: True once the client has disconnected.
        self.gone = False

    def whole(self, head: bytes, body: bytes) -> None:
        """Send a response of known length, without the loop where its socket takes all of it."""
        with self.lock:
            if self.gone or self._sender.send_now(self, head, body):
                return
        self._call(self._sender.finish, head, body)

    def send(self, descriptor: int, parts: tuple[bytes, ...]) -> bool:
        """Send all of a response, under the lock; return False when the loop has to, or the rest.

        An error is left to the loop as well: there is no room, or the client has gone.
        """
        try:
            sent = os.writev(descriptor, parts)
        except OSError:
            return False
        if sent < sum(map(len, parts)):
            self.unsent = b"".join(parts)[sent:]
            return False
        self.done = True
        return True

    def begin(self, head: bytes, length: int | None) -> None:
        """Send the head of a response in parts; with a length, the head names it."""
        self.begun, self.left = True, length
        self._room = threading.Event()
        self._room.set()
        self._call(self._sender.begin, head)

    def part(self, content: bytes) -> bool:
        """Send a part of the body once there is room; return False when the client is gone."""
        room = self._room
        if room is None:
            raise RuntimeError("a part of a response that has not begun")
        # The connection times out when the client reads nothing for too long.
        room.wait()
        # The loop sets `gone` before it looks for the event, so a client that went while
        # `begin` made one is noticed here.
        if not self.gone:
            room.clear()
            self._call(self._sender.part, content)
        return not self.gone

    def end(self, *, complete: bool) -> None:
        """Finish a response in parts."""
        self._call(self._sender.end, complete)

    # Called on the event loop

    def make_room(self) -> None:
        """Let the thread send its next part."""
        if self._room is not None:
            self._room.set()

    def give_up(self) -> None:
        """Unblock the thread after the connection has ended, and let it send nothing more."""
        with self.lock:
            self.gone = True
        self.make_room()

    def _call(self, act: Callable[..., None], *arguments: Any) -> None:
        self._soon(act, self, *arguments)
