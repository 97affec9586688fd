"""Featured comments: moderators highlight them for readers.

A comment that readers no longer see is not featured any more: the ledger clears the mark.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Conflict, TooManyFeatured
from moderation.domain.status import Listing
from moderation.storage.change_feed import bump_version
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.transactions import transact

from .. import audit
from ..comments import foreign_verdicts, ledger

#: Featured comments of one post.
MOST = 3


def feature(
    session: Session, comment_id: UUID, by: By, *, featured: bool, now: datetime
) -> dict[str, object]:
    """Feature a comment, or stop featuring it; commits. A repeated call changes nothing.

    Raises TooManyFeatured, with the featured comments, where a post has MOST already.
    """
    transact(session, partial(_feature, session, comment_id, by, featured, now))
    return {"comment_id": comment_id, "featured": featured}


def _feature(session: Session, comment_id: UUID, by: By, featured: bool, now: datetime) -> None:
    comment, post = ledger.lock(session, comment_id)
    foreign_verdicts.refuse_foreign(post.origin, "featured")
    if featured and comment.listing != Listing.SHOWN:
        raise Conflict("Only a comment that readers see can be featured. Approve it first.")
    if featured is (comment.featured_at is not None):
        return
    if featured:
        others = featured_comments(session, post.id)
        if len(others) >= MOST:
            raise TooManyFeatured(
                f"There are {MOST} featured comments on this post already. Remove one first.",
                featured=[str(id) for id in others],
            )
    _mark(session, comment_id, by, now, comment.site_id, featured=featured)
    bump_version(session, post.id)


def featured_comments(session: Session, post_id: int) -> list[UUID]:
    """Return the featured comments of a post, the one that was featured last first."""
    # Written out, so that the planner sees that the index of listed comments applies.
    listed = Comment.listing != literal_column(f"'{Listing.HIDDEN.value}'")
    statement = (
        select(Comment.id)
        .where(Comment.post_id == post_id, listed, Comment.featured_at.is_not(None))
        .where(Comment.listing == Listing.SHOWN.value)
        .order_by(Comment.featured_at.desc(), Comment.id.desc())
    )
    return list(session.scalars(statement))


def keep_newest(session: Session, post: Post, by: By, *, now: datetime) -> None:
    """Keep only the MOST newest featured comments after two posts were merged.

    In the caller's transaction, which has locked the post and bumps its version.
    """
    for comment_id in featured_comments(session, post.id)[MOST:]:
        _mark(session, comment_id, by, now, post.site_id, featured=False)


def _mark(
    session: Session, comment_id: UUID, by: By, now: datetime, site_id: int, *, featured: bool
) -> None:
    session.execute(
        update(Comment)
        .where(Comment.id == comment_id)
        .values(featured_at=now if featured else None)
    )
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        "comment.featured" if featured else "comment.unfeatured",
        f"comment:{comment_id}",
        site_id=site_id,
    )
