"""Comments that moderators set apart for readers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import Conflict
from moderation.domain.status import Listing
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write
from moderation.storage.versions import raise_version

from . import audit, ledger
from .ledger import By

#: On one post: more stand out from nothing.
MOST = 3


def feature(
    session: Session, comment_id: UUID, by: By, *, featured: bool, now: datetime
) -> dict[str, object]:
    """Set a comment apart, or back among the others; commits. Twice changes nothing."""
    begin_write(session)
    comment, post = ledger.lock(session, comment_id)
    if featured and comment.listing != Listing.SHOWN:
        session.rollback()
        raise Conflict("Only a comment that readers see can be featured. Approve it first.")
    if featured and comment.featured_at is None:
        others = session.scalars(
            select(Comment.id)
            .where(Comment.post_id == post.id, Comment.featured_at.is_not(None))
            .limit(MOST)
        ).all()
        if len(others) >= MOST:
            session.rollback()
            raise Conflict(
                f"There are {MOST} featured comments on this post already. Take one back first."
            )
    if featured is not (comment.featured_at is not None):
        session.execute(
            update(Comment)
            .where(Comment.id == comment_id)
            .values(featured_at=now if featured else None)
        )
        raise_version(session, post.id)
        audit.write(
            session,
            now,
            by.actor,
            by.name,
            "comment.featured" if featured else "comment.unfeatured",
            f"comment:{comment_id}",
            site_id=comment.site_id,
        )
    session.commit()
    return {"comment_id": comment_id, "featured": featured}
