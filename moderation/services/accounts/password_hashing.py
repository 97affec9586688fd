"""Argon2 on a thread of its own, so that logins take neither memory nor CPU from readers.

One hash is computed at a time, on one thread with a low scheduling priority; one more request
may wait for it. All others are refused at once with Busy. A process therefore spends at most
64 MiB and two request threads on passwords under any number of logins.
"""

import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import ClassVar, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from moderation.domain.errors import Busy

#: Request threads that may compute or wait at the same time.
PLACES = 2
#: Seconds a request waits for its turn and its hash.
PATIENCE = 15.0
#: Added to the niceness of the hashing thread, where threads have one.
NICENESS = 5

Result = TypeVar("Result")


class HashingBusy(Busy):
    """All places for hashing passwords are taken; nothing was changed."""

    retry_after: ClassVar[int] = 5


class HashingPlace:
    """Runs hashing on one thread and bounds how many requests wait for it."""

    def __init__(self, places: int = PLACES, patience: float = PATIENCE) -> None:
        self._free = threading.BoundedSemaphore(places)
        self._patience = patience
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def run(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`; raise HashingBusy when no place is free in time."""
        if not self._free.acquire(blocking=False):
            raise _busy()
        try:
            future = self._executor().submit(work)
            try:
                return future.result(self._patience)
            except TimeoutError:
                future.cancel()
                raise _busy() from None
        finally:
            self._free.release()

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "hashing", initializer=_yield_to_readers)
            return self._pool


def _busy() -> HashingBusy:
    return HashingBusy("Too many logins at the same time. Wait a few seconds and try again.")


def _yield_to_readers() -> None:
    # Linux keeps a niceness for each thread; elsewhere it would be the whole process's.
    if sys.platform == "linux":
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
        os.setpriority(os.PRIO_PROCESS, thread, niceness)


_PLACE = HashingPlace()


def _renew() -> None:
    """Give a forked process its own thread: threads stay in the parent."""
    global _PLACE
    _PLACE = HashingPlace()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def hash_password(password: str) -> str:
    """Return the hash of a password; raise HashingBusy when all places are taken."""
    return _PLACE.run(lambda: PasswordHasher().hash(password))


def is_password(known: str | None, password: str) -> bool:
    """Compare a password with its hash; without a hash it costs the same and is False."""

    def compare() -> bool:
        try:
            return PasswordHasher().verify(known or _hash_of_no_account(), password)
        except (VerificationError, InvalidHashError):
            return False

    return _PLACE.run(compare) and known is not None


@lru_cache(maxsize=1)
def _hash_of_no_account() -> str:
    return PasswordHasher().hash(secrets.token_urlsafe(32))
