"""Remark42: a backup, JSON lines behind one line about users and posts."""

from collections.abc import Iterator, Mapping
from typing import Any

from moderation.domain.status import Status

from ..dates import Times
from ..files import Opened
from ..json_stream import lines
from ..records import (
    ImportedAuthor,
    ImportedBan,
    ImportedComment,
    ImportedThread,
    Markup,
    Note,
    Record,
    Unreadable,
    Why,
)
from ..values import entry, is_true, text, votes_of_score


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the bans of the head line, and the comments."""
    known = ""
    for number, value in lines(opened):
        place = f"line {number}"
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        elif "locator" not in found and "version" in found:
            # Remark42 itself still reads the version 0 of its first backups.
            if found["version"] not in (0, 1):
                raise Unreadable(
                    f"The backup has version {text(found['version'])[:20] or 'unknown'}; 1 is read."
                )
            yield from _head(found, times)
        else:
            url = _url(found)
            if url and url != known:
                known = url
                yield ImportedThread(url, url, text(found.get("title")), with_query=True)
            yield _comment(found, url, place, times)


def _head(head: Mapping[str, Any], times: Times) -> Iterator[Record]:
    for post in _objects(head.get("posts")):
        url = text(post.get("url"))
        if is_true(post.get("read_only")):
            yield ImportedThread(url, url, with_query=True, is_closed=True)
    for number, user in enumerate(_objects(head.get("users")), start=1):
        blocked, details = user.get("blocked"), user.get("details")
        if not isinstance(blocked, dict) or not is_true(blocked.get("status")):
            continue
        email = text(details.get("email")) if isinstance(details, dict) else ""
        author = ImportedAuthor(key=text(user.get("id")), email=email)
        yield ImportedBan(f"line 1, user {number}", author, times.moment(blocked.get("until")))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _url(found: Mapping[str, Any]) -> str:
    locator = found.get("locator")
    return text(locator.get("url")) if isinstance(locator, dict) else ""


def _comment(found: Mapping[str, Any], url: str, place: str, times: Times) -> Record:
    key = text(found.get("id"))
    created_at = times.moment(found.get("time"))
    if not key:
        return Note(place, Why.REFUSED, "no id")
    if created_at is None:
        return Note(place, Why.REFUSED, "no date")
    user, edit = found.get("user"), found.get("edit")
    user = user if isinstance(user, dict) else {}
    up, down = _votes(found)
    original = text(found.get("orig"))
    return ImportedComment(
        key=key,
        thread=url,
        parent=text(found.get("pid")) or None,
        status=Status.DELETED if is_true(found.get("delete")) else Status.APPROVED,
        text=original or text(found.get("text")),
        markup=Markup.MARKDOWN if original else Markup.HTML,
        created_at=created_at,
        edited_at=times.moment(edit.get("time")) if isinstance(edit, dict) else None,
        place=place,
        author=ImportedAuthor(
            key=text(user.get("id")),
            name=text(user.get("name")),
            is_staff=is_true(user.get("admin")),
        ),
        votes_up=up,
        votes_down=down,
        is_featured=is_true(found.get("pin")),
    )


def _votes(found: Mapping[str, Any]) -> tuple[int, int]:
    votes = found.get("votes")
    if isinstance(votes, dict) and votes:
        up = sum(vote is True for vote in votes.values())
        return up, len(votes) - up
    return votes_of_score(found.get("score"))
