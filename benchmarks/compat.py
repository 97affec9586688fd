"""Perspective's endpoint on one core: requests a second, latency, batches, and long texts.

    python -m benchmarks.compat [--seconds N] [--write PAGE]

or `make bench-compat`. The server is pinned to the first core and the client to the last. The
judgement itself is timed on the server's core while the server is idle: what a request for the same
text takes longer is HTTP, JSON and spans. What the machine needs for any exchange is measured with
a server that does nothing but receive, judge and send a constant answer (`bare.py`).
Texts are put together from sentences, a tenth of them rude, and no server gets a text twice, so no
cache answers.
"""

import argparse
import contextlib
import io
import itertools
import json
import os
import platform
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .servers import CLIENT_CORE, ROOT, SERVER_CORE, free_port, pinned

BEGIN, END = "<!-- compat -->", "<!-- /compat -->"
ATTRIBUTES = ("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT")
CHARACTERS = 400
LARGEST = 20_480
BATCH = 100
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
#: Connections at once, when requests a second are counted.
CLIENTS = 4
#: Turns of requests and judgements, so that all see the same moods of the machine.
TURNS = 15
KIND = [
    "The hall has stood by the ferry for more than a hundred years.",
    "The roof can be mended for less than the council expects.",
    "I read the letter that the paper did not print, and it was fair.",
    "My grandmother sold apples there every Saturday until she was ninety.",
    "Has anyone asked the people who would have to live with the noise?",
    "The second plan costs more, but it keeps the square open.",
    "Thank you for a calm report; I had not known about the levy.",
    "They will build it anyway, as they did with the bridge.",
]
RUDE = [
    "You are an idiot and so is the author of this plan.",
    "Shut up, you stupid clown.",
]


def texts(characters: int, seed: int = 0) -> Iterator[str]:
    """Yield texts of so many characters, none of them twice."""
    chance = random.Random(seed)  # noqa: S311 (texts of a benchmark)
    number = 0
    while True:
        number += 1
        parts = [f"Remark {seed} {number}."]
        while sum(map(len, parts)) + len(parts) < characters:
            parts.append(chance.choice(RUDE if chance.random() < 0.1 else KIND))
        yield " ".join(parts)[:characters]


def some(count: int, characters: int, *, seed: int) -> list[str]:
    """Return so many texts, those of another seed than any other's."""
    return list(itertools.islice(texts(characters, seed), count))


def request_of(text: str, *, spans: bool = False) -> bytes:
    asked = {name: {} for name in ATTRIBUTES}
    body = {"comment": {"text": text}, "requestedAttributes": asked, "spanAnnotations": spans}
    return json.dumps({**body, "languages": ["en"], "doNotStore": True}).encode()


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a server and a key of its site."""

    port: int
    key: str

    @property
    def path(self) -> str:
        return f"/v1alpha1/comments:analyze?key={self.key}"

    def connect(self) -> "Wire":
        return Wire(socket.create_connection(("127.0.0.1", self.port), timeout=60))

    def patient(self) -> "Wire":
        """Connect to a server that is still starting."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.connect()
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def message(self, body: bytes, path: str = "", kind: str = "application/json") -> bytes:
        """Return a request with its headers, as it is sent."""
        head = (
            f"POST {path or self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection that does no more than send a request and read its answer.

    The parsing of a client such as `http.client` would be measured as the server's time: it takes
    as long as our own HTTP.
    """

    socket: socket.socket

    def post(self, message: bytes) -> bytes:
        """Return the body of the answer."""
        self.socket.sendall(message)
        head, end, body = b"", b"", b""
        while not end:
            head, end, body = (head + self._more()).partition(b"\r\n\r\n")
        length = int(_LENGTH.search(head)[1])  # type: ignore[index]  # all of ours have one
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        body = b"".join(parts)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"{head[:40]!r}: {body[:300]!r}")
        return body

    def _more(self) -> bytes:
        received = self.socket.recv(1 << 16)
        if not received:
            raise SystemExit("The server closed the connection.")
        return received

    def close(self) -> None:
        self.socket.close()


@contextlib.contextmanager
def server(folder: Path) -> Iterator[Server]:
    port = free_port()
    settings = {
        "MODERATION_SECRET_KEY": "a key for benchmarks, of no use elsewhere",
        "MODERATION_DATA_DIR": str(folder),
        "MODERATION_RATELIMIT_ENABLED": "0",
        "MODERATION_LOG_LEVEL": "ERROR",
    }

    def command(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "moderation", *arguments],
            env={**os.environ, **settings},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    command("migrate")
    command("site", "add", "bench")
    key = command("key", "add", "bench", "perspective").strip()
    run = [sys.executable, "-m", "moderation", "serve", "--port", str(port)]
    with pinned(run, f"http://127.0.0.1:{port}/healthz", **settings):
        yield Server(port, key)


def judged(judging: Iterable[str]) -> list[float]:
    """Return the seconds of each judgement without a server, on the server's core."""
    from moderation.filters import attributes
    from moderation.filters.text.document import Text

    with on_core(SERVER_CORE):
        found = []
        for text in judging:
            begun = time.perf_counter()
            attributes.score(Text(text), ATTRIBUTES, sentences=False)
            found.append(time.perf_counter() - begun)
    return found


@contextlib.contextmanager
def bare() -> Iterator[Server]:
    """Run the bare server."""
    port = free_port()
    command = ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "benchmarks.bare"]
    process = subprocess.Popen([*command, str(port)], cwd=ROOT)
    try:
        yield Server(port, "x" * 43)
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def on_core(core: str) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def singles(target: Server, sending: Iterable[str], *, spans: bool) -> list[float]:
    """Return the seconds of each request, one after the other on one connection."""
    wire = target.connect()
    found = each(wire, target, sending, spans=spans)
    wire.close()
    return found


def each(wire: Wire, target: Server, sending: Iterable[str], *, spans: bool) -> list[float]:
    """Return the seconds of each request on an open connection."""
    found = []
    for text in sending:
        message = target.message(request_of(text, spans=spans))
        begun = time.perf_counter()
        wire.post(message)
        found.append(time.perf_counter() - begun)
    return found


def throughput(target: Server, seconds: float) -> float:
    """Return the requests a second of some connections at once."""

    def send(seed: int) -> int:
        wire, unseen, sent = target.connect(), texts(CHARACTERS, seed), 0
        ready = [target.message(request_of(next(unseen))) for _ in range(int(seconds * 2000))]
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            wire.post(ready[sent % len(ready)])
            sent += 1
        wire.close()
        return sent

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(send, range(10, 10 + CLIENTS))) / seconds


def batches(target: Server, rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of a batch, and of as many single calls, in turns."""
    wire, unseen = target.connect(), texts(CHARACTERS, seed=3)
    whole, single = [], []
    for _ in range(rounds):
        messages = [target.message(request_of(next(unseen))) for _ in range(BATCH)]
        packed = batch_of(target, [request_of(next(unseen)) for _ in range(BATCH)])
        begun = time.perf_counter()
        received = wire.post(target.message(packed, "/batch", "multipart/mixed; boundary=mark"))
        whole.append(time.perf_counter() - begun)
        if received.count(b"attributeScores") != BATCH:
            raise SystemExit(f"a part of the batch failed: {received[:500]!r}")
        begun = time.perf_counter()
        for message in messages:
            wire.post(message)
        single.append(time.perf_counter() - begun)
    wire.close()
    return whole, single


def batch_of(target: Server, bodies: list[bytes]) -> bytes:
    parts = [
        b"--mark\r\nContent-Type: application/http\r\nContent-ID: <bench + %d>\r\n\r\n"
        b"POST %b HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b\r\n"
        % (number, target.path.encode(), len(body), body)
        for number, body in enumerate(bodies)
    ]
    return b"".join(parts) + b"--mark--\r\n"


def over(seconds: list[float], alone: list[float]) -> float:
    """Return the median of what requests take longer than their judgements, in milliseconds."""
    pairs = zip(seconds, alone, strict=True)
    return statistics.median(request - judgement for request, judgement in pairs) * 1000


def milliseconds(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)] * 1000


def measure(seconds: float) -> list[tuple[str, str, float, str]]:
    """Return what was measured: its name, its budget, the figure, and how it is written."""
    with tempfile.TemporaryDirectory() as name, on_core(CLIENT_CORE):
        with server(Path(name) / "cold") as target:
            # The first request after the start, of the longest text, with spans.
            cold = singles(target, some(1, LARGEST, seed=5), spans=True)
        with server(Path(name) / "warm") as target, bare() as echo:
            count = int(seconds * 250) // TURNS
            wire, least = target.connect(), echo.patient()
            each(wire, target, some(100, CHARACTERS, seed=6), spans=False)
            judged(some(100, CHARACTERS, seed=7))
            alone, plain, spans, exchanged = [], [], [], []
            for turn in range(TURNS):
                texts = some(count, CHARACTERS, seed=20 + turn)
                alone += judged(texts)
                spans += each(wire, target, texts, spans=True)
                exchanged += each(least, echo, texts, spans=True)
                texts = some(count, CHARACTERS, seed=60 + turn)
                plain += each(wire, target, texts, spans=False)
            wire.close()
            rate = throughput(target, seconds)
            whole, single = batches(target, max(3, int(seconds)))
            long = singles(target, some(int(seconds * 8), LARGEST, seed=8), spans=True)
    judgement = statistics.median(alone) * 1000
    return [
        ("requests a second", "", rate, "{:,.0f}"),
        ("the judgement itself, p50", "", judgement, "{:.2f} ms"),
        ("analyze, p50", "", milliseconds(plain, 0.5), "{:.2f} ms"),
        ("analyze, p99", "≤ 20 ms", milliseconds(plain, 0.99), "{:.2f} ms"),
        ("analyze with spans of sentences, p50", "", milliseconds(spans, 0.5), "{:.2f} ms"),
        (
            "HTTP and spans over the judgement of the same text, p50",
            "≤ 0.3 ms",
            over(spans, alone),
            "{:.2f} ms",
        ),
        (
            "of which any exchange on this machine, p50",
            "",
            over(exchanged, alone),
            "{:.2f} ms",
        ),
        (
            f"a batch of {BATCH}, of as many single calls",
            "≥ 1.3 ×",
            statistics.median(single) / statistics.median(whole),
            "{:.2f} ×",
        ),
        ("20 kB, first request after the start", "≤ 800 ms", cold[0] * 1000, "{:.0f} ms"),
        ("20 kB, p99", "≤ 800 ms", milliseconds(long, 0.99), "{:.0f} ms"),
    ]


def kept(budget: str, figure: float) -> str:
    """Return whether a budget is kept, in words."""
    if not budget:
        return ""
    sign, limit = budget.split()[:2]
    return "yes" if (figure <= float(limit)) == (sign == "≤") else "**no**"


def table(found: list[tuple[str, str, float, str]]) -> str:
    rows = [
        f"| {name} | {budget} | {form.format(figure)} | {kept(budget, figure)} |"
        for name, budget, figure, form in found
    ]
    return "\n".join(["| what | budget | measured | kept |", "|---|---|---|---|", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure Perspective's endpoint on one core.")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each measurement")
    parser.add_argument("--write", type=Path, help="a page to put the table into")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    found = measure(arguments.seconds)
    written = io.StringIO()
    print(
        f"Measured by `make bench-compat` on {datetime.now(UTC):%Y-%m-%d}: {platform.machine()},"
        f" {os.cpu_count()} cores, Python {platform.python_version()}; load before the start"
        f" {load:.2f}. Texts of {CHARACTERS} characters, all six attributes, server and client"
        f" pinned to a core each; requests a second with {CLIENTS} connections.\n\n{table(found)}",
        file=written,
    )
    print(written.getvalue())
    if arguments.write:
        page = arguments.write.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        arguments.write.write_text(
            f"{before}{BEGIN}\n\n{written.getvalue()}\n{END}{after}", encoding="utf-8"
        )
    if any(kept(budget, figure) == "**no**" for _, budget, figure, _ in found):
        sys.exit("A budget is not kept.")


if __name__ == "__main__":
    main()
