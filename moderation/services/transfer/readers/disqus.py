"""Disqus: the XML of Admin > Moderation > Export."""

import re
from collections.abc import Iterator
from datetime import UTC
from html import unescape

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
#: An address in an identifier, such as `123 https://blog.example/?p=123` of the WordPress plugin.
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the threads and posts of an export."""
    for found in elements(opened, {"disqus"}, {"thread": 2, "post": 2}, _WANTED):
        yield _thread(found, times) if found.name == "thread" else _comment(found, times)


def _thread(found: Element, times: Times) -> ImportedThread:
    link = found.get("link")
    # Scripts and files on a disk of one's own are the address of no page.
    if not link or _SCHEME.match(link):
        link = _named_by(found.get("id"))
    return ImportedThread(
        key=found.get("@dsq:id"),
        url=link,
        title=_plain(found.get("title")),
        is_closed=found.get("isClosed") == "true",
        is_removed=found.get("isDeleted") == "true",
        created_at=times.moment(found.get("createdAt"), zone=UTC),
    )


def _named_by(identifier: str) -> str:
    """Return the page that an identifier names, which is an address or a path in many exports."""
    if address := _ADDRESS.search(identifier):
        return address[0]
    return identifier if "/" in identifier and not _SCHEME.match(identifier) else ""


def _plain(name: str) -> str:
    """Return a name or title without the escapes for HTML that some sites sent, even twice."""
    return unescape(unescape(name)) if "&" in name else name


def _comment(found: Element, times: Times) -> Record:
    # The inner id is missing in some files, the outer one in most.
    key = found.get("@dsq:id") or (f"id:{found.get('id')}" if found.get("id") else "")
    place = f"post {key}, line {found.line}" if key else f"line {found.line}"
    # Disqus writes UTC, with and without a Z.
    created_at = times.moment(found.get("createdAt"), zone=UTC)
    if not key:
        return Note(place, Why.REFUSED, "no id")
    if created_at is None:
        return Note(place, Why.REFUSED, "no date")
    if found.is_cut:
        return Note(place, Why.REFUSED, "too long")
    status = Status.APPROVED
    if found.get("isSpam") == "true" and found.get("message"):
        # Of spam that was deleted as well the text is of use still.
        status = Status.SPAM
    elif found.get("isDeleted") == "true":
        status = Status.DELETED
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
            name=_plain(found.get("author/name")),
            email=found.get("author/email"),
        ),
    )
