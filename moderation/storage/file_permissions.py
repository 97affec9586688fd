"""Permissions of the embedded store's files: private, since they hold addresses and secrets."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import structlog

from moderation.config import SECRET_FILE, Settings, SettingsError

log = structlog.get_logger(__name__)

#: Files that a command or the demo puts into the data folder, beside the store.
_KEPT_THERE = (SECRET_FILE, "demo.json")
#: Folders that do not make it a folder of other things.
_OUR_FOLDERS = frozenset({"lost+found", "imports", "exports"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_private(settings: Settings, *, account: int | None = None) -> None:
    """Make the store's folder and files, existing ones too, readable by their owner only.

    Raises SettingsError when the folder cannot be created or written. Files of another account
    stay unchanged and are logged, since only that account may change them. `account` is the
    user id of this process.
    """
    user_id = os.geteuid() if account is None else account
    folder = settings.data_dir
    store = Path(settings.url.removeprefix("sqlite:///")) if _is_sqlite(settings) else None
    if store is not None:
        set_by = "MODERATION_DATABASE_URL" if settings.database_url else "MODERATION_DATA_DIR"
        make_folder(store.parent, set_by)
        # SQLite gives its log and index the rights of the store, so that one is made first.
        if not store.exists():
            with suppress(OSError):
                os.close(os.open(store, os.O_WRONLY | os.O_CREAT, 0o600))
        for file in (store, Path(f"{store}-wal"), Path(f"{store}-shm")):
            _close(file, 0o600, user_id)
    for name in _KEPT_THERE:
        _close(folder / name, 0o600, user_id)
    if _is_ours_alone(folder):
        _close(folder.resolve(), 0o700, user_id)


def _is_sqlite(settings: Settings) -> bool:
    return settings.url.startswith("sqlite:///")


def make_folder(folder: Path, variable: str) -> None:
    """Create a folder for the store; raise SettingsError with the variable's name on failure."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"{variable}: the folder {folder} cannot be created ({error.strerror}). Choose "
            "another, or create it for the account that runs the service."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(
            f"{variable}: the folder {folder} cannot be written. Give it to the account that "
            "runs the service (chown), or choose another."
        )


def _is_ours_alone(folder: Path) -> bool:
    """Return whether the folder has only files, so that closing it hides nothing else."""
    try:
        mode = folder.stat().st_mode
        # A home, the root of a checkout or /tmp may be configured as the data folder.
        return not mode & stat.S_ISVTX and not any(
            entry.is_dir() and entry.name not in _OUR_FOLDERS for entry in folder.iterdir()
        )
    except OSError:
        return False


def _close(path: Path, mode: int, user_id: int) -> None:
    """Remove other accounts' permissions on a file or folder."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode) or not stat.S_IMODE(status.st_mode) & _OTHERS:
            return
        if status.st_uid != user_id:
            log.warning(
                "store.readable_by_others",
                path=str(path),
                advice=f"its owner can run: chmod {mode:o}",
            )
            return
        path.chmod(mode)
    except OSError:
        # Removed in the meantime, like a log that another process has truncated.
        return
