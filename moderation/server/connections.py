"""The open connections of a process, counted per client, with the order of eviction."""

from collections.abc import Callable
from typing import Protocol


class Peer(Protocol):
    """The interface of an open connection that the connection table needs."""

    #: The connection's client; empty for a trusted proxy, which has no limit.
    client: str
    #: Time of the last byte in or out, in seconds of the loop's clock.
    last_seen: float
    #: Deadline at which the connection expires.
    deadline: float

    @property
    def busy(self) -> bool:
        """Return whether a request is being answered."""
        ...

    def close_idle(self) -> None:
        """End the connection, after the response of a request in progress."""
        ...

    def close_silent(self) -> None:
        """End the connection to make room for another."""
        ...

    def expire(self) -> None:
        """End the connection after its deadline."""
        ...


class Connections:
    """Table of connections; it stays within the bounds by ending the longest-idle ones.

    A new connection is never refused: a client that opens too many loses its own oldest.
    """

    def __init__(self, most: int, per_client: int) -> None:
        self._most = most
        self._per_client = per_client
        self._clients: dict[str, set[Peer]] = {}
        self._all: set[Peer] = set()
        #: How many were ended to make room, since the process began.
        self.displaced = 0

    def __len__(self) -> int:
        return len(self._all)

    def of(self, client: str) -> int:
        """Return the number of open connections of one client."""
        return len(self._clients.get(client, ()))

    def add(self, peer: Peer) -> None:
        """Add a connection; end others when there are too many."""
        if peer.client:
            own = self._clients.setdefault(peer.client, set())
            if len(own) >= self._per_client:
                self._displace(own, 1)
            # Evicting the last connection of a client removes its set.
            self._clients.setdefault(peer.client, own).add(peer)
        if len(self._all) >= self._most:
            # Several at once, so that scanning all of them is rare.
            self._displace(self._all, 1 + self._most // 64)
        self._all.add(peer)

    def remove(self, peer: Peer) -> None:
        """Remove a connection that has ended; idempotent."""
        self._all.discard(peer)
        own = self._clients.get(peer.client)
        if own is not None:
            own.discard(peer)
            if not own:
                del self._clients[peer.client]

    def sweep(self, now: float) -> None:
        """End the connections whose deadline has passed."""
        for peer in [peer for peer in self._all if peer.deadline <= now]:
            peer.expire()

    def each(self, act: Callable[[Peer], None]) -> None:
        """Call a function with every connection; it may end them."""
        for peer in list(self._all):
            act(peer)

    def _displace(self, among: set[Peer], count: int) -> None:
        # Idle connections go first, the longest-idle of them before the others.
        order = sorted(among, key=lambda peer: (peer.busy, peer.last_seen))
        for peer in order[:count]:
            self.displaced += 1
            self.remove(peer)
            peer.close_silent()
