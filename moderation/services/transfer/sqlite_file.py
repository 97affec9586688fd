"""Reading a foreign SQLite file, which may be damaged or made to do harm."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

from .files import LONGEST_ENTRY, Opened
from .records import Unreadable

#: Rows fetched at a time.
_ROWS = 500


class Database:
    """A foreign database, opened for reading."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # A view, a virtual table or a generated column could run without end.
        self.tables = {
            name
            for name, sql in self._rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if isinstance(sql, str) and sql[:13].upper().startswith("CREATE TABLE ")
        }

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's plain columns; empty without such a table."""
        if table not in self.tables:
            return set()
        return {row[1] for row in self._rows(f'PRAGMA table_xinfo("{table}")') if not row[6]}

    def rows(self, table: str, columns: Sequence[str], *, order: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table; columns that it lacks are None."""
        known = self.columns(table)
        named = [f'"{name}"' if name in known else "NULL" for name in columns]
        statement = f'SELECT {", ".join(named)} FROM "{table}"'  # noqa: S608 - names of ours
        if order in known:
            statement += f' ORDER BY "{order}"'
        for row in self._rows(statement):
            yield dict(zip(columns, row, strict=True))

    def _rows(self, statement: str) -> Iterator[tuple[Any, ...]]:
        try:
            cursor = self._connection.execute(statement)
            while rows := cursor.fetchmany(_ROWS):
                yield from rows
        except (sqlite3.Error, OverflowError) as error:
            raise Unreadable(
                f"The SQLite database is damaged or is none ({type(error).__name__}). Copy it "
                "again while the old service is stopped."
            ) from None


@contextmanager
def open_database(opened: Opened) -> Iterator[Database]:
    """Yield the database in a file; raise Unreadable where it is damaged."""
    with opened.on_disk() as path:
        wal = path.with_name(f"{path.name}-wal")
        # What a running service has not yet merged is read as well.
        mode = "mode=ro" if wal.exists() and wal.stat().st_size else "mode=ro&immutable=1"
        uri = f"file:{quote(str(path.resolve()))}?{mode}"
        try:
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        except sqlite3.Error:
            raise Unreadable("The SQLite database cannot be opened. Copy it again.") from None
        with closing(connection):
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_ENTRY)
            connection.text_factory = _text
            for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}")
            yield Database(connection)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
