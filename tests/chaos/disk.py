"""Builds disk.c and configures the faults that it makes."""

import errno
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")


def compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


def build(folder: Path) -> Path:
    """Compile the library into a folder."""
    library = folder / "disk.so"
    found = compiler()
    assert found is not None, "a C compiler is needed"
    # Some compilers turn open() into a checked one that cannot be defined again.
    subprocess.run(
        [
            *(found, "-O2", "-Wall", "-Werror", "-U_FORTIFY_SOURCE", "-shared", "-fPIC"),
            *("-o", str(library), str(SOURCE), "-ldl"),
        ],
        check=True,
    )
    return library


class Disk:
    """A folder whose disk and whose processes' clock misbehave on demand."""

    def __init__(self, library: Path, folder: Path, outside: Path, *, journal: bool = False):
        self._control = outside / "control"
        self._set(0, 0, 0)
        self.journal = outside / "journal"
        self.environment = {
            "LD_PRELOAD": str(library),
            "CHAOS_FOLDER": str(folder),
            "CHAOS_CONTROL": str(self._control),
            **({"CHAOS_JOURNAL": str(self.journal)} if journal else {}),
        }

    def _set(self, fails_with: int, sync_takes: float, clock_is_off: int) -> None:
        numbers = struct.pack("=4q", fails_with, int(sync_takes * 1_000_000), clock_is_off, 0)
        # In place: the servers have the file mapped.
        with self._control.open("r+b" if self._control.exists() else "w+b") as file:
            file.write(numbers)

    @contextmanager
    def full(self) -> Iterator[None]:
        yield from self._while(fails_with=errno.ENOSPC)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        yield from self._while(fails_with=errno.EROFS)

    @contextmanager
    def failing(self) -> Iterator[None]:
        yield from self._while(fails_with=errno.EIO)

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        yield from self._while(sync_takes=seconds)

    @contextmanager
    def clock_off(self, seconds: int) -> Iterator[None]:
        yield from self._while(clock_is_off=seconds)

    def _while(
        self, fails_with: int = 0, sync_takes: float = 0, clock_is_off: int = 0
    ) -> Iterator[None]:
        self._set(fails_with, sync_takes, clock_is_off)
        try:
            yield
        finally:
            self._set(0, 0, 0)

    def written(self) -> int:
        """Return the length of the journal, a mark for `powercut.cuts`."""
        return self.journal.stat().st_size
