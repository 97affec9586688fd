"""The mutations: named ones from lists, and generated ones from syntax trees.

`mutate` runs them.
"""

import ast
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

ROOT = Path(__file__).parent.parent
LISTS = ROOT / "tests" / "mutations"
GENERATED_FROM = ("moderation/policy/thresholds.py", "moderation/policy/post_rules.py")
GENERATED_TESTS = ("tests/policy",)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change that breaks a promise, and the tests that must detect it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    #: The offset of `old`, for generated mutations: their text may occur more than once.
    at: int | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """Return additional pytest options: pure code needs no fixtures, and so no application."""
        return () if self.at is None else ("--noconftest",)

    def applied(self, root: Path = ROOT) -> str:
        """Return the file's mutated text; raise ValueError when the mutation is out of date."""
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
    """Return the generated mutations without an observable effect, with the reason."""
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
    # Decorators configure caches and dataclasses, which are not promises of a policy.
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            part.decorator_list.clear()
    for node in ast.walk(tree):
        for old, new, at in _changes(node, text, lines):
            line = lines[text.count("\n", 0, at)].strip()
            name = f"{file}: `{_short(old)}` -> `{_short(new)}` in: {line}"
            # The same change on identical lines is numbered.
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
    """Convert a line and a column in UTF-8 bytes into an offset in the text."""
    before = lines[line - 1].encode()[:column].decode()
    return sum(map(len, lines[: line - 1])) + len(before)


# Selection


def outdated(mutations: Sequence[Mutation], root: Path = ROOT) -> list[str]:
    """Return the problems of mutations that do not apply, do not compile or have no tests."""
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
    """Return whether a test file, and a test function in it, exists."""
    name, _, function = test.partition("::")
    path = root / name
    return path.exists() and (not function or f"def {function}(" in path.read_text())


def chosen(words: Sequence[str], *, with_generated: bool = True) -> list[Mutation]:
    """Return the mutations with one of the words in their name or file; all without words."""
    spared = equivalents()
    mutations = named()
    if with_generated:
        mutations += [each for each in generated() if each.name not in spared]
    if not words:
        return mutations
    return [each for each in mutations if any(w in f"{each.file} {each.name}" for w in words)]
