"""A command closes the store that it opened, on every way out."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli import main
from tests.conftest import missing


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Keep reference cycles, so that a store that was not closed stays open."""
    gc.disable()
    yield
    gc.enable()


def still_open(folder: Path) -> list[str]:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        missing("/proc")
    found = []
    for name in os.listdir(descriptors):
        try:
            target = os.readlink(descriptors / name)
        except OSError:
            continue
        if target.startswith(str(folder)):
            found.append(target)
    return found


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["migrate"], 0),
        (["site", "list"], 0),
        (["site", "add", "x", "--origin", "news.example/path"], 1),
        (["verify"], 0),
        (["verify", "{copy}"], 0),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_a_command_leaves_no_file_of_the_store_open(command, status, tmp_path, monkeypatch):
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")
    copy = tmp_path / "copy"
    for earlier in (["migrate"], ["backup", str(copy)]):
        assert CliRunner().invoke(main, earlier).exit_code == 0

    ran = CliRunner().invoke(main, [word.format(copy=copy) for word in command])

    assert ran.exit_code == status, ran.output
    assert still_open(tmp_path) == []
