"""Responses kept in memory within a bound of bytes."""

import threading
from collections import OrderedDict
from typing import Protocol

#: Path and canonical query of a request.
Key = tuple[str, str]
#: What an entry costs besides its bytes: objects, header fields, its place in the table.
OVERHEAD = 6 * 1024


class Sized(Protocol):
    """An entry that knows its size."""

    #: Whether it was served since its turn to be dropped last came.
    used: bool

    @property
    def size(self) -> int: ...


class Kept:
    """A table of entries; those not used lately are dropped when it grows too large."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.entries: OrderedDict[Key, Sized] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._lock = threading.Lock()

    def put(self, key: Key, entry: Sized) -> None:
        """Keep an entry, or count one anew that has grown; an older one is replaced."""
        size = entry.size + 2 * (len(key[0]) + len(key[1])) + OVERHEAD
        with self._lock:
            self._drop(key)
            if size > self.max_bytes:
                return
            self.entries[key] = entry
            self._sizes[key] = size
            self.bytes += size
            while self.bytes > self.max_bytes:
                oldest, found = next(iter(self.entries.items()))
                if found.used:
                    # A second chance, once for each time round.
                    found.used = False
                    self.entries.move_to_end(oldest)
                else:
                    self._drop(oldest)

    def drop(self, key: Key) -> None:
        """Forget an entry; one that is not there is none to forget."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        if self.entries.pop(key, None) is not None:
            self.bytes -= self._sizes.pop(key)
