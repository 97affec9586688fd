"""Break the code on purpose, one line at a time, and list the mutations that no test notices.

The named mutations stand in tests/mutations/*.toml; those of moderation/policy are generated
from its syntax trees. Each is applied to a copy of the tree, never to the tree itself.
"""

import argparse
import ast
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
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from textwrap import shorten

ROOT = Path(__file__).parent.parent
LISTS = ROOT / "tests" / "mutations"
GENERATED_FROM = ("moderation/policy/__init__.py", "moderation/policy/post_rules.py")
GENERATED_TESTS = ("tests/policy",)
#: Exit statuses of pytest.
PASSED, FAILED = 0, 1


class Outcome(StrEnum):
    KILLED = "killed"
    SURVIVED = "SURVIVED"
    TIMED_OUT = "TIMED OUT"
    #: pytest could not run the tests, which proves nothing.
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change that breaks a promise, and the tests that must notice it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    #: Where `old` begins, for generated mutations: their text may occur more than once.
    at: int | None = None

    def applied(self, root: Path = ROOT) -> str:
        """Return the file's mutated text; raises ValueError when the mutation is out of date."""
        text = (root / self.file).read_text()
        if self.old == self.new:
            raise ValueError("changes nothing")
        if self.at is not None:
            return text[: self.at] + self.new + text[self.at + len(self.old) :]
        if (found := text.count(self.old)) != 1:
            raise ValueError(f"its text occurs {found} times in {self.file}, not once")
        return text.replace(self.old, self.new)


def named(folder: Path = LISTS) -> list[Mutation]:
    """Read the mutations of every list."""
    mutations = []
    for path in sorted(folder.glob("*.toml")):
        listed = tomllib.loads(path.read_text())
        default = listed.get("tests", [])
        for each in listed.get("mutation", []):
            tests = tuple(each.get("tests", default))
            old, new = each["old"].strip("\n"), each["new"].strip("\n")
            mutations.append(Mutation(each["name"], each["file"], old, new, tests))
    return mutations


def equivalents(folder: Path = LISTS) -> dict[str, str]:
    """Return the generated mutations that change nothing a caller could see, and why."""
    return {
        each["name"]: each["why"]
        for path in sorted(folder.glob("*.toml"))
        for each in tomllib.loads(path.read_text()).get("equivalent", [])
    }


# Generated mutations

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/"}


def generated(root: Path = ROOT) -> list[Mutation]:
    """Generate mutations of operators, comparisons, conditions and constants."""
    return [
        mutation
        for file in GENERATED_FROM
        for mutation in generate(file, (root / file).read_text(), GENERATED_TESTS)
    ]


def generate(file: str, text: str, tests: tuple[str, ...]) -> Iterator[Mutation]:
    """Generate the mutations of one module."""
    lines = text.splitlines(keepends=True)
    seen: dict[str, int] = {}
    tree = ast.parse(text)
    # Decorators set up caches and dataclasses: no promise of a policy.
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            part.decorator_list.clear()
    for node in ast.walk(tree):
        for old, new, at in _changes(node, text, lines):
            line = lines[text.count("\n", 0, at)].strip()
            name = f"{file}: `{_short(old)}` -> `{_short(new)}` in: {line}"
            # The same change twice on lines that are alike is told apart by a number.
            seen[name] = seen.get(name, 0) + 1
            numbered = name if seen[name] == 1 else f"{name} ({seen[name]})"
            yield Mutation(numbered, file, old, new, tests, at)


def _short(code: str) -> str:
    return shorten(code, 50, placeholder=" …")


def _changes(node: ast.AST, text: str, lines: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    def span(part: ast.expr) -> tuple[int, int]:
        begin = _offset(lines, part.lineno, part.col_offset)
        # Parsed code has both ends; the types allow for code that was built by hand.
        end = part.end_lineno or part.lineno, part.end_col_offset or part.col_offset
        return begin, _offset(lines, *end)

    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            begin, end = span(left)[1], span(right)[0]
            yield text[begin:end], f" {_COMPARISONS[type(op)]} ", begin
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            begin, end = span(left)[1], span(right)[0]
            yield text[begin:end], f" {_OPERATORS[type(operator)]} ", begin
        case ast.BoolOp(op=joined, values=[first, second]):
            begin, end = span(first)[1], span(second)[0]
            new = " or " if isinstance(joined, ast.And) else " and "
            # Brackets between the operands stay where they are.
            word = "and" if isinstance(joined, ast.And) else "or"
            between = text[begin:end]
            yield between, between.replace(f" {word} ", new), begin
        case ast.IfExp(test=test) | ast.If(test=test):
            begin, end = span(test)
            yield text[begin:end], f"not ({text[begin:end]})", begin
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            begin, end = span(node)
            yield text[begin:end], text[slice(*span(operand))], begin
        case ast.Constant(value=bool(value)):
            yield text[slice(*span(node))], str(not value), span(node)[0]
        case ast.Constant(value=int() | float()):
            yield text[slice(*span(node))], f"({node.value!r} + 1)", span(node)[0]
        case ast.Call(func=ast.Name(id="min" | "max" | "any" as called) as function):
            other = {"min": "max", "max": "min", "any": "all"}[called]
            yield called, other, span(function)[0]
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            begin, end = span(value)
            yield text[begin:end], "None", begin


def _offset(lines: Sequence[str], line: int, column: int) -> int:
    """Turn a line and a column in UTF-8 bytes into an offset in the text."""
    before = lines[line - 1].encode()[:column].decode()
    return sum(map(len, lines[: line - 1])) + len(before)


# Running


#: Imported once and not for each mutation. No plugin of pytest: it wants to import its own.
PRELOADED = (
    *("pytest", "flask", "flask_smorest", "flask_migrate", "sqlalchemy.orm", "alembic.command"),
    *("numpy", "psycopg", "redis", "argon2", "structlog", "markdown_it", "playwright.sync_api"),
)


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def run_tests(tree: Path, tests: Sequence[str], limit: float, marks: str) -> tuple[int | None, str]:
    """Run tests in a tree; returns pytest's exit status, None after the limit, and its output."""
    with tempfile.NamedTemporaryFile() as output:
        process = _context().Process(target=_pytest, args=(tree, tests, marks, output.name))
        process.start()
        process.join(limit)
        if process.exitcode is None and process.pid:
            # SIGINT lets the fixtures drop their databases and stop their servers.
            os.kill(process.pid, signal.SIGINT)
            process.join(30)
            process.kill()
            process.join()
            return None, ""
        return process.exitcode, Path(output.name).read_text(errors="replace")


def _pytest(tree: Path, tests: Sequence[str], marks: str, output: str) -> None:
    """Run pytest in this process, which is the tree's own, and exit with its status."""
    import pytest

    os.setsid()
    os.chdir(tree)
    # With CI=true a missing service fails the run before the first mutation, not each of them.
    os.environ.update(CI="true", PYTHONPATH=str(tree))
    # Compiled files are what makes the next mutation start at once; `_write` removes stale ones.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    sys.path.insert(0, str(tree))
    written = os.open(output, os.O_WRONLY)
    os.dup2(written, 1)
    os.dup2(written, 2)
    status = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-m", marks, *tests])
    module = sys.modules.get("moderation")
    if module is not None and not str(module.__file__).startswith(str(tree)):
        # The mutation was not looked at, whatever the tests say.
        status = 3
    sys.stdout.flush()
    os._exit(int(status))


def judge(tree: Path, mutation: Mutation, limit: float, marks: str) -> Outcome:
    """Apply a mutation to a copy, run its tests and put the file back."""
    path = tree / mutation.file
    original = path.read_text()
    mutated = mutation.applied(tree)
    try:
        _write(path, mutated)
        status, _ = run_tests(tree, mutation.tests, limit, marks)
    finally:
        _write(path, original)
    if status is None:
        return Outcome.TIMED_OUT
    return {PASSED: Outcome.SURVIVED, FAILED: Outcome.KILLED}.get(status, Outcome.BROKEN)


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    if path.suffix == ".py":
        # Python trusts a compiled file of the same second and length.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of all that git knows or would add, removed at the end."""
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
    """Judge all mutations and print the survivors; returns the exit status.

    Unless the code is `trusted`, its tests run first without a mutation: tests that fail anyway
    prove nothing.
    """
    begun = time.monotonic()
    trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
    outcomes: dict[str, Outcome] = {}
    with ExitStack() as stack:
        for _ in range(jobs):
            trees.put(stack.enter_context(copied()))
        if not trusted:
            tree = trees.get()
            tests = sorted({test for mutation in mutations for test in mutation.tests})
            status, output = run_tests(tree, tests, limit * 10, marks)
            trees.put(tree)
            if status != PASSED:
                print(output, file=sys.stderr)
                print("The tests fail without any mutation. Mend that first.", file=sys.stderr)
                return 2
            seconds = time.monotonic() - begun
            print(f"The tests pass on untouched code ({seconds:.0f} s).", flush=True)

        def one(mutation: Mutation) -> None:
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
            list(pool.map(one, mutations))
    left = [name for name, outcome in outcomes.items() if outcome is not Outcome.KILLED]
    seconds = time.monotonic() - begun
    print(f"\n{len(outcomes)} mutations, {len(outcomes) - len(left)} killed in {seconds:.0f} s.")
    for name in left:
        print(f"{outcomes[name]}: {name}")
    return 1 if left else 0


def outdated(mutations: Sequence[Mutation], root: Path = ROOT) -> list[str]:
    """Return what is wrong with mutations that do not apply, do not compile or have no tests."""
    problems = []
    for each in mutations:
        try:
            mutated = each.applied(root)
            if each.file.endswith(".py"):
                compile(mutated, each.file, "exec")
        except (ValueError, SyntaxError, OSError) as error:
            problems.append(f"{each.name}: {error}")
        missing = [test for test in each.tests if not _is_there(root, test)]
        if missing or not each.tests:
            problems.append(f"{each.name}: there is no test {', '.join(missing) or 'at all'}")
    names = [each.name for each in mutations]
    problems += [f"{name}: two mutations have this name" for name in names if names.count(name) > 1]
    return problems


def _is_there(root: Path, test: str) -> bool:
    """Tell whether a test file, and a test function in it, exists."""
    name, _, function = test.partition("::")
    path = root / name
    return path.exists() and (not function or f"def {function}(" in path.read_text())


def chosen(words: Sequence[str], *, with_generated: bool = True) -> list[Mutation]:
    """Return the mutations whose name or file holds one of the words; all without words."""
    spared = equivalents()
    known = named()
    if with_generated:
        known += [each for each in generated() if each.name not in spared]
    return [
        each for each in known if not words or any(w in f"{each.file} {each.name}" for w in words)
    ]


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
        "--trusted", action="store_true", help="the tests are known to pass on untouched code"
    )
    given = parser.parse_args()
    mutations = chosen(given.words, with_generated=not given.named)
    if not mutations:
        print("No mutation has such a name or file.", file=sys.stderr)
        return 2
    if problems := outdated(mutations):
        print("\n".join(problems), file=sys.stderr)
        return 2
    if given.list:
        print("\n".join(mutation.name for mutation in mutations))
        return 0
    return run(
        mutations,
        jobs=given.jobs,
        limit=given.limit,
        marks=given.marks,
        trusted=given.trusted,
    )


if __name__ == "__main__":
    sys.exit(main())
