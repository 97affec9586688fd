"""Artalk: its transfer format "Artrans", a list of flat objects."""

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
    Note,
    Record,
    Why,
)
from ..values import count, entry, is_true, markup_of, text


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the comments and their pages."""
    for place, value in values(opened, "comments", "data"):
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        else:
            yield from _comment(found, place, times)


def _comment(found: Mapping[str, Any], place: str, times: Times) -> Iterator[Record]:
    # The first Artalk, in PHP, has `date`.
    created_at = times.moment(found.get("created_at") or found.get("date"))
    key = text(found.get("id"))
    if not key or created_at is None:
        yield Note(place, Why.REFUSED, "no id" if not key else "no date")
        return
    url, site = text(found.get("page_key")), text(found.get("site_name"))
    thread = f"{site}\n{url}"
    yield ImportedThread(
        thread,
        url,
        text(found.get("page_title")),
        with_query=True,
        is_closed=is_true(found.get("page_admin_only")),
    )
    parent, written = text(found.get("rid")), text(found.get("content"))
    edited_at = times.moment(found.get("updated_at"))
    yield ImportedComment(
        key=key,
        thread=thread,
        parent=None if parent in ("", "0") else parent,
        status=Status.HELD if is_true(found.get("is_pending")) else Status.APPROVED,
        text=written,
        markup=markup_of(written),
        created_at=created_at,
        edited_at=edited_at if edited_at and edited_at > created_at else None,
        place=place,
        author=ImportedAuthor(
            name=text(found.get("nick")),
            email=text(found.get("email")),
            website=text(found.get("link")),
        ),
        votes_up=count(found.get("vote_up")),
        votes_down=count(found.get("vote_down")),
        is_featured=is_true(found.get("is_pinned")),
    )
