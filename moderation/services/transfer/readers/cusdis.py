"""Cusdis: its SQLite database, or an SQL dump of its PostgreSQL database."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from moderation.domain.status import Status

from ..dates import Times
from ..files import Kind, Opened
from ..records import (
    ImportedAuthor,
    ImportedComment,
    ImportedThread,
    Markup,
    Note,
    Record,
    Unreadable,
    Why,
)
from ..sql_dump import rows, tables
from ..sqlite_file import open_database
from ..values import is_true, text

_PAGE = ("id", "slug", "url", "title")
_COMMENT = (
    *("id", "pageId", "created_at", "createdAt", "deletedAt", "moderatorId", "by_email"),
    *("by_nickname", "content", "approved", "parentId"),
)


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the pages and comments of every project."""
    if opened.kind is Kind.SQLITE:
        yield from _database(opened, times)
        return
    found = tables(opened)
    for table, line, values in rows(opened):
        found.add(table)
        if table == "pages":
            yield _page(values)
        elif table == "comments":
            yield _comment(values, f"line {line}", times)
    if not found & {"pages", "projects"}:
        raise Unreadable("The SQL dump has no tables of Cusdis.")


def _database(opened: Opened, times: Times) -> Iterator[Record]:
    with open_database(opened) as database:
        if not {"pages", "comments"} <= database.tables:
            raise Unreadable("The SQLite database has no tables of Cusdis.")
        for row in database.rows("pages", _PAGE, order="id"):
            yield _page(row)
        for row in database.rows("comments", _COMMENT, order="created_at"):
            yield _comment(row, f"comment {text(row['id'])[:60]}", times)


def _page(row: Mapping[str, Any]) -> ImportedThread:
    return ImportedThread(
        key=text(row.get("id")),
        url=text(row.get("url")) or text(row.get("slug")),
        title=text(row.get("title")),
        with_query=True,
    )


def _comment(row: Mapping[str, Any], place: str, times: Times) -> Record:
    # Prisma writes UTC, as milliseconds or without naming it.
    created_at = times.moment(row.get("created_at") or row.get("createdAt"), zone=UTC)
    key = text(row.get("id"))
    if not key or created_at is None:
        return Note(place, Why.REFUSED, "no id" if not key else "no date")
    status = Status.APPROVED if is_true(row.get("approved")) else Status.HELD
    return ImportedComment(
        key=key,
        thread=text(row.get("pageId")),
        parent=text(row.get("parentId")) or None,
        status=Status.DELETED if row.get("deletedAt") is not None else status,
        text=text(row.get("content")),
        markup=Markup.MARKDOWN,
        created_at=created_at,
        place=place,
        author=ImportedAuthor(
            name=text(row.get("by_nickname")),
            email=text(row.get("by_email")),
            is_staff=row.get("moderatorId") is not None,
        ),
    )
