"""Imports that are killed at random places and then finished, compared with one that was not."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from benchmarks.import_files import MAKERS
from moderation.storage.models.comments import Comment
from tests.chaos.crashes import STORE
from tests.chaos.soundness import Result, damage, engine_of, findings
from tests.nodes import Node

#: Megabytes by which a process may grow while it stores: caches fill up.
GROWTH = 24
#: Seconds between two looks at a running import.
_LOOK = 0.02


def killed_imports(
    folder: Path, format: str, *, comments: int, kills: int, seed: int, url: str = ""
) -> list[Result]:
    """Kill an import at random places, finish it, and compare with one in one go.

    The one in one go is always on SQLite: an export has the same bytes on both databases.
    """
    source = folder / "file"
    MAKERS[format](source, comments)
    whole = _node(folder / "whole")
    killed = _node(folder / "killed", url)
    whole.command("migrate")
    whole.command("site", "add", "news")
    if url:
        killed.command("migrate")
        killed.command("site", "add", "news")
    else:
        # The same site: its time of creation is in the export.
        shutil.copy(whole.folder / STORE, killed.folder / STORE)
    at_once = _Import(whole, format, source, engine_of(whole.folder / STORE), comments)
    at_once.run()

    rng = random.Random(seed)  # noqa: S311 (a sequence that repeats, not a secret)
    engine = engine_of(url or killed.folder / STORE)
    # Not in the last batch, behind which a process ends at once.
    places = sorted(rng.randrange(comments * 4 // 5) for _ in range(kills - 1))
    runs = [_Import(killed, format, source, engine, comments) for _ in range(kills + 1)]
    runs[0].run(until=_is_reading(killed))
    for run, place in zip(runs[1:], places, strict=False):
        # Beyond what is stored already: a process that has just begun has done nothing.
        run.run(until=_has_stored(engine, max(place, _count(engine))))
    runs[-1].run()

    wrong = findings(engine) + ([] if url else damage(killed.folder / STORE))
    expected, found = (_exported(node, folder) for node in (whole, killed))
    differing = sum(a != b for a, b in zip(expected, found, strict=False))
    differing += abs(len(expected) - len(found))
    name = f"import of {comments:,} comments, {format}, {engine.dialect.name}"
    growth = max(run.growth for run in (at_once, *runs))
    return [
        Result(
            f"{name}: lines of the export that differ after kill -9 × {kills}",
            "0",
            f"{differing} of {len(expected):,}",
            not differing and len(expected) > comments,
        ),
        Result(
            f"{name}: processes that were killed while they read or stored",
            str(kills),
            str(sum(run.was_killed for run in runs)),
            sum(run.was_killed for run in runs) == kills,
        ),
        Result(f"{name}: unsound rows", "0", "; ".join(wrong) or "0", not wrong),
        Result(
            f"{name}: growth of the process's memory while it stores",
            f"≤ {GROWTH} MB",
            f"{growth:.0f} MB, at most {max(run.peak for run in (at_once, *runs)):.0f} MB",
            growth <= GROWTH,
        ),
    ]


def _node(folder: Path, url: str = "") -> Node:
    temporary = folder / "temporary"
    temporary.mkdir(parents=True)
    return Node(folder, MODERATION_DATABASE_URL=url, TMPDIR=str(temporary))


def _is_reading(node: Node) -> Callable[[], bool]:
    """Return whether the first pass has begun, which notes what it reads on disk."""
    return lambda: any(Path(node.environment["TMPDIR"]).glob("moderation-import-*/*"))


def _has_stored(engine: Engine, place: int) -> Callable[[], bool]:
    return lambda: _count(engine) > place


def _count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Comment)) or 0


class _Import:
    """One process of `moderation import`."""

    def __init__(
        self, node: Node, format: str, source: Path, engine: Engine, comments: int
    ) -> None:
        self._node, self._engine, self._comments = node, engine, comments
        self._command = ["import", format, str(source), "--site", "news"]
        self.was_killed = False
        #: Megabytes, and by how many the process grew since its first comments were stored.
        self.peak = self.growth = 0.0

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """Run it to its end, or kill it when `until` holds."""
        before = _count(self._engine)
        first: float | None = None
        with (self._node.folder / "import.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "moderation", *self._command],
                cwd=self._node.code,
                env=self._node.environment,
                stdout=log,
                stderr=log,
            )
            try:
                while process.poll() is None:
                    if until is not None and until():
                        process.kill()
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(_LOOK)
                    memory = _megabytes(process.pid)
                    self.peak = max(self.peak, memory)
                    # Behind the storing, the filters load their models.
                    if memory and before < _count(self._engine) < self._comments:
                        first = first or memory
                        self.growth = max(self.growth, memory - first)
            finally:
                process.kill()
                process.wait()
        self.was_killed = process.returncode < 0
        if not self.was_killed and process.returncode != 0:
            raise AssertionError((self._node.folder / "import.log").read_text()[-500:])


def _megabytes(pid: int) -> float:
    """Return the memory of a process; 0 for one that has ended."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    return 0.0


def _exported(node: Node, folder: Path) -> list[bytes]:
    target = folder / "export.jsonl"
    node.command("export", "--site", "news", "--output", str(target))
    return target.read_bytes().splitlines()
