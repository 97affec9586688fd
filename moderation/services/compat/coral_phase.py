"""Coral's external phase in time: an answer within a deadline in any case."""

import threading
from datetime import datetime
from time import monotonic
from typing import Final

import structlog

from moderation.domain.errors import BadSignature
from moderation.storage.engine import Store

from ..signing import Signing
from .coral import UNDECIDED, Answer, hold, judge_signed

log = structlog.get_logger(__name__)

#: Seconds until the answer; Coral waits for 0.8, and the request and a busy machine need some.
DEADLINE: Final = 0.45
#: Requests in work at once, those included that were answered before they were done: more would
#: only slow each other down.
MOST_RUNNING: Final = 4
#: Seconds that a request waits for its turn.
TURN: Final = 0.15
_RUNNING = threading.BoundedSemaphore(MOST_RUNNING)


def answer_in_time(
    store: Store,
    runtime: Signing,
    place: str,
    signature: str,
    body: bytes,
    *,
    now: datetime,
    deadline: float = DEADLINE,
    running: threading.BoundedSemaphore = _RUNNING,
) -> Answer:
    """Return the answer to a request of Coral, at the latest after `deadline` seconds.

    A comment that could not be judged in time, for any reason, gets the answer that a moderator
    must look at it. Raises the error of a request that was not signed. The comment enters the
    review queue where the site wants it, after the deadline if the store is slow.
    """
    begun = monotonic()
    if not running.acquire(timeout=TURN):
        log.warning("coral.undecided", why="busy")
        return UNDECIDED
    work = _Work(store, runtime, (place, signature, body), now, running)
    work.start()
    work.join(max(0.0, begun + deadline - monotonic()))
    if work.refused is not None:
        raise work.refused
    if work.answer is None:
        log.warning("coral.undecided", why=work.failure or "late")
        return UNDECIDED
    return work.answer


class _Work(threading.Thread):
    """Judges one comment on a thread of its own, since nothing can end a slow one."""

    def __init__(
        self,
        store: Store,
        runtime: Signing,
        request: tuple[str, str, bytes],
        now: datetime,
        running: threading.BoundedSemaphore,
    ) -> None:
        super().__init__(name="coral", daemon=True)
        self._store = store
        self._runtime = runtime
        self._request = request
        self._now = now
        self._running = running
        self.answer: Answer | None = None
        self.refused: BadSignature | None = None
        self.failure = ""

    def run(self) -> None:
        try:
            with self._store.sessions() as session:
                judged = judge_signed(session, *self._request)
                self.answer = judged.answer
                hold(session, self._runtime, judged, now=self._now)
        except BadSignature as error:
            self.refused = error
        except Exception as error:
            # Only the class: a message could quote a comment.
            self.failure = type(error).__name__
            log.error("coral.failed", kind=self.failure, answered=self.answer is not None)
        finally:
            self._running.release()
