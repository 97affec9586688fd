"""Temporary folders of imports, which a killed process cannot leave for long.

Each folder has a file that its process locks. The next import removes the folders whose lock
no process holds, and leaves those of imports that run beside it.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "moderation-import-"
_LOCK = "lock"
#: A folder without a lock was made by an earlier release, or is being made.
_UNLOCKED = 24 * 3600.0


@contextmanager
def work_folder() -> Iterator[Path]:
    """Yield a new temporary folder, after removing those that killed imports left."""
    remove_leftovers(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        lock = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
        finally:
            os.close(lock)


def remove_leftovers(parent: Path) -> int:
    """Remove the folders of imports that have ended, and return how many there were."""
    removed = 0
    try:
        found = [entry for entry in os.scandir(parent) if entry.name.startswith(PREFIX)]
    except OSError:
        return 0
    for entry in found:
        with suppress(OSError):
            is_ours = entry.stat(follow_symlinks=False).st_uid == os.geteuid()
            if entry.is_dir(follow_symlinks=False) and is_ours and _has_ended(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)
                removed += 1
    return removed


def _has_ended(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime > _UNLOCKED
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
