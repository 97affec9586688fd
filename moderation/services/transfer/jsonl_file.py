"""The first pass over a file in JSON lines: everything is checked, and nothing is stored.

The places of its comments are noted in a temporary database on disk, so that memory does not
grow with the file, threads can be stored from their roots down, and an id that is used twice, a
thread that runs in a circle or a missing post is found before the first row is written.
"""

import gzip
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from moderation.domain.errors import Invalid

from .attached import TYPES as ATTACHED
from .disk_notes import disk_notes, set_depths
from .line_values import BadValue
from .lines import LINES, LONGEST_LINE, MOST_OF_A_COMMENT
from .work_folders import work_folder

Line = dict[str, Any]

_ABOUT = frozenset({"revision", "decision", *ATTACHED})
#: The order of the types in a file.
_ORDER = {
    **{"site": 0, "post": 1, "redirect": 2},
    **dict.fromkeys(("comment", *_ABOUT), 3),
    **{"standing": 4, "note": 5, "ban": 6, "link": 7, "end": 8},
}
#: Rows that are noted at a time.
_NOTED = 2000
_GZIP = b"\x1f\x8b"
#: Bytes that one packed byte may become: texts become a tenth of that.
_MOST_UNPACKED = 200


class NotAnExport(Invalid):
    """The file is no complete export; nothing was imported."""

    code = "not_an_export"


@dataclass(slots=True)
class Group:
    """A comment with its texts, its decisions and what else belongs to it, as checked lines."""

    comment: Line
    revisions: list[Line] = field(default_factory=list)
    decisions: list[Line] = field(default_factory=list)
    attached: list[Line] = field(default_factory=list)
    #: A further part of a group that is larger than a part may be.
    is_continued: bool = False
    #: The comment's row, once it is prepared for a store that does not have it.
    row: dict[str, Any] | None = None


#: Votes and other lines of one part of a group.
_PART = 2000


@dataclass(slots=True)
class Checked:
    """A file that was checked, with the places of its comments."""

    file: BinaryIO
    notes: sqlite3.Connection
    head: Line
    counts: dict[str, int]
    #: Where the lines before and after those of comments begin.
    before: int
    after: int

    def beginning(self) -> Iterator[Line]:
        """Yield the posts and redirects."""
        yield from self._between(self.before, _ORDER["comment"])

    def ending(self) -> Iterator[Line]:
        """Yield the lines behind those of comments, without the last."""
        yield from self._between(self.after, _ORDER["end"])

    def _between(self, place: int, until: int) -> Iterator[Line]:
        self.file.seek(place)
        for raw in iter(self.file.readline, b""):
            line = orjson.loads(raw)
            kind = line.pop("type")
            if _ORDER[kind] >= until:
                return
            yield {"type": kind, **LINES[kind].load(line)}

    def groups(self) -> Iterator[Group]:
        """Yield the comments, every parent before its replies."""
        places = self.notes.execute("SELECT place FROM comments ORDER BY depth, place")
        for (place,) in places:
            if self.file.tell() != place:
                self.file.seek(place)
            yield from self._group()

    def _group(self) -> Iterator[Group]:
        group: Group | None = None
        while True:
            place = self.file.tell()
            raw = self.file.readline()
            line = orjson.loads(raw) if raw else {"type": "end"}
            kind = line.pop("type")
            if group is None:
                group = Group(LINES[kind].load(line))
            elif kind not in _ABOUT:
                self.file.seek(place)
                yield group
                return
            else:
                loaded = LINES[kind].load(line)
                if kind == "revision":
                    group.revisions.append(loaded)
                elif kind == "decision":
                    group.decisions.append(loaded)
                else:
                    group.attached.append({"type": kind, **loaded})
                if len(group.attached) == _PART:
                    yield group
                    group = Group(group.comment, is_continued=True)

    def ids(self) -> Iterator[list[tuple[UUID, UUID | None]]]:
        """Yield every id of a comment, and of a row about one with that comment's id."""
        for table in ("comments", "rows"):
            about = "NULL" if table == "comments" else "comment"
            cursor = self.notes.execute(f"SELECT id, {about} FROM {table}")  # noqa: S608 (ours)
            while rows := cursor.fetchmany(500):
                yield [(UUID(bytes=id), UUID(bytes=c) if c else None) for id, c in rows]


@contextmanager
def checked(source: Path) -> Iterator[Checked]:
    """Check a file from its first byte to its last, and yield it; raise NotAnExport."""
    with (
        work_folder() as folder,
        closing(_opened(source, folder)) as file,
        disk_notes(folder) as notes,
    ):
        yield _Check(file, notes).run()


def _opened(source: Path, folder: Path) -> BinaryIO:
    """Open a file for reading at any place; a packed one is unpacked beside."""
    try:
        with source.open("rb") as file:
            packed = file.read(2) == _GZIP
        if not packed:
            return source.open("rb")
        most = _MOST_UNPACKED * source.stat().st_size + LONGEST_LINE
        plain = folder / "plain"
        with gzip.open(source) as wrapped, plain.open("wb") as target:
            while part := wrapped.read(1024 * 1024):
                target.write(part)
                if target.tell() > most:
                    raise NotAnExport(f"{source.name} unpacks to far more than an export does.")
        return plain.open("rb")
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise NotAnExport(f"{source.name} is damaged: it cannot be unpacked.") from None
    except OSError as error:
        raise NotAnExport(
            f"{source.name} cannot be read: {os.strerror(error.errno or 0)}. "
            "Check its name and permissions, and the room for temporary files."
        ) from None


class _Check:
    """Reads every line once."""

    def __init__(self, file: BinaryIO, notes: sqlite3.Connection) -> None:
        self._file, self._notes = file, notes
        self._number = 0
        self._counts: dict[str, int] = {}
        self._group: Group | None = None
        self._size = 0
        self._comments: list[tuple[Any, ...]] = []
        self._rows: list[tuple[Any, ...]] = []
        self._posts: list[tuple[Any, ...]] = []
        notes.execute(
            "CREATE TABLE comments (id BLOB PRIMARY KEY, parent BLOB, post BLOB, place INTEGER,"
            " line INTEGER, depth INTEGER) WITHOUT ROWID"
        )
        notes.execute("CREATE TABLE rows (id BLOB PRIMARY KEY, comment BLOB, line INTEGER)")
        notes.execute("CREATE TABLE posts (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        notes.execute("BEGIN")

    def run(self) -> Checked:
        """Check the whole file."""
        head: Line | None = None
        last, before, after = "", 0, None
        while True:
            place = self._file.tell()
            raw = self._file.readline(LONGEST_LINE + 1)
            if not raw:
                break
            kind, line = self._parse(raw)
            if last == "end":
                raise self._wrong("stands behind the end")
            if last and _ORDER[kind] < _ORDER[last] and not (kind in _ABOUT or kind == "comment"):
                raise self._wrong(f"is a {kind} in the wrong place")
            if head is None:
                if kind != "site":
                    raise self._wrong("is no site: this is no export of a site")
                head, before = line, self._file.tell()
            elif kind == "site":
                raise self._wrong("is a second site")
            if after is None and _ORDER[kind] > _ORDER["comment"]:
                after = place
            self._take(kind, line, place)
            self._counts[kind] = self._counts.get(kind, 0) + 1
            last = kind
        if head is None or after is None or last != "end":
            raise NotAnExport(
                "The file is cut off: its last line is missing. Export it again. Nothing was "
                "imported."
            )
        self._finish()
        return Checked(self._file, self._notes, head, self._counts, before, after)

    def _wrong(self, what: str, number: int | None = None) -> NotAnExport:
        return NotAnExport(f"Line {number or self._number} {what}. Nothing was imported.")

    def _parse(self, raw: bytes) -> tuple[str, Line]:
        self._number += 1
        if len(raw) > LONGEST_LINE:
            raise self._wrong(f"has more than {LONGEST_LINE:,} bytes")
        if not raw.endswith(b"\n"):
            raise NotAnExport(
                f"The file is cut off in line {self._number}. Export it again. Nothing was "
                "imported."
            )
        try:
            line = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise self._wrong("is no JSON") from None
        kind = line.pop("type", None) if isinstance(line, dict) else None
        shape = LINES.get(kind) if isinstance(kind, str) else None
        if kind is None or shape is None:
            raise self._wrong("has no type that this release knows")
        try:
            return kind, shape.load(line)
        except BadValue as error:
            raise self._wrong(str(error)) from None

    def _take(self, kind: str, line: Line, place: int) -> None:
        if kind == "comment":
            self._close_group()
            self._group, self._size = Group(line), 0
            parent = line["parent"]
            self._comments.append(
                (
                    line["id"].bytes,
                    parent.bytes if parent else None,
                    line["post"],
                    place,
                    self._number,
                )
            )
        elif kind in _ABOUT:
            self._take_about(kind, line)
        elif kind == "post":
            self._posts.append((line["id"], self._number))
        elif kind == "note":
            self._rows.append((line["id"].bytes, None, self._number))
        else:
            if kind != "redirect":
                self._close_group()
            if kind == "end" and line["lines"] != self._number:
                raise self._wrong(
                    f"counts {line['lines']} lines, but the file has {self._number}: it was "
                    "changed or put together"
                )
        if len(self._comments) + len(self._rows) + len(self._posts) >= _NOTED:
            self._note()

    def _take_about(self, kind: str, line: Line) -> None:
        group = self._group
        if group is None or line["comment"] != group.comment["id"]:
            raise self._wrong(f"is a {kind} of another comment than the one above it")
        if kind == "decision":
            group.decisions.append(
                {name: line[name] for name in ("id", "version", "status", "undoes")}
            )
        elif kind == "revision":
            group.revisions.append({"revision": line["revision"]})
        self._size += kind in ("decision", "revision")
        if self._size > MOST_OF_A_COMMENT:
            raise self._wrong(f"is one of more than {MOST_OF_A_COMMENT:,} about one comment")
        if kind in ("appeal", "report"):
            named = {line["decision"], line.get("new_decision")} - {None}
            if not named <= {decision["id"] for decision in group.decisions}:
                raise self._wrong("names a decision about another comment")
        if "id" in line:
            self._rows.append((line["id"].bytes, line["comment"].bytes, self._number))

    def _close_group(self) -> None:
        """Check what the lines about one comment must be together."""
        group, self._group = self._group, None
        if group is None:
            return
        comment, decisions = group.comment, group.decisions
        number = self._number - 1
        newest = decisions[-1] if decisions else None
        if newest is None or (newest["version"], newest["status"]) != (
            comment["version"],
            comment["status"],
        ):
            raise self._wrong(
                "ends a comment whose status has no decision: the newest decision must have the "
                "comment's version and status",
                number,
            )
        versions = [decision["version"] for decision in decisions]
        texts = [revision["revision"] for revision in group.revisions]
        if versions != sorted(set(versions)) or texts != sorted(set(texts)):
            raise self._wrong("ends a comment whose decisions or texts are not in order", number)
        known = {decision["id"] for decision in decisions}
        named = {d["undoes"] for d in decisions if d["undoes"]}
        if comment["verdict"]:
            named.add(comment["verdict"])
        if not named <= known:
            raise self._wrong("ends a comment that names a decision about another one", number)
        undone = [d["undoes"] for d in decisions if d["undoes"]]
        if len(undone) != len(set(undone)):
            raise self._wrong("ends a comment with a decision that is undone twice", number)
        if comment["parent"] == comment["id"]:
            raise self._wrong("ends a comment that answers itself", number)

    def _note(self) -> None:
        try:
            self._notes.executemany(
                "INSERT INTO comments VALUES (?, ?, ?, ?, ?, NULL)", self._comments
            )
            self._notes.executemany("INSERT INTO rows VALUES (?, ?, ?)", self._rows)
            self._notes.executemany("INSERT INTO posts VALUES (?, ?)", self._posts)
        except sqlite3.IntegrityError:
            raise NotAnExport(
                f"An id is used twice before line {self._number + 1}. Nothing was imported."
            ) from None
        self._comments, self._rows, self._posts = [], [], []

    def _finish(self) -> None:
        self._note()
        notes = self._notes
        notes.execute("COMMIT")
        self._require(
            "SELECT line FROM comments WHERE post NOT IN (SELECT id FROM posts) LIMIT 1",
            "is a comment on a post that the file does not have",
        )
        self._require(
            "SELECT c.line FROM comments c JOIN comments p ON p.id = c.parent"
            " WHERE c.post <> p.post LIMIT 1",
            "answers a comment on another post",
        )
        notes.execute("BEGIN")
        set_depths(notes, "comments")
        notes.execute("CREATE INDEX by_depth ON comments (depth, place)")
        notes.execute("COMMIT")
        self._require(
            "SELECT line FROM comments WHERE depth IS NULL LIMIT 1",
            "is in a thread that runs in a circle",
        )

    def _require(self, statement: str, wrong: str) -> None:
        row = self._notes.execute(statement).fetchone()
        if row is not None:
            raise self._wrong(wrong, row[0])
