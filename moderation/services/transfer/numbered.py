"""The comments of a snapshot by posts and with numbers, as formats of other systems need them.

Those systems know numbers instead of UUIDs, sort by them, and expect a parent before its
replies. The order is made in a temporary database on disk, so that memory does not grow.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post

from .disk_notes import disk_notes, set_depths
from .snapshot import PAGE, Snapshot


@dataclass(frozen=True, slots=True)
class Numbered:
    """A comment with its number and that of its parent; 0: none."""

    number: int
    parent: int
    comment: Comment


@dataclass(frozen=True, slots=True)
class NumberedPost:
    """A post that has comments."""

    number: int
    post: Post


class Threads:
    """Reads posts in the order of their ids, and their comments from the roots down."""

    def __init__(self, snapshot: Snapshot, notes: sqlite3.Connection) -> None:
        self._snapshot, self._notes = snapshot, notes

    def posts(self) -> Iterator[NumberedPost]:
        """Yield the posts that have comments."""
        session = self._snapshot.session
        rows = self._notes.execute("SELECT number, id FROM posts ORDER BY number").fetchall()
        for number, id in rows:
            post = session.get_one(Post, id)
            session.expunge(post)
            yield NumberedPost(number, post)

    def comments(self, post: NumberedPost) -> Iterator[Numbered]:
        """Yield the comments of a post."""
        session = self._snapshot.session
        cursor = self._notes.execute(
            "SELECT c.number, coalesce(p.number, 0), c.id FROM comments c"
            " LEFT JOIN comments p ON p.id = c.parent WHERE c.post = ? ORDER BY c.number",
            (post.post.id,),
        )
        while rows := cursor.fetchmany(PAGE):
            ids = [UUID(bytes=id) for _, _, id in rows]
            found = {
                each.id: each
                for each in session.scalars(select(Comment).where(Comment.id.in_(ids)))
            }
            session.expunge_all()
            for (number, parent, _), id in zip(rows, ids, strict=True):
                yield Numbered(number, parent, found[id])
            self._snapshot.advance(len(rows))


@contextmanager
def threads(snapshot: Snapshot, *conditions: ColumnElement[bool]) -> Iterator[Threads]:
    """Number the comments of a snapshot that meet the conditions, and yield them."""
    with (
        tempfile.TemporaryDirectory(prefix="moderation-export-") as folder,
        disk_notes(folder) as notes,
    ):
        _number(snapshot, notes, conditions)
        yield Threads(snapshot, notes)


def _number(
    snapshot: Snapshot, notes: sqlite3.Connection, conditions: tuple[ColumnElement[bool], ...]
) -> None:
    notes.execute(
        "CREATE TABLE seen (id BLOB PRIMARY KEY, parent BLOB, post INTEGER, at TEXT,"
        " depth INTEGER) WITHOUT ROWID"
    )
    notes.execute(
        "CREATE TABLE comments (number INTEGER PRIMARY KEY, id BLOB UNIQUE, parent BLOB,"
        " post INTEGER)"
    )
    notes.execute("CREATE TABLE posts (number INTEGER PRIMARY KEY, id INTEGER, name TEXT)")
    notes.execute("BEGIN")
    names: dict[int, str] = {}
    for rows in _keys(snapshot, conditions):
        names |= {row.post_id: row.external_id for row in rows}
        notes.executemany(
            "INSERT INTO seen VALUES (?, ?, ?, ?, NULL)",
            [
                (
                    row.id.bytes,
                    row.parent_id.bytes if row.parent_id else None,
                    row.post_id,
                    row.created_at.isoformat(),
                )
                for row in rows
            ],
        )
    ordered = sorted(names.items(), key=lambda item: item[1])
    notes.executemany("INSERT INTO posts (id, name) VALUES (?, ?)", ordered)
    set_depths(notes, "seen")
    notes.execute(
        "INSERT INTO comments (id, parent, post) SELECT s.id, s.parent, s.post FROM seen s"
        " JOIN posts p ON p.id = s.post ORDER BY p.number, s.depth, s.at, s.id"
    )
    notes.execute("CREATE INDEX by_post ON comments (post, number)")
    notes.execute("COMMIT")
    [(snapshot.total,)] = notes.execute("SELECT count(*) FROM comments").fetchall()


def _keys(snapshot: Snapshot, conditions: tuple[ColumnElement[bool], ...]) -> Iterator[list[Any]]:
    statement = (
        select(Comment.id, Comment.parent_id, Comment.post_id, Comment.created_at, Post.external_id)
        .join(Post, Post.id == Comment.post_id)
        .where(*snapshot.in_scope(in_pages=True), *conditions)
        .order_by(Comment.id)
        .limit(PAGE)
    )
    rows = list(snapshot.session.execute(statement).all())
    while rows:
        yield rows
        last = rows[-1].id
        rows = list(snapshot.session.execute(statement.where(Comment.id > last)).all())
