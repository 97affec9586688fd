"""Isso: its SQLite database `comments.db`, of any version."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from moderation.domain.status import Status

from ..dates import Times
from ..files import Opened
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
from ..values import count, text

_COLUMNS = (
    *("tid", "id", "parent", "created", "modified", "mode", "text", "author", "email"),
    *("website", "likes", "dislikes"),
)
_STATUS = {1: Status.APPROVED, 2: Status.HELD, 4: Status.DELETED}
#: Isso's own import from other systems leaves HTML in the rows; people write Markdown.
_HTML = re.compile(r"\s*<(?:p|div|blockquote|ul|ol|pre)[ >].*>\s*", re.IGNORECASE | re.DOTALL)


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the threads and comments of a database."""
    with open_database(opened) as database:
        if not {"threads", "comments"} <= database.tables:
            raise Unreadable("The SQLite database has no tables of Isso.")
        for row in database.rows("threads", ("id", "uri", "title"), order="id"):
            yield ImportedThread(
                key=text(row["id"]), url=text(row["uri"]), title=text(row["title"]), with_query=True
            )
        for row in database.rows("comments", _COLUMNS, order="id"):
            yield _comment(row, times)


def _comment(row: dict[str, Any], times: Times) -> Record:
    key = text(row["id"])
    place = f"comment {key}"
    created_at = times.moment(row["created"])
    if created_at is None:
        return Note(place, Why.REFUSED, "no date")
    written = text(row["text"])
    return ImportedComment(
        key=key,
        thread=text(row["tid"]),
        parent=text(row["parent"]) or None,
        status=_STATUS.get(row["mode"], Status.HELD),
        text=written,
        markup=Markup.HTML if _HTML.fullmatch(written) else Markup.MARKDOWN,
        created_at=created_at,
        edited_at=times.moment(row["modified"]),
        place=place,
        # Isso stores both escaped for HTML.
        author=ImportedAuthor(
            name=unescape(text(row["author"])),
            email=text(row["email"]),
            website=unescape(text(row["website"])),
        ),
        votes_up=count(row["likes"]),
        votes_down=count(row["dislikes"]),
    )
