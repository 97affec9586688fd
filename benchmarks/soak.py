"""An hour of ordinary and hostile traffic against one server, and its state afterwards.

Run as `python -m benchmarks.soak` (or `make soak`); `--minutes N` for less, `--write FILE` to
store the table under the heading of docs/chaos.md. The load is light, because the benchmark
does not measure speed but checks that nothing grows.
"""

import argparse
import contextlib
import http.client
import json
import os
import platform
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from tests.nodes import Node, comment, remark

HEADING = "## An hour of mixed and hostile traffic"
THREAD = "/api/v1/sites/news/posts/{}/comments"
#: Seconds between two samples.
EVERY = 60.0


@dataclass
class Timings:
    """Durations of each kind of request since the last sample, in seconds."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[str, dict[int, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float, status: int) -> None:
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)
            counts = self.statuses.setdefault(kind, {})
            counts[status] = counts.get(status, 0) + 1

    def take(self) -> dict[str, list[float]]:
        with self.lock:
            found, self.seconds = self.seconds, {}
        return found


@dataclass(frozen=True)
class Sample:
    """The resources of the process at one moment, and its latency in the minute before."""

    minute: float
    memory: int
    descriptors: int
    threads: int
    connections: int
    p99: dict[str, float]


class Traffic:
    """Threads that send requests, each at its own pace, until they are stopped."""

    def __init__(self, node: Node, login: tuple[str, str]) -> None:
        self.node = node
        self.login = login
        self.timings = Timings()
        self.stop = threading.Event()
        self.rng = random.Random(7)  # noqa: S311 (the same traffic each time)
        self._invented = 0

    def run(self) -> list[threading.Thread]:
        kinds: list[tuple[Callable[[], None], float]] = [
            (self.read_first, 0.05),
            (self.read_other, 0.1),
            (self.read_invented, 0.1),
            (self.submit, 0.4),
            (self.moderate, 2.0),
            (self.guess_passwords, 5.0),
            (self.slow_bodies, 15.0),
            (self.silent_connections, 20.0),
            (self.broken_requests, 3.0),
            (self.burst, 45.0),
        ]
        threads = [threading.Thread(target=self._repeat, args=kind, daemon=True) for kind in kinds]
        for thread in threads:
            thread.start()
        return threads

    def _repeat(self, act: Callable[[], None], pause: float) -> None:
        while not self.stop.is_set():
            # The server may refuse or close any connection; the client opens another one.
            with contextlib.suppress(OSError, http.client.HTTPException):
                act()
            self.stop.wait(pause)

    def ask(
        self, kind: str, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        started = time.monotonic()
        status, _, answer = self.node.ask(method, path, body, **headers)
        self.timings.add(kind, time.monotonic() - started, status)
        return status, answer

    def address(self) -> str:
        return ".".join(str(self.rng.randrange(1, 250)) for _ in range(4))

    # Ordinary readers and authors

    def read_first(self) -> None:
        self.ask(
            "read, first page",
            "GET",
            THREAD.format(self.rng.randrange(20)),
            **{"Accept-Encoding": self.rng.choice(["br", "gzip", ""])},
        )

    def read_other(self) -> None:
        post = self.rng.randrange(20)
        path = self.rng.choice(
            [
                THREAD.format(post) + f"?limit={self.rng.randrange(1, 100)}",
                THREAD.format(post) + "?sort=oldest&utm_source=letter",
                f"/api/v1/sites/news/counts?post={post}&post={post + 1}",
                f"/embed/news/{post}",
                "/feeds/news",
                "/widget/embed.js",
            ]
        )
        self.ask("read, others", "GET", path, **{"X-Forwarded-For": self.address()})

    def submit(self) -> None:
        text = remark(str(self.rng.random()))
        if self.rng.random() < 0.2:
            text += " What a fucking shame."
        self.ask(
            "submit",
            "POST",
            THREAD.format(self.rng.randrange(20)),
            comment(text),
            **{"X-Forwarded-For": self.address()},
        )

    def moderate(self) -> None:
        bearer = {"Authorization": f"Bearer {self.node.token}"}
        status, answer = self.ask("review", "GET", "/api/v1/review/queue?limit=5", **bearer)
        for item in json.loads(answer).get("comments", [])[:2] if status == 200 else []:
            outcome = self.rng.choice(["approve", "reject"])
            self.ask(
                "review",
                "POST",
                f"/api/v1/review/comments/{item['id']}/decisions",
                json.dumps({"outcome": outcome}).encode(),
                **bearer,
            )

    # Hostile clients

    def read_invented(self) -> None:
        self._invented += 1
        name = quote(f"{self._invented}-{'x' * self.rng.randrange(300)}")
        path = self.rng.choice(
            [
                THREAD.format(name),
                f"/api/v1/sites/news/counts?post={name}",
                f"/api/v1/sites/{name}/counts?post=a",
                f"/embed/news/{name}?lang={name}",
                f"/widget/{name}",
                f"/{name}",
            ]
        )
        self.ask("invented", "GET", path, **{"X-Forwarded-For": self.address()})

    def guess_passwords(self) -> None:
        body = f"login={self.login[0]}&password=guess{self.rng.random()}".encode()
        self.ask(
            "log-in, wrong",
            "POST",
            "/review/login",
            body,
            **{
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": self.address(),
            },
        )

    def slow_bodies(self) -> None:
        head = f"POST {THREAD.format(1)} HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n{{"
        self._hold(12, head.encode())

    def silent_connections(self) -> None:
        self._hold(40, b"")

    def _hold(self, count: int, sent: bytes) -> None:
        with contextlib.ExitStack() as stack:
            wires = []
            for _ in range(count):
                wire = socket.create_connection(("127.0.0.1", self.node.port), timeout=60)
                wires.append(stack.enter_context(contextlib.closing(wire)))
                if sent:
                    wire.sendall(sent)
            self.stop.wait(self.rng.choice([1.0, 12.0]))

    def broken_requests(self) -> None:
        for request in (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            os.urandom(300),
        ):
            address = ("127.0.0.1", self.node.port)
            with contextlib.closing(socket.create_connection(address, timeout=20)) as wire:
                wire.sendall(request)

    def burst(self) -> None:
        threads = [
            threading.Thread(target=lambda: [self.read_other() for _ in range(10)], daemon=True)
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def sample(node: Node, minute: float, timings: Timings) -> Sample:
    assert node.process is not None
    process = Path(f"/proc/{node.process.pid}")
    status = process.joinpath("status").read_text()

    def of(name: str) -> int:
        return int(status.partition(f"{name}:")[2].split()[0])

    links = [link for fd in process.joinpath("fd").iterdir() if (link := _target(fd))]
    return Sample(
        minute,
        of("VmRSS") // 1024,
        len(links),
        of("Threads"),
        sum(link.startswith("socket:") for link in links),
        {
            kind: statistics.quantiles(seconds, n=100)[98] * 1000
            for kind, seconds in timings.take().items()
            if len(seconds) > 20
        },
    )


def _target(descriptor: Path) -> str:
    with contextlib.suppress(OSError):
        return os.readlink(descriptor)
    return ""


def table(samples: list[Sample], timings: Timings) -> str:
    """Return a table of the first minutes beside the last, medians of five samples each."""
    ends = samples[:5], samples[-5:]

    def row(label: str, value: Callable[[Sample], float]) -> str:
        first, last = (statistics.median(value(s) for s in part) for part in ends)
        return f"| {label} | {first:,.0f} | {last:,.0f} | {max(map(value, samples)):,.0f} |"

    lines = ["| | first minutes | last minutes | most |", "|---|---|---|---|"]
    lines += [
        row("memory, MB", lambda s: s.memory),
        row("descriptors", lambda s: s.descriptors),
        row("of them sockets", lambda s: s.connections),
        row("threads", lambda s: s.threads),
    ]
    kinds = sorted({kind for s in samples for kind in s.p99})
    lines += [row(f"p99 of {kind}, ms", lambda s, k=kind: s.p99.get(k, 0.0)) for kind in kinds]  # type: ignore[misc]
    statuses = "; ".join(
        f"{kind}: " + ", ".join(f"{n:,} × {status}" for status, n in sorted(counts.items()))
        for kind, counts in sorted(timings.statuses.items())
    )
    return "\n".join([*lines, "", f"Responses by status: {statuses}."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--write", type=Path, help="Markdown file whose section is replaced.")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        node = Node(Path(name), MODERATION_RATELIMIT_ENABLED="1", MODERATION_LOG_LEVEL="WARNING")
        node.command("migrate")
        node.command("site", "add", "news", "--hold-first", "0")
        output = node.command("token", "add", "soak", "--scope", "review")
        node.token = output.split()[-1]
        node.start()
        traffic = Traffic(node, ("nobody", ""))
        samples: list[Sample] = []
        try:
            threads = traffic.run()
            # Caches fill during the first minute.
            threading.Event().wait(min(EVERY, options.minutes * 6))
            traffic.timings.take()
            started = time.monotonic()
            while (minute := (time.monotonic() - started) / 60) < options.minutes:
                threading.Event().wait(min(EVERY, options.minutes * 6))
                samples.append(sample(node, minute, traffic.timings))
                print(samples[-1], flush=True)
            traffic.stop.set()
            for thread in threads:
                thread.join(60)
        finally:
            node.kill()
    body = table(samples, traffic.timings)
    print(body)
    if options.write:
        text = options.write.read_text().partition(HEADING)[0].rstrip()
        options.write.write_text(
            f"{text}\n\n{HEADING}\n\nMade by `make soak` on {datetime.now(UTC):%Y-%m-%d}: "
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"{options.minutes:g} minutes; load before the start {load:.1f}. Readers, writers and "
            "a moderator at a light pace, and beside them slow bodies, silent connections, broken "
            "requests, invented addresses of every kind, wrong passwords and bursts with pauses "
            f"of 45 seconds. Medians of the first and the last five samples.\n\n{body}\n"
        )


if __name__ == "__main__":
    main()
