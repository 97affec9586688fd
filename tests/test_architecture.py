"""The shape of the house: what may import what, and who may write what."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "moderation"
#: Layer → the layers that it may import, besides itself.
MAY_IMPORT = {
    "domain": set(),
    "filters": {"domain"},
    "policy": {"domain"},
    "training": {"domain", "filters", "policy"},
    "storage": {"domain", "config"},
    "services": {"domain", "filters", "policy", "storage", "training", "config"},
    "web": {"domain", "storage", "services", "config", "version"},
}
#: What stands beside the layers and puts them together.
#: So does a command, wherever it stands: its file's name ends in `cli`.
TOP = {"__init__", "__main__", "cli", "config", "demo", "logs", "server", "worker"}


@cache
def modules() -> list[tuple[tuple[str, ...], ast.Module]]:
    return [
        (path.relative_to(PACKAGE).with_suffix("").parts, ast.parse(path.read_text()))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "versions" not in path.parts
    ]


def imported(
    parts: tuple[str, ...], tree: ast.Module, *, at_start: bool = False
) -> set[tuple[str, ...]]:
    """Modules of ours that a module imports, as parts under the package.

    `at_start`: only what is imported when the module is, not later or for types alone.
    """
    package = ("moderation", *parts[:-1])
    found: set[tuple[str, ...]] = set()
    for node in tree.body if at_start else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            found |= {(*base, alias.name) for alias in node.names}
    return {name[1:] for name in found if name[0] == "moderation" and len(name) > 1}


def layer_of(name: tuple[str, ...]) -> str:
    return "version" if name[0] == "__version__" else name[0]


def test_imports_point_down_only():
    wrong = [
        f"{'/'.join(parts)} imports {'.'.join(name)}"
        for parts, tree in modules()
        if parts[0] in MAY_IMPORT and not parts[-1].endswith("cli")
        for name in imported(parts, tree)
        if layer_of(name) not in MAY_IMPORT[parts[0]] | {parts[0]}
    ]

    assert wrong == []


def test_every_module_belongs_to_a_layer():
    assert {parts[0] for parts, _ in modules()} <= MAY_IMPORT.keys() | TOP


def test_no_layer_has_an_import_cycle():
    known = {".".join(p[:-1] if p[-1] == "__init__" else p): (p, t) for p, t in modules()}
    graph: dict[str, set[str]] = {}
    for name, (parts, tree) in known.items():
        graph[name] = set()
        for target in imported(parts, tree, at_start=True):
            dotted = ".".join(target)
            while dotted and dotted not in known:
                dotted = dotted.rpartition(".")[0]
            if dotted and dotted != name and dotted.partition(".")[0] == parts[0]:
                graph[name].add(dotted)
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a cycle: {' → '.join((*way, name))}"
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*way, name))
            done.add(name)

    for name in sorted(graph):
        # A package and the modules in it import each other by design of Python.
        if "." in name:
            graph[name] -= {name.rpartition(".")[0]}
    for name in sorted(graph):
        visit(name, ())


def test_the_domain_imports_only_the_standard_library():
    outside = {
        alias.name.partition(".")[0]
        for parts, tree in modules()
        if parts[0] == "domain"
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.ImportFrom) and node.level)
        for alias in ([ast.alias(node.module)] if isinstance(node, ast.ImportFrom) else node.names)
    } - set(sys.stdlib_module_names)

    assert outside <= {"moderation"}


def test_judging_a_text_loads_neither_a_web_framework_nor_a_database():
    code = (
        "import sys, moderation, moderation.filters, moderation.services.classify\n"
        "print([m for m in ('flask', 'sqlalchemy', 'werkzeug', 'marshmallow') if m in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def _writes(tree: ast.Module) -> set[str]:
    """Places where something could write a comment's status or listing."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in ("status", "listing"):
                    found.add(f"{ast.unparse(target)} = …")
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            named = {k.arg for k in node.keywords} | {
                key.value
                for arg in node.args
                if isinstance(arg, ast.Dict)
                for key in arg.keys
                if isinstance(key, ast.Constant)
            }
            if name.endswith(".values") and named & {"status", "listing"}:
                found.add(f"{name.rpartition('(')[0][:60]}.values({named})")
            if name == "setattr" and not isinstance(node.args[1], ast.Constant | ast.Name):
                found.add(ast.unparse(node))
    return found


def test_only_the_ledger_writes_a_comments_status():
    writers = {"/".join(parts): found for parts, tree in modules() if (found := _writes(tree))}

    assert set(writers) <= {"services/ledger"}, writers
    assert writers["services/ledger"]


def test_only_the_ledger_makes_comments_and_decisions():
    makers = {
        "/".join(parts)
        for parts, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (
                ast.unparse(node.func).endswith("insert")
                and node.args
                and ast.unparse(node.args[0]).partition(".")[0] in ("Comment", "Decision")
            )
            or (
                ast.unparse(node.func).endswith(".add")
                and node.args
                and ast.unparse(node.args[0]).startswith(("Comment(", "Decision("))
            )
        )
    }

    assert makers == {"services/ledger"}
