"""Reads and writes of one worker, side by side with nginx serving the same bytes.

Run as `python -m benchmarks.serving` (or `make bench`). Servers are pinned to the first core
and the load generator (wrk) to the last; rounds are interleaved and the median is taken.
Ratios of one run are what counts: absolute figures belong to the machine. `--write FILE`
keeps the tables.
"""

import argparse
import contextlib
import gzip
import json
import os
import platform
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[1]
SERVER_CORE, CLIENT_CORE = "0", str((os.cpu_count() or 1) - 1)
COMMENTS = 50
#: A server where a database may be made; empty: that part is left out.
POSTGRES = os.environ.get("MODERATION_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
TEXT = (
    "The hall has stood by the ferry for more than a hundred years, and the roof can be mended "
    "for less than the council has said. Number {} of the letters that the paper did not print."
)
#: Two hundred characters of ordinary words, different each time.
POST_SCRIPT = """
local words = {{"hall", "roof", "market", "council", "letter", "ferry", "baker", "Saturday",
  "apples", "levy", "street", "river", "money", "paper", "story", "people", "town", "vote"}}
local n = 0
request = function()
  n = n + 1
  local text, k = {{}}, n
  for i = 1, 32 do
    k = (k * 1103515245 + 12345) % 2147483648
    text[i] = words[math.floor(k / 65536) % #words + 1]
  end
  local body = string.format('{{"author":{{"name":"Reader %d"}},"text":"%s %d"}}',
    n, string.sub(table.concat(text, " "), 1, 190), n)
  return wrk.format("POST", "{path}", {{["Content-Type"] = "application/json"}}, body)
end
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def pinned(
    command: list[str], url: str, *, folder: Path = ROOT, **environment: str
) -> Iterator[None]:
    """Run a server on the server core until the block ends."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command],
        env={**os.environ, **environment},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url, timeout=1).close()
                break
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.1)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def service(folder: Path, **environment: str) -> Iterator[str]:
    """Our service with an empty store and a site called `bench`."""
    port = free_port()
    settings = {
        "MODERATION_SECRET_KEY": "a key for benchmarks, of no use elsewhere",
        "MODERATION_DATA_DIR": str(folder),
        "MODERATION_RATELIMIT_ENABLED": "0",
        "MODERATION_LOG_LEVEL": "ERROR",
        **environment,
    }
    run = [sys.executable, "-m", "moderation"]
    for command in (["migrate"], ["site", "add", "bench"]):
        subprocess.run(
            [*run, *command],
            env={**os.environ, **settings},
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
    address = f"http://127.0.0.1:{port}"
    with pinned([*run, "serve", "--port", str(port)], f"{address}/healthz", **settings):
        yield address


@contextlib.contextmanager
def constant(body: bytes, folder: Path) -> Iterator[str]:
    """The same server with the same bytes and no service behind it: the limit of any."""
    port = free_port()
    (folder / "constant.py").write_text(
        f"""from granian.constants import Interfaces
from granian.server import Server
BODY = {body!r}
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]
def app(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
if __name__ == "__main__":
    Server("constant:app", address="127.0.0.1", port={port}, interface=Interfaces.WSGI,
           workers=1, blocking_threads=3, websockets=False, log_access=False).serve()
"""
    )
    address = f"http://127.0.0.1:{port}"
    with pinned([sys.executable, "constant.py"], address, folder=folder):
        yield address


@contextlib.contextmanager
def commits(folder: Path, per_second: int = 100) -> Iterator[None]:
    """Another process that changes another post of the same store again and again."""
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"""import sqlite3, time
store = sqlite3.connect({str(folder / "moderation.sqlite3")!r}, isolation_level=None, timeout=5)
while True:
    store.execute("UPDATE posts SET version = version + 1 WHERE external_id = 'busy'")
    time.sleep({1 / per_second})
""",
        ]
    )
    try:
        yield
    finally:
        writer.kill()
        writer.wait()


@contextlib.contextmanager
def nginx(folder: Path, body: bytes) -> Iterator[str]:
    """nginx with the thread as a file, and gzipped beside it."""
    port = free_port()
    (folder / "thread").write_bytes(body)
    (folder / "thread.gz").write_bytes(gzip.compress(body, 6))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"""user root; daemon off; master_process off; pid {folder}/nginx.pid;
error_log /dev/null crit; events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; {temporary}
open_file_cache max=10; default_type application/json; gzip_static on; etag on;
server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"""
    )
    address = f"http://127.0.0.1:{port}"
    with pinned(["nginx", "-p", str(folder), "-c", str(configuration)], f"{address}/thread"):
        yield address


def wrk(url: str, seconds: int, *options: str, connections: int = 32) -> tuple[float, float]:
    """Requests per second and p99 in milliseconds; stops at an answer that is not 2xx or 3xx."""
    ran = subprocess.run(
        [
            *("taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"),
            *("--latency", *options, url),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rate, tail = (re.search(p, ran) for p in (r"Requests/sec:\s+([\d.]+)", r"99%\s+([\d.]+)(\w+)"))
    if "Non-2xx" in ran or rate is None or tail is None:
        raise SystemExit(f"{url}: {ran}")
    milliseconds = float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]
    return float(rate[1]), milliseconds


def fill(address: str) -> str:
    """Publish fifty comments on one post and one on another; the address of its thread."""
    submit(f"{address}/api/v1/sites/bench/posts/busy/comments", "A word about the busy post.")
    thread = f"{address}/api/v1/sites/bench/posts/thread/comments"
    for number in range(COMMENTS):
        submit(thread, TEXT.format(number))
    return thread


def submit(thread: str, text: str) -> None:
    body = json.dumps({"author": {"name": f"Reader {len(text)}"}, "text": text}).encode()
    request = urllib.request.Request(thread, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


@contextlib.contextmanager
def database() -> Iterator[str]:
    """An empty PostgreSQL database, dropped at the end."""
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        name = f"moderation_bench_{os.getpid()}"
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def raw_commits(folder: Path, seconds: float = 2.0) -> float:
    """What SQLite itself commits per second on this disk: WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    connection.execute("CREATE TABLE comments (id INTEGER PRIMARY KEY, text TEXT)")
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        connection.execute("INSERT INTO comments (text) VALUES (?)", ("x" * 200,))
        count += 1
    rate = count / (time.perf_counter() - begun)
    connection.close()
    return rate


def reads(rounds: int, seconds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with service(folder / "data") as address:
            thread = fill(address)
            with urllib.request.urlopen(thread, timeout=10) as answer:
                body, etag = answer.read(), answer.headers["ETag"]
            print(f"{len(json.loads(body)['comments'])} comments, {len(body)} bytes")
            posts = "&".join(f"post={post}" for post in ("thread", *range(9)))
            counts = f"{address}/api/v1/sites/bench/counts?{posts}"
            zipped = ("-H", "Accept-Encoding: gzip")
            with nginx(folder, body) as web, constant(body, folder) as limit:
                for _ in range(rounds):
                    for label, url, options in (
                        ("nginx identity", f"{web}/thread", ()),
                        ("granian, constant bytes", limit, ()),
                        ("ours identity", thread, ()),
                        ("nginx gzip_static", f"{web}/thread", zipped),
                        ("ours gzip", thread, zipped),
                        ("ours 304", thread, ("-H", f"If-None-Match: {etag}")),
                        ("ours counts of 10", counts, ()),
                        ("ours from the database", f"{thread}?limit=50", ()),
                    ):
                        rate, _ = wrk(url, seconds, *options)
                        found.setdefault(label, []).append(rate)
                    with commits(folder / "data"):
                        rate, _ = wrk(thread, seconds)
                    found.setdefault("ours, 100 commits/s elsewhere", []).append(rate)
    return found


def writes(rounds: int, seconds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for mode in ("FULL", "NORMAL", "PostgreSQL"):
            if mode == "PostgreSQL" and not POSTGRES:
                continue
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                if mode == "FULL":
                    found.setdefault("sqlite raw FULL commits", []).append(raw_commits(folder))
                with contextlib.ExitStack() as stack:
                    if mode == "PostgreSQL":
                        chosen = {"MODERATION_DATABASE_URL": stack.enter_context(database())}
                    else:
                        chosen = {"MODERATION_SQLITE_SYNCHRONOUS": mode}
                    address = stack.enter_context(service(folder / "data", **chosen))
                    script = folder / "post.lua"
                    path = "/api/v1/sites/bench/posts/letters/comments"
                    script.write_text(POST_SCRIPT.format(path=path))
                    rate, p99 = wrk(address, seconds, "-s", str(script), connections=16)
                    found.setdefault(f"submit {mode}", []).append(rate)
                    found.setdefault(f"submit {mode} p99 ms", []).append(p99)
    return found


#: What is promised: (what, ours, compared with, at least, unit).
BUDGETS: tuple[tuple[str, str, str | None, float, str], ...] = (
    ("thread, identity, of nginx", "ours identity", "nginx identity", 0.6, "×"),
    ("thread, gzip, of gzip_static", "ours gzip", "nginx gzip_static", 0.6, "×"),
    ("thread, of the server's own limit", "ours identity", "granian, constant bytes", 0.75, "×"),
    (
        "thread with 100 commits/s elsewhere, of without",
        "ours, 100 commits/s elsewhere",
        "ours identity",
        0.8,
        "×",
    ),
    ("304, of nginx identity", "ours 304", "nginx identity", 0.45, "×"),
    ("counts of 10 posts", "ours counts of 10", None, 20_000, "/s"),
    ("submit, FULL, of raw commits", "submit FULL", "sqlite raw FULL commits", 0.2, "×"),
    ("submit, FULL", "submit FULL", None, 1_000, "/s"),
    ("submit, NORMAL", "submit NORMAL", None, 1_200, "/s"),
    ("submit, PostgreSQL", "submit PostgreSQL", None, 800, "/s"),
)


def tables(found: dict[str, list[float]], *, noisy: bool) -> str:
    """Budget, measured, verdict; then every figure."""
    median = {label: statistics.median(values) for label, values in found.items()}
    lines = ["| what | budget | measured | |", "|---|---|---|---|"]
    for label, ours, other, budget, unit in BUDGETS:
        if ours in median and (other is None or other in median):
            value = median[ours] / (median[other] if other else 1)
            verdict = "noisy" if noisy else ("ok" if value >= budget else "short")
            shown = f"{value:.2f}" if unit == "×" else f"{value:,.0f}"
            lines.append(f"| {label} | ≥ {budget:,} {unit} | {shown} {unit} | {verdict} |")
    if "submit FULL p99 ms" in median:
        value = median["submit FULL p99 ms"]
        verdict = "noisy" if noisy else ("ok" if value <= 50 else "short")
        lines.append(f"| submit, FULL, p99, 16 clients | ≤ 50 ms | {value:.0f} ms | {verdict} |")
    lines += ["", "| measured | median | all rounds |", "|---|---|---|"]
    lines += [
        f"| {label} | {median[label]:,.0f} | {', '.join(f'{v:,.0f}' for v in values)} |"
        for label, values in found.items()
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--only", choices=["reads", "writes"])
    parser.add_argument("--write", type=Path, help="Markdown file to write.")
    chosen = parser.parse_args()
    for program in ("wrk", "nginx", "taskset"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed: install it, for example with apt-get")
    load = os.getloadavg()[0]
    found: dict[str, Any] = {}
    if chosen.only != "writes":
        found |= reads(chosen.rounds, chosen.seconds)
    if chosen.only != "reads":
        found |= writes(chosen.rounds, chosen.seconds)
    body = tables(found, noisy=chosen.rounds < 3 or load > 0.7)
    print(body)
    if chosen.write:
        versions = ", ".join(
            f"{name} {version(name)}" for name in ("granian", "flask", "sqlalchemy", "orjson")
        )
        chosen.write.write_text(
            f"# Benchmarks\n\nMade by `make bench` on {datetime.now(UTC):%Y-%m-%d}: "
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"{versions}; load before the start {load:.2f}. One worker pinned to one core, wrk to "
            f"the other, {chosen.rounds} interleaved rounds of {chosen.seconds} s, medians. "
            f"Ratios of one run are promises, absolute figures are not.\n\n{body}\n"
        )


if __name__ == "__main__":
    main()
