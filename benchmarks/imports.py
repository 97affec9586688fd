"""How fast imports and exports are, and how much memory they take, by format and size.

    python -m benchmarks.imports [--sizes 10000 100000] [--formats disqus jsonl …] [--hold]

Each run is a process of its own with an empty SQLite store, or the empty PostgreSQL database that
`--database-url` names. Rates are comments per second of the processor, which other work on the
machine does not change. Memory is that of the process after each tenth of the comments.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .import_files import MAKERS

#: Lines of a profile.
_SHOWN = 45


@dataclass(slots=True)
class Measured:
    """Seconds of the processor by stage, and megabytes."""

    reading: float = 0.0
    storing: float = 0.0
    judging: float = 0.0
    exporting: float = 0.0
    #: Megabytes of memory after each tenth of the comments that are stored.
    memory: list[float] = field(default_factory=list)
    #: The same while the site is exported.
    export_memory: list[float] = field(default_factory=list)
    peak: float = 0.0


def measure(format: str, count: int, given: argparse.Namespace) -> Measured:
    """Import a file of so many comments in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-import-", dir=given.folder) as folder:
        source = Path(folder) / "export"
        MAKERS[format](source, count)
        environment = {
            **os.environ,
            "MODERATION_SECRET_KEY": "a key for benchmarks that is long enough",
            "MODERATION_ENV": "development",
            "MODERATION_DATA_DIR": folder,
            "MODERATION_DATABASE_URL": given.database_url,
            "MODERATION_LOG_LEVEL": "ERROR",
            "TMPDIR": folder,
        }
        for command in (["migrate"], ["site", "add", f"bench-{format}-{count}"]):
            subprocess.run(
                [sys.executable, "-m", "moderation", *command],
                env=environment,
                check=True,
                capture_output=True,
            )
        more = ["--inside", str(source), format, str(count)]
        more += ["--hold"] * given.hold + ["--judge"] * given.judge + ["--profile"] * given.profile
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.imports", *more],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return Measured(**json.loads(done.stdout))


def _resident() -> float:
    """Return the megabytes of memory that this process has."""
    with Path("/proc/self/statm").open(encoding="ascii") as file:
        pages = int(file.read().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


def _sampler(count: int, into: list[float]) -> Callable[[int], None]:
    """Return a function that notes the memory after each tenth of the comments."""

    def sample(done: int) -> None:
        if done * 10 >= count * (len(into) + 1):
            into.append(round(_resident(), 1))

    return sample


def inside(source: Path, format: str, count: int, given: argparse.Namespace) -> Measured:
    """Import in this process, and export what was imported."""
    from moderation.cli.base import now
    from moderation.services.signing import Signing
    from moderation.services.sites import registry
    from moderation.services.transfer import exporting, imports, jsonl_import, judging, storing
    from moderation.startup import load_settings
    from moderation.storage.engine import open_store

    settings = load_settings()
    store, runtime = open_store(settings), Signing(settings)
    measured = Measured()
    sample = _sampler(count, measured.memory)
    read_at: list[float] = []
    with ExitStack() as stack:
        stack.callback(store.close)
        session = stack.enter_context(store.sessions())
        site = registry.find(session, f"bench-{format}-{count}")
        if given.profile:
            stack.enter_context(_profiled())
        began = time.process_time()
        if format == "jsonl":

            def progress(done: int, _all: int) -> None:
                # The first pass is over when the first batch is stored.
                if not read_at:
                    read_at.append(time.process_time())
                sample(done)

            jsonl_import.run(
                session, runtime, site, source, now=now(), progress=progress, rest=lambda _: None
            )
        else:
            options = imports.Options(hold=given.hold)
            reading = stack.enter_context(imports.read(session, site, source, options, now=now()))
            read_at.append(time.process_time())
            storing.store(
                *(session, runtime, site, reading.format.value, reading.spill),
                now=now(),
                judge=judging.judge_of(site) if given.hold else None,
                progress=lambda done: sample(done.done),
            )
        ended = time.process_time()
        measured.reading, measured.storing = read_at[0] - began, ended - read_at[0]
        if given.judge:
            judging.judge_imported(session, "benchmark", clock=now, site_id=site.id)
            measured.judging = time.process_time() - ended
        began, done = time.process_time(), 0
        sample = _sampler(count, measured.export_memory)
        with (source.parent / "whole.jsonl").open("wb") as out:
            for part in exporting.export(session, runtime, site):
                out.write(part)
                done += part.count(b'{"type":"comment"')
                sample(done)
        measured.exporting = time.process_time() - began
        if done != count:
            raise SystemExit(f"{done:,} of {count:,} comments are in the export.")
    measured.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return measured


@contextmanager
def _profiled() -> Iterator[None]:
    with cProfile.Profile() as profile:
        yield
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(_SHOWN)


def row(format: str, count: int, measured: Measured) -> str:
    """Return the line of the table."""
    whole = measured.reading + measured.storing
    memory = [*measured.memory, 0.0]
    exported = [*measured.export_memory, 0.0]
    cells = [
        *(format, f"{count:,}", f"{count / measured.reading:,.0f}"),
        *(f"{count / measured.storing:,.0f}", f"{count / whole:,.0f}"),
        *(f"{memory[0]:.0f} → {memory[-2]:.0f}", f"{count / measured.exporting:,.0f}"),
        *(f"{exported[0]:.0f} → {exported[-2]:.0f}", f"{measured.peak:.0f}"),
    ]
    if measured.judging:
        cells.append(f"{count / measured.judging:,.0f}")
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| format | comments | read/s | stored/s | both/s | memory while storing, MB | exported/s |"
    " memory while exporting, MB | peak, MB |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--formats", nargs="+", choices=MAKERS, default=list(MAKERS))
    parser.add_argument("--hold", action="store_true", help="Judge before storing.")
    parser.add_argument("--judge", action="store_true", help="Judge after storing, too.")
    parser.add_argument("--profile", action="store_true", help="Print where the time goes.")
    parser.add_argument("--database-url", default="", help="An empty PostgreSQL database.")
    parser.add_argument("--folder", help="Where the files are while it runs.")
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        source, format, count = given.inside
        measured = inside(Path(source), format, int(count), given)
        print(json.dumps(asdict(measured)))
        return
    head = f"{HEAD} judged/s |" if given.judge else HEAD
    print(head + "\n" + "|---" * (head.count("|") - 1) + "|", flush=True)
    for format in given.formats:
        if given.hold and format == "jsonl":
            continue
        for size in given.sizes:
            print(row(format, size, measure(format, size, given)), flush=True)


if __name__ == "__main__":
    main()
