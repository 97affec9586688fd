"""All failure scenarios at full length, in one table of budget, measured and verdict.

Run as `python -m benchmarks.chaos` (or `make chaos`). Real servers are started through
`moderation serve` and `worker`, with SQLite files, a temporary PostgreSQL cluster and Redis.
The test suite runs short versions of the same. `--write FILE` stores the table.
"""

import argparse
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos import machines
from tests.chaos.crashes import STORE, kill_nine, power_cuts
from tests.chaos.disk import build
from tests.chaos.faults import disk_and_clock
from tests.chaos.imports import killed_imports
from tests.chaos.services import Cluster, RedisServer, postgres_programs
from tests.chaos.soundness import Result
from tests.chaos.upgrades import beside_the_previous_release, has_previous
from tests.chaos.webhooks import every_event_arrives
from tests.nodes import Node

from .soak import HEADING

Part = Callable[[Path], list[Result]]


@contextmanager
def cluster() -> Iterator[Cluster]:
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL's server programs are needed: apt-get install postgresql")
    with closing(Cluster(programs)) as started:
        yield started


def kills_sqlite(folder: Path, kills: int) -> list[Result]:
    return kill_nine(Node(folder), folder / STORE, kills=kills, seed=200)


def kills_postgres(folder: Path, kills: int) -> list[Result]:
    with cluster() as own:
        node = Node(folder, MODERATION_DATABASE_URL=own.url)
        return kill_nine(node, own.url, kills=kills, seed=201)


def imports(folder: Path, comments: int) -> list[Result]:
    """Kill imports of three formats ten times each, of JSON lines on both databases."""
    found = []
    for number, format in enumerate(("jsonl", "disqus", "isso")):
        own = folder / format
        own.mkdir()
        found += killed_imports(own, format, comments=comments, kills=10, seed=300 + number)
    with cluster() as postgres:
        own = folder / "postgresql"
        own.mkdir()
        found += killed_imports(
            own, "jsonl", comments=comments, kills=10, seed=310, url=postgres.url
        )
    return found


def webhooks(folder: Path, kills: int) -> list[Result]:
    """Kill web and worker while webhooks are sent, on both databases."""
    for name in ("sqlite", "postgresql"):
        (folder / name).mkdir()
    found = every_event_arrives(Node(folder / "sqlite"), kills=kills, seed=203)
    with cluster() as own:
        node = Node(folder / "postgresql", MODERATION_DATABASE_URL=own.url)
        return found + every_event_arrives(node, kills=kills, seed=204)


def cuts(folder: Path, synchronous: str) -> list[Result]:
    return power_cuts(
        folder,
        build(folder),
        synchronous=synchronous,
        comments=400,
        moments=200,
        restarts=5,
        seed=202,
    )


def two_nodes(folder: Path) -> list[Result]:
    with (
        cluster() as own,
        closing(RedisServer()) as redis,
        machines.machines(folder, own, redis) as both,
    ):
        return [
            *machines.costs(both, seconds=10),
            *machines.take_downs(both, times=50, cut=False),
            *machines.take_downs(both, times=20, cut=True),
            *machines.redis_gone(both),
            *machines.database_gone(both, seconds=30, how="immediate"),
            *machines.database_gone(both, seconds=5, how="fast"),
            *machines.database_gone(both, seconds=3, how="frozen"),
            *machines.node_killed(both, kills=10),
            *machines.sound(both),
        ]


def upgrades(folder: Path) -> list[Result]:
    if not has_previous():
        return [
            Result("the previous release's server", "available", "its commit is not here", True)
        ]
    for name in ("sqlite", "postgresql"):
        (folder / name).mkdir()
    with cluster() as own:
        return [
            *beside_the_previous_release(folder / "sqlite"),
            *beside_the_previous_release(folder / "postgresql", own.url),
        ]


def parts(kills: int, comments: int) -> dict[str, Part]:
    return {
        "kill-sqlite": lambda folder: kills_sqlite(folder, kills),
        "kill-postgresql": lambda folder: kills_postgres(folder, kills),
        "imports": lambda folder: imports(folder, comments),
        "webhooks": lambda folder: webhooks(folder, max(1, kills // 4)),
        "power-full": lambda folder: cuts(folder, "FULL"),
        "power-normal": lambda folder: cuts(folder, "NORMAL"),
        "disk": lambda folder: disk_and_clock(folder, build(folder), seconds=5, slow=(0.2, 1.0)),
        "writers": lambda folder: machines.many_writers(
            folder, processes=4, writers=64, seconds=20
        ),
        "machines": two_nodes,
        "upgrades": upgrades,
    }


def table(results: list[Result]) -> str:
    rows = [
        f"| {r.what} | {r.budget} | {r.measured} | {'ok' if r.ok else 'short'} |" for r in results
    ]
    return "\n".join(["| what | budget | measured | |", "|---|---|---|---|", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--comments", type=int, default=100_000, help="Of each killed import.")
    parser.add_argument("--only", action="append", choices=sorted(parts(0, 0)))
    parser.add_argument("--write", type=Path, help="Markdown file to write.")
    arguments = parser.parse_args()
    for program in ("cc", "redis-server"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed: install it, for example with apt-get")
    results: list[Result] = []
    for name, part in parts(arguments.kills, arguments.comments).items():
        if arguments.only and name not in arguments.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = part(Path(folder))
            except (AssertionError, OSError, subprocess.SubprocessError) as error:
                # A failing part must not hide the results of the others.
                message = " ".join(str(error).split())[-200:]
                found = [Result(name, "to run", f"{type(error).__name__}: {message}", False)]
        print(table(found)[len(table([])) + 1 :], flush=True)
        results += found
    if arguments.write:
        # `benchmarks.soak` writes the section on traffic.
        before = arguments.write.read_text() if arguments.write.exists() else ""
        _, heading, section = before.partition(HEADING)
        arguments.write.write_text(
            f"# Chaos\n\nMade by `make chaos` on {datetime.now(UTC):%Y-%m-%d}: "
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. "
            "The promises, and the measurements, while processes are killed, the power fails, "
            "disks and clocks misbehave and parts of two nodes die.\n\n"
            f"{table(results)}\n" + (f"\n{heading}{section}" if heading else "")
        )
    if not all(result.ok for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
