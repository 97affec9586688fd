"""Concurrent delivery: each endpoint has a lane of its own, so that none waits for another.

An endpoint that is slow or failing is moved to threads that only such endpoints share.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from ..outbound import Answer, Request
from .delivery import BATCH, Send, deliver_to, due_endpoints

log = structlog.get_logger(__name__)

#: Threads for endpoints that answer quickly, and for the others.
QUICK, SLOW = 16, 8
#: Seconds after which an answer is slow.
SLOW_ANSWER = 2.0


class Lanes:
    """Threads of one worker that deliver, at most one for each endpoint."""

    def __init__(
        self,
        sessions: Callable[[], Session],
        send: Send,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._send = send
        self._clock = clock
        self._monotonic = monotonic
        self._mutex = threading.Condition()
        #: Endpoints whose last answer was slow or missing.
        self._slow: set[int] = set()
        #: Endpoints that wait for a thread or have one.
        self._busy: set[int] = set()
        self._waiting: dict[bool, deque[int]] = {False: deque(), True: deque()}
        self._threads = {False: 0, True: 0}
        self._stopped = False

    def start_due(self, session: Session) -> int:
        """Give every endpoint with due deliveries a lane, and return how many were new."""
        due = due_endpoints(session, self._clock())
        with self._mutex:
            new = [endpoint_id for endpoint_id in due if endpoint_id not in self._busy]
            for endpoint_id in new:
                is_slow = endpoint_id in self._slow
                self._busy.add(endpoint_id)
                self._waiting[is_slow].append(endpoint_id)
                if self._threads[is_slow] < (SLOW if is_slow else QUICK):
                    self._threads[is_slow] += 1
                    threading.Thread(
                        target=self._run, args=(is_slow,), name="webhooks", daemon=True
                    ).start()
        return len(new)

    def stop(self, timeout: float) -> None:
        """Start nothing more, and wait for the requests that are under way."""
        with self._mutex:
            self._stopped = True
            self._mutex.wait_for(lambda: not any(self._threads.values()), timeout)

    def _run(self, is_slow: bool) -> None:
        """Serve waiting endpoints of one kind until there is none."""
        while True:
            with self._mutex:
                if self._stopped or not self._waiting[is_slow]:
                    self._threads[is_slow] -= 1
                    self._mutex.notify_all()
                    return
                endpoint_id = self._waiting[is_slow].popleft()
            try:
                self._serve(endpoint_id, is_slow)
            except Exception as error:
                # The next turn tries again; a lasting failure is reported by the worker as well.
                log.warning("webhook.lane_failed", endpoint=endpoint_id, kind=type(error).__name__)
            finally:
                with self._mutex:
                    self._busy.discard(endpoint_id)

    def _serve(self, endpoint_id: int, is_slow: bool) -> None:
        """Deliver until nothing is due, the endpoint changes its kind, or others wait."""
        while not self._stopped:
            with self._sessions() as session:
                tried = deliver_to(
                    session, endpoint_id, self._timed(endpoint_id), clock=self._clock
                )
            with self._mutex:
                changed = (endpoint_id in self._slow) is not is_slow
                others_wait = bool(self._waiting[is_slow])
            if changed or tried == 0 or (others_wait and tried >= BATCH):
                return

    def _timed(self, endpoint_id: int) -> Send:
        def send(request: Request) -> Answer:
            begun = self._monotonic()
            answer = Answer(0)
            try:
                answer = self._send(request)
            finally:
                is_slow = not answer.status or self._monotonic() - begun > SLOW_ANSWER
                with self._mutex:
                    (self._slow.add if is_slow else self._slow.discard)(endpoint_id)
            return answer

        return send
