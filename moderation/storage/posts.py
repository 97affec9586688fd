"""Creating and locking posts by their site's id."""

from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from moderation.domain.errors import PostNotFound
from moderation.domain.status import PostState

from .compiled_statements import Executor
from .models.posts import Post, PostRedirect
from .models.reader_mail import ReaderFollow
from .upsert import insert_ignoring

#: Columns of a new post, which a statement on the table does not fill in.
_NO_COMMENTS = dict.fromkeys(
    ("version", "comment_count", "minute", "minute_count", "minute_before"), 0
)


def add_post(
    unit: Executor, site_id: int, external_id: str, *, announced: bool, now: datetime
) -> None:
    """Insert an open post unless there is one of this id, perhaps from a concurrent request."""
    insert_ignoring(
        unit,
        Post.__table__,  # type: ignore[arg-type]
        site_id=site_id,
        external_id=external_id,
        state=PostState.OPEN.value,
        announced=announced,
        created_at=now,
        **_NO_COMMENTS,
    )


def lock_foreign_post(
    session: Session,
    site_id: int,
    external_id: str,
    *,
    origin: str,
    title: str,
    url: str,
    now: datetime,
) -> Post:
    """Return the locked post for comments of a foreign platform, created if missing.

    Its state is `removed`, so that every check of posts hides it, those of an earlier release
    included. A post of the site itself that has this id already is never used.
    """
    for number in count(1):
        tried = external_id if number == 1 else f"{external_id}~{number}"
        _add_foreign_post(session, site_id, tried, origin, title, url, now)
        post = session.scalars(
            select(Post)
            .where(Post.site_id == site_id, Post.external_id == tried)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if post.origin == origin:
            return post
    raise AssertionError("there is always another id")


def _add_foreign_post(
    session: Session,
    site_id: int,
    external_id: str,
    origin: str,
    title: str,
    url: str,
    now: datetime,
) -> None:
    insert_ignoring(
        session,
        Post.__table__,  # type: ignore[arg-type]
        site_id=site_id,
        external_id=external_id,
        title=title or None,
        url=url or None,
        state=PostState.REMOVED.value,
        announced=False,
        origin=origin,
        created_at=now,
        **_NO_COMMENTS,
    )


def move_follows(connection: Connection, old: int, new: int) -> None:
    """Let the followers of a post that is merged follow the other one; call it before the merge."""
    follows: Any = ReaderFollow.__table__
    others = follows.alias()
    both = exists().where(
        others.c.address_id == follows.c.address_id,
        others.c.post_id == new,
        others.c.comment_id.is_(None),
    )
    old_ones = follows.c.post_id == old
    connection.execute(delete(follows).where(old_ones, follows.c.comment_id.is_(None), both))
    connection.execute(update(follows).where(old_ones).values(post_id=new))


def lock_post(
    session: Session,
    site_id: int,
    external_id: str,
    *others: str,
    announced: bool,
    now: datetime,
) -> dict[str, Post]:
    """Lock a post, created if missing, and those of `others` that exist; return them by their ids.

    They are locked in the order of their keys. A post that was merged or renamed before its
    lock is read again.
    """
    while True:
        add_post(session, site_id, external_id, announced=announced, now=now)
        # The site uses an earlier id of another post for this one.
        session.execute(
            delete(PostRedirect).where(
                PostRedirect.site_id == site_id, PostRedirect.external_id == external_id
            )
        )
        locked = session.scalars(
            select(Post)
            .where(Post.site_id == site_id, Post.external_id.in_((external_id, *others)))
            .order_by(Post.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        posts = {post.external_id: post for post in locked}
        if any(post.origin is not None for post in posts.values()):
            raise PostNotFound("The post of this id is on another platform. Check the id.")
        if external_id in posts:
            return posts
