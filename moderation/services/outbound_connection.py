"""The exchange of a guarded request: connects to checked addresses only, with one deadline."""

import socket
import ssl
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore
import httpx

from moderation.domain.inner_networks import Address

from .outbound import Answer, Request, Target


@cache
def _tls() -> ssl.SSLContext:
    """Return the one TLS context: building it takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


def exchange(
    request: Request,
    target: Target,
    addresses: list[Address],
    deadline: float,
    most_bytes: int,
    tls: ssl.SSLContext | None,
) -> Answer:
    """Send a request to one of the addresses and return the answer; status 0 without one."""
    url = httpcore.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.path.encode(),
    )
    pool = httpcore.ConnectionPool(
        ssl_context=(tls or _tls()) if target.scheme == "https" else None,
        max_connections=1,
        max_keepalive_connections=0,
        network_backend=PinnedNetwork(addresses, deadline),
    )
    try:
        headers = _headers(request, target)
        with (
            pool,
            pool.stream(request.method, url, headers=headers, content=request.body) as response,
        ):
            body, is_cut = _first_bytes(response.iter_stream(), most_bytes)
            received = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            after = received.get("retry-after", "")
            return Answer(response.status, after, "", body, is_cut, received)
    # ValueError: headers that cannot be written in a request.
    except (
        httpcore.ProtocolError,
        httpcore.NetworkError,
        httpcore.TimeoutException,
        ValueError,
        OSError,
    ) as error:
        return Answer(0, error=type(error).__name__)


def _headers(request: Request, target: Target) -> list[tuple[bytes, bytes]]:
    headers = {
        "Host": target.authority,
        "Accept-Encoding": "identity",
        "Connection": "close",
        **request.headers,
    }
    if request.body or request.method not in ("GET", "HEAD"):
        headers["Content-Length"] = str(len(request.body))
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _first_bytes(chunks: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    """Return the first bytes of a body, and whether there are more; the rest is not read."""
    body = b""
    if not most:
        return body, False
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            return body[:most], True
    return body, False


class PinnedNetwork(httpcore.NetworkBackend):
    """Connects to one of the given addresses, not to those that the URL's name resolves to now."""

    def __init__(self, addresses: list[Address], deadline: float) -> None:
        self._addresses = addresses
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address that accepts one."""
        last: Exception = httpcore.ConnectError("no address")
        for place, address in enumerate(self._addresses):
            try:
                # An address that does not answer leaves time for the next one.
                left = _left(self._deadline) / (len(self._addresses) - place)
                connected = socket.create_connection((str(address), port), left)
            except TimeoutError:
                last = httpcore.ConnectTimeout("no answer")
            except OSError:
                last = httpcore.ConnectError("refused")
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _Stream(connected, self._deadline)
        raise last

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: no request goes to a socket file."""
        raise httpcore.ConnectError("no request goes to a socket file")


class _Stream(httpcore.NetworkStream):
    """A socket whose every operation ends at one deadline, however slowly bytes arrive."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket = connected
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return the next bytes; empty at the end."""
        try:
            self._socket.settimeout(_left(self._deadline))
            return self._socket.recv(max_bytes)
        except TimeoutError:
            raise httpcore.ReadTimeout("no answer in time") from None
        except OSError as error:
            raise httpcore.ReadError(type(error).__name__) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all bytes."""
        if not buffer:
            return
        try:
            self._socket.settimeout(_left(self._deadline))
            self._socket.sendall(buffer)
        except TimeoutError:
            raise httpcore.WriteTimeout("not read in time") from None
        except OSError as error:
            raise httpcore.WriteError(type(error).__name__) from None

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the same connection under TLS, verified by the host's name."""
        try:
            self._socket.settimeout(_left(self._deadline))
            wrapped = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError:
            self._socket.close()
            raise httpcore.ConnectTimeout("no TLS in time") from None
        # ValueError: a name that TLS cannot carry.
        except (OSError, ValueError) as error:
            self._socket.close()
            raise httpcore.ConnectError(type(error).__name__) from None
        return _Stream(wrapped, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return details of the connection; only TLS has some."""
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        return None


def _left(deadline: float) -> float:
    """Return the seconds until a deadline; raise TimeoutError after it."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
