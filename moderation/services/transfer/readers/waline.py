"""Waline's own export, and bare lists of its older relative Valine from LeanCloud."""

from collections.abc import Iterator, Mapping
from typing import Any

from moderation.domain.status import Status

from ..dates import Times
from ..files import Opened
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
from ..values import count, entry, is_true, text

_STATUS = {"approved": Status.APPROVED, "waiting": Status.HELD, "spam": Status.SPAM}


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the comments; the table of users, with its hashes of passwords, is not looked at."""
    is_waline = False
    for path, number, value in members(opened):
        is_waline = is_waline or (path[-1:] == ("type",) and value == "waline")
        if path[-1:] != ("Comment",) or not number:
            continue
        is_waline = True
        place = f"comment {number}"
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        else:
            yield from comment(found, place, times, Markup.MARKDOWN)
    if not is_waline:
        raise Unreadable("The file has no table of comments of Waline.")


def comment(found: Mapping[str, Any], place: str, times: Times, markup: Markup) -> Iterator[Record]:
    """Yield the thread and the comment of one entry, which Valine has as well."""
    key = text(found.get("objectId")) or text(found.get("id")) or text(found.get("_id"))
    created_at = times.moment(found.get("insertedAt")) or times.moment(found.get("createdAt"))
    if not key or created_at is None:
        yield Note(place, Why.REFUSED, "no id" if not key else "no date")
        return
    url = text(found.get("url"))
    yield ImportedThread(url, url, with_query=True)
    status = Status.APPROVED
    if markup is Markup.MARKDOWN:
        status = _STATUS.get(text(found.get("status")), Status.HELD)
    elif is_true(found.get("isSpam")):
        status = Status.SPAM
    yield ImportedComment(
        key=key,
        thread=url,
        parent=text(found.get("pid")) or text(found.get("rid")) or None,
        status=status,
        text=text(found.get("comment")),
        markup=markup,
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
