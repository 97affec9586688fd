"""The comments that readers see: pages, replies and counts, as plain values ready for JSON.

Everything is read by key and limit, so a page costs the same in a store of a hundred comments
and of ten million, and every answer has a bound in bytes: long comments make short pages.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, defer

from moderation.domain.errors import CommentNotFound, FieldError, Invalid
from moderation.domain.members import who_may_comment
from moderation.domain.posts import canonical_id, page_address
from moderation.domain.status import Listing, PostState, Removal, Status
from moderation.domain.votes import Votes, votes_on
from moderation.storage.compiled_statements import CompiledStatement
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

from ..pagination import Cursor
from ..sites import post_rules
from . import moved_posts, thread_rows, vote_order

#: Replies that come along with each comment.
REPLIES = 5
#: Levels of replies that come along; deeper ones are fetched when asked for.
LEVELS = 3
#: Comments inside one another in an answer; JSON can be nested only so deep.
NESTED = 50
#: Bytes of a page's top-level comments, and of the replies included with them: texts, HTML
#: and the other fields.
TOP_BYTES = 256 * 1024
REPLY_BYTES = 256 * 1024
OVERHEAD = 350


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    #: By the votes for a comment; where readers vote.
    TOP = "top"
    #: By how evenly readers are divided; where readers vote against comments as well.
    CONTROVERSIAL = "controversial"


def sorts_of(votes: Votes) -> tuple[Sort, ...]:
    """Return the orders that a site with these votes has."""
    by_votes = {Votes.OFF: 2, Votes.UP: 3, Votes.UPDOWN: 4}
    return tuple(Sort)[: by_votes[votes]]


class _Room:
    """The bytes that are left for the comments of one answer."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, row: thread_rows.Row) -> bool:
        """Subtract the size of a row, and return whether it fits."""
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
    sends_mail: bool = False,
) -> dict[str, Any]:
    """Return one page of a post's top-level comments, each with its first replies.

    A post without comments has an empty page, and so has a removed one. Raises Invalid for an
    order by votes where the site has no such votes.
    """
    votes = votes_on(site.settings)
    if sort not in sorts_of(votes):
        raise Invalid(
            f"This site has no votes to sort by. Send one of: {', '.join(sorts_of(votes))}.",
            errors=(FieldError("sort", "needs votes, which this site does not have"),),
        )
    connection = session.connection()
    post = thread_rows.post(connection, site.id, external_id)
    rules = post_rules.rules_of_post(site, post, external_id)
    # Independent of the current time: these bytes are cached until the versions change.
    head = {
        "id": external_id,
        "title": post.title if post else None,
        "url": post.url if post else None,
        "state": rules.state.value,
        "closes_at": rules.closes_at,
        "slow_seconds": rules.slow_seconds,
        "identity": who_may_comment(site.settings).value,
        "replies_by_mail": sends_mail and bool(site.settings.get("replies_by_mail")),
        "website_field": bool(site.settings.get("website_field")),
        "reports": bool(site.settings.get("reports", True)),
        "votes": votes.value,
        "count": post.comment_count if post else 0,
    }
    if post is None:
        moved_posts.require_unmoved(session, site.id, external_id)
    if post is None or post.state == PostState.REMOVED:
        return {"post": {**head, "count": 0}, "comments": [], "next_cursor": None}
    if sort in (Sort.TOP, Sort.CONTROVERSIAL):
        heat = sort is Sort.CONTROVERSIAL
        rows = vote_order.page(connection, post.id, limit + 1, cursor, controversial=heat)
        found = _listed(connection, rows, post.id, limit, votes)
        if found["next_cursor"] is not None:
            last = rows[len(found["comments"]) - 1]
            rank = vote_order.rank_of(last, controversial=heat)
            found["next_cursor"] = _cursor_behind(found["comments"][-1], rank)
        return {"post": head, **found}
    statements = thread_rows.NEWEST if sort is Sort.NEWEST else thread_rows.OLDEST
    rows = _page_rows(connection, statements, {"post": post.id}, limit, cursor)
    return {"post": head, **_listed(connection, rows, post.id, limit, votes)}


def replies(
    session: Session, parent_id: UUID | str, *, limit: int = 50, cursor: Cursor | None = None
) -> dict[str, Any]:
    """Return the replies to one listed comment, oldest first, with their own first replies."""
    connection = session.connection()
    parent = thread_rows.parent(connection, parent_id)
    if parent is None or _unlisted(parent):
        raise CommentNotFound(_NOT_FOUND)
    post_id = parent[thread_rows.WIDTH + 3]
    values = {"post": post_id, "parent": parent_id}
    rows = _page_rows(connection, thread_rows.REPLIES, values, limit, cursor)
    votes = thread_rows.votes_of_site(connection, parent[thread_rows.WIDTH + 2])
    return _listed(connection, rows, post_id, limit, votes)


def listed_comment(session: Session, comment_id: UUID) -> tuple[int, str, dict[str, Any]]:
    """Return the site and the post of a listed comment, and the comment."""
    row = thread_rows.parent(session.connection(), comment_id)
    if row is None or _unlisted(row):
        raise CommentNotFound(_NOT_FOUND)
    votes = thread_rows.votes_of_site(session.connection(), row[thread_rows.WIDTH + 2])
    return row[thread_rows.WIDTH + 2], row[thread_rows.WIDTH], thread_rows.view(row, votes)


def context(session: Session, comment_id: UUID) -> dict[str, Any]:
    """Return a listed comment inside the ones that it answers, the topmost first.

    For links to one comment, which may be many pages down or deep in a thread. A deep one
    comes in several chains of at most NESTED comments: each begins with a reply to the last
    of the one before. Where the comments are long the uppermost ancestors are left out.
    """
    connection = session.connection()
    room = _Room(TOP_BYTES)
    chains: list[dict[str, Any]] = []
    post, votes = "", None
    wanted: Any = comment_id
    while wanted is not None:
        rows = thread_rows.chain(connection, wanted, NESTED)
        if not rows or any(_unlisted(row) for row in rows):
            raise CommentNotFound(_NOT_FOUND)
        post, wanted = rows[0][thread_rows.WIDTH], rows[-1][1]
        if votes is None:
            votes = thread_rows.votes_of_site(connection, rows[0][thread_rows.WIDTH + 2])
        nested: list[dict[str, Any]] = []
        for row in rows:
            if not room.take(row) and (nested or chains):
                wanted = None
                break
            nested = [{**thread_rows.view(row, votes), "replies": nested}]
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
        post, title, url = row[thread_rows.WIDTH :]
        # Addresses that an earlier release stored may have a fragment.
        url = page_address(url or "")
        found.append({**thread_rows.view(row), "post": post, "post_title": title, "post_url": url})
    if not found and external_id is not None:
        moved_posts.require_unmoved(session, site.id, external_id)
    return found


def counts(session: Session, site: Site, spelled: Iterable[str]) -> dict[str, int]:
    """Count the comments shown for each post, under its id as given; 0 for an unknown post."""
    wanted = {given: canonical_id(given) for given in spelled}
    known = _counts_of(session, site, set(wanted.values()))
    if missing := set(wanted.values()) - known.keys():
        moved = moved_posts.new_ids(session, site.id, missing)
        there = _counts_of(session, site, set(moved.values())) if moved else {}
        known |= {old: there.get(new, 0) for old, new in moved.items()}
    return {given: known.get(external_id, 0) for given, external_id in wanted.items()}


def _counts_of(session: Session, site: Site, external_ids: set[str]) -> dict[str, int]:
    rows = session.execute(
        select(Post.external_id, Post.comment_count).where(
            Post.site_id == site.id,
            Post.external_id.in_(external_ids),
            Post.state != PostState.REMOVED.value,
            Post.origin.is_(None),
        )
    )
    return {row.external_id: row.comment_count for row in rows}


def own_view(row: Any, status: Status) -> dict[str, Any]:
    """Return a comment as its author sees it; a deleted one has no text or name."""
    gone = Status.DELETED in (status, row.status)
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "author": thread_rows.author_view("", False, False, None)
        if gone
        else thread_rows.author_view(row.author_name, row.staff, row.verified, row.avatar),
        "html": "" if gone else row.html,
        "text": "" if gone else row.text,
        "deleted": gone,
        "removal": Removal.AUTHOR if gone else None,
        "featured": row.featured_at is not None and not gone,
        "created_at": row.created_at,
        "edited_at": None if gone else row.edited_at,
        "reply_count": row.reply_count,
        "replies": [],
        "replies_cursor": None,
    }


_NOT_FOUND = "There is no such comment, or it is not public."


def _unlisted(row: thread_rows.Row) -> bool:
    """Return whether a comment, or its whole post, is hidden from readers."""
    return bool(row[2] == Listing.HIDDEN or row[thread_rows.WIDTH + 1] == PostState.REMOVED)


def _page_rows(
    connection: Connection,
    statements: tuple[CompiledStatement, CompiledStatement],
    values: dict[str, Any],
    limit: int,
    cursor: Cursor | None,
) -> list[thread_rows.Row]:
    """Return the rows of a page in an order by time, and one more where there is one."""
    values["limit"] = limit + 1
    if cursor:
        values.update(at=cursor.created_at, id=cursor.id)
    return statements[cursor is not None].rows(connection, values)


def _listed(
    connection: Connection, rows: list[thread_rows.Row], post_id: int, limit: int, votes: Votes
) -> dict[str, Any]:
    """Return the comments of a page with their replies, and the cursor of the next page."""
    room = _Room(TOP_BYTES)
    comments: list[dict[str, Any]] = []
    for row in rows[:limit]:
        if not room.take(row) and comments:
            break
        comments.append(thread_rows.view(row, votes))
    more = len(rows) > len(comments)
    room.left += REPLY_BYTES
    _attach_replies(connection, post_id, comments, room, votes)
    return {
        "comments": comments,
        "next_cursor": _cursor_behind(comments[-1]) if more else None,
    }


def _cursor_behind(comment: dict[str, Any], rank: int | None = None) -> str:
    at = datetime.fromisoformat(comment["created_at"])
    return Cursor(at, UUID(comment["id"]), rank).encode()


def _attach_replies(
    connection: Connection, post_id: int, comments: list[dict[str, Any]], room: _Room, votes: Votes
) -> None:
    """Give each comment its first replies, a level at a time, while there is room.

    Without room a comment has a reply count, but neither replies nor a cursor, like one whose
    replies are too deep to be included.
    """
    level = comments
    for _ in range(LEVELS):
        parents = {comment["id"]: comment for comment in level if comment["reply_count"]}
        level = []
        for parent, rows in thread_rows.families(connection, post_id, parents, REPLIES):
            for row in rows[:REPLIES]:
                if not room.take(row):
                    break
                reply = thread_rows.view(row, votes)
                parent["replies"].append(reply)
                level.append(reply)
            if parent["reply_count"] > len(parent["replies"]) > 0:
                parent["replies_cursor"] = _cursor_behind(parent["replies"][-1])
            if room.left < 0:
                return


def post_of(session: Session, comment_id: UUID) -> str:
    """Return the site's id of the post that a comment is on."""
    return session.execute(
        select(Post.external_id)
        .join(Comment, Comment.post_id == Post.id)
        .where(Comment.id == comment_id)
    ).scalar_one()


def site_of_comment(session: Session, comment_id: UUID) -> Site | None:
    """Return the site that a comment is on; None when there is no such comment.

    Its settings, which can hold long word lists, are read when they are first used.
    """
    return session.scalar(
        select(Site)
        .join(Comment, Comment.site_id == Site.id)
        .where(Comment.id == comment_id)
        .options(defer(Site.settings))
    )
