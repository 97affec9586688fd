"""Limit of comments per second that a process judges for one post.

An attack on one article must not take CPU time from all the others, and one client
must not take an article's share from the others: it gets at most half of it. A request is
counted only when it has passed its client's own limit and holds a comment.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

#: Capacity in counts, at 8 bytes of hash each; the least recently used are evicted.
_MANY = 8192


class Burst:
    """Counts by the second, in the memory of this process."""

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._share = (most + 1) // 2
        self._monotonic = monotonic
        self._counts: OrderedDict[int, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def is_full(self, post: tuple[str, str]) -> bool:
        """Return whether a post's share of this second is used up, without counting."""
        with self._lock:
            return self._count(_digest(*post), int(self._monotonic())) >= self._most

    def admits(self, post: tuple[str, str], network: str) -> bool:
        """Count one more for a post; return whether it is within its second's share.

        A refused comment is not counted, so that a client over its share uses up nothing.
        """
        whole, own = _digest(*post), _digest(*post, network)
        with self._lock:
            now = int(self._monotonic())
            of_post, of_client = self._count(whole, now), self._count(own, now)
            if of_post >= self._most or of_client >= self._share:
                return False
            for digest, count in ((whole, of_post), (own, of_client)):
                self._counts[digest] = now, count + 1
                self._counts.move_to_end(digest)
            while len(self._counts) > _MANY:
                self._counts.popitem(last=False)
        return True

    def _count(self, digest: int, now: int) -> int:
        second, count = self._counts.get(digest, (now, 0))
        return count if second == now else 0


def _digest(*names: str) -> int:
    """Return a 64-bit digest of names of any length."""
    # The repr of a tuple is unambiguous: no name can be made to look like two.
    return int.from_bytes(hashlib.blake2b(ascii(names).encode(), digest_size=8).digest())
