"""Passes a response from the application's thread to the connection's event loop."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from .messages import Request


class Sender(Protocol):
    """The interface of a connection that a response needs; called on its loop."""

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

    __slots__ = ("_room", "_sender", "_soon", "begun", "gone", "left", "request")

    def __init__(self, sender: Sender, request: Request, soon: Callable[..., None]) -> None:
        self._sender = sender
        self._soon = soon
        self._room = threading.Event()
        self._room.set()
        self.request = request
        #: True once the head of a response in parts was sent.
        self.begun = False
        #: Bytes of the body that are still to be sent; None when its length is unknown.
        self.left: int | None = None
        #: True once the client has disconnected.
        self.gone = False

    def whole(self, head: bytes, body: bytes) -> None:
        """Send a response of known length."""
        self._call(self._sender.finish, head, body)

    def begin(self, head: bytes, length: int | None) -> None:
        """Send the head of a response in parts; with a length, the head names it."""
        self.begun, self.left = True, length
        self._call(self._sender.begin, head)

    def part(self, content: bytes) -> bool:
        """Send a part of the body once there is room; return False when the client is gone."""
        # The connection times out when the client reads nothing for too long.
        self._room.wait()
        if not self.gone:
            self._room.clear()
            self._call(self._sender.part, content)
        return not self.gone

    def end(self, *, complete: bool) -> None:
        """Finish a response in parts."""
        self._call(self._sender.end, complete)

    # Called on the event loop

    def make_room(self) -> None:
        """Let the thread send its next part."""
        self._room.set()

    def give_up(self) -> None:
        """Unblock the thread after the connection has ended."""
        self.gone = True
        self._room.set()

    def _call(self, act: Callable[..., None], *arguments: Any) -> None:
        self._soon(act, self, *arguments)
