"""The listing of comments: approved ones, and tombstones above approved replies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, bindparam, case, literal, select, update
from sqlalchemy.orm import Session

from moderation.domain.status import Listing, Status
from moderation.storage.models.comments import Comment

_T = Comment.__table__


#: Run once for all comments that change. A comment that is no longer shown is not featured.
_RELIST = (
    update(_T)  # type: ignore[arg-type]
    .where(_T.c.id == bindparam("comment"))
    .values(
        listing=bindparam("now_listed"),
        reply_count=bindparam("replies"),
        featured_at=case((bindparam("stays_shown", type_=Boolean), _T.c.featured_at)),
    )
)


@dataclass(slots=True)
class _Node:
    id: UUID
    status: Status
    listing: Listing
    reply_count: int
    parent_id: UUID | None = None
    #: A reply was counted that the store does not have yet.
    has_changed: bool = False


def _relist(
    session: Session, row: dict[str, Any], *, replies: int = 0
) -> tuple[Listing, bool, int]:
    """Update the listing of a comment and of its ancestors.

    `replies`: listed replies that were stored below it and are not counted yet. Returns the
    comment's listing, whether any listing changed, and the change in the number of shown
    comments.

    An approved comment is shown below any ancestor. Any other becomes a tombstone, without text
    or name, while a comment below it is listed, so that replies keep their place.
    """
    ancestors = _way_up(session, row["id"])
    moved, shown, change = list[dict[str, Any]](), 0, replies
    for node in ancestors:
        before, count = node.listing, node.reply_count + change
        node.listing = _listing(node.status, count)
        if (node.listing, count) != (before, node.reply_count):
            stays = node.listing is Listing.SHOWN
            moved.append(
                {
                    "comment": node.id,
                    "now_listed": node.listing.value,
                    "replies": count,
                    "stays_shown": stays,
                }
            )
            shown += stays - (before is Listing.SHOWN)
        change = (node.listing is not Listing.HIDDEN) - (before is not Listing.HIDDEN)
        if not change:
            break
    if moved:
        session.connection().execute(_RELIST, moved)
    return ancestors[0].listing, bool(moved), shown


def _listing(status: Status, reply_count: int) -> Listing:
    if status is Status.APPROVED:
        return Listing.SHOWN
    return Listing.TOMBSTONE if reply_count > 0 else Listing.HIDDEN


_COLUMNS = (Comment.id, Comment.status, Comment.listing, Comment.reply_count)


def _way_up(session: Session, comment_id: UUID) -> list[_Node]:
    """Return the comment and its ancestors, the nearest first."""
    start = (
        select(*_COLUMNS, Comment.parent_id, literal(0).label("depth"))
        .where(Comment.id == comment_id)
        .cte("way", recursive=True)
    )
    ancestors = start.union_all(
        select(*_COLUMNS, Comment.parent_id, start.c.depth + 1).join(
            start, Comment.id == start.c.parent_id
        )
    )
    return [
        _Node(r.id, Status(r.status), Listing(r.listing), r.reply_count)
        for r in session.execute(select(ancestors).order_by(ancestors.c.depth))
    ]


def place(session: Session, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return new comments with their listing and their counts of replies.

    Every parent is in the store or stands before its replies. Comments of the store above them
    are updated: one that is not approved becomes a tombstone with its first listed reply.
    """
    placed: dict[UUID, dict[str, Any]] = {}
    new = {row["id"] for row in rows}
    replied = {row["parent_id"] for row in rows if row["status"] == Status.APPROVED}
    above = _stored(session, replied - new - {None})
    for row in rows:
        shown = row["status"] == Status.APPROVED
        seen = Listing.SHOWN if shown else Listing.HIDDEN
        placed[row["id"]] = {**row, "listing": seen.value, "reply_count": 0}
        parent_id = row["parent_id"] if shown else None
        while parent_id is not None:
            parent_id = _count_reply(session, placed, above, parent_id)
    moved = [
        {
            "comment": node.id,
            "now_listed": node.listing.value,
            "replies": node.reply_count,
            "stays_shown": node.listing is Listing.SHOWN,
        }
        for node in above.values()
        if node.has_changed
    ]
    if moved:
        session.connection().execute(_RELIST, moved)
    return list(placed.values())


def _count_reply(
    session: Session,
    placed: dict[UUID, dict[str, Any]],
    above: dict[UUID, _Node],
    id: UUID,
) -> UUID | None:
    """Count a reply of a comment; return its parent where the comment is listed only now."""
    new = placed.get(id)
    if new is not None:
        new["reply_count"] += 1
        if new["listing"] != Listing.HIDDEN:
            return None
        new["listing"] = Listing.TOMBSTONE.value
        parent: UUID | None = new["parent_id"]
        return parent
    if id not in above:
        above |= _stored(session, {id})
    node = above[id]
    node.reply_count += 1
    node.has_changed = True
    if node.listing is not Listing.HIDDEN:
        return None
    node.listing = Listing.TOMBSTONE
    return node.parent_id


def _stored(session: Session, ids: Collection[UUID]) -> dict[UUID, _Node]:
    if not ids:
        return {}
    rows = session.execute(select(*_COLUMNS, Comment.parent_id).where(Comment.id.in_(ids)))
    return {
        r.id: _Node(r.id, Status(r.status), Listing(r.listing), r.reply_count, r.parent_id)
        for r in rows
    }
