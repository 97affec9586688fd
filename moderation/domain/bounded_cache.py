"""A cache with a bound on the total weight of its values."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(slots=True)
class _Entry(Generic[Value]):
    value: Value
    weight: int
    #: Set by `get`; cleared when the entry is spared from eviction.
    used: bool = False


class BoundedCache(Generic[Key, Value]):
    """Values by key; those not read recently are evicted first.

    `weight` measures a value in the unit of `most`, for example bytes. The newest value is
    kept even when it alone is over the bound. Thread-safe; reading takes no lock.
    """

    def __init__(self, most: int, weight: Callable[[Value], int]) -> None:
        self.most = most
        self._weight_of = weight
        self._entries: OrderedDict[Key, _Entry[Value]] = OrderedDict()
        self._lock = Lock()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry.used = True
        return entry.value

    def values(self) -> list[Value]:
        """Return a snapshot of all values; other threads may add some meanwhile."""
        with self._lock:
            return [entry.value for entry in self._entries.values()]

    def keep(self, key: Key, value: Value) -> Value:
        """Store a value, replacing an older one of the same key, and return it."""
        weight = self._weight_of(value)
        with self._lock:
            self._drop(key)
            self._entries[key] = _Entry(value, weight)
            self.weight += weight
            while self.weight > self.most and len(self._entries) > 1:
                oldest, entry = next(iter(self._entries.items()))
                if entry.used:
                    # The clock algorithm: a second chance for each entry that was read.
                    entry.used = False
                    self._entries.move_to_end(oldest)
                elif oldest == key:
                    self._entries.move_to_end(oldest)
                else:
                    self._drop(oldest)
        return value

    def drop(self, key: Key) -> None:
        """Remove a value; a missing key is ignored."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= entry.weight
