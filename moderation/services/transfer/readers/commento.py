"""Commento and Comentario: the JSON of their exports, versions 1 and 3."""

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
from ..values import entry, is_true, text, votes_of_score

_STATES = {
    "approved": Status.APPROVED,
    "unapproved": Status.HELD,
    "pending": Status.HELD,
    # Readers of Commento do not see what was reported until a moderator decides.
    "flagged": Status.HELD,
}
#: What Commento puts in the place of a deleted text; its exports leave out the mark itself.
_DELETED = "[deleted]"
_VERSIONS = (1, 3)


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield pages, commenters and comments."""
    version = _version(opened)
    for path, number, value in members(opened):
        if version not in _VERSIONS:
            named = text(version)[:20] or "none"
            raise Unreadable(
                f"The export has the version {named}; 1 of Commento and 3 of Comentario are read."
            )
        if not number or len(path) != 1:
            continue
        place = f"{path[0]} {number}"
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        elif path[0] == "commenters":
            yield _author(found)
        elif path[0] == "pages":
            yield _page(found, times)
        elif path[0] == "comments":
            yield from (_first if version == 1 else _third)(found, place, times)


def _version(opened: Opened) -> Any:
    """Return the version, which tools that sort the names move behind the comments."""
    for path, _, value in members(opened):
        if path == ("version",):
            return value
    raise Unreadable("The file has no version: it is no export of Commento or Comentario.")


def _author(found: Mapping[str, Any]) -> ImportedAuthor:
    return ImportedAuthor(
        key=text(found.get("commenterHex")) or text(found.get("id")),
        name=text(found.get("name")),
        email=text(found.get("email")),
        website=text(found.get("link")) or text(found.get("websiteUrl")),
    )


def _page(found: Mapping[str, Any], times: Times) -> ImportedThread:
    return ImportedThread(
        key=text(found.get("id")),
        url=text(found.get("path")) or "/",
        title=text(found.get("title")),
        with_query=True,
        is_closed=is_true(found.get("isReadonly")),
        created_at=times.moment(found.get("createdTime")),
    )


def _first(found: Mapping[str, Any], place: str, times: Times) -> Iterator[Record]:
    key, created_at = text(found.get("commentHex")), times.moment(found.get("creationDate"))
    if not key or created_at is None:
        yield Note(place, Why.REFUSED, "no id" if not key else "no date")
        return
    path = text(found.get("url")) or text(found.get("path")) or "/"
    domain = text(found.get("domain")) or text(found.get("host"))
    url = path if "://" in path or not domain else f"https://{domain}/{path.lstrip('/')}"
    yield ImportedThread(url, url, with_query=True)
    parent, author = text(found.get("parentHex")), text(found.get("commenterHex"))
    deleted = is_true(found.get("deleted")) or text(found.get("markdown")).strip() == _DELETED
    yield _comment(
        found,
        key=key,
        thread=url,
        parent=None if parent in ("root", "") else parent,
        status=Status.DELETED if deleted else _STATES.get(text(found.get("state")), Status.HELD),
        created_at=created_at,
        place=place,
        author=ImportedAuthor() if _is_anonymous(author) else ImportedAuthor(key=author),
    )


def _third(found: Mapping[str, Any], place: str, times: Times) -> Iterator[Record]:
    key, created_at = text(found.get("id")), times.moment(found.get("createdTime"))
    if not key or created_at is None:
        yield Note(place, Why.REFUSED, "no id" if not key else "no date")
        return
    if is_true(found.get("isDeleted")):
        status = Status.DELETED
    elif is_true(found.get("isPending")):
        status = Status.HELD
    else:
        status = Status.APPROVED if is_true(found.get("isApproved")) else Status.REJECTED
    author = text(found.get("userCreated"))
    name = text(found.get("authorName"))
    yield _comment(
        found,
        key=key,
        thread=text(found.get("pageId")),
        parent=text(found.get("parentId")) or None,
        status=status,
        created_at=created_at,
        edited_at=times.moment(found.get("editedTime")),
        place=place,
        author=ImportedAuthor(name=name) if _is_anonymous(author) else ImportedAuthor(key=author),
        is_featured=is_true(found.get("isSticky")),
    )


def _is_anonymous(author: str) -> bool:
    """Return whether a comment was written without an account: an id of zeros, or the word."""
    return author == "anonymous" or not author.strip("0-")


def _comment(found: Mapping[str, Any], **known: Any) -> ImportedComment:
    up, down = votes_of_score(found.get("score"))
    written = text(found.get("markdown"))
    return ImportedComment(
        text=written or text(found.get("html")),
        markup=Markup.MARKDOWN if written else Markup.HTML,
        votes_up=up,
        votes_down=down,
        **known,
    )
