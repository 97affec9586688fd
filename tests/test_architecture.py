"""The shape of the house: what may import what, and who may write what."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from moderation.domain.judgement import Facts
from moderation.services.comments.facts import NEAR_BANDS
from moderation.storage import Base

PACKAGE = Path(__file__).parents[1] / "moderation"

#: Everything below the use cases.
_BELOW = {"config", "domain", "policy", "filters", "filters/text", "storage", "storage/models"}
_SUBJECTS = {
    *("services/sites", "services/accounts", "services/comments", "services/review"),
    *("services/notifications", "services/webhooks", "services/operations"),
    *("services/community", "services/transfer", "services/privacy", "services/compat"),
}
_SERVICES = _BELOW | {"services"} | _SUBJECTS
#: Folder, or file beside the folders → what it may import besides itself. Reasons for the rows
#: that differ from the plan: docs/decisions/0010-folders.md.
MAY_IMPORT = {
    "domain": set(),
    "policy": {"domain"},
    "filters/text": {"domain"},
    "filters": {"domain", "filters/text"},
    "training": {"domain", "filters", "filters/text"},
    "config": {"domain"},
    "storage/models": {"domain"},
    "storage": {"domain", "config", "storage/models"},
    "services": _BELOW,
    "services/sites": _BELOW | {"services"},
    "services/accounts": _BELOW | {"services", "services/sites"},
    "services/comments": _BELOW | {"services", "services/sites"},
    "services/review": _BELOW
    | {"services", "services/sites", "services/accounts", "services/comments"}
    | {"services/notifications"},
    "services/notifications": _BELOW | {"services", "services/accounts", "services/comments"},
    "services/webhooks": _BELOW
    | {"services", "services/sites", "services/comments", "services/review"}
    | {"services/notifications", "services/privacy"},
    "services/community": _BELOW
    | {"services", "services/sites", "services/accounts", "services/comments"}
    | {"services/notifications"},
    "services/transfer": _BELOW
    | {"services", "services/sites", "services/accounts", "services/comments", "services/review"},
    "services/privacy": _BELOW
    | {"services", "services/sites", "services/accounts", "services/comments", "services/review"},
    "services/compat": _BELOW
    | {"services", "services/sites", "services/comments", "services/review"},
    "services/operations": _SERVICES - {"services/operations"},
    "web": _SERVICES,
    "web/schemas": _SERVICES | {"web"},
    "web/api": _SERVICES | {"web", "web/schemas"},
    "web/pages": _SERVICES | {"web", "web/schemas"},
    "web/compat": _SERVICES | {"web", "web/schemas"},
    "web/middleware": _SERVICES | {"web", "web/schemas", "web/api", "web/pages"},
    "logging": {"config", "domain"},
    "startup": {"config", "logging", "storage"},
    "app": _SERVICES
    | {"logging", "startup"}
    | {"web", "web/schemas", "web/api", "web/pages", "web/compat", "web/middleware"},
    "worker": _SERVICES,
    "server": {"config", "domain", "app", "worker", "web", "web/middleware"},
    "demo": _SERVICES | {"startup", "server"},
}
#: The commands may import everything; only `python -m moderation` imports them.
MAY_IMPORT["cli"] = set(MAY_IMPORT)
MAY_IMPORT["__init__"] = {"app", "config"}
MAY_IMPORT["__main__"] = {"cli"}

#: Files outside the folders of subjects: what several subjects share, and what every request needs.
FLAT = {
    "services": {
        *("audit", "counters", "endpoints", "export_files", "judging", "leases", "outbound"),
        *("outbound_connection", "outbox", "pagination", "retries", "signing"),
        *("text_fields", "undelivered"),
    },
    "web": {
        *("auth", "burst_limit", "client_address", "compression", "cors", "database", "errors"),
        *("headers", "http", "login_limits", "metrics", "origins", "personal_data"),
        *(
            "rate_limit_memory",
            "rate_limit_storage",
            "rate_limits",
            "request_budget",
            "responses",
            "state",
        ),
        *("static_files",),
    },
}


@cache
def modules() -> list[tuple[tuple[str, ...], ast.Module]]:
    return [
        (path.relative_to(PACKAGE).with_suffix("").parts, ast.parse(path.read_text()))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "versions" not in path.parts
    ]


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _imports(tree: ast.Module, *, at_start: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run; `at_start`: those that run when the module is imported."""
    nodes: list[ast.AST] = list(tree.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not at_start and not (isinstance(node, ast.stmt) and _is_for_types(node)):
            nodes += ast.iter_child_nodes(node)


def imported(
    parts: tuple[str, ...], tree: ast.Module, *, at_start: bool = False
) -> set[tuple[str, ...]]:
    """Modules of this package that a module imports, and names in them, without the package."""
    package = ("moderation", *parts[:-1])
    names: set[tuple[str, ...]] = set()
    for node in _imports(tree, at_start=at_start):
        if isinstance(node, ast.Import):
            names |= {tuple(alias.name.split(".")) for alias in node.names}
        else:
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            names |= {(*base, alias.name) for alias in node.names}
    return {name[1:] for name in names if name[0] == "moderation" and len(name) > 1}


@cache
def module_names() -> frozenset[str]:
    return frozenset("/".join(parts).removesuffix("/__init__") for parts, _ in modules())


def module_of(name: tuple[str, ...]) -> str:
    """Return the module that an imported name is or is in; "" is the package itself."""
    while name and "/".join(name) not in module_names():
        name = name[:-1]
    return "/".join(name)


def row_of(module: str) -> str:
    """Return the row of the table for a module: its folder, or the file beside the folders."""
    folder = module
    while folder not in MAY_IMPORT and "/" in folder:
        folder = folder.rpartition("/")[0]
    return folder


def rows_imported(parts: tuple[str, ...], tree: ast.Module) -> set[str]:
    rows = set()
    for name in imported(parts, tree):
        if name == ("create_app",):
            rows.add("app")
        elif name != ("__version__",):
            rows.add(row_of(module_of(name)))
    return rows


def test_every_folder_imports_only_those_that_its_row_names():
    wrong = []
    for parts, tree in modules():
        row = row_of("/".join(parts).removesuffix("/__init__"))
        wrong += [
            f"{'/'.join(parts)} imports {other}"
            for other in sorted(rows_imported(parts, tree))
            if other not in MAY_IMPORT[row] | {row}
        ]

    assert wrong == []


def test_every_folder_and_every_file_beside_the_folders_has_a_row():
    assert {parts[0] for parts, _ in modules()} <= MAY_IMPORT.keys()
    assert {
        "/".join(parts[:2])
        for parts, _ in modules()
        if parts[0] in ("services", "web") and len(parts) > 2
    } <= MAY_IMPORT.keys()


@pytest.mark.parametrize("folder", FLAT)
def test_only_files_that_are_listed_lie_flat(folder):
    flat = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}

    assert flat == FLAT[folder]


def test_the_table_has_no_cycle():
    assert list(TopologicalSorter(MAY_IMPORT).static_order())


def test_nothing_imports_the_commands():
    importers = {
        "/".join(parts)
        for parts, tree in modules()
        if parts[0] != "cli" and "cli" in rows_imported(parts, tree)
    }

    assert importers == {"__main__"}


def test_no_server_reaches_the_training():
    reached, left = set(), ["server", "worker", "app"]
    while left:
        row = left.pop()
        left += MAY_IMPORT[row] - reached
        reached |= MAY_IMPORT[row]

    assert "training" not in reached


def test_only_the_web_imports_flask():
    importers = set()
    for parts, tree in modules():
        for node in _imports(tree, at_start=False):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
            )
            if any(name.startswith(("flask", "werkzeug")) for name in names):
                importers.add(parts[0])

    assert importers == {"app", "web"}


def test_the_commands_and_the_worker_load_no_flask():
    code = (
        "import sys, moderation.cli, moderation.cli.base, moderation.worker\n"
        "import moderation.storage.engine, moderation.storage.migrate, moderation.startup\n"
        "print([m for m in ('flask', 'flask_sqlalchemy', 'werkzeug') if m in sys.modules])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


def test_no_module_is_in_an_import_cycle():
    graph: dict[str, set[str]] = {}
    for parts, tree in modules():
        name = "/".join(parts).removesuffix("/__init__")
        # A package is imported before each of its modules, and does not wait for them.
        package = name.rpartition("/")[0]
        graph[name] = {module_of(each) for each in imported(parts, tree, at_start=True)}
        graph[name] -= {name, package, ""}

    assert list(TopologicalSorter(graph).static_order())


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
        "import sys, moderation, moderation.filters, moderation.services.judging\n"
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

    assert set(writers) <= {"services/comments/ledger", "services/comments/listing"}, writers
    assert writers["services/comments/ledger"]


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
            # The ledger's own statements, run by another file.
            or re.search(r"INSERT_(COMMENT|DECISION)\.run", ast.unparse(node.func))
        )
    }

    # The second restores what the first made in another store.
    assert makers == {"services/comments/ledger", "services/comments/restoring"}


def _read_in(*layers: str) -> set[str]:
    """Names of attributes that modules of these layers read."""
    return {
        node.attr
        for parts, tree in modules()
        if parts[0] in layers
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def test_every_column_is_read_by_something():
    read = _read_in("storage", "services", "web")
    # Asked for by their names in a loop.
    read |= set(NEAR_BANDS)

    unread = [
        f"{table.name}.{column.key}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.key not in read
    ]

    assert unread == []


def test_every_fact_that_is_counted_for_a_comment_is_judged_by():
    assert {field.name for field in fields(Facts)} - _read_in("filters", "policy") == set()
