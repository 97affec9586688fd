"""The open connections of a process: how many each client has, and which end first."""

from collections.abc import Callable
from typing import Protocol


class Peer(Protocol):
    """An open connection, as far as its table needs to know it."""

    #: Whose connection this is; empty for a trusted proxy, which has no limit.
    client: str
    #: When a byte last came or went, in seconds of the loop's clock.
    last_seen: float
    #: When it ends unless something happens.
    deadline: float

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        ...

    def close_idle(self) -> None:
        """End it unless a request is under way, and else after its answer."""
        ...

    def close_silent(self) -> None:
        """End it, since its place is needed."""
        ...

    def expire(self) -> None:
        """End it, since its deadline has passed."""
        ...


class Connections:
    """Keeps within the bounds by ending what has been silent for longest.

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
        """The number of open connections of one client."""
        return len(self._clients.get(client, ()))

    def add(self, peer: Peer) -> None:
        """Enter a connection; ends others when there are too many."""
        if peer.client:
            own = self._clients.setdefault(peer.client, set())
            if len(own) >= self._per_client:
                self._displace(own, 1)
            # Displacing the last one of a client removes its set.
            self._clients.setdefault(peer.client, own).add(peer)
        if len(self._all) >= self._most:
            # Some at once, so that looking through all of them is rare.
            self._displace(self._all, 1 + self._most // 64)
        self._all.add(peer)

    def remove(self, peer: Peer) -> None:
        """Strike out a connection that has ended; twice is once."""
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
        """Call a function with every connection, which it may end."""
        for peer in list(self._all):
            act(peer)

    def _displace(self, among: set[Peer], count: int) -> None:
        # Those that wait for nothing go first, the longest-silent of them before the others.
        order = sorted(among, key=lambda peer: (peer.busy, peer.last_seen))
        for peer in order[:count]:
            self.displaced += 1
            self.remove(peer)
            peer.close_silent()
