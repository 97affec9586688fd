"""Uploaded files of imports: in the data folder, for the service's account only.

A file is named by its import's id, never by the client. It grows part by part, so that no
process holds more than a part in memory, and a part that is sent again changes nothing.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Set
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from moderation.config import Settings
from moderation.domain.import_errors import NoRoom, UploadElsewhere, UploadTooLarge

#: Bytes of a part, which fit into the bodies that proxies pass on under /api/v1/review/sites/.
LARGEST_PART = 4 << 20
#: Room that an upload leaves on the disk, for the store and for the import's temporary files.
SPARE = 256 << 20
#: All uploads together, in uploads of the largest size.
UPLOADS = 4
FOLDER = "imports"
#: A file without a row is being made, or its site was removed.
_ORPHAN = 3600.0


def folder_of(settings: Settings) -> Path:
    """Return the folder of uploads."""
    return settings.data_dir / FOLDER


def file_of(settings: Settings, id: UUID) -> Path:
    """Return the path of an upload."""
    return folder_of(settings) / f"{id.hex}.upload"


def report_of(settings: Settings, id: UUID) -> Path:
    """Return the path of an import's report."""
    return folder_of(settings) / f"{id.hex}.json"


def check_size(settings: Settings, size: int, others: int) -> None:
    """Raise UploadTooLarge or NoRoom unless a file of this size may be uploaded.

    `others` are the bytes of all other uploads.
    """
    most = settings.import_bytes
    if size > most:
        raise UploadTooLarge(
            f"The file has {size:,} bytes, and {most:,} are allowed. Compress it with gzip, or ask "
            "the operator to import it with `moderation import`, or to raise "
            "MODERATION_IMPORT_BYTES."
        )
    if others + size > UPLOADS * most:
        raise NoRoom(
            "Other sites' uploads take all the room that is set aside for them. Try again when "
            "their imports have finished, or ask the operator to import the file."
        )
    existing = settings.data_dir
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if shutil.disk_usage(existing).free < size + SPARE:
        raise NoRoom(
            "The disk of the service has too little room for this file. Compress it with gzip, or "
            "ask the operator to make room."
        )


def create(settings: Settings, id: UUID) -> None:
    """Create an empty file for an upload."""
    folder = folder_of(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file_of(settings, id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _cannot_write(error) from None


def write(settings: Settings, id: UUID, offset: int, part: bytes) -> None:
    """Write a part of an upload at its place; what is behind it is cut off."""
    try:
        file = os.open(file_of(settings, id), os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise elsewhere() from None
    except OSError as error:
        raise _cannot_write(error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_size < offset:
            raise elsewhere()
        place, rest = offset, memoryview(part)
        while rest:
            written = os.pwrite(file, rest, place)
            place, rest = place + written, rest[written:]
        os.ftruncate(file, place)
    except OSError as error:
        raise _cannot_write(error) from None
    finally:
        os.close(file)


def remove(settings: Settings, id: UUID, *, report: bool = True) -> None:
    """Remove an upload, and its report."""
    for path in (file_of(settings, id), *([report_of(settings, id)] if report else ())):
        with suppress(OSError):
            path.unlink()


def remove_others(settings: Settings, known: Set[UUID]) -> int:
    """Remove the files of imports that are not known any more; return how many there were."""
    removed = 0
    try:
        entries = list(os.scandir(folder_of(settings)))
    except OSError:
        return 0
    for entry in entries:
        with suppress(OSError, ValueError):
            id = UUID(hex=entry.name.partition(".")[0])
            if id not in known and time.time() - entry.stat().st_mtime > _ORPHAN:
                Path(entry.path).unlink()
                removed += 1
    return removed


def elsewhere() -> UploadElsewhere:
    """Return the error of a process that cannot reach the file."""
    return UploadElsewhere(
        "This process cannot find the uploaded file. All web processes and workers need the same "
        "data folder (MODERATION_DATA_DIR) for imports in the console. Ask the operator, who can "
        "also import the file with `moderation import`."
    )


def _cannot_write(error: OSError) -> NoRoom:
    return NoRoom(
        f"The file cannot be written to the data folder ({error.strerror or 'input error'}). Ask "
        "the operator to make room, or to check the folder’s permissions."
    )
