"""How many comments a second a process looks at for one post.

An attack on one article must not take the machine's time from all the others. What is too
much is refused before it is read, judged or counted anywhere else.
"""

import threading
import time
from collections.abc import Callable

#: Posts that are remembered; when there are more, those of past seconds are forgotten.
_MANY = 4096


class Burst:
    """Counts by the second, in the memory of this process."""

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._monotonic = monotonic
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._lock = threading.Lock()

    def admits(self, post: tuple[str, str]) -> bool:
        """Count one more for a post; tells whether it is still within its second's share."""
        now = int(self._monotonic())
        with self._lock:
            second, count = self._counts.get(post, (now, 0))
            count = count + 1 if second == now else 1
            self._counts[post] = now, count
            if len(self._counts) > _MANY:
                self._counts = {p: c for p, c in self._counts.items() if c[0] == now}
        return count <= self._most
