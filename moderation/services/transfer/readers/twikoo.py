"""Twikoo: the JSON of its console's export, a list or JSON lines."""

from collections.abc import Iterator, Mapping
from typing import Any

from moderation.domain.status import Status

from ..dates import Times
from ..files import Opened
from ..json_list import values
from ..records import (
    ImportedAuthor,
    ImportedComment,
    ImportedThread,
    Markup,
    Note,
    Record,
    Why,
)
from ..url_map import path_of
from ..values import count, entry, is_true, text


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the comments and their pages."""
    for place, value in values(opened, "comment", "comments", "results", "data"):
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        else:
            yield from _comment(found, place, times)


def _comment(found: Mapping[str, Any], place: str, times: Times) -> Iterator[Record]:
    key = text(found.get("_id")) or text(found.get("id"))
    created_at = times.moment(found.get("created"))
    if not key or created_at is None:
        yield Note(place, Why.REFUSED, "no id" if not key else "no date")
        return
    path, address = text(found.get("url")), text(found.get("href"))
    # The path distinguishes pages; the address adds the host.
    same = path_of(address, with_query=True) == path or path_of(address, with_query=False) == path
    url = address if same or not path else path
    yield ImportedThread(path or address, url, with_query="?" in path)
    spam = found.get("isSpam")
    status = Status.SPAM if is_true(spam) else Status.APPROVED
    yield ImportedComment(
        key=key,
        thread=path or address,
        parent=text(found.get("pid")) or text(found.get("rid")) or None,
        # Without the mark it was never checked.
        status=Status.HELD if spam is None else status,
        text=text(found.get("comment")),
        markup=Markup.HTML,
        created_at=created_at,
        place=place,
        author=ImportedAuthor(
            name=text(found.get("nick")),
            email=text(found.get("mail")),
            website=text(found.get("link")),
            is_staff=is_true(found.get("master")),
        ),
        votes_up=count(found.get("ups")) or count(found.get("like")),
        votes_down=count(found.get("downs")),
        is_featured=is_true(found.get("top")),
    )
