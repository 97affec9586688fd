"""The widget's files for readers are built from the sources beside them, and committed."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from moderation.web.pages import widget_bundle
from scripts import widget
from tests.conftest import missing

ROOT = Path(__file__).parents[3]


@pytest.fixture
def minifier() -> None:
    if find_spec("minify") is None:
        missing("the minifier, which has no wheel for this machine")


def committed() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in widget_bundle.BUILT.iterdir()}


@pytest.mark.usefixtures("minifier")
def test_the_committed_files_are_built_from_the_sources():
    built = widget.build()

    assert built.keys() == committed().keys()
    stale = [name for name, body in built.items() if committed()[name] != body]
    assert stale == [], "a source of the widget was edited: run `make widget` and commit the files"


@pytest.mark.usefixtures("minifier")
@pytest.mark.parametrize("edited", ["sort_order.js", "widget.css", "counts.js", "page.css"])
def test_an_edited_source_gives_other_files(edited, tmp_path, monkeypatch):
    for path in widget_bundle.SOURCE.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    added = "\n.added { color: red }\n" if edited.endswith(".css") else "\nwindow.added = 1\n"
    (tmp_path / edited).write_text((tmp_path / edited).read_text() + added)
    monkeypatch.setattr(widget, "SOURCE", tmp_path)

    assert widget.build() != committed()


@pytest.mark.usefixtures("minifier")
def test_building_writes_every_file_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(widget, "BUILT", tmp_path / "built")

    assert widget.main() == 0

    assert {path.name: path.read_bytes() for path in (tmp_path / "built").iterdir()} == committed()


def test_a_machine_without_the_minifier_prints_where_to_build(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "minify", None)

    assert widget.main() == 1

    assert "make widget" in capsys.readouterr().err


def test_the_files_are_served_where_no_minifier_is_installed():
    code = (
        "import sys; sys.modules['minify'] = None\n"
        "from moderation.web.pages import widget_bundle as files\n"
        "print(all(files.file(name) for name in (*files.SCRIPTS, 'page.css')))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "True\n"


def test_nothing_that_is_installed_imports_the_minifier_or_the_scripts():
    for path in (ROOT / "moderation").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
            for name in names:
                assert name.partition(".")[0] not in ("minify", "scripts"), path
