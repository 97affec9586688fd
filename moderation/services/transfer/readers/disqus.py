"""Disqus: the XML of Admin > Moderation > Export."""

from collections.abc import Iterator

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
    Why,
)
from ..xml_stream import Element, elements

_WANTED = frozenset(
    {"id", "link", "title", "createdAt", "isClosed", "isDeleted", "isSpam", "isApproved"}
    | {"@dsq:id", "thread@dsq:id", "parent@dsq:id"}
    | {"message", "author/name", "author/email", "author/username", "author/isAnonymous"}
)


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the threads and posts of an export."""
    for found in elements(opened, {"disqus"}, {"thread": 2, "post": 2}, _WANTED):
        yield _thread(found, times) if found.name == "thread" else _comment(found, times)


def _thread(found: Element, times: Times) -> ImportedThread:
    identifier = found.get("id")
    # An identifier that is an address or a path names the page where no link does.
    link = found.get("link") or (identifier if "/" in identifier else "")
    return ImportedThread(
        key=found.get("@dsq:id"),
        url=link,
        title=found.get("title"),
        is_closed=found.get("isClosed") == "true",
        is_removed=found.get("isDeleted") == "true",
        created_at=times.moment(found.get("createdAt")),
    )


def _comment(found: Element, times: Times) -> Record:
    # The inner id is missing in some files, the outer one in most.
    key = found.get("@dsq:id") or (f"id:{found.get('id')}" if found.get("id") else "")
    place = f"post {key}, line {found.line}" if key else f"line {found.line}"
    created_at = times.moment(found.get("createdAt"))
    if not key:
        return Note(place, Why.REFUSED, "no id")
    if created_at is None:
        return Note(place, Why.REFUSED, "no date")
    if found.is_cut:
        return Note(place, Why.REFUSED, "too long")
    status = Status.APPROVED
    if found.get("isDeleted") == "true":
        status = Status.DELETED
    elif found.get("isSpam") == "true":
        status = Status.SPAM
    elif found.get("isApproved") == "false":
        status = Status.HELD
    username = found.get("author/username")
    return ImportedComment(
        key=key,
        thread=found.get("thread@dsq:id"),
        parent=found.get("parent@dsq:id") or None,
        status=status,
        text=found.get("message"),
        markup=Markup.HTML,
        created_at=created_at,
        place=place,
        author=ImportedAuthor(
            key=f"user:{username}" if username else "",
            name=found.get("author/name"),
            email=found.get("author/email"),
        ),
    )
