"""What readers see: pages of comments, replies and counts, as plain values ready for JSON.

Only rows that are listed are ever selected here. Everything is read by key and limit, so
a page costs the same in a store of a hundred comments and of ten million.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, union_all
from sqlalchemy.orm import Session

from moderation.domain.errors import BadCursor, CommentNotFound, FieldError
from moderation.domain.status import Listing, PostState, Status
from moderation.storage.comments import Comment
from moderation.storage.sites import Post, Site

from . import post_rules

#: Replies that come along with each comment.
REPLIES = 5
#: Levels of replies that come along; deeper ones are fetched when asked for.
LEVELS = 3
#: Large families per query; SQLite joins no more than 500 parts.
FAMILIES = 100

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


_COLUMNS = (
    Comment.id,
    Comment.parent_id,
    Comment.listing,
    Comment.author_name,
    Comment.staff,
    Comment.html,
    Comment.text,
    Comment.created_at,
    Comment.edited_at,
    Comment.reply_count,
    Comment.featured_at,
)
_LISTED = Comment.listing != Listing.HIDDEN.value


def page(
    session: Session,
    site: Site,
    external_id: str,
    *,
    sort: Sort = Sort.NEWEST,
    limit: int = 50,
    cursor: Cursor | None = None,
) -> dict[str, Any]:
    """One page of a post's top-level comments, each with its first replies.

    A post that nobody has commented on has an empty page, and so has a removed one.
    """
    post = session.execute(
        select(
            *(Post.id, Post.title, Post.url, Post.state, Post.comment_count),
            *(Post.rules, Post.published_at, Post.created_at),
        ).where(Post.site_id == site.id, Post.external_id == external_id)
    ).one_or_none()
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
    statement = select(*_COLUMNS).where(
        Comment.post_id == post.id, Comment.parent_id.is_(None), _LISTED
    )
    comments, next_cursor = _paged(session, statement, sort, limit, cursor)
    _attach_replies(session, comments)
    return {"post": head, "comments": comments, "next_cursor": next_cursor}


def replies(
    session: Session, parent_id: UUID, *, limit: int = 50, cursor: Cursor | None = None
) -> dict[str, Any]:
    """The replies to one listed comment, oldest first, with their own first replies."""
    parent = session.execute(
        select(Comment.listing, Post.state)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.id == parent_id)
    ).one_or_none()
    if parent is None or parent.listing == Listing.HIDDEN or parent.state == PostState.REMOVED:
        raise CommentNotFound("There is no such comment, or it is not public.")
    statement = select(*_COLUMNS).where(Comment.parent_id == parent_id, _LISTED)
    comments, next_cursor = _paged(session, statement, Sort.OLDEST, limit, cursor)
    _attach_replies(session, comments)
    return {"comments": comments, "next_cursor": next_cursor}


def context(session: Session, comment_id: UUID) -> dict[str, Any]:
    """A listed comment inside the ones that it answers, the topmost first.

    For links to one comment, which may stand many pages down or deep in a thread.
    """
    chain: list[dict[str, Any]] = []
    post = ""
    wanted: UUID | None = comment_id
    while wanted is not None:
        row = session.execute(
            select(*_COLUMNS, Post.external_id)
            .join(Post, Post.id == Comment.post_id)
            .where(Comment.id == wanted, _LISTED, Post.state != PostState.REMOVED.value)
        ).one_or_none()
        if row is None:
            raise CommentNotFound("There is no such comment, or it is not public.")
        chain = [{**view(row), "replies": chain}]
        post, wanted = row.external_id, row.parent_id
    return {"post": post, "comments": chain}


def latest(
    session: Session, site: Site, external_id: str | None = None, *, limit: int = 50
) -> list[dict[str, Any]]:
    """The newest comments of a site or of one post, each with its post, for feeds."""
    statement = (
        select(
            *_COLUMNS,
            Post.external_id.label("post"),
            Post.title.label("post_title"),
            Post.url.label("post_url"),
        )
        .join(Post, Post.id == Comment.post_id)
        .where(
            Comment.site_id == site.id,
            Comment.status == Status.APPROVED.value,
            Comment.listing == Listing.SHOWN.value,
            Post.state != PostState.REMOVED.value,
        )
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    )
    if external_id is not None:
        statement = statement.where(Post.external_id == external_id)
    return [
        {**view(row), "post": row.post, "post_title": row.post_title, "post_url": row.post_url}
        for row in session.execute(statement)
    ]


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


def _paged(
    session: Session,
    statement: Any,
    sort: Sort,
    limit: int,
    cursor: Cursor | None,
) -> tuple[list[dict[str, Any]], str | None]:
    place = tuple_(Comment.created_at, Comment.id)
    if sort is Sort.NEWEST:
        statement = statement.order_by(Comment.created_at.desc(), Comment.id.desc())
        if cursor:
            statement = statement.where(place < (cursor.created_at, cursor.id))
    else:
        statement = statement.order_by(Comment.created_at, Comment.id)
        if cursor:
            statement = statement.where(place > (cursor.created_at, cursor.id))
    rows = session.execute(statement.limit(limit + 1)).all()
    comments = [view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return comments, _cursor_behind(comments[-1]) if more else None


def _cursor_behind(comment: dict[str, Any]) -> str:
    return Cursor(comment["created_at"], comment["id"]).encode()


def _attach_replies(session: Session, comments: list[dict[str, Any]]) -> None:
    """Give each comment its first replies, a level at a time: one query for each level."""
    level = comments
    for _ in range(LEVELS):
        parents = {comment["id"]: comment for comment in level if comment["reply_count"]}
        if not parents:
            return
        level = []
        for statement in _first_replies(parents.values()):
            for row in session.execute(statement):
                parent = parents[row.parent_id]
                if len(parent["replies"]) < REPLIES:
                    reply = view(row)
                    parent["replies"].append(reply)
                    level.append(reply)
        for parent in parents.values():
            if parent["reply_count"] > len(parent["replies"]) > 0:
                parent["replies_cursor"] = _cursor_behind(parent["replies"][-1])


def _first_replies(parents: Iterable[dict[str, Any]]) -> Iterator[Any]:
    """Read whole families where they are small, and only the first of the large ones."""
    small: list[UUID] = []
    large: list[UUID] = []
    for parent in parents:
        (small if parent["reply_count"] <= REPLIES else large).append(parent["id"])
    order = (Comment.created_at, Comment.id)
    listed = select(*_COLUMNS).where(_LISTED)
    if not large:
        yield listed.where(Comment.parent_id.in_(small)).order_by(*order)
    for begin in range(0, len(large), FAMILIES):
        parts = [
            select(listed.where(Comment.parent_id == id).order_by(*order).limit(REPLIES).subquery())
            for id in large[begin : begin + FAMILIES]
        ]
        if small and begin == 0:
            parts.append(select(listed.where(Comment.parent_id.in_(small)).subquery()))
        family = union_all(*parts).subquery()
        yield select(family).order_by(family.c.created_at, family.c.id)


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
