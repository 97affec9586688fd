"""Posts that get another id, alone or into a post that has it already."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.storage.models.comments import Comment
from moderation.storage.models.hooks import HookPost
from moderation.storage.models.posts import Post, PostRedirect
from moderation.storage.posts import move_follows
from moderation.storage.upsert import insert_ignoring

from ..comments import moved_posts
from . import featured


def move(
    session: Session, post: Post, new_id: str, target: Post | None, by: By, *, now: datetime
) -> Post:
    """Give a post its new id, and return it; merge both threads where a post has that id.

    The earlier id leads to the post from then on. The caller has locked both, and bumps the
    version of the post that is returned.
    """
    site_id, old_id = post.site_id, post.external_id
    if target is None:
        post.external_id = new_id
        session.flush()
        kept = post
    else:
        kept = _merge(session, post, target, by, now)
    moved_posts.forget_redirect(session, site_id, new_id)
    moved_posts.forget_redirect(session, site_id, old_id)
    insert_ignoring(
        session,
        PostRedirect.__table__,  # type: ignore[arg-type]
        site_id=site_id,
        external_id=old_id,
        post_id=kept.id,
        created_at=now,
    )
    return kept


def _merge(session: Session, post: Post, target: Post, by: By, now: datetime) -> Post:
    move_follows(session.connection(), post.id, target.id)
    session.execute(update(Comment).where(Comment.post_id == post.id).values(post_id=target.id))
    for table in (HookPost, PostRedirect):
        session.execute(update(table).where(table.post_id == post.id).values(post_id=target.id))
    target.comment_count += post.comment_count
    target.title = target.title or post.title
    target.url = target.url or post.url
    # A cached page of either post must not pass for one of the merged thread.
    target.version = max(target.version, post.version)
    if post.flooded_until is not None:
        target.flooded_until = max(post.flooded_until, target.flooded_until or post.flooded_until)
    session.flush()
    featured.keep_newest(session, target, by, now=now)
    session.execute(delete(Post).where(Post.id == post.id))
    session.expunge(post)
    return target
