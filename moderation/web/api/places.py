"""Places of responses that hold a thread for as long as their client reads."""

from threading import BoundedSemaphore

from moderation.domain.errors import Busy


class Place:
    """One of the responses at a time; raises Busy when all places are taken."""

    def __init__(self, places: BoundedSemaphore, busy: str) -> None:
        if not places.acquire(blocking=False):
            raise Busy(busy)
        self._places = places
        self._is_taken = True

    def leave(self) -> None:
        """Give the place back; only the first call does."""
        if self._is_taken:
            self._is_taken = False
            self._places.release()
