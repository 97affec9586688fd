"""Checks that a store holds every answered comment and is consistent."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from moderation.services.operations.integrity import verify
from moderation.storage.models.comments import Comment
from tests.nodes import EITHER


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: a promise and its result."""

    what: str
    budget: str
    measured: str
    ok: bool


def engine_of(url_or_file: str | Path) -> Engine:
    """An engine of our own on a store, without anything of the service's."""
    url = url_or_file if isinstance(url_or_file, str) else f"sqlite:///{url_or_file}"
    return create_engine(url, poolclass=NullPool)


def kept_statuses(engine: Engine) -> dict[str, str]:
    with Session(engine) as session:
        return {
            str(id): status for id, status in session.execute(select(Comment.id, Comment.status))
        }


def findings(engine: Engine) -> list[str]:
    """Return the faults of a store, in sentences; nothing when it is sound.

    In the eyes of yesterday, so that a clock that had jumped back hides no missing message.
    """
    with Session(engine) as session:
        looked = verify(session, now=datetime.now(UTC) - timedelta(days=2))
    return [f"{f.check}: not so for {f.wrong}, {f.examples}" for f in looked if f.wrong]


def lost(engine: Engine, promised: dict[str, str]) -> list[str]:
    """Return the answered comments that are missing or differ from their answer."""
    kept = kept_statuses(engine)
    return [
        id for id, status in promised.items() if id not in kept or status not in (kept[id], EITHER)
    ]


def damage(path: Path) -> list[str]:
    """Return the damage that SQLite itself finds in a file."""
    with closing(sqlite3.connect(path)) as store:
        found = [row[0] for row in store.execute("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [str(row) for row in store.execute("PRAGMA foreign_key_check")]
