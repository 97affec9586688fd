"""What the tables of the documentation state is what the code does."""

import importlib
import pkgutil
import re
import subprocess
from pathlib import Path

import click
import pytest

from moderation import services, web
from moderation.cli import main
from moderation.config import SETTINGS, Settings, variable_of
from moderation.domain.errors import ModerationError, StoreUnusable
from moderation.filters.attributes import LANGUAGES
from moderation.services.sites.preview import default_of
from moderation.services.sites.settings_schema import SITE_SETTINGS
from moderation.web.errors import _HTTP, STATUS, UnsupportedMediaType
from tests.conftest import SECRET_KEY

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "moderation"
#: Of commands, and never of an answer.
OF_COMMANDS = {
    "copy_failed",
    "not_a_copy",
    "not_an_export",
    StoreUnusable.code,
    ModerationError.code,
}
#: Answered without an error of their own.
MADE_ELSEWHERE = {"internal_error", "too_many_requests"}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text: str, start: str) -> list[list[str]]:
    """Return the cells of the table's rows that begin with `start`."""
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith(f"| {start}")
    ]


def kinds(kind: type[ModerationError]) -> set[type[ModerationError]]:
    """Return an error and those below it that the package defines, not those of tests."""
    below = (each for each in kind.__subclasses__() if each.__module__.startswith("moderation."))
    return {kind}.union(*map(kinds, below))


def status_of(kind: type[ModerationError]) -> int:
    if issubclass(kind, UnsupportedMediaType):
        return 415
    return next(status for known, status in STATUS if issubclass(kind, known))


def test_every_code_of_an_error_stands_in_the_table_with_its_status():
    for package in (services, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    ours = {(status_of(kind), kind.code) for kind in kinds(ModerationError)}
    answered = {(s, c) for s, c in ours if c not in OF_COMMANDS}
    answered |= {(status, code) for status, (code, _) in _HTTP.items()}
    table = page("api.md").partition("## Errors")[2].partition("\n## ")[0]
    written = {
        (int(status), code)
        for status, codes, _ in rows(table, "")
        if status.isdigit()
        for code in re.findall(r"`(\w+)`", codes)
    }

    assert answered - written == set()
    assert {code for _, code in written} - {code for _, code in answered} == MADE_ELSEWHERE


def shown(value: object) -> str:
    """Return a default as the table writes it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def test_every_default_of_a_variable_is_the_one_in_the_table():
    defaults = Settings(secret_key=SECRET_KEY)
    table = {cells[0].strip("`"): cells[1] for cells in rows(page("configuration.md"), "`MOD")}
    written = {name: table[variable_of(name)] for name in SETTINGS}
    # Whose default follows from another setting, and one that is required.
    assert written.pop("mail_from") == "`moderation@` and the host of `MODERATION_PUBLIC_URL`"
    assert written.pop("secret_key") == ""
    assert written.pop("ratelimit_requests") == "`50 per second; burst 300`"
    assert (defaults.ratelimit_requests.rate, defaults.ratelimit_requests.burst) == (50, 300)
    assert written.pop("ratelimit_compat") == "`500 per second; burst 5000`"
    assert (defaults.ratelimit_compat.rate, defaults.ratelimit_compat.burst) == (500, 5000)

    wanted = {}
    for name in written:
        value = getattr(defaults, name)
        wanted[name] = f"`{shown(value)}`" if value not in ("", ()) else ""

    assert written == wanted


@pytest.mark.parametrize("name", sorted(SITE_SETTINGS.keys() - {"thresholds"}))
def test_every_default_of_a_sites_setting_is_the_one_in_the_table(name):
    (cells,) = rows(page("configuration.md").partition("## Of a site")[2], f"`{name}` ")
    value = default_of(name)
    if value in ("", None, {}):
        assert cells[1] == ""
    else:
        written = str(value).lower() if isinstance(value, bool) else shown(value)
        assert cells[1] == f"`{written}`"


def commands(command: click.Command, name: str) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {name: command}
    return {
        full: each
        for part in command.commands.values()
        for full, each in commands(part, f"{name} {part.name}").items()
    }


def test_every_option_that_the_table_of_commands_names_exists():
    known = commands(main, "moderation")
    wrong = []
    for cells in rows(page("commands.md"), "`moderation"):
        name = max((n for n in known if cells[0].startswith(f"`{n}")), key=len)
        options = {o for p in known[name].params for o in (*p.opts, *p.secondary_opts)}
        named = set(re.findall(r"--[a-z-]+", " ".join(cells)))
        wrong += [f"{name} {option}" for option in sorted(named - options)]

    assert wrong == []
    assert len(known) > 25


def test_the_page_about_perspective_names_the_languages_of_googles_that_are_not_judged():
    european = {"cs", "nl", "en", "fr", "de", "it", "pl", "pt", "ru", "es", "sv"}
    by_google = european | {"ar", "zh", "hi", "id", "ja", "ko"}
    text = page("migrating/perspective.md")
    (sentence,) = re.findall(r"Google judged these, too: ([^;]*);", text)

    assert set(re.findall(r"`(\w+)`", sentence)) == by_google - LANGUAGES


def test_the_readme_lists_every_command():
    listed = {
        f"{name} {part}".strip()
        for (cell, _) in rows((ROOT / "README.md").read_text(encoding="utf-8"), "`moderation")
        for name, parts in re.findall(r"`moderation (?:([a-z-]+) )?([a-z|-]+)`", cell)
        for part in parts.split("|")
    }
    hidden = {
        "secret add",
        "train reader",
        "train encoder",
        "train perspective",
        "train spam",
        "train measure",
        "health",
    }

    wanted = {name.removeprefix("moderation ") for name in commands(main, "moderation")}

    assert wanted - listed - hidden == set()


def test_nothing_is_installed_by_a_name_that_the_index_does_not_have():
    every = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

    found = [
        f"{path.name}: {line}"
        for path in every
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"pip install (?!.*\s\.|.*(requirements|\.lock)).*['\" ]moderation", line)
    ]

    assert found == []


def test_every_relative_link_of_the_documentation_leads_somewhere():
    broken = []
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        text = re.sub(r"```.*?```|`[^`\n]+`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#[^)]*)?\)", text):
            if target and not (path.parent / target).exists():
                broken.append(f"{path.name}: {target}")

    assert broken == []


def test_every_path_of_the_architecture_page_exists_and_every_folder_is_on_it():
    text = page("architecture.md")
    tracked = subprocess.run(
        ["git", "ls-files", "moderation"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {str(Path(name).parent.relative_to("moderation")) for name in tracked}
    # Their parent's row covers them.
    covered = {".", "console/assets", "console/templates", "widget/built", "widget/lang"}
    parents = ("console/assets/", "console/lang/", "demo/", "web/pages/")
    covered |= {f for f in folders if f.startswith(parents)}
    covered.add("storage/migrations/versions")
    beside = ("tests/", "docs/", "scripts/", "benchmarks/")
    paths = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py|\.js|\.md))`", text))

    missing = {p for p in paths if not (ROOT / p if p.startswith(beside) else PACKAGE / p).exists()}

    assert len(paths) > 50
    assert missing == set()
    assert {f"{folder}/" for folder in folders - covered} <= paths
