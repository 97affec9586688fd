"""Servers and load for the benchmarks: ours, nginx, the same server with constant bytes, Isso.

Servers are pinned to the first core, load generators to the last.
"""

import contextlib
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]
SERVER_CORE, CLIENT_CORE = "0", str((os.cpu_count() or 1) - 1)
#: The number of comments of a thread: two pages.
COMMENTS = 100
#: A server on which databases may be created; empty: skip PostgreSQL.
POSTGRES = os.environ.get("MODERATION_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
TEXT = (
    "The hall has stood by the ferry for more than a hundred years, and the roof can be mended "
    "for less than the council has said. Number {} of the letters that the paper did not print."
)
#: A script for wrk that posts 200 characters of ordinary words, different each time.
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
  local body = string.format('{body}', n, string.sub(table.concat(text, " "), 1, 190), n)
  return wrk.format("POST", "{path}", {{["Content-Type"] = "application/json"}}, body)
end
"""

OUR_BODY = '{"author":{"name":"Reader %d"},"text":"%s %d"}'
ISSO_BODY = '{"author":"Reader %d","text":"%s %d","title":"A thread"}'


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
    """Run our service with an empty database and a site called `bench`; yield its URL."""
    port = free_port()
    settings = {
        "MODERATION_SECRET_KEY": "a key for benchmarks, of no use elsewhere",
        "MODERATION_DATA_DIR": str(folder),
        "MODERATION_RATELIMIT_ENABLED": "0",
        "MODERATION_LOG_LEVEL": "ERROR",
        **environment,
    }
    run = [sys.executable, "-m", "moderation"]
    # One machine sends as much as a crowd would, which must not count as a flood.
    calm = ["site", "settings", "bench", 'thresholds={"flood": 1.01}', "hold_first=0"]
    for command in (["migrate"], ["site", "add", "bench"], calm):
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
    """Run the same server with constant bytes and no service behind it, as the upper bound."""
    port = free_port()
    (folder / "constant.py").write_text(
        f"""import asyncio
from moderation.server import _new_loop, listen
from moderation.server.front import Front
BODY = {body!r}
LINES = "Content-Type: application/json\\r\\nContent-Length: %d\\r\\n" % len(BODY)
HEAD = ("HTTP/1.1 200 OK\\r\\n" + LINES).encode()
class Constant:
    def stamp(self):
        return 0
    def ready(self, *arguments, **named):
        return HEAD, BODY
async def main():
    await Front(None, Constant(), threads=1).start(listen("127.0.0.1", {port}))
    await asyncio.Event().wait()
with asyncio.Runner(loop_factory=_new_loop) as runner:
    runner.run(main())
"""
    )
    address = f"http://127.0.0.1:{port}"
    with pinned([sys.executable, "constant.py"], address, folder=folder, PYTHONPATH=str(ROOT)):
        yield address


@contextlib.contextmanager
def commits(folder: Path, per_second: int = 100) -> Iterator[None]:
    """Run a process that keeps changing another post in the same database."""
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
    """Run nginx with the thread as a file, and a gzipped copy beside it."""
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


def submits(url: str, seconds: int, folder: Path, path: str, body: str) -> tuple[float, float]:
    """Return comments per second and p99 in milliseconds of sixteen clients."""
    script = folder / "post.lua"
    script.write_text(POST_SCRIPT.format(path=path, body=body))
    return wrk(url, seconds, "-s", str(script), connections=16)


def wrk(url: str, seconds: int, *options: str, connections: int = 32) -> tuple[float, float]:
    """Return requests per second and p99 in milliseconds; exit on another status than 2xx, 3xx."""
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


def fill(address: str, *, pause: float = 0.0) -> str:
    """Publish a hundred comments on one post and one on another; return the thread's URL.

    Each comment has its own sender address; the pause keeps below the post's rate limit.
    """
    submit(f"{address}/api/v1/sites/bench/posts/busy/comments", "A word about the busy post.")
    thread = f"{address}/api/v1/sites/bench/posts/thread/comments"
    for number in range(COMMENTS):
        time.sleep(pause)
        submit(thread, TEXT.format(number), f"192.0.2.{number + 1}")
    return thread


def submit(thread: str, text: str, sender: str = "192.0.2.200") -> None:
    body = json.dumps({"author": {"name": f"Reader {len(text)}"}, "text": text}).encode()
    request = urllib.request.Request(
        thread, body, {"Content-Type": "application/json", "X-Forwarded-For": sender}
    )
    urllib.request.urlopen(request, timeout=10).close()


def postgres_answers() -> bool:
    """Return whether PostgreSQL responds; print a message if it does not."""
    if POSTGRES:
        try:
            psycopg.connect(f"{POSTGRES}/postgres", connect_timeout=3).close()
        except psycopg.Error:
            print("PostgreSQL does not respond and is left out: set MODERATION_TEST_POSTGRES")
        else:
            return True
    return False


@contextlib.contextmanager
def database() -> Iterator[str]:
    """Yield the URL of an empty PostgreSQL database, dropped at the end."""
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        name = f"moderation_bench_{os.getpid()}"
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextlib.contextmanager
def isso(folder: Path, programs: Path) -> Iterator[str]:
    """Run Isso as its documentation recommends for production: gunicorn, here with one worker."""
    port = free_port()
    settings = folder / "isso.cfg"
    settings.write_text(
        f"[general]\ndbpath = {folder}/isso.db\nhost = http://localhost/\n"
        "[guard]\nenabled = false\n[moderation]\nenabled = false\n"
    )
    address = f"http://127.0.0.1:{port}"
    command = [str(programs / "gunicorn"), "-b", f"127.0.0.1:{port}", "-w", "1", "isso.run"]
    with pinned(command, f"{address}/info", ISSO_SETTINGS=str(settings)):
        yield address


def isso_submit(address: str, text: str) -> None:
    body = json.dumps({"author": "Reader", "text": text, "title": "A thread"}).encode()
    request = urllib.request.Request(
        f"{address}/new?uri=/thread/",
        body,
        {"Content-Type": "application/json", "Origin": "http://localhost"},
    )
    urllib.request.urlopen(request, timeout=10).close()
