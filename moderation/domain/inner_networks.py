"""Addresses that requests of this service must not reach, and the operator's exceptions.

Inner networks, the machine itself and the metadata services of clouds trust any client that can
connect. An address that a site's admin types in must not borrow that trust. Pure functions of
parsed addresses; no look-up.
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass

from .hosts import ascii_host

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Everything in IPv4 that is not a unicast address of the public internet, by the registry of
#: special-purpose addresses (RFC 6890 and its updates), and the host service of one cloud.
_INNER_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24"),
            *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
            *("240.0.0.0/4", "168.63.129.16/32"),
        ),
    )
)
#: Public IPv6 addresses are these. Mapped, compatible, translated (NAT64), unique-local,
#: link-local, site-local and multicast addresses lie outside.
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
#: Parts of it that are not public hosts: Teredo and other protocols (2001::/23), 6to4, examples.
_INNER_6 = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
#: Addresses that no exception opens: no receiver is there, or it hands out credentials.
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "100.100.100.200/32", "168.63.129.16/32", "169.254.0.0/16"),
            *("192.0.0.192/32", "224.0.0.0/4", "255.255.255.255/32"),
            *("::/128", "fd00:ec2::254/128", "fe80::/10", "ff00::/8"),
        ),
    )
)
#: Bits 32 to 63 of an ISATAP address, which carries an IPv4 address in its last 32 bits.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
#: The lowest bits of IPv6 networks whose addresses carry an IPv4 address there.
_CARRIERS = tuple(
    map(
        ipaddress.IPv6Network,
        ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"),
    )
)


@dataclass(frozen=True, slots=True)
class Networks:
    """Inner networks and host names that an operator has opened for requests of this service."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def allow(self, host: str, address: Address) -> bool:
        """Return whether a request to a host may connect to this address."""
        if _is_never_reached(address):
            return False
        if is_public(address) or host in self.hosts:
            return True
        return any(address in network for network in self.networks)

    @classmethod
    def of(cls, entries: Collection[Network | str]) -> "Networks":
        """Return the networks and hosts of a list that has both."""
        hosts = frozenset(entry for entry in entries if isinstance(entry, str))
        return cls(tuple(entry for entry in entries if not isinstance(entry, str)), hosts)


NO_NETWORKS = Networks()


def parse_networks(raw: str) -> tuple[Network | str, ...]:
    """Return the networks and host names of a list with commas; raise ValueError.

    A host is written as `//wordpress`, so that a mistyped network is not one.
    """
    entries: list[Network | str] = []
    for part in filter(None, map(str.strip, raw.split(","))):
        try:
            if part.startswith("//"):
                entries.append(ascii_host(part[2:]))
            else:
                entries.append(ipaddress.ip_network(part))
        # hosts.BadAddress is one, too.
        except ValueError as error:
            raise ValueError(
                "must be networks and hosts such as 10.1.0.0/16, //wordpress, separated by "
                f"commas ({error})"
            ) from None
    return tuple(entries)


def is_public(address: Address) -> bool:
    """Return whether an address is a unicast address of the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _INNER_4)
    if address.scope_id or address not in _PUBLIC_6:
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _INNER_6)


def _is_never_reached(address: Address) -> bool:
    if any(address in network for network in _NEVER):
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return False
    if address.scope_id is not None:
        return True
    carried = _carried(address)
    # The loopback address ::1 is not a carrier, though it looks like one.
    if carried is None or carried == 1:
        return False
    return _is_never_reached(ipaddress.IPv4Address(carried))


def _carried(address: ipaddress.IPv6Address) -> int | None:
    """Return the IPv4 address inside an IPv6 address as a number; None when there is none."""
    if address.sixtofour is not None:
        return int(address.sixtofour)
    if any(address in network for network in _CARRIERS):
        return int(address) & 0xFFFF_FFFF
    return None
