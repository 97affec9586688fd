"""Shared rate-limit storage, with a fallback to each process's memory while it is down.

Flask-Limiter can fall back to memory as well, but of requests that meet the dead storage at
the same moment all but one fail there.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from limits.storage import MovingWindowSupport, Storage, storage_from_string

from .rate_limit_memory import BoundedStorage

log = structlog.get_logger(__name__)

#: Seconds until one request tries a failed storage again.
PAUSE = 5.0
#: Timeout in seconds for counting a request.
TIMEOUT = 0.5

Counted = TypeVar("Counted")

_counter = threading.Lock()
_fallbacks = 0


def fallbacks() -> int:
    """Return how often this process counted locally because the shared storage was down."""
    return _fallbacks


def _count_fallback() -> None:
    global _fallbacks
    with _counter:
        _fallbacks += 1


class SharedStorageWithFallback(Storage, MovingWindowSupport):
    """Counts in the storage at `address` while it responds, else in memory."""

    STORAGE_SCHEME = ["common"]  # noqa: RUF012 (as its registry reads it)

    def __init__(
        self,
        uri: str | None = None,
        *,
        address: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(uri)
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options = {"socket_connect_timeout": TIMEOUT, "socket_timeout": TIMEOUT}
        if "redis" in address or "valkey" in address:
            # Retry once, for a connection that a restart of the storage has closed.
            options["retry"] = Retry(NoBackoff(), 1)  # type: ignore[assignment]
        self._common = storage_from_string(address, wrap_exceptions=False, **options)
        self._own = BoundedStorage(monotonic=monotonic)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._away = False
        self._try_at = 0.0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def _either(self, count: Callable[[Storage], Counted]) -> Counted:
        if self._may_try():
            try:
                counted = count(self._common)  # type: ignore[arg-type]
            except Exception as error:
                self._gone(error)
            else:
                self._back()
                return counted
        _count_fallback()
        return count(self._own)

    def _may_try(self) -> bool:
        if not self._away:
            return True
        with self._lock:
            if self._monotonic() < self._try_at:
                return False
            self._try_at = self._monotonic() + PAUSE
            return True

    def _gone(self, error: Exception) -> None:
        with self._lock:
            first, self._away = not self._away, True
            self._try_at = self._monotonic() + PAUSE
        if first:
            # Only the class: a message may quote the storage's address with its password.
            log.warning("ratelimit.store_away", kind=type(error).__name__)

    def _back(self) -> None:
        if self._away:
            with self._lock:
                first, self._away = self._away, False
            if first:
                log.warning("ratelimit.store_back")

    # Moving windows

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return self._either(lambda s: s.acquire_entry(key, limit, expiry, amount))  # type: ignore[attr-defined,no-any-return]

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        return self._either(lambda s: s.get_moving_window(key, limit, expiry))  # type: ignore[attr-defined,no-any-return]

    # Storage interface

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._either(lambda s: s.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        return self._either(lambda s: s.get(key))

    def get_expiry(self, key: str) -> float:
        return self._either(lambda s: s.get_expiry(key))

    def check(self) -> bool:
        return self._either(lambda s: s.check())

    def reset(self) -> int | None:
        return self._either(lambda s: s.reset())

    def clear(self, key: str) -> None:
        self._either(lambda s: s.clear(key))
