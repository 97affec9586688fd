"""Moving-window rate limits in the memory of one process, within a fixed number of bytes.

The memory storage of `limits` keeps a key for every address it has ever seen and walks
all of them a hundred times a second. This one evicts expired windows with each hit, and
when full those that expire first: the cost of a hit does not depend on the number of
clients.
"""

import hashlib
import threading
import time
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias

from limits.storage import MovingWindowSupport, Storage

#: Maximum bytes of all windows of a process.
MAX_BYTES = 16 * 1024 * 1024
#: Upper bound of a key's overhead beside its hits: its hash and its place in the table.
_PER_KEY = 256
#: Expired windows that each hit removes; with two, removal is faster than growth.
_PER_HIT = 2

Hits: TypeAlias = "array[float]"
Windows: TypeAlias = OrderedDict[int, Hits]


class BoundedStorage(Storage, MovingWindowSupport):
    """Exact moving windows; a window stores at most as many hits as its limit."""

    STORAGE_SCHEME = ["bounded"]  # noqa: RUF012 (as its registry reads it)

    def __init__(
        self,
        uri: str | None = None,
        *,
        max_bytes: int = MAX_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        # Flask-Limiter also passes the options of a previously built application.
        **_others: object,
    ) -> None:
        super().__init__(uri)
        self._max_bytes = max_bytes
        self._monotonic = monotonic
        self._wall = wall
        self._lock = threading.Lock()
        self._bytes = 0
        # By window length; within one the least recently hit expires first. The times
        # of hits, oldest first; for a fixed window the number of hits and its start.
        self._windows: dict[int, Windows] = {}

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def key_count(self) -> int:
        """Return the number of stored windows.

        No `__len__`: an empty storage would be falsy, and Flask-Limiter would ignore it.
        """
        return sum(len(windows) for windows in self._windows.values())

    # Moving windows

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count hits within the limit; return whether they were counted."""
        if amount > limit:
            return False
        digest = _digest(key)
        with self._lock:
            now = self._monotonic()
            windows = self._open(expiry, now)
            hits = windows.get(digest)
            if hits is None:
                hits = array("d")
            else:
                nth = limit - amount + 1
                if len(hits) >= nth and hits[-nth] >= now - expiry:
                    return False
                self._bytes -= hits.__sizeof__() + _PER_KEY
            hits.extend((now,) * amount)
            if len(hits) > limit + limit // 4 + 8:
                del hits[:-limit]
            self._keep(windows, digest, hits)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return the time of the window's oldest hit, and the number of its hits."""
        digest = _digest(key)
        with self._lock:
            now, wall = self._monotonic(), self._wall()
            windows = self._windows.get(expiry)
            hits = None if windows is None else windows.get(digest)
            if hits is None:
                return wall, 0
            first = max(bisect_right(hits, now - expiry), len(hits) - limit)
            if first == len(hits):
                return wall, 0
            return wall - (now - hits[first]), len(hits) - first

    # Storage interface

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count in a fixed window that begins with its first hit; return the count."""
        digest = _digest(f"fixed {key}")
        with self._lock:
            now = self._monotonic()
            windows = self._open(expiry, now)
            hits = windows.get(digest)
            if hits is not None:
                self._bytes -= hits.__sizeof__() + _PER_KEY
            if hits is None or hits[1] + expiry <= now:
                hits = array("d", (0.0, now))
            hits[0] += amount
            count = int(hits[0])
            # Not moved to the end: another hit does not extend a fixed window.
            self._keep(windows, digest, hits, moved=hits[1] == now)
        return count

    def get(self, key: str) -> int:
        found = self._fixed(key)
        return 0 if found is None else found[0]

    def get_expiry(self, key: str) -> float:
        found = self._fixed(key)
        return self._wall() if found is None else self._wall() + found[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._lock:
            count = self.key_count()
            self._windows.clear()
            self._bytes = 0
        return count

    def clear(self, key: str) -> None:
        with self._lock:
            for windows in self._windows.values():
                for digest in (_digest(key), _digest(f"fixed {key}")):
                    if digest in windows:
                        self._drop(windows, digest)

    # Called under the lock

    def _open(self, expiry: int, now: float) -> Windows:
        """Return the windows of this length, after removing a few expired ones."""
        windows = self._windows.setdefault(expiry, OrderedDict())
        for _ in range(_PER_HIT):
            first = next(iter(windows), None)
            if first is None or windows[first][-1] + expiry >= now:
                break
            self._drop(windows, first)
        return windows

    def _keep(
        self,
        windows: Windows,
        digest: int,
        hits: Hits,
        *,
        moved: bool = True,
    ) -> None:
        windows[digest] = hits
        if moved:
            windows.move_to_end(digest)
        self._bytes += hits.__sizeof__() + _PER_KEY
        while self._bytes > self._max_bytes:
            self._drop_first_to_end()

    def _drop_first_to_end(self) -> None:
        # One table for each window length in the settings: a handful.
        firsts = (
            (windows[first][-1] + expiry, expiry, first)
            for expiry, windows in self._windows.items()
            if (first := next(iter(windows), None)) is not None
        )
        _, expiry, first = min(firsts)
        self._drop(self._windows[expiry], first)

    def _drop(self, windows: Windows, digest: int) -> None:
        self._bytes -= windows.pop(digest).__sizeof__() + _PER_KEY

    def _fixed(self, key: str) -> tuple[int, float] | None:
        """Return the count of a fixed window and the seconds until it ends."""
        digest = _digest(f"fixed {key}")
        with self._lock:
            now = self._monotonic()
            for expiry, windows in self._windows.items():
                hits = windows.get(digest)
                if hits is not None and hits[1] + expiry > now:
                    return int(hits[0]), hits[1] + expiry - now
        return None


def _digest(key: str) -> int:
    """Return a 64-bit digest of a key of any length."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())
