"""Reads and writes of one worker, side by side with nginx serving the same bytes.

Run as `python -m benchmarks.serving` (or `make bench`). Servers are pinned to the first core
and the load generator (wrk) to the last; rounds are interleaved and the median is taken.
Compare ratios within one run: absolute figures depend on the machine. `--write FILE` stores
the tables.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import attack
from .servers import (
    COMMENTS,
    ISSO_BODY,
    OUR_BODY,
    TEXT,
    commits,
    constant,
    database,
    fill,
    isso,
    isso_submit,
    nginx,
    postgres_answers,
    service,
    submits,
    wrk,
)


def raw_commits(folder: Path, seconds: float = 2.0) -> float:
    """Return the raw commits per second of SQLite on this disk: WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    connection.execute("CREATE TABLE comments (id INTEGER PRIMARY KEY, text TEXT)")
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection.execute("INSERT INTO comments (text) VALUES (?)", ("x" * 200,))
        count += 1
    rate = count / (time.perf_counter() - started)
    connection.close()
    return rate


def reads(rounds: int, seconds: int, peers: Path | None) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        address = stack.enter_context(service(folder / "data"))
        thread = fill(address)
        with urllib.request.urlopen(thread, timeout=10) as answer:
            body, etag = answer.read(), answer.headers["ETag"]
        second = f"{thread}?cursor={json.loads(body)['next_cursor']}"
        print(f"{len(json.loads(body)['comments'])} comments, {len(body)} bytes")
        posts = "&".join(f"post={post}" for post in ("thread", *range(9)))
        web = stack.enter_context(nginx(folder, body))
        limit = stack.enter_context(constant(body, folder))
        zipped = ("-H", "Accept-Encoding: gzip")
        requests: list[tuple[str, str, tuple[str, ...]]] = [
            ("nginx identity", f"{web}/thread", ()),
            ("this server, constant bytes", limit, ()),
            ("ours identity", thread, ()),
            ("nginx gzip_static", f"{web}/thread", zipped),
            ("ours gzip", thread, zipped),
            ("ours 304", thread, ("-H", f"If-None-Match: {etag}")),
            ("ours counts of 10", f"{address}/api/v1/sites/bench/counts?{posts}", ()),
            ("ours, ?sort=newest&limit=50", f"{thread}?sort=newest&limit=50", ()),
            ("ours, a campaign's parameters", f"{thread}?utm_source=a&fbclid=b", ()),
            ("ours, oldest, twenty", f"{thread}?sort=oldest&limit=20", ()),
            ("ours, second page", second, ()),
            ("ours, second page, gzip", second, zipped),
            # An unusual query string, for which the application builds the response each time.
            ("ours from the database", f"{thread}?limit=050", ()),
        ]
        if peers:
            other = stack.enter_context(isso(folder, peers))
            for number in range(COMMENTS):
                isso_submit(other, TEXT.format(number))
            requests.append(("Isso, thread", f"{other}/?uri=/thread/", ()))
        for _ in range(rounds):
            for label, url, options in requests:
                rate, _ = wrk(url, seconds, *options)
                found.setdefault(label, []).append(rate)
                # A slow server still works on abandoned requests; wait until the next can start.
                with urllib.request.urlopen(url, timeout=30) as answer:
                    answer.read()
            with commits(folder / "data"):
                rate, _ = wrk(thread, seconds)
            found.setdefault("ours, 100 commits/s elsewhere", []).append(rate)
    return found


def writes(rounds: int, seconds: int, peers: Path | None) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    modes = ["FULL", "NORMAL", *(["PostgreSQL"] if postgres_answers() else [])]
    path = "/api/v1/sites/bench/posts/letters/comments"
    for _ in range(rounds):
        for mode in modes:
            with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
                folder = Path(name)
                if mode == "FULL":
                    found.setdefault("sqlite raw FULL commits", []).append(raw_commits(folder))
                if mode == "PostgreSQL":
                    chosen = {"MODERATION_DATABASE_URL": stack.enter_context(database())}
                else:
                    chosen = {"MODERATION_SQLITE_SYNCHRONOUS": mode}
                address = stack.enter_context(service(folder / "data", **chosen))
                rate, p99 = submits(address, seconds, folder, path, OUR_BODY)
                found.setdefault(f"submit {mode}", []).append(rate)
                found.setdefault(f"submit {mode} p99 ms", []).append(p99)
        if peers:
            with tempfile.TemporaryDirectory() as name, isso(Path(name), peers) as address:
                rate, _ = submits(address, seconds, Path(name), "/new?uri=/letters/", ISSO_BODY)
                found.setdefault("Isso, submit", []).append(rate)
    return found


#: The promised figures: (name, ours, baseline, minimum, unit).
BUDGETS: tuple[tuple[str, str, str | None, float, str], ...] = (
    ("thread, identity, of nginx", "ours identity", "nginx identity", 0.5, "×"),
    ("thread, gzip, of gzip_static", "ours gzip", "nginx gzip_static", 0.5, "×"),
    (
        "thread, of the server's own limit",
        "ours identity",
        "this server, constant bytes",
        0.85,
        "×",
    ),
    (
        "?sort=newest&limit=50, of the first page",
        "ours, ?sort=newest&limit=50",
        "ours identity",
        0.5,
        "×",
    ),
    (
        "with a campaign's parameters, of the first page",
        "ours, a campaign's parameters",
        "ours identity",
        0.5,
        "×",
    ),
    ("oldest, twenty, of the first page", "ours, oldest, twenty", "ours identity", 0.5, "×"),
    ("second page, of the first page", "ours, second page", "ours identity", 0.5, "×"),
    ("second page, gzip, of the first page", "ours, second page, gzip", "ours gzip", 0.5, "×"),
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
    ("attack: reads of other posts, of calm", "attack: reads", "calm: reads", 0.8, "×"),
    ("attack: submits to other posts, of calm", "attack: submits", "calm: submits", 0.8, "×"),
    ("attacking comments sent", "attack: sent", None, 500, "/s"),
    ("thread, of Isso", "ours identity", "Isso, thread", 1, "×"),
    ("submit, FULL, of Isso", "submit FULL", "Isso, submit", 1, "×"),
)


def tables(found: dict[str, list[float]], *, noisy: bool) -> str:
    """Return the table of budget, measured and verdict, and then that of all figures."""
    median = {label: statistics.median(values) for label, values in found.items()}
    lines = ["| what | budget | measured | |", "|---|---|---|---|"]
    for label, ours, other, budget, unit in BUDGETS:
        if ours in median and (other is None or other in median):
            value = median[ours] / (median[other] if other else 1)
            verdict = "noisy" if noisy else ("ok" if value >= budget else "short")
            figure = f"{value:.2f}" if unit == "×" else f"{value:,.0f}"
            lines.append(f"| {label} | ≥ {budget:,} {unit} | {figure} {unit} | {verdict} |")
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
    parser.add_argument("--only", choices=["reads", "writes", "attack"])
    parser.add_argument("--isso", type=Path, help="Where Isso and gunicorn are installed.")
    parser.add_argument("--write", type=Path, help="Markdown file to write.")
    arguments = parser.parse_args()
    for program in ("wrk", "nginx", "taskset"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed: install it, for example with apt-get")
    peers = arguments.isso / "bin" if arguments.isso else None
    if peers and not (peers / "isso").exists():
        print(f"Isso is not in {peers} and is left out")
        peers = None
    load = os.getloadavg()[0]
    found: dict[str, Any] = {}
    if arguments.only in (None, "reads"):
        found |= reads(arguments.rounds, arguments.seconds, peers)
    if arguments.only in (None, "writes"):
        found |= writes(arguments.rounds, arguments.seconds, peers)
    if arguments.only in (None, "attack"):
        found |= attack.measured(arguments.rounds, arguments.seconds)
    body = tables(found, noisy=arguments.rounds < 3 or load > 0.7)
    print(body)
    if arguments.write:
        versions = ", ".join(
            f"{name} {version(name)}"
            for name in ("uvloop", "httptools", "flask", "sqlalchemy", "orjson")
        )
        # Sections of other benchmarks follow the tables.
        page = arguments.write.read_text() if arguments.write.exists() else ""
        others = "".join(page.partition("\n## ")[1:])
        arguments.write.write_text(
            f"# Benchmarks\n\nMade by `make bench` on {datetime.now(UTC):%Y-%m-%d}: "
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"{versions}; load before the start {load:.2f}. One worker pinned to one core, wrk to "
            f"the other, {arguments.rounds} interleaved rounds of {arguments.seconds} s, medians. "
            f"Ratios of one run are promises, absolute figures are not.\n\n{body}\n{others}"
        )


if __name__ == "__main__":
    main()
