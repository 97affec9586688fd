"""The values of settings: each parser returns one from its text, or raises ValueError.

The message continues the name of the variable: "must be 1 or 0".
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class RequestRate:
    """Request budget of a client network: units per second, and the burst."""

    rate: float
    burst: int


def secret(raw: str) -> str:
    """Return a secret of at least 32 characters."""
    if len(raw) < 32:
        raise ValueError("must be at least 32 characters long")
    return raw


def switch(raw: str) -> bool:
    """Return whether a switch is on."""
    known = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    if raw.lower() not in known:
        raise ValueError("must be 1 or 0")
    return known[raw.lower()]


def choice(*choices: str) -> Callable[[str], str]:
    """Return a parser of one of these words, in any case."""

    def parse(raw: str) -> str:
        for choice in choices:
            if raw.lower() == choice.lower():
                return choice
        raise ValueError(f"must be one of {', '.join(choices)}")

    return parse


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of a whole number in this range."""

    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not least <= int(raw) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(raw)

    return parse


def limits(raw: str) -> str:
    """Return rate limits as Flask-Limiter reads them."""
    from limits import parse_many

    try:
        parse_many(raw)
    except ValueError:
        raise ValueError("must be like `30 per minute; 300 per hour`") from None
    return raw


def request_rate(raw: str) -> RequestRate:
    """Return a request budget."""
    found = re.fullmatch(r"\s*(\d{1,6}) per (second|minute); burst (\d{1,6})\s*", raw, re.ASCII)
    rate = int(found[1]) / (60 if found[2] == "minute" else 1) if found else 0.0
    # The most expensive request costs ten units.
    if found is None or not rate or int(found[3]) < 10:
        raise ValueError("must be like `50 per second; burst 300`, with a burst of at least 10")
    return RequestRate(rate, int(found[3]))


def seconds(raw: str) -> float:
    """Return a number of seconds."""
    try:
        seconds = float(raw)
    except ValueError:
        seconds = 0.0
    # This form of the comparison also refuses `nan`.
    if not 0.1 <= seconds <= 120:
        raise ValueError("must be a number of seconds from 0.1 to 120")
    return seconds


def networks(raw: str) -> tuple[Network, ...]:
    """Return networks that are separated by commas."""
    networks = []
    for part in filter(None, map(str.strip, raw.split(","))):
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise ValueError(
                f"must be networks such as 10.0.0.0/8, separated by commas ({error})"
            ) from None
    return tuple(networks)


def database(raw: str) -> str:
    """Accept the URL schemes that hosters use, and always use psycopg 3."""
    raw = re.sub(r"\Apostgres(ql)?://", "postgresql+psycopg://", raw)
    if not raw.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if raw.partition("?")[0] in ("sqlite:///", "sqlite:///:memory:"):
        raise ValueError("must name a file, like sqlite:////var/lib/moderation/moderation.sqlite3")
    # libpq reads a host list (`host1,host2`) and a socket in the query.
    place = raw.partition("?")[0].partition("://")[2].rpartition("@")[2].partition("/")[0]
    port = re.search(r":([^:\]]*)$", place)
    if port and "," not in place and not re.fullmatch(r"[0-9]{1,5}", port[1]):
        raise ValueError("has a port that is not a number: postgresql://user@host:5432/database")
    return raw


#: Schemes of a rate-limit storage, after `redis` or `valkey`.
_WAYS = ("", "s", "+unix", "+cluster", "+sentinel")


def counter(raw: str) -> str:
    """Return the URL of a storage for rate limits."""
    scheme, colon, _ = raw.partition("://")
    kind = "redis" if scheme.startswith("redis") else "valkey"
    if not colon or (scheme != "memory" and scheme not in {kind + way for way in _WAYS}):
        raise ValueError("must begin with memory:// or redis://")
    if scheme == "memory":
        return raw
    if find_spec(kind) is None:
        raise ValueError(f"needs the Python package `{kind}`, which is not installed")
    if scheme in (kind, f"{kind}s"):
        try:
            parts = urlsplit(raw)
            _ = parts.port
        except ValueError:
            raise ValueError("has a port that is not a number: redis://host:6379/0") from None
        # The client would parse it as the number of a database, and fail with a traceback.
        if parts.path.strip("/") and not parts.path.strip("/").isdecimal():
            raise ValueError("must end in the number of a database, like redis://host:6379/0")
    return raw


def smtp(raw: str) -> str:
    """Return the URL of a mail server, or `console:`."""
    if raw == "console:":
        return raw
    try:
        parts = urlsplit(raw)
        usable = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or re.search(r"\s", raw):
        raise ValueError("must be smtp://[user:password@]host[:port], smtps://… or console:")
    return raw
