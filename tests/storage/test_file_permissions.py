"""Files of the embedded store are their owner's alone, with any umask."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from moderation import create_app
from moderation.config import SettingsError
from moderation.logging import configure_logging
from moderation.storage.file_permissions import keep_private
from tests.conftest import SECRET_KEY, _dispose, make_settings

ROOT = Path(__file__).parents[2]


def rights(folder: Path) -> dict[str, int]:
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    return {".": stat.S_IMODE(folder.stat().st_mode), **found}


def command(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "moderation", *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "MODERATION_SECRET_KEY": SECRET_KEY,
            "MODERATION_DATA_DIR": str(folder),
        },
        umask=0o022,
        check=True,
        capture_output=True,
    )


def test_files_of_commands_are_private_under_the_usual_umask(tmp_path):
    folder, elsewhere, kept = tmp_path / "data", tmp_path / "restored", tmp_path / "copies"
    kept.mkdir()

    command(folder, "migrate")
    command(folder, "site", "add", "news")
    command(folder, "backup", str(kept / "copy"))
    command(elsewhere, "restore", str(kept / "copy"))

    for made in (folder, elsewhere):
        found = rights(made)
        assert found.pop(".") == 0o700
        assert "moderation.sqlite3" in found
        assert set(found.values()) == {0o600}
    assert rights(kept)["copy"] == 0o600


def test_an_application_started_by_hand_keeps_its_store_private(tmp_path):
    folder = tmp_path / "data"
    before = os.umask(0o022)
    try:
        app = create_app(make_settings(data_dir=folder))
        with app.app_context():
            app.test_client().get("/healthz")
            found = rights(folder)
        _dispose(app)
    finally:
        os.umask(before)

    assert found.keys() >= {".", "moderation.sqlite3"}
    assert found.pop(".") == 0o700
    assert set(found.values()) == {0o600}


def test_files_of_an_earlier_release_are_closed(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    names = ("moderation.sqlite3", "moderation.sqlite3-wal", "moderation.sqlite3-shm")
    for name in (*names, "secret.key", "demo.json"):
        (folder / name).touch()
        (folder / name).chmod(0o644)

    keep_private(make_settings(data_dir=folder))

    found = rights(folder)
    assert found.pop(".") == 0o700
    assert set(found.values()) == {0o600}


def test_a_folder_that_holds_more_than_the_store_stays_open(tmp_path):
    """A home or /tmp that was named as the data folder must not be locked to others."""
    (tmp_path / "other").mkdir()
    tmp_path.chmod(0o755)

    keep_private(make_settings(data_dir=tmp_path))

    assert rights(tmp_path)["."] == 0o755
    assert rights(tmp_path)["moderation.sqlite3"] == 0o600


def test_a_link_is_not_followed(tmp_path):
    other = tmp_path / "other"
    other.touch()
    other.chmod(0o644)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "demo.json").symlink_to(other)

    keep_private(make_settings(data_dir=folder))

    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_a_folder_that_another_account_owns_is_left_and_reported(tmp_path):
    store = tmp_path / "moderation.sqlite3"
    store.touch()
    store.chmod(0o644)
    configure_logging(make_settings(log_level="WARNING"))

    with capture_logs() as logs:
        keep_private(make_settings(data_dir=tmp_path), account=os.geteuid() + 1)

    assert stat.S_IMODE(store.stat().st_mode) == 0o644
    assert [(log["event"], log["path"], log["advice"]) for log in logs] == [
        ("store.readable_by_others", str(store), "its owner can run: chmod 600")
    ]


@pytest.mark.parametrize("folder", ["taken", "taken/below"])
def test_a_folder_that_cannot_be_made_is_reported_with_its_variable(folder, tmp_path):
    (tmp_path / "taken").touch()

    with pytest.raises(SettingsError, match=r"MODERATION_DATA_DIR: .* cannot be created"):
        keep_private(make_settings(data_dir=tmp_path / folder))

    url = f"sqlite:///{tmp_path}/{folder}/store.sqlite3"
    with pytest.raises(SettingsError, match="MODERATION_DATABASE_URL"):
        keep_private(make_settings(data_dir=tmp_path, database_url=url))
