"""Comments that resemble another one: campaigns and copies, to be decided together."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import CommentNotFound
from moderation.domain.status import Status
from moderation.filters.text.near_duplicates import is_near
from moderation.storage.models.comments import NEAR_BANDS, Comment

from . import queues

#: Comments that one request returns; `more` reports that others are left.
MOST = 100
#: Rows read along each index: a common text costs no more than a rare one.
READ = 400
#: Waiting and published ones; others have been decided against already.
_STATUSES = (Status.HELD.value, Status.APPROVED.value)


def alike(session: Session, comment_id: UUID, by: By, *, now: datetime) -> dict[str, Any]:
    """Return the newest waiting and published comments of the site with nearly the same text.

    The comment itself is not among them. Short texts resemble only equal ones.
    """
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise CommentNotFound("There is no such comment, or it was removed. Reload the page.")
    found: dict[UUID, tuple[datetime, str]] = {}
    truncated = False
    for statement in _along_each_index(comment):
        rows = session.execute(statement.limit(READ)).all()
        truncated |= len(rows) == READ
        for row in rows:
            if row.id != comment.id and row.status in _STATUSES and _is_alike(comment, row):
                found[row.id] = (row.created_at, row.status)
    newest = sorted(found, key=lambda id: (found[id][0], id), reverse=True)
    statuses = [status for _, status in found.values()]
    return {
        "held": statuses.count(Status.HELD.value),
        "approved": statuses.count(Status.APPROVED.value),
        "items": queues.items(session, newest[:MOST], by, now=now),
        "more": truncated or len(newest) > MOST,
    }


def _along_each_index(comment: Comment) -> Iterator[Select[Any]]:
    keys = [Comment.text_key, *(getattr(Comment, band) for band in NEAR_BANDS)]
    base: Any = select(
        Comment.id, Comment.status, Comment.created_at, Comment.text_key, Comment.near_key
    ).where(Comment.site_id == comment.site_id)
    for key in keys:
        value = getattr(comment, key.key)
        if value is None:
            continue
        statement = base.where(key == value)
        if key is not Comment.text_key:
            # The indexes of bands have only rows with a key.
            statement = statement.where(Comment.near_key.is_not(None))
        yield statement.order_by(Comment.created_at.desc())


def _is_alike(comment: Comment, row: Any) -> bool:
    if row.text_key is not None and row.text_key == comment.text_key:
        return True
    if row.near_key is None or comment.near_key is None:
        return False
    return is_near(comment.near_key, row.near_key)
