"""Every promise of docs/security.md has a test."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_the_page_names_exists():
    found = {
        path: {
            node.name
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef)
        }
        for path in {path for path, _ in NAMED}
    }

    assert [f"{path}::{name}" for path, name in NAMED if name not in found[path]] == []


def test_every_requirement_in_the_tables_names_its_test():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]

    assert len(rows) > 25
    assert [row for row in rows if not re.search(r"`tests/[\w/]+\.py::\w+` \|$", row)] == []


def test_the_readme_links_the_page():
    assert "(docs/security.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
