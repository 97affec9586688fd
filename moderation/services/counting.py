"""What one process counts of its own work, for whoever watches it.

Only totals and times: nothing here can name a comment, a post or a person.
"""

import threading
from bisect import bisect_left
from collections import Counter

#: Seconds, the upper ends of a judgement's buckets: around its budget of half a millisecond.
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0015, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0)


class Histogram:
    """How many observations fell under each bound, and their sum."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, value: float) -> None:
        place = bisect_left(self.bounds, value)
        with self._lock:
            self._counts[place] += 1
            self._sum += value

    def read(self) -> tuple[list[int], float]:
        """How many up to each bound, the last without one, and the sum of all."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        for place in range(1, len(counts)):
            counts[place] += counts[place - 1]
        return counts, total


class Tally:
    """Numbers by their labels."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._lock = threading.Lock()

    def add(self, *labels: str) -> None:
        with self._lock:
            self._counts[labels] += 1

    def read(self) -> dict[tuple[str, ...], int]:
        with self._lock:
            return dict(self._counts)


JUDGEMENTS = Histogram(BUCKETS)
#: Method, endpoint and status class of what passed through the framework.
REQUESTS = Tally()
