"""HTTP requests of this service to addresses that other people typed in.

The one guard against such an address leading into an inner network: `check_address` when it is
saved, `send` when it is used. `send` resolves a name once and connects to exactly the address
that it checked, so that a name that changes in between leads nowhere else.
"""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moderation.domain import hosts
from moderation.domain.errors import BadAddress
from moderation.domain.inner_networks import Address, Networks

if TYPE_CHECKING:
    import ssl

__all__ = ["Answer", "BadAddress", "Networks", "Request", "check_address", "send"]

#: Seconds of a request from the look-up of the name to the last byte of the answer.
TIMEOUT = 15.0
#: Bytes of an answer's body that are read; the rest is left unread.
MOST_BYTES = 16_384
_LONGEST_URL = 2048
#: Seconds that saving an address waits for the look-up of its name.
_LOOKUP_WHEN_SAVED = 3.0
#: Look-ups that may be unfinished at once: a resolver that hangs must not fill the process.
_LOOKUPS = threading.BoundedSemaphore(16)
#: Names for this machine and inner networks (RFC 6761, 6762, 8375, 9476).
_INNER_NAMES = re.compile(
    r"(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|lan|home|corp|private|onion|alt"
    r"|home\.arpa|in-addr\.arpa|ip6\.arpa)"
)
#: Names of metadata services, which hand out credentials.
_METADATA_NAMES = re.compile(
    r"metadata|metadata\.google\.internal|metadata\.goog|instance-data(?:\.ec2\.internal)?"
)
#: Names that never resolve (RFC 2606): saving one needs no look-up.
_RESOLVES_NOWHERE = (".example", ".invalid")

Resolve = Callable[[str, int], Iterable[Address]]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to an address from outside."""

    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; status 0 without one, with the reason in `error`.

    `error` is the name of an exception, `BadAddress` when the guard refused the address.
    """

    status: int
    retry_after: str = ""
    error: str = ""
    #: The first bytes of the body, as sent: no encoding is asked for and none is undone.
    body: bytes = b""
    #: The body was longer than the limit.
    is_cut: bool = False
    #: Names in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)


class NameNotResolved(OSError):
    """A host has no address, or none in time."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL: nothing in it is left to another parser."""

    scheme: str
    #: ASCII, without brackets.
    host: str
    port: int
    #: Path and query.
    path: str
    #: The Host header.
    authority: str


def look_up(host: str, port: int) -> list[Address]:
    """Return the addresses of a name as the system resolves it; raise OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scope (`%eth0`) is kept: an address with one is never public.
    return list(dict.fromkeys(ipaddress.ip_address(each[4][0]) for each in found))


def check_address(url: str, allowed: Networks, *, resolve: Resolve = look_up) -> None:
    """Raise BadAddress unless requests may go to a URL that is about to be saved.

    A name that does not resolve passes: `send` checks again whenever it connects.
    """
    target = _parse(url)
    literal = _literal(target.host)
    if literal is None:
        _check_name(target.host, allowed)
        if target.host.endswith(_RESOLVES_NOWHERE):
            return
    try:
        addresses = _resolved(target, resolve, time.monotonic() + _LOOKUP_WHEN_SAVED)
    except NameNotResolved:
        return
    _check_all(target.host, addresses, allowed)


def send(
    request: Request,
    *,
    allowed: Networks,
    timeout: float = TIMEOUT,
    most_bytes: int = MOST_BYTES,
    resolve: Resolve = look_up,
    tls: "ssl.SSLContext | None" = None,
) -> Answer:
    """Send a request to the address that its host resolves to now, unless that is an inner one.

    Follows no redirect, reads no proxy or password of the environment, verifies TLS by the
    host's name, and takes at most `timeout` seconds and `most_bytes` of the answer's body.
    """
    from .outbound_connection import exchange

    deadline = time.monotonic() + timeout
    try:
        target = _parse(request.url)
        if _literal(target.host) is None:
            _check_name(target.host, allowed)
        addresses = _resolved(target, resolve, deadline)
        _check_all(target.host, addresses, allowed)
    except (BadAddress, NameNotResolved) as error:
        return Answer(0, error=type(error).__name__)
    return exchange(request, target, addresses, deadline, most_bytes, tls)


# The address


def _parse(url: str) -> Target:
    if len(url) > _LONGEST_URL:
        raise BadAddress(f"An address has at most {_LONGEST_URL} characters. Shorten it.")
    try:
        parts, origin = hosts.web_address(url)
    except hosts.BadAddress as error:
        raise BadAddress(
            f"This address cannot be used: {error}. Write it like https://news.example/path."
        ) from None
    if "@" in parts.netloc:
        raise BadAddress("This address contains a user name or password. Write it without one.")
    if "%" in parts.netloc:
        raise BadAddress("The host of this address contains a %. Write the host as it is.")
    port = origin.port or hosts.DEFAULT_PORTS[origin.scheme]
    authority = str(origin).partition("://")[2]
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = origin.host.strip("[]")
    return Target(origin.scheme, host, port, _quoted(path), authority)


def _quoted(path: str) -> str:
    """Return a path and query with characters beyond ASCII as percent-encoded UTF-8."""
    return "".join(
        letter if letter.isascii() else "".join(f"%{byte:02X}" for byte in letter.encode())
        for letter in path
    )


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _check_name(host: str, allowed: Networks) -> None:
    """Raise BadAddress for a name that can only be an inner one.

    Where inner networks are allowed, the address behind the name decides.
    """
    opened = host in allowed.hosts or bool(allowed.networks)
    is_inner = "." not in host or _INNER_NAMES.fullmatch(host) is not None
    if _METADATA_NAMES.fullmatch(host) or (is_inner and not opened):
        raise _refusal(host)


def _check_all(host: str, addresses: list[Address], allowed: Networks) -> None:
    """Raise BadAddress if one of the addresses is not allowed: a mixture is a trick."""
    if not addresses or not all(allowed.allow(host, each) for each in addresses):
        raise _refusal(host)


def _refusal(host: str) -> BadAddress:
    return BadAddress(
        f"{host} is, or leads to, an address of an inner network. Use a public address, or let "
        "the operator add the network or the host to MODERATION_OUTBOUND_ALLOWED."
    )


def _resolved(target: Target, resolve: Resolve, deadline: float) -> list[Address]:
    """Return the addresses of a host; raise NameNotResolved."""
    literal = _literal(target.host)
    if literal is not None:
        return [literal]
    # The system's resolver takes no time limit: it runs on a thread that may be left behind.
    if not _LOOKUPS.acquire(timeout=max(0.0, deadline - time.monotonic())):
        raise NameNotResolved("too many look-ups are unfinished")
    found: list[Address] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            found.extend(resolve(target.host, target.port))
        # UnicodeError: a label that the system's resolver refuses.
        except (OSError, ValueError) as error:
            failures.append(error)
        finally:
            _LOOKUPS.release()

    thread = threading.Thread(target=run, name="look-up", daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if thread.is_alive():
        raise NameNotResolved("the look-up took too long")
    if failures or not found:
        raise NameNotResolved("the name has no address")
    return found
