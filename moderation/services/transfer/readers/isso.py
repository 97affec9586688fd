"""Isso: its database `comments.db` of any version, an SQL dump of it, or its generic JSON."""

from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from moderation.domain.status import Status

from ..dates import Times
from ..files import Kind, Opened
from ..json_list import values
from ..records import (
    ImportedAuthor,
    ImportedComment,
    ImportedThread,
    Note,
    Record,
    Unreadable,
    Why,
)
from ..sql_dump import rows, tables
from ..sqlite_file import open_database
from ..values import count, entry, markup_of, text

_COLUMNS = (
    *("tid", "id", "parent", "created", "modified", "mode", "text", "author", "email"),
    *("website", "likes", "dislikes"),
)
_STATUS = {"1": Status.APPROVED, "2": Status.HELD, "4": Status.DELETED}


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the threads and comments of a database."""
    if opened.kind is Kind.SQLITE:
        yield from _database(opened, times)
    elif opened.kind is Kind.SQL:
        found = tables(opened)
        for table, _, row in rows(opened):
            found.add(table)
            if table == "threads":
                yield _thread(row)
            elif table == "comments":
                yield _comment(row, times)
        if "threads" not in found:
            raise Unreadable("The SQL dump has no tables of Isso.")
    else:
        for place, value in values(opened, "threads"):
            yield from _generic(value, place, times)


def _database(opened: Opened, times: Times) -> Iterator[Record]:
    with open_database(opened) as database:
        if not {"threads", "comments"} <= database.tables:
            raise Unreadable("The SQLite database has no tables of Isso.")
        for row in database.rows("threads", ("id", "uri", "title"), order="id"):
            yield _thread(row)
        for row in database.rows("comments", _COLUMNS, order="id"):
            yield _comment(row, times)


def _thread(row: Mapping[str, Any]) -> ImportedThread:
    return ImportedThread(
        key=text(row.get("id")),
        url=text(row.get("uri")),
        title=text(row.get("title")),
        with_query=True,
    )


def _generic(thread: Any, place: str, times: Times) -> Iterator[Record]:
    """Yield a thread of Isso's JSON for comments of any system."""
    if not isinstance(thread, dict) or not isinstance(thread.get("comments"), list):
        yield Note(place, Why.REFUSED, "no thread with comments")
        return
    uri = text(thread.get("id"))
    yield ImportedThread(uri, uri, text(thread.get("title")), with_query=True)
    for number, value in enumerate(thread["comments"], start=1):
        where = f"{place}, comment {number}"
        found = entry(value, where)
        if isinstance(found, Note):
            yield found
            continue
        created_at = times.moment(found.get("created"))
        if created_at is None:
            yield Note(where, Why.REFUSED, "no date")
            continue
        written = text(found.get("text"))
        # Ids are unique within a thread only.
        key, parent = text(found.get("id")), text(found.get("parent"))
        yield ImportedComment(
            key=f"{uri}#{key or number}",
            thread=uri,
            parent=f"{uri}#{parent}" if parent else None,
            status=_status(found.get("mode", 1)),
            text=written,
            markup=markup_of(written),
            created_at=created_at,
            place=where,
            author=ImportedAuthor(
                name=text(found.get("author")),
                email=text(found.get("email")),
                website=text(found.get("website")),
            ),
        )


def _status(mode: Any) -> Status:
    return _STATUS.get(text(mode), Status.HELD)


def _comment(row: Mapping[str, Any], times: Times) -> Record:
    key = text(row.get("id"))
    place = f"comment {key}"
    created_at = times.moment(row.get("created"))
    if created_at is None:
        return Note(place, Why.REFUSED, "no date")
    written = text(row.get("text"))
    return ImportedComment(
        key=key,
        thread=text(row.get("tid")),
        parent=text(row.get("parent")) or None,
        status=_status(row.get("mode")),
        text=written,
        # Isso's own import from other systems leaves HTML in the rows; people write Markdown.
        markup=markup_of(written),
        created_at=created_at,
        edited_at=times.moment(row.get("modified")),
        place=place,
        # Isso stores both escaped for HTML.
        author=ImportedAuthor(
            name=unescape(text(row.get("author"))),
            email=text(row.get("email")),
            website=unescape(text(row.get("website"))),
        ),
        votes_up=count(row.get("likes")),
        votes_down=count(row.get("dislikes")),
    )
