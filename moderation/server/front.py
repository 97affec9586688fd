"""The HTTP server of a process: an event loop in front, a few threads behind.

The loop accepts connections, reads complete requests and answers those whose response
is cached; the application runs on threads. A client cannot take the resources that others
need: there are limits on its number of connections, on the time its requests may take to
arrive and on the memory of its bodies, and clients take turns at the threads.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

import structlog

from moderation.config import Network
from moderation.domain.akismet_guid import guid_headers
from moderation.domain.network import address_behind, client_network, is_trusted
from moderation.web.http import asks_as_reader
from moderation.web.middleware.response_cache import ResponseCache
from moderation.web.request_budget import Refusal

from .application import environ_of, respond
from .bounds import BOUNDS, Bounds
from .connections import Connections
from .messages import Clock, Request, field_lines, problem_bytes, status_line
from .pool import Pool
from .protocol import Answer, Connection
from .reply import Reply

log = structlog.get_logger(__name__)

#: Paths whose bodies may be large when the request has a credential.
_LARGE = b"/api/v1/review/"

#: Paths whose bodies may have pictures beside the text, when the request has a credential.
_WITH_PICTURES = (b"/v1/moderations", b"/padded/v1/moderations")

#: Charges a request to its client; returns a refusal when the budget is spent.
Admit = Callable[[dict[str, Any]], Refusal | None]


class Front:
    """The HTTP server of one process.

    All methods but `soon`, `date` and `settle_later` are called on its loop.
    """

    def __init__(
        self,
        app: WSGIApplication,
        hot: ResponseCache | None,
        *,
        threads: int,
        trusted: tuple[Network, ...] = (),
        admit: Admit | None = None,
        bounds: Bounds = BOUNDS,
        connections: int | None = None,
    ) -> None:
        self.bounds = bounds
        self.connections = Connections(connections or bounds.connections, bounds.per_client)
        self.stopping = False
        self._app = app
        self._hot = hot
        self._admit = admit
        self._trusted = trusted
        self._pool = Pool(
            threads, waiting=bounds.waiting, waiting_per_client=bounds.waiting_per_client
        )
        self._clock = Clock()
        self._held = 0
        #: Connections on which a thread has sent a response since the last sweep.
        self._answered: deque[Connection] = deque()
        self._held_by: dict[str, int] = {}
        self._fresh = False
        self._stamp: int | None = None
        self._loop: asyncio.AbstractEventLoop = None  # type: ignore[assignment]
        self._server: asyncio.Server | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    # Lifecycle

    async def start(self, *sockets: socket.socket) -> None:
        """Start to serve on listening sockets."""
        self._loop = asyncio.get_running_loop()
        for listening in sockets:
            self._server = await self._loop.create_server(
                lambda: Connection(self), sock=listening, backlog=1024
            )
        self._sweep()

    async def stop(self) -> None:
        """Accept no new connection, and answer the requests that have arrived."""
        self.stopping = True
        if self._server is not None:
            self._server.close()
        end = self.now() + self.bounds.drain_time
        self.connections.each(lambda peer: peer.close_idle())
        while len(self.connections) and self.now() < end:
            await asyncio.sleep(0.02)
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.connections.each(lambda peer: peer.close_silent())
        await self._loop.run_in_executor(None, self._pool.close, max(0.1, end - self.now()))

    def _sweep(self) -> None:
        while self._answered:
            self._answered.popleft().settle()
        self.connections.sweep(self.now())
        self._sweeping = self._loop.call_later(0.5, self._sweep)

    # Called by connections

    def now(self) -> float:
        """Return the time of the loop's clock, in seconds."""
        return self._loop.time()

    def date(self) -> bytes:
        """Return the Date field of a response."""
        return self._clock.date()

    def soon(self, act: Callable[..., object], *arguments: Any) -> None:
        """Call a function on the loop; thread-safe."""
        with contextlib.suppress(RuntimeError):
            # A closed loop has closed its connections.
            self._loop.call_soon_threadsafe(act, *arguments)

    def later(self, delay: float, act: Callable[[], object]) -> asyncio.TimerHandle:
        """Call a function on the loop after a delay in seconds."""
        return self._loop.call_later(delay, act)

    def settle_later(self, connection: Connection) -> None:
        """Settle a connection with the next sweep, unless it does so itself; thread-safe."""
        self._answered.append(connection)

    def client_of_peer(self, address: str) -> str:
        """Return the client of a peer; empty for a trusted proxy, which serves many."""
        return "" if is_trusted(address, self._trusted) else client_network(address)

    def body_limit(self, target: bytes, headers: dict[bytes, bytes]) -> int:
        """Return the maximum size of a body; review endpoints and batches accept large ones."""
        if target.startswith(_LARGE) and (b"authorization" in headers or b"cookie" in headers):
            return self.bounds.large_body
        target = target[:128].replace(b"//", b"/")
        if target.startswith(_WITH_PICTURES) and b"authorization" in headers:
            return self.bounds.large_body
        if b"/1.1/" in target:
            return self.bounds.form_body
        if target.startswith((b"/v1alpha1/", *_WITH_PICTURES, b"/coral/")):
            return self.bounds.compat_body
        if target.startswith(b"/batch"):
            return self.bounds.large_body
        return self.bounds.body

    def hold(self, client: str, size: int) -> bool:
        """Count bytes of a body that is being received; return False when there are too many."""
        held = self._held_by.get(client, 0) + size
        bound = self.bounds.bodies_per_client if client else self.bounds.bodies
        if self._held + size > self.bounds.bodies or held > bound:
            return False
        self._held += size
        self._held_by[client] = held
        return True

    def release(self, client: str, size: int) -> None:
        """Subtract bytes that `hold` has counted."""
        self._held -= size
        left = self._held_by.get(client, 0) - size
        if left > 0:
            self._held_by[client] = left
        else:
            self._held_by.pop(client, None)

    def ready(self, request: Request) -> Answer | None:
        """Return the cached response to a request; None when a thread has to build it."""
        if self._hot is None or request.method not in ("GET", "HEAD"):
            return None
        headers = request.headers
        sent = headers.get(b"authorization")
        if sent is not None and asks_as_reader(sent.decode("latin-1")):
            return None
        return self._hot.ready(
            request.path,
            request.query,
            self._current_stamp,
            head=request.method == "HEAD",
            accepted=headers.get(b"accept-encoding", b""),
            origin=headers.get(b"origin"),
            if_none_match=headers.get(b"if-none-match"),
        )

    def run(self, connection: Connection, request: Request, reply: Reply) -> Answer | None:
        """Run the application on a thread; return a refusal when no thread can take the request."""
        environ = environ_of(request, connection.peer, connection.server)
        refused = self._admit(environ) if self._admit is not None else None
        if refused is not None:
            body = b"" if request.method == "HEAD" else refused.body
            return status_line(refused.status) + field_lines(refused.headers), body
        client = connection.client or self._client_behind(connection.peer[0], environ)

        def job() -> None:
            if reply.gone and request.method in ("GET", "HEAD"):
                return
            respond(self._app, environ, request, reply)

        if self._pool.submit(client, job):
            return None
        body = problem_bytes(503, "busy", "The service is overloaded. Try again in a moment.")
        described = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", "2"),
            *guid_headers(request.path),
        ]
        return status_line(503) + field_lines(described), body

    def _client_behind(self, proxy: str, environ: dict[str, Any]) -> str:
        """Return the client of a request from a trusted proxy."""
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        return client_network(
            address_behind(proxy, (forwarded,) if forwarded else (), self._trusted)
        )

    def _current_stamp(self) -> int | None:
        """Return the store's stamp, read once for all requests at hand.

        Every request that is read before the loop polls again was sent, at least its
        first bytes, before the stamp was read: none of them can follow a later commit's response.
        """
        if not self._fresh and self._hot is not None:
            self._stamp = self._hot.stamp()
            self._fresh = True
            self._loop.call_soon(self._grow_stale)
        return self._stamp

    def _grow_stale(self) -> None:
        self._fresh = False
