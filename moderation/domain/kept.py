"""A cache with a bound on the weight of all that it keeps."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(slots=True)
class _Place(Generic[Value]):
    value: Value
    weight: int
    #: Whether it was asked for since its turn to go last came.
    used: bool = False


class Kept(Generic[Key, Value]):
    """Values by key; those that were not asked for lately go first.

    `weight` measures a value, in bytes or in whatever unit `most` is in. The newest value is
    kept however heavy it is. Safe to use from several threads; reading takes no lock.
    """

    def __init__(self, most: int, weight: Callable[[Value], int]) -> None:
        self.most = most
        self._weight_of = weight
        self._places: OrderedDict[Key, _Place[Value]] = OrderedDict()
        self._lock = Lock()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._places)

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None."""
        place = self._places.get(key)
        if place is None:
            return None
        place.used = True
        return place.value

    def values(self) -> list[Value]:
        """Return all values, of this moment; other threads may add some meanwhile."""
        with self._lock:
            return [place.value for place in self._places.values()]

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value in place of an older one, or weigh it anew; return it."""
        weight = self._weight_of(value)
        with self._lock:
            self._drop(key)
            self._places[key] = _Place(value, weight)
            self.weight += weight
            while self.weight > self.most and len(self._places) > 1:
                oldest, place = next(iter(self._places.items()))
                if place.used:
                    # A second chance, once for each time round.
                    place.used = False
                    self._places.move_to_end(oldest)
                elif oldest == key:
                    self._places.move_to_end(oldest)
                else:
                    self._drop(oldest)
        return value

    def drop(self, key: Key) -> None:
        """Forget a value; one that is not there is none to forget."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        place = self._places.pop(key, None)
        if place is not None:
            self.weight -= place.weight
