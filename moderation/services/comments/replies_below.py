"""Counts of published comments below a comment, which stay when it is removed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.status import Listing
from moderation.storage.models.comments import Comment


def counts(session: Session, comments: Sequence[Comment]) -> dict[UUID, int]:
    """Count the shown comments below each, at any depth; those without any are left out."""
    # Without listed replies nothing below is listed, which is true of most comments.
    roots = [comment.id for comment in comments if comment.reply_count > 0]
    if not roots:
        return {}
    start = (
        select(Comment.parent_id.label("root"), Comment.id.label("id"), Comment.listing)
        .where(Comment.parent_id.in_(roots))
        .cte("below", recursive=True)
    )
    below = start.union_all(
        select(start.c.root, Comment.id, Comment.listing)
        .join(start, Comment.parent_id == start.c.id)
        .where(start.c.listing != Listing.HIDDEN.value)
    )
    statement = (
        select(below.c.root, func.count())
        .where(below.c.listing == Listing.SHOWN.value)
        .group_by(below.c.root)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
