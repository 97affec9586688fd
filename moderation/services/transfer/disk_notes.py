"""A temporary database on disk, for what would not fit into memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def disk_notes(folder: Path | str) -> Iterator[sqlite3.Connection]:
    """Yield an empty database in a private folder, which its owner removes."""
    with closing(sqlite3.connect(Path(folder) / "notes", isolation_level=None)) as notes:
        # It is never read after a crash.
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"):
            notes.execute(f"PRAGMA {pragma}")
        yield notes


def set_depths(notes: sqlite3.Connection, table: str) -> None:
    """Set the depth of each row of a table with `id`, `parent` and `depth`.

    Rows without a parent in the table have 0. Those in a circle keep NULL.
    """
    notes.execute(f"CREATE INDEX {table}_parents ON {table} (parent)")
    notes.execute(
        f"UPDATE {table} SET depth = 0"  # noqa: S608 (names of our own tables)
        f" WHERE parent IS NULL OR parent NOT IN (SELECT id FROM {table})"
    )
    notes.execute(f"CREATE INDEX {table}_depths ON {table} (depth)")
    depth, found = 0, True
    while found:
        deeper = notes.execute(
            f"UPDATE {table} SET depth = ?1 + 1"  # noqa: S608 (names of our own tables)
            f" WHERE parent IN (SELECT id FROM {table} WHERE depth = ?1)",
            (depth,),
        )
        depth, found = depth + 1, deeper.rowcount > 0
