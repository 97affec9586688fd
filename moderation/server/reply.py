"""Carries a response from the thread of the application to the connection's loop."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from .messages import Request


class Sender(Protocol):
    """A connection, as far as a response needs it; called on its loop."""

    def finish(self, reply: "Reply", head: bytes, body: bytes) -> None:
        """Send a whole response and go on to the next request."""
        ...

    def begin(self, reply: "Reply", head: bytes) -> None:
        """Send the head of a response whose length is not known."""
        ...

    def part(self, reply: "Reply", content: bytes) -> None:
        """Send a part of such a response."""
        ...

    def end(self, reply: "Reply", complete: bool) -> None:
        """Finish such a response; an incomplete one must not look complete."""
        ...


class Reply:
    """The response to one request; its methods are called on the application's thread."""

    __slots__ = ("_room", "_sender", "_soon", "begun", "gone", "request")

    def __init__(self, sender: Sender, request: Request, soon: Callable[..., None]) -> None:
        self._sender = sender
        self._soon = soon
        self._room = threading.Event()
        self._room.set()
        self.request = request
        #: Whether the head of a response of unknown length was sent.
        self.begun = False
        #: Whether the client is known to have left.
        self.gone = False

    def whole(self, head: bytes, body: bytes) -> None:
        """Send a response whose length is in its head."""
        self._call(self._sender.finish, head, body)

    def begin(self, head: bytes) -> None:
        """Send the head of a response of unknown length."""
        self.begun = True
        self._call(self._sender.begin, head)

    def part(self, content: bytes) -> bool:
        """Send some of its body once there is room; False when the client is gone."""
        # The connection ends itself when the client takes nothing for too long.
        self._room.wait()
        if not self.gone:
            self._room.clear()
            self._call(self._sender.part, content)
        return not self.gone

    def end(self, *, complete: bool) -> None:
        """Finish a response of unknown length."""
        self._call(self._sender.end, complete)

    # Called on the loop

    def make_room(self) -> None:
        """Let the thread send its next part."""
        self._room.set()

    def give_up(self) -> None:
        """Let the thread go on when the connection has ended."""
        self.gone = True
        self._room.set()

    def _call(self, act: Callable[..., None], *arguments: Any) -> None:
        self._soon(act, self, *arguments)
