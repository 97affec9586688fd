"""What readers see: pages of comments, replies and counts, as plain values ready for JSON.

Everything is read by key and limit, so a page costs the same in a store of a hundred comments
and of ten million, and every answer has a bound in bytes: long comments make short pages.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from moderation.domain.errors import BadCursor, CommentNotFound, FieldError
from moderation.domain.status import Listing, PostState
from moderation.storage.comments import Comment
from moderation.storage.prepared import Prepared
from moderation.storage.sites import Post, Site

from . import post_rules, thread_rows

#: Replies that come along with each comment.
REPLIES = 5
#: Levels of replies that come along; deeper ones are fetched when asked for.
LEVELS = 3
#: Comments inside one another in an answer; JSON can be nested only so deep.
NESTED = 50
#: Bytes of a page's top-level comments, and of the replies that come along besides: texts, HTML
#: and what the fields around them take.
TOP_BYTES = 256 * 1024
REPLY_BYTES = 256 * 1024
OVERHEAD = 350

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the last comment of a page; the next page begins behind it."""

    created_at: datetime
    id: UUID

    def encode(self) -> str:
        # In whole numbers: a float loses the last microsecond now and then.
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        packed = microseconds.to_bytes(8, "big", signed=True) + self.id.bytes
        return base64.urlsafe_b64encode(packed).decode()

    @classmethod
    def decode(cls, cursor: str) -> "Cursor":
        try:
            packed = base64.urlsafe_b64decode(cursor.encode("ascii"))
            if len(packed) != 24:
                raise ValueError(cursor)
            microseconds = int.from_bytes(packed[:8], "big", signed=True)
            moment = _EPOCH + timedelta(microseconds=microseconds)
            return cls(moment, UUID(bytes=packed[8:]))
        except (ValueError, binascii.Error, OverflowError):
            raise BadCursor(
                "This cursor is not one of ours. Start again without a cursor.",
                errors=(FieldError("cursor", "not a cursor that this service gave out"),),
            ) from None


class _Room:
    """The bytes that are left for the comments of one answer."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, row: thread_rows.Row) -> bool:
        """Take the room of a row, unless it has none left."""
        self.left -= OVERHEAD + _size(row[5]) + _size(row[6])
        return self.left >= 0


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def page(
    session: Session,
    site: Site,
    external_id: str,
    *,
    sort: Sort = Sort.NEWEST,
    limit: int = 50,
    cursor: Cursor | None = None,
) -> dict[str, Any]:
    """Return one page of a post's top-level comments, each with its first replies.

    A post without comments has an empty page, and so has a removed one.
    """
    connection = session.connection()
    post = thread_rows.post(connection, site.id, external_id)
    rules = post_rules.of(site, post, external_id)
    # Nothing here depends on what time it is: these bytes are kept while the versions stand.
    head = {
        "id": external_id,
        "title": post.title if post else None,
        "url": post.url if post else None,
        "state": rules.state.value,
        "closes_at": rules.closes_at,
        "slow_seconds": rules.slow_seconds,
        "count": post.comment_count if post else 0,
    }
    if post is None or post.state == PostState.REMOVED:
        return {"post": {**head, "count": 0}, "comments": [], "next_cursor": None}
    statements = thread_rows.NEWEST if sort is Sort.NEWEST else thread_rows.OLDEST
    return {"post": head, **_listed(connection, statements, {"post": post.id}, limit, cursor)}


def replies(
    session: Session, parent_id: UUID | str, *, limit: int = 50, cursor: Cursor | None = None
) -> dict[str, Any]:
    """Return the replies to one listed comment, oldest first, with their own first replies."""
    connection = session.connection()
    parent = thread_rows.parent(connection, parent_id)
    if parent is None or _unlisted(parent):
        raise CommentNotFound(_NOT_FOUND)
    values = {"post": parent[14], "parent": parent_id}
    return _listed(connection, thread_rows.REPLIES, values, limit, cursor)


def one(session: Session, comment_id: UUID) -> tuple[int, str, dict[str, Any]]:
    """Return a listed comment by itself, behind the site and the post that it is on."""
    row = thread_rows.parent(session.connection(), comment_id)
    if row is None or _unlisted(row):
        raise CommentNotFound(_NOT_FOUND)
    return row[13], row[11], thread_rows.view(row)


def context(session: Session, comment_id: UUID) -> dict[str, Any]:
    """Return a listed comment inside the ones that it answers, the topmost first.

    For links to one comment, which may stand many pages down or deep in a thread. A deep one
    comes in several chains of at most NESTED comments: each begins with a reply to the last
    of the one before. Where the comments are long the uppermost ancestors are left out.
    """
    connection = session.connection()
    room = _Room(TOP_BYTES)
    chains: list[dict[str, Any]] = []
    post = ""
    wanted: Any = comment_id
    while wanted is not None:
        rows = thread_rows.chain(connection, wanted, NESTED)
        if not rows or any(_unlisted(row) for row in rows):
            raise CommentNotFound(_NOT_FOUND)
        post, wanted = rows[0][11], rows[-1][1]
        nested: list[dict[str, Any]] = []
        for row in rows:
            if not room.take(row) and (nested or chains):
                wanted = None
                break
            nested = [{**thread_rows.view(row), "replies": nested}]
        chains = nested + chains
    return {"post": post, "comments": chains}


def latest(
    session: Session, site: Site, external_id: str | None = None, *, limit: int = 50
) -> list[dict[str, Any]]:
    """Return the newest comments of a site or of one post, each with its post, for feeds.

    Fewer than `limit` where they are long.
    """
    room = _Room(TOP_BYTES)
    found: list[dict[str, Any]] = []
    for row in thread_rows.latest(session.connection(), site.id, external_id, limit):
        if not room.take(row) and found:
            break
        post, title, url = row[11:]
        found.append({**thread_rows.view(row), "post": post, "post_title": title, "post_url": url})
    return found


def counts(session: Session, site: Site, external_ids: Iterable[str]) -> dict[str, int]:
    """How many comments are shown for each post; 0 for one that nobody knows."""
    wanted = list(external_ids)
    rows = session.execute(
        select(Post.external_id, Post.comment_count).where(
            Post.site_id == site.id,
            Post.external_id.in_(wanted),
            Post.state != PostState.REMOVED.value,
        )
    )
    known = {row.external_id: row.comment_count for row in rows}
    return {external_id: known.get(external_id, 0) for external_id in wanted}


def view(row: Any) -> dict[str, Any]:
    """A listed comment as readers get it; of a deleted one only its place is left."""
    tombstone = row.listing == Listing.TOMBSTONE
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "author": {
            "name": "" if tombstone else row.author_name,
            "staff": bool(row.staff) and not tombstone,
        },
        "html": "" if tombstone else row.html,
        "text": "" if tombstone else row.text,
        "deleted": tombstone,
        "featured": row.featured_at is not None and not tombstone,
        "created_at": row.created_at,
        "edited_at": None if tombstone else row.edited_at,
        "reply_count": row.reply_count,
        "replies": [],
        "replies_cursor": None,
    }


_NOT_FOUND = "There is no such comment, or it is not public."


def _unlisted(row: thread_rows.Row) -> bool:
    """Tell whether a comment, with its post's state behind its name, is not for readers."""
    return bool(row[2] == Listing.HIDDEN or row[12] == PostState.REMOVED)


def _listed(
    connection: Connection,
    statements: tuple[Prepared, Prepared],
    values: dict[str, Any],
    limit: int,
    cursor: Cursor | None,
) -> dict[str, Any]:
    """Return the comments of a page with their replies, and the cursor behind them."""
    values["limit"] = limit + 1
    if cursor:
        values.update(at=cursor.created_at, id=cursor.id)
    rows = statements[cursor is not None].rows(connection, values)
    room = _Room(TOP_BYTES)
    comments: list[dict[str, Any]] = []
    for row in rows[:limit]:
        if not room.take(row) and comments:
            break
        comments.append(thread_rows.view(row))
    more = len(rows) > len(comments)
    room.left += REPLY_BYTES
    _attach_replies(connection, values["post"], comments, room)
    return {
        "comments": comments,
        "next_cursor": _cursor_behind(comments[-1]) if more else None,
    }


def _cursor_behind(comment: dict[str, Any]) -> str:
    return Cursor(datetime.fromisoformat(comment["created_at"]), UUID(comment["id"])).encode()


def _attach_replies(
    connection: Connection, post_id: int, comments: list[dict[str, Any]], room: _Room
) -> None:
    """Give each comment its first replies, a level at a time, while there is room.

    Where there is none, a comment has replies and neither these nor a cursor, like one whose
    replies are too deep to come along.
    """
    level = comments
    for _ in range(LEVELS):
        parents = {comment["id"]: comment for comment in level if comment["reply_count"]}
        level = []
        for parent, rows in thread_rows.families(connection, post_id, parents, REPLIES):
            for row in rows[:REPLIES]:
                if not room.take(row):
                    break
                reply = thread_rows.view(row)
                parent["replies"].append(reply)
                level.append(reply)
            if parent["reply_count"] > len(parent["replies"]) > 0:
                parent["replies_cursor"] = _cursor_behind(parent["replies"][-1])
            if room.left < 0:
                return


def post_of(session: Session, comment_id: UUID) -> str:
    """The post that a comment is on, as its site names it."""
    return session.execute(
        select(Post.external_id)
        .join(Comment, Comment.post_id == Post.id)
        .where(Comment.id == comment_id)
    ).scalar_one()


def site_of(session: Session, comment_id: UUID) -> Site | None:
    """The site that a comment is on."""
    return session.scalar(
        select(Site).join(Comment, Comment.site_id == Site.id).where(Comment.id == comment_id)
    )
