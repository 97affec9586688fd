"""Network addresses: the client address of a request, and the network it is counted under.

Pure functions of strings. Every limit uses `client_network` as its key, so that a client
cannot escape one by changing its address within its own network.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: An IPv6 client is assigned a /64 and may use any address in it (RFC 6177, RFC 7421).
_IPV6_PREFIX = 64
#: Prefix under which a translator presents IPv4 clients to an IPv6 server (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: The upper bound of an address with brackets, zone and port; longer input is not parsed.
_LONGEST = 128
#: The maximum number of proxies followed back; a longer chain is a forgery or a loop.
_MOST_HOPS = 32
#: Addresses that are kept parsed: parsing one takes as long as the rest of a limit's check.
_KEPT = 4096


def client_network(address: str) -> str:
    """Return the network that an address is counted under: IPv4 whole, IPv6 by its /64.

    IPv4 inside IPv6 counts as IPv4. An invalid address returns an empty string, so that
    all of them share one count and cannot fill a table.
    """
    return _network(address) if len(address) <= _LONGEST else ""


@lru_cache(_KEPT)
def _network(address: str) -> str:
    parsed = _parse(address)
    if parsed is None:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    beyond = 128 - _IPV6_PREFIX
    return f"{ipaddress.IPv6Address(int(parsed) >> beyond << beyond)}/{_IPV6_PREFIX}"


def address_behind(peer: str, forwarded: Iterable[str], trusted: tuple[Network, ...]) -> str:
    """Return the rightmost address that is not a trusted proxy's, or an empty string.

    Each proxy appends its peer, so everything left of that address is the client's own claim.
    """
    address = _parse(peer)
    if address is None or not trusted or not _within(address, trusted):
        return "" if address is None else str(address)
    hops = ",".join(forwarded).rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
    while hops and _within(address, trusted):
        hop = _parse(hops.pop().strip())
        if hop is None:
            break
        address = hop
    return str(address)


def is_trusted(peer: str, trusted: tuple[Network, ...]) -> bool:
    """Return whether a peer is one of the proxies whose X-Forwarded-For counts."""
    address = _parse(peer)
    return address is not None and _within(address, trusted)


def _parse(raw: str) -> Address | None:
    """Parse an address without port, brackets, zone and IPv4-in-IPv6; None when it is invalid."""
    return _parsed(raw) if len(raw) <= _LONGEST else None


@lru_cache(_KEPT)
def _parsed(raw: str) -> Address | None:
    if raw.startswith("["):
        raw = raw[1:].partition("]")[0]
    elif raw.count(":") == 1:
        raw = raw.partition(":")[0]
    try:
        address = ipaddress.ip_address(raw.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
