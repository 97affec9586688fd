"""Waline: its own export, and its table of comments as a database, an SQL dump or CSV."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moderation.domain.status import Status

from .. import csv_table, sql_dump
from ..dates import Times
from ..files import Kind, Opened
from ..json_list import values
from ..json_stream import members
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
from ..sqlite_file import open_database
from ..values import count, entry, is_true, markup_of, text

_STATUS = {"approved": Status.APPROVED, "waiting": Status.HELD, "spam": Status.SPAM}
_COLUMNS = (
    *("id", "comment", "insertedAt", "createdAt", "link", "mail", "nick", "pid", "rid"),
    *("sticky", "status", "like", "url"),
)
#: PostgreSQL has the names in lower case.
_SPELLED = {name.lower(): name for name in (*_COLUMNS, "objectId")}
_TABLE = re.compile(r"(?:\w{1,60}_)?comment", re.IGNORECASE)
_ENVELOPE = re.compile(rb'"Comment"\s*:|"type"\s*:\s*"waline"')
_NO_TABLE = "The file has no table of comments of Waline."


def is_table(name: str) -> bool:
    """Return whether a table has the comments: its prefix is a setting of Waline."""
    return _TABLE.fullmatch(name) is not None


def is_csv(opened: Opened) -> bool:
    """Return whether a file is the table of comments as CSV."""
    return {"nick", "comment", "url"} <= set(csv_table.columns(opened))


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the comments; the table of users, with its hashes of passwords, is not looked at."""
    for place, value in _entries(opened):
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        else:
            yield from comment(found, place, times)


def _entries(opened: Opened) -> Iterator[tuple[str, Any]]:
    if is_csv(opened):
        for line, row in csv_table.table(opened):
            yield f"line {line}", _spelled(row)
    elif opened.kind is Kind.SQLITE:
        with open_database(opened) as database:
            tables = sorted(filter(is_table, database.tables))
            for name in tables:
                for row in database.rows(name, _COLUMNS, order="id"):
                    yield f"comment {text(row['id'])}", row
        if not tables:
            raise Unreadable(_NO_TABLE)
    elif opened.kind is Kind.SQL:
        found = sql_dump.tables(opened)
        for table, line, row in sql_dump.rows(opened):
            found.add(table)
            if is_table(table):
                yield f"line {line}", _spelled(row)
        if not any(map(is_table, found)):
            raise Unreadable(_NO_TABLE)
    elif _ENVELOPE.search(opened.beginning):
        for path, number, value in members(opened):
            if path[-1:] == ("Comment",) and number:
                yield f"comment {number}", value
    else:
        # LeanCloud exports the bare class.
        yield from values(opened, "results")


def _spelled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {_SPELLED.get(name.lower(), name): value for name, value in row.items()}


def comment(
    found: Mapping[str, Any], place: str, times: Times, markup: Markup | None = None
) -> Iterator[Record]:
    """Yield the thread and the comment of one entry, which Valine has as well.

    `markup`: None recognises it by the text.
    """
    key = text(found.get("objectId")) or text(found.get("id")) or text(found.get("_id"))
    created_at = times.moment(found.get("insertedAt")) or times.moment(found.get("createdAt"))
    if not key or created_at is None:
        yield Note(place, Why.REFUSED, "no id" if not key else "no date")
        return
    url, written = text(found.get("url")), text(found.get("comment"))
    yield ImportedThread(url, url, with_query=True)
    yield ImportedComment(
        key=key,
        thread=url,
        parent=_parent(found),
        status=_status(found),
        text=written,
        markup=markup_of(written) if markup is None else markup,
        created_at=created_at,
        place=place,
        author=ImportedAuthor(
            name=text(found.get("nick")),
            email=text(found.get("mail")),
            website=text(found.get("link")),
        ),
        votes_up=count(found.get("like")),
        is_featured=is_true(found.get("sticky")),
    )


def _parent(found: Mapping[str, Any]) -> str | None:
    parent = text(found.get("pid")) or text(found.get("rid"))
    return parent if parent not in ("", "0") else None


def _status(found: Mapping[str, Any]) -> Status:
    status = text(found.get("status"))
    if status:
        return _STATUS.get(status, Status.HELD)
    # Both systems show readers what has no status, as Valine kept it.
    return Status.SPAM if is_true(found.get("isSpam")) else Status.APPROVED
