"""A cache with a bound on the weight of all that it keeps."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key; the ones that were not asked for longest go first.

    `weight` measures a value, in bytes or in whatever unit `most` is in. The newest value is
    kept however heavy it is. Safe to use from several threads.
    """

    def __init__(self, most: int, weight: Callable[[Value], int]) -> None:
        self._most = most
        self._weight_of = weight
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def values(self) -> list[Value]:
        """Return all values, of this moment; other threads may add some meanwhile."""
        with self._lock:
            return [value for value, _ in self._values.values()]

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value in place of an older one, and return it."""
        weight = self._weight_of(value)
        with self._lock:
            old = self._values.pop(key, None)
            self._values[key] = (value, weight)
            self.weight += weight - (old[1] if old else 0)
            while self.weight > self._most and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self.weight -= freed
        return value
