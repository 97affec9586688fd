"""Records of a file on a temporary disk, put in order: pages, threads, parents before answers.

A million comments take a few hundred megabytes beside the store, and no memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from .prepared import Prepared, micros
from .records import ImportedAuthor, ImportedBan, ImportedThread, Note, Why
from .work_folders import work_folder

#: Rows of one statement.
_ROWS = 1000
#: Notes that are kept; the others are counted.
MOST_NOTES = 100_000
#: Threads that are remembered, since most entries repeat the one before.
_RECENT = 5000

_TABLES = """
CREATE TABLE threads (key TEXT PRIMARY KEY, url TEXT, title TEXT, post_id TEXT, with_query INT,
  is_closed INT, is_removed INT, created INT, page INT, reason TEXT) WITHOUT ROWID;
CREATE TABLE pages (page INTEGER PRIMARY KEY, post_id TEXT UNIQUE, url TEXT, title TEXT, host TEXT,
  is_closed INT, created INT, comments INT DEFAULT 0);
CREATE TABLE authors (key TEXT PRIMARY KEY, name TEXT, email TEXT, website TEXT, is_staff INT)
  WITHOUT ROWID;
CREATE TABLE comments (n INTEGER PRIMARY KEY, key TEXT, written INT, thread TEXT, parent_key TEXT,
  status TEXT, text TEXT, html TEXT, edited INT, place TEXT, author TEXT, name TEXT, email TEXT,
  website TEXT, is_staff INT, up INT, down INT, featured INT, own_id TEXT, page INT, parent INT,
  parent_id TEXT, depth INT);
CREATE TABLE bans (author TEXT, email TEXT, until INT, reason TEXT);
CREATE TABLE notes (place TEXT, why TEXT, reason TEXT);
"""
_COMMENT = (
    "INSERT INTO comments (key, written, thread, parent_key, status, text, html, edited, place,"
    " author, name, email, website, is_staff, up, down, featured, own_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_THREAD = (
    "INSERT INTO threads (key, url, title, post_id, with_query, is_closed, is_removed, created)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " title = CASE WHEN title = '' THEN excluded.title ELSE title END,"
    " is_closed = max(is_closed, excluded.is_closed),"
    " is_removed = max(is_removed, excluded.is_removed)"
)


class Spill:
    """The records of one file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self._comments: list[tuple[Any, ...]] = []
        self._recent: dict[str, ImportedThread] = {}
        self._noted = 0
        #: Notes by their kind and reason, those that are not kept included.
        self.counts: dict[tuple[Why, str], int] = {}

    def add_thread(self, thread: ImportedThread) -> None:
        """Keep a thread; a later one of its key adds what the first lacks."""
        if self._recent.get(thread.key) == thread:
            return
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[thread.key] = thread
        created = _micros(thread.created_at)
        self.db.execute(
            _THREAD,
            (
                *(thread.key, thread.url, thread.title, thread.post_id, thread.with_query),
                *(thread.is_closed, thread.is_removed, created),
            ),
        )

    def add_author(self, author: ImportedAuthor) -> None:
        """Keep an author that comments refer to."""
        self.db.execute(
            "INSERT OR IGNORE INTO authors VALUES (?, ?, ?, ?, ?)",
            (author.key, author.name, author.email, author.website, author.is_staff),
        )

    def add_ban(self, ban: ImportedBan) -> None:
        """Keep a ban."""
        self.db.execute(
            "INSERT INTO bans VALUES (?, ?, ?, ?)",
            (ban.author.key, ban.author.email, _micros(ban.until), ban.reason),
        )

    def add_comment(self, comment: Prepared) -> None:
        """Keep a comment."""
        self._comments.append(comment.row())
        if len(self._comments) >= _ROWS:
            self.flush()

    def note(self, note: Note) -> None:
        """Keep a note, or count it where there are very many."""
        # A reason may quote a value, of which a file can have many.
        key = (note.why, note.reason if len(self.counts) < 1000 else "other")
        self.counts[key] = self.counts.get(key, 0) + 1
        self._noted += 1
        if self._noted <= MOST_NOTES:
            self.db.execute("INSERT INTO notes VALUES (?, ?, ?)", note_row(note))

    def notes(self) -> Iterator[Note]:
        """Yield the kept notes."""
        for place, why, reason in self.db.execute("SELECT place, why, reason FROM notes"):
            yield Note(place, Why(why), reason)

    def flush(self) -> None:
        """Write what is collected."""
        self.db.executemany(_COMMENT, self._comments)
        self._comments.clear()

    def each(self, statement: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement, a few at a time."""
        cursor = self.db.execute(statement, values)
        while rows := cursor.fetchmany(_ROWS):
            yield from rows

    def number(self, statement: str, *values: Any) -> int:
        """Return the one number that a statement yields."""
        row = self.db.execute(statement, values).fetchone()
        return int(row[0] or 0) if row else 0

    def update_many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement for each row, while the rows may be read from this very spill."""
        batch: list[tuple[Any, ...]] = []
        for row in rows:
            batch.append(row)
            if len(batch) >= _ROWS:
                self.db.executemany(statement, batch)
                batch.clear()
        self.db.executemany(statement, batch)


def note_row(note: Note) -> tuple[str, str, str]:
    """Return a note as it is kept."""
    return note.place[:200], note.why.value, note.reason[:200]


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


@contextmanager
def open_spill() -> Iterator[Spill]:
    """Yield an empty spill, whose files are removed at the end."""
    with work_folder() as folder:
        path = Path(folder) / "spill.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for pragma in (
                *("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"),
                *("cache_size=-32768", "temp_store=FILE"),
            ):
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(_TABLES)
            connection.execute("BEGIN")
            yield Spill(connection)
