"""The state of a folder after a power cut, from the journal that disk.c writes.

Only what was synced is sure to be there. Of the rest anything may have reached the disk, in
any order, in pieces of a sector: each cut is therefore looked at in several ways.
"""

import random
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_HEAD = struct.Struct("=cxHIQQ")
SECTOR = 512
#: SQLite's messages for a file that it cannot open as a store.
UNREADABLE = sqlite3.DatabaseError


class Left(StrEnum):
    """The share of the unsynced writes that reached the disk."""

    NOTHING = "nothing"
    ALL = "all"
    #: Any writes, in any pieces.
    TORN = "torn"


@dataclass(slots=True)
class _Change:
    what: bytes
    offset: int
    data: bytes


@dataclass(slots=True)
class _File:
    #: None: there is no such file.
    lasting: bytearray | None
    waiting: list[_Change] = field(default_factory=list)
    #: How many changes have become lasting so far.
    passed: int = 0

    def sync(self, until: int) -> None:
        """Make the writes before a sync durable."""
        count = max(0, until - self.passed)
        for change in self.waiting[:count]:
            self.lasting = _applied(self.lasting, change)
        del self.waiting[:count]
        self.passed += count

    def after(self, left: Left, rng: random.Random) -> bytearray | None:
        found = None if self.lasting is None else bytearray(self.lasting)
        if left is Left.NOTHING:
            return found
        for change in self.waiting:
            if left is Left.ALL:
                found = _applied(found, change)
                continue
            for piece in _pieces(change):
                if rng.random() < 0.5:
                    found = _applied(found, piece)
        return found


def _pieces(change: _Change) -> Iterator[_Change]:
    if change.what != b"W":
        yield change
        return
    start = 0
    while start < len(change.data):
        end = start + SECTOR - (change.offset + start) % SECTOR
        yield _Change(b"W", change.offset + start, change.data[start:end])
        start = end


def _applied(found: bytearray | None, change: _Change) -> bytearray | None:
    if change.what == b"U":
        return None
    if found is None:
        found = bytearray()
    if change.what == b"T":
        if len(found) > change.offset:
            del found[change.offset :]
        else:
            found.extend(bytes(change.offset - len(found)))
        return found
    end = change.offset + len(change.data)
    if len(found) < end:
        found.extend(bytes(end - len(found)))
    found[change.offset : end] = change.data
    return found


@dataclass(frozen=True, slots=True)
class Cut:
    """The power fails when this much of the journal has been written."""

    at: int
    left: Left
    #: The content of each file at that time, by its name.
    files: dict[str, bytes]

    def lay_out(self, folder: Path) -> Path:
        """Write the files into a new folder."""
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder


def cuts(
    before: dict[str, bytes], journal: bytes, moments: Sequence[int], rng: random.Random
) -> Iterator[Cut]:
    """Every cut of the power at the given moments, in each way that it may turn out.

    `before` holds the files as they were when the journal began.
    """
    files = {name: _File(bytearray(content)) for name, content in before.items()}
    begun: dict[int, int] = {}
    position = 0
    for moment in sorted(moments):
        while position + _HEAD.size <= moment:
            what, named, length, offset, sync = _HEAD.unpack_from(journal, position)
            body = position + _HEAD.size
            if body + named + length > moment:
                break
            name = Path(journal[body : body + named].decode()).name
            data = journal[body + named : body + named + length]
            position = body + named + length
            file = files.setdefault(name, _File(None))
            if what == b"B":
                begun[sync] = file.passed + len(file.waiting)
            elif what == b"E":
                file.sync(begun.pop(sync))
            elif what in (b"W", b"T", b"U"):
                file.waiting.append(_Change(what, offset, data))
            else:
                raise AssertionError(f"the store renamed a file: {name}")
        for left in Left:
            after = {name: file.after(left, rng) for name, file in files.items()}
            yield Cut(moment, left, {n: bytes(c) for n, c in after.items() if c is not None})
