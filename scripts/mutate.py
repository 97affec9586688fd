"""Mutation testing: break the code one line at a time and list the mutations no test detects.

The named mutations are in tests/mutations/*.toml; those of moderation/policy are generated
from its syntax trees. Each is applied to a copy of the tree, never to the tree itself.
"""

import argparse
import importlib.util
import multiprocessing
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

from scripts.mutations import Mutation, chosen, outdated

ROOT = Path(__file__).parent.parent
#: Exit statuses of pytest; a process that failed before pytest ended counts as the last.
PASSED, FAILED, INTERNAL_ERROR = 0, 1, 3
#: Added to pytest's status: Python itself exits with 1 when this script fails.
_ENDED = 100


class Outcome(StrEnum):
    KILLED = "killed"
    SURVIVED = "SURVIVED"
    TIMED_OUT = "TIMED OUT"
    #: pytest could not run the tests, which proves nothing.
    BROKEN = "BROKEN"


#: Imported once instead of for each mutation. No pytest plugins: pytest must import those.
PRELOADED = (
    *("pytest", "flask", "flask_smorest", "sqlalchemy.orm", "alembic.command"),
    *("numpy", "psycopg", "redis", "argon2", "structlog", "markdown_it", "playwright.sync_api"),
)


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def run_tests(tree: Path, tests: Sequence[str], limit: float, marks: str) -> tuple[int | None, str]:
    """Run tests in a tree; return pytest's exit status (None after the limit) and its output."""
    with tempfile.NamedTemporaryFile() as output:
        process = _context().Process(target=_pytest, args=(tree, tests, marks, output.name))
        process.start()
        process.join(limit)
        if process.exitcode is None and process.pid:
            # On SIGINT the fixtures drop their databases and stop their servers.
            os.kill(process.pid, signal.SIGINT)
            process.join(30)
            process.kill()
            process.join()
            return None, ""
        status = (process.exitcode or 0) - _ENDED
        written = Path(output.name).read_text(errors="replace")
        return (status if status >= 0 else INTERNAL_ERROR), written


def _pytest(tree: Path, tests: Sequence[str], marks: str, output: str) -> None:
    """Run pytest in this child process and exit with its status."""
    import pytest

    os.setsid()
    os.chdir(tree)
    # With CI=true a missing service fails the run before the first mutation, not each of them.
    os.environ.update(CI="true", PYTHONPATH=str(tree))
    # Compiled files let the next mutation start fast; `_write` removes stale ones.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    sys.path.insert(0, str(tree))
    written = os.open(output, os.O_WRONLY)
    os.dup2(written, 1)
    os.dup2(written, 2)
    status = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-m", marks, *tests])
    module = sys.modules.get("moderation")
    if module is not None and not str(module.__file__).startswith(str(tree)):
        # The tests imported the original code, so their result is meaningless.
        status = INTERNAL_ERROR
    sys.stdout.flush()
    os._exit(_ENDED + status)


def judge(tree: Path, mutation: Mutation, limit: float, marks: str) -> Outcome:
    """Apply a mutation to a copy, run its tests and restore the file."""
    path = tree / mutation.file
    original = path.read_text()
    mutated = mutation.applied(tree)
    try:
        _write(path, mutated)
        status, _ = run_tests(tree, (*mutation.options, *mutation.tests), limit, marks)
    finally:
        _write(path, original)
    if status is None:
        return Outcome.TIMED_OUT
    return {PASSED: Outcome.SURVIVED, FAILED: Outcome.KILLED}.get(status, Outcome.BROKEN)


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    if path.suffix == ".py":
        # Python reuses a compiled file if the source has the same second and length.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


@contextmanager
def copied() -> Iterator[Path]:
    """Yield a copy of all files tracked or not ignored by git, removed at the end."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        tree = Path(folder)
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
        yield tree


def run(
    mutations: Sequence[Mutation], *, jobs: int, limit: float, marks: str, trusted: bool = False
) -> int:
    """Judge all mutations and print the survivors; return the exit status.

    Unless the code is `trusted`, its tests run first without a mutation, because tests that fail
    anyway prove nothing.
    """
    started_all = time.monotonic()
    trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
    outcomes: dict[str, Outcome] = {}
    with ExitStack() as stack:
        for _ in range(jobs):
            trees.put(stack.enter_context(copied()))
        if not trusted:
            tree = trees.get()
            for options in {mutation.options for mutation in mutations}:
                group = [mutation for mutation in mutations if mutation.options == options]
                tests = sorted({test for mutation in group for test in mutation.tests})
                status, output = run_tests(tree, (*options, *tests), limit * 10, marks)
                if status != PASSED:
                    print(output, file=sys.stderr)
                    print("The tests fail without any mutation. Fix that first.", file=sys.stderr)
                    return 2
            trees.put(tree)
            seconds = time.monotonic() - started_all
            print(f"The tests pass on untouched code ({seconds:.0f} s).", flush=True)

        def judge_one(mutation: Mutation) -> None:
            tree = trees.get()
            started = time.monotonic()
            try:
                outcome = judge(tree, mutation, limit, marks)
            finally:
                trees.put(tree)
            outcomes[mutation.name] = outcome
            took = time.monotonic() - started
            print(f"{outcome:9} {took:4.0f} s  {mutation.name}", flush=True)

        with ThreadPoolExecutor(jobs) as pool:
            try:
                list(pool.map(judge_one, mutations))
            finally:
                # Otherwise an interrupt would only take effect at the end of the list.
                pool.shutdown(cancel_futures=True)
    left = [name for name, outcome in outcomes.items() if outcome is not Outcome.KILLED]
    seconds = time.monotonic() - started_all
    print(f"\n{len(outcomes)} mutations, {len(outcomes) - len(left)} killed in {seconds:.0f} s.")
    for name in left:
        print(f"{outcomes[name]}: {name}")
    return 1 if left else 0


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutations whose name or file holds one")
    parser.add_argument("--list", action="store_true", help="print the mutations, run nothing")
    parser.add_argument("--jobs", type=int, default=1, help="copies to work in at once")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one mutation")
    parser.add_argument("--named", action="store_true", help="leave out the generated ones")
    parser.add_argument("--marks", default="not postgres", help="pytest's -m; PostgreSQL is slow")
    parser.add_argument(
        "--trusted", action="store_true", help="skip the first run, on code without a mutation"
    )
    arguments = parser.parse_args()
    mutations = chosen(arguments.words, with_generated=not arguments.named)
    if not mutations:
        print("No mutation has such a name or file.", file=sys.stderr)
        return 2
    if problems := outdated(mutations):
        print("\n".join(problems), file=sys.stderr)
        return 2
    if arguments.list:
        print("\n".join(mutation.name for mutation in mutations))
        return 0
    return run(
        mutations,
        jobs=arguments.jobs,
        limit=arguments.limit,
        marks=arguments.marks,
        trusted=arguments.trusted,
    )


if __name__ == "__main__":
    sys.exit(main())
