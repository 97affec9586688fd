"""When a webhook that was not accepted is sent again."""

import hashlib
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from ..retries import LONGEST_WAIT

#: Delays after the first, second, … failed attempt; after the last one the delivery is given up.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES = len(DELAYS) + 1
#: Part of a delay by which an attempt may come early: many that failed together spread out.
JITTER = 0.1
#: An overloaded receiver is left alone for this long, unless it asks for more.
_LONGEST_PAUSE = timedelta(minutes=5)
#: Statuses by which a receiver, or its proxy, reports that it is overloaded.
OVERLOADED = frozenset({429, 502, 504})


def wait_after(attempts: int, id: UUID, retry_after: str, now: datetime) -> timedelta:
    """Return the time until the next attempt, after this number of failed ones."""
    return max(_jittered(attempts, id), retry_wait(retry_after, now))


def pause_after(attempts: int, id: UUID, retry_after: str, now: datetime) -> timedelta:
    """Return for how long an overloaded receiver gets nothing at all."""
    return max(min(_jittered(attempts, id), _LONGEST_PAUSE), retry_wait(retry_after, now))


def _jittered(attempts: int, id: UUID) -> timedelta:
    """Return a delay that is the same for the same message and number of attempts."""
    digest = hashlib.blake2s(id.bytes + bytes([attempts % 256]), digest_size=4).digest()
    delay = DELAYS[min(attempts, len(DELAYS)) - 1]
    return delay * (1 - JITTER * int.from_bytes(digest) / 2**32)


def retry_wait(retry_after: str, now: datetime) -> timedelta:
    """Return the wait of a Retry-After header, in seconds or as a date; zero without one."""
    wait = timedelta(0)
    if retry_after.isascii() and retry_after.isdigit():
        # Ten digits exceed every limit, and are few enough to convert.
        wait = timedelta(seconds=min(int(retry_after[:10]), LONGEST_WAIT.total_seconds()))
    elif retry_after:
        try:
            wait = parsedate_to_datetime(retry_after) - now
        except (ValueError, TypeError, OverflowError):
            wait = timedelta(0)
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
