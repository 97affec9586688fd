"""Five hundred comments a second on one post, and the effect on all other posts.

The attackers have a thousand addresses and send to one post; meanwhile another post of the
same site is read at full speed, and other posts get comments one after the other.
"""

import contextlib
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from .servers import CLIENT_CORE, ROOT, fill, service, wrk

PER_SECOND, ADDRESSES, CONNECTIONS = 510, 1_000, 16
#: The number of regular senders; none exceeds its rate limit within a round.
PATIENT = 60


def measured(rounds: int, seconds: int) -> dict[str, list[float]]:
    """Return reads and submissions per second, calm and under attack, interleaved."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        proxies = {"MODERATION_RATELIMIT_ENABLED": "1", "MODERATION_TRUSTED_PROXIES": "127.0.0.1"}
        with service(Path(name), **proxies) as address:
            thread = fill(address, pause=0.12)
            for turn in range(rounds):
                _note(found, "calm", address, thread, seconds, 2 * turn)
                with attacked(address) as sent:
                    _note(found, "attack", address, thread, seconds, 2 * turn + 1)
                found.setdefault("attack: sent", []).append(sent())
    return found


def _note(
    found: dict[str, list[float]],
    phase: str,
    address: str,
    thread: str,
    seconds: int,
    turn: int,
) -> None:
    found.setdefault(f"{phase}: reads", []).append(wrk(thread, seconds)[0])
    times = sorted(_submit(address, turn * 10_000 + n) for n in range(150))
    # The reciprocal of the median is the throughput of one sequential client.
    found.setdefault(f"{phase}: submits", []).append(1 / statistics.median(times))
    tail = 1000 * times[int(len(times) * 0.99)]
    found.setdefault(f"{phase}: submits, p99 ms", []).append(tail)


def _submit(address: str, number: int) -> float:
    """Return the seconds that a comment on a post of its own took."""
    text = f"The roof of hall {number} was mended in March, and the ferry pays for it. {number:x}"
    request = urllib.request.Request(
        f"{address}/api/v1/sites/bench/posts/calm-{number}/comments",
        b'{"author":{"name":"Reader"},"text":"%s"}' % text.encode(),
        {
            "Content-Type": "application/json",
            "X-Forwarded-For": f"198.51.{number // 10_000}.{number % PATIENT + 1}",
        },
    )
    started = time.perf_counter()
    urllib.request.urlopen(request, timeout=10).close()
    return time.perf_counter() - started


@contextlib.contextmanager
def attacked(address: str) -> Iterator[Callable[[], float]]:
    """Attack from another process until the block ends; yield a function for the achieved rate."""
    process = subprocess.Popen(
        ["taskset", "-c", CLIENT_CORE, sys.executable, "-m", "benchmarks.attack", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    rate = 0.0
    if process.stdout is None or process.stdin is None:
        raise AssertionError("the process has no pipes")
    process.stdout.readline()

    def sent() -> float:
        return rate

    try:
        yield sent
    finally:
        process.stdin.close()
        rate = float(process.stdout.readline() or 0)
        process.wait()


def main(address: str) -> None:
    """Send until standard input ends, then print the number of responses per second."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    idle = [socket.create_connection((host, port)) for _ in range(CONNECTIONS)]
    for connection in idle:
        waiting.register(connection, selectors.EVENT_READ)
    print("ready", flush=True)
    started, sent, answered = time.monotonic(), 0, 0
    while True:
        due = int((time.monotonic() - started) * PER_SECOND) - sent
        for _ in range(min(due, len(idle))):
            idle.pop().sendall(_attack(sent))
            sent += 1
        for key, _ in waiting.select(timeout=0.002):
            if key.fileobj is sys.stdin:
                print(answered / (time.monotonic() - started), flush=True)
                return
            if isinstance(key.fileobj, socket.socket):
                # A response is smaller than a packet.
                key.fileobj.recv(65_536)
                idle.append(key.fileobj)
                answered += 1


def _attack(number: int) -> bytes:
    attacker = number % ADDRESSES
    body = b'{"author":{"name":"Reader %d"},"text":"Shame on the council, number %d of many."}' % (
        attacker,
        number,
    )
    return (
        b"POST /api/v1/sites/bench/posts/attacked/comments HTTP/1.1\r\nHost: bench\r\n"
        b"Content-Type: application/json\r\nX-Forwarded-For: 203.0.%d.%d\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (attacker // 250, attacker % 250 + 1, len(body), body)
    )


if __name__ == "__main__":
    main(sys.argv[1])
