"""Removal of decided comments of foreign platforms, which have the comments themselves."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from moderation.storage import full_text
from moderation.storage.models.comments import Comment
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..outbox import CALLBACK
from ..sites.preview import default_of

#: Rows of one commit.
BATCH = 200


def remove_decided(session: Session, *, now: datetime) -> int:
    """Remove comments that were decided longer ago than their site keeps them; commits in parts.

    A comment whose verdict is not delivered yet stays, and so does one that still waits.
    """
    posts = select(Post.site_id).where(Post.origin.is_not(None)).distinct()
    sites = session.execute(select(Site.id, Site.settings).where(Site.id.in_(posts))).all()
    session.rollback()
    removed = 0
    for site_id, settings in sites:
        days = settings.get("foreign_days", default_of("foreign_days"))
        before = now - timedelta(days=days)
        while batch := transact(session, partial(_remove, session, site_id, before)):
            removed += batch
    return removed


def _remove(session: Session, site_id: int, before: datetime) -> int:
    foreign = select(Post.id).where(Post.site_id == site_id, Post.origin.is_not(None))
    undelivered = exists().where(
        OutboxMessage.comment_id == Comment.id,
        OutboxMessage.type == CALLBACK,
        OutboxMessage.state == "waiting",
    )
    # Those of erased authors have no time of a decision.
    ids = session.scalars(
        select(Comment.id)
        .outerjoin(ForeignComment, ForeignComment.comment_id == Comment.id)
        .where(
            Comment.post_id.in_(foreign),
            Comment.status != "held",
            (Comment.decided_at < before)
            | (ForeignComment.comment_id.is_(None) & (Comment.created_at < before)),
            ~undelivered,
        )
        .limit(BATCH)
    ).all()
    if not ids:
        return 0
    session.execute(
        delete(Comment).where(Comment.id.in_(ids)), execution_options={"synchronize_session": False}
    )
    session.execute(
        delete(Post).where(Post.id.in_(foreign), ~exists().where(Comment.post_id == Post.id)),
        execution_options={"synchronize_session": False},
    )
    full_text.purge(session)
    return len(ids)
