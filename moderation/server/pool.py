"""A fixed number of threads, shared fairly among clients.

Threads never end while the process serves, so that their resources (a connection
to the store) are created once. Clients take turns: one that sends a hundred requests at once
delays another by a single request, and can never occupy every thread.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

Job = Callable[[], None]


class Pool:
    """Runs jobs on threads, with clients in turn."""

    def __init__(self, threads: int, *, waiting: int, waiting_per_client: int) -> None:
        self._waiting = waiting
        self._waiting_per_client = waiting_per_client
        # At least two threads stay free for other clients, in a pool of that size.
        self._per_client = max(1, threads - 2)
        self._jobs: OrderedDict[str, deque[Job]] = OrderedDict()
        self._running: dict[str, int] = {}
        self._count = 0
        self._closed = False
        self._lock = threading.Lock()
        self._drained = threading.Condition(self._lock)
        #: A locked lock for each idle thread, which waits for it. The last one to become idle is
        #: the first to work: its stack is still in the processor's cache.
        self._idle: list[threading.Lock] = []
        self._threads = [
            threading.Thread(target=self._work, name=f"request-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, client: str, job: Job) -> bool:
        """Queue a job; return False when too many are queued, of this client or of all."""
        with self._lock:
            jobs = self._jobs.get(client)
            if self._closed or self._count >= self._waiting:
                return False
            if jobs is None:
                jobs = self._jobs[client] = deque()
            elif len(jobs) >= self._waiting_per_client:
                return False
            jobs.append(job)
            self._count += 1
            if self._idle:
                self._idle.pop().release()
        return True

    def close(self, timeout: float) -> None:
        """Accept no more jobs, and wait up to `timeout` seconds for the queued ones."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().release()
            self._drained.wait_for(lambda: not self._count and not self._running, timeout)

    def _work(self) -> None:
        wake = threading.Lock()
        wake.acquire()
        while True:
            with self._lock:
                found = self._next()
                if found is None:
                    if self._closed and not self._count:
                        return
                    self._idle.append(wake)
            if found is None:
                wake.acquire()
                continue
            client, job = found
            try:
                job()
            except Exception as error:
                # Jobs handle their errors; the thread must survive those that they did not.
                log.error("server.job_failed", kind=type(error).__name__)
            with self._lock:
                left = self._running[client] - 1
                if left:
                    self._running[client] = left
                else:
                    del self._running[client]
                # No other thread is woken: a job that waited for this client's limit is the next
                # that this one takes.
                if self._closed:
                    self._drained.notify_all()

    def _next(self) -> tuple[str, Job] | None:
        """Return the first job of the next client; skip clients at their limit."""
        for client, jobs in self._jobs.items():
            running = self._running.get(client, 0)
            if running >= self._per_client:
                continue
            job = jobs.popleft()
            self._count -= 1
            self._running[client] = running + 1
            if jobs:
                self._jobs.move_to_end(client)
            else:
                del self._jobs[client]
            return client, job
        return None
