"""Supervises several processes on one socket: starts, restarts and stops them."""

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from .bounds import BOUNDS

log = structlog.get_logger(__name__)

#: Seconds before a process that ended at once is started again.
_PAUSE = 1.0


def supervise(serve: Callable[[int], None], workers: int) -> None:
    """Keep `workers` processes serving until SIGTERM or SIGINT, then end them all.

    `serve` runs in each, with a pipe that reaches end-of-file once this process is gone.
    """
    _Supervisor(serve, workers).run()


class _Supervisor:
    def __init__(self, serve: Callable[[int], None], workers: int) -> None:
        self._serve = serve
        self._workers = workers
        self._children: dict[int, float] = {}
        self._stopping = False
        #: Never written to; the children's end is closed with this process.
        self._parent, self._alive = os.pipe()
        #: Receives a byte for each signal, so that none is missed while waiting.
        self._signals, self._wakeup = os.pipe()
        for descriptor in (self._signals, self._wakeup):
            os.set_blocking(descriptor, False)

    def run(self) -> None:
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        next_start = 0.0
        while not self._stopping:
            now = time.monotonic()
            if now >= next_start:
                while len(self._children) < self._workers:
                    self._children[self._start()] = now
            self._wait(max(0.0, next_start - now) or None)
            for pid, status in self._ended():
                begun = self._children.pop(pid, 0.0)
                log.warning("server.process_ended", pid=pid, status=status)
                if time.monotonic() - begun < _PAUSE:
                    next_start = time.monotonic() + _PAUSE
        self._end_all()

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _start(self) -> int:
        pid = os.fork()
        if pid:
            return pid
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        for descriptor in (self._alive, self._signals, self._wakeup):
            os.close(descriptor)
        try:
            self._serve(self._parent)
        except BaseException as error:
            # The message could contain a setting's value; the class is enough to find the cause.
            log.error("server.process_failed", kind=type(error).__name__)
            os._exit(1)
        os._exit(0)

    def _wait(self, seconds: float | None) -> None:
        select.select([self._signals], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._signals, 512)

    def _ended(self) -> list[tuple[int, int]]:
        found = []
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                found.append((pid, os.waitstatus_to_exitcode(status)))
        return found

    def _end_all(self) -> None:
        """End the processes; kill those that exceed the time limit."""
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + BOUNDS.stop_time + 0.5
        while self._children and (left := end - time.monotonic()) > 0:
            for pid, _ in self._ended():
                self._children.pop(pid, None)
            if self._children:
                self._wait(left)
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
