"""Floods: a post under attack is detected, its comments are held, and the site gets a message.

A post's row has the counts of the current minute and of the one before, so that the rate
costs the same during an attack.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.filters.flood import MAX_POST_1M
from moderation.storage.change_feed import bump_version
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.engine import begin_write
from moderation.storage.models.posts import Post

from .. import audit, outbox
from .posts import PostLike

#: The event for the beginning and the end of an attack.
QUEUE_FLOOD = "queue.flood"
#: Time after the last flooded minute during which comments are still held.
COOL_DOWN = timedelta(minutes=10)
#: Posts that are released in one commit.
BATCH = 100

_P = Post.__table__
_COUNT = CompiledStatement(
    update(_P)  # type: ignore[arg-type]
    .where(_P.c.id == bindparam("post"))
    .values(
        minute=bindparam("now_minute"),
        minute_count=case((_P.c.minute == bindparam("now_minute"), _P.c.minute_count + 1), else_=1),
        minute_before=case(
            (_P.c.minute == bindparam("now_minute"), _P.c.minute_before),
            (_P.c.minute == bindparam("now_minute") - 1, _P.c.minute_count),
            else_=0,
        ),
    )
)
_HOLD = CompiledStatement(
    update(_P)  # type: ignore[arg-type]
    .where(_P.c.id == bindparam("post"))
    .values(flooded_until=bindparam("until"))
)


def per_minute(post: PostLike, now: datetime) -> int:
    """Estimate the number of comments on the post in the last sixty seconds.

    The minute before counts with its share of the last sixty seconds.
    """
    minute, second = divmod(now.timestamp(), 60)
    share = 1 - second / 60
    if post.minute == int(minute):
        return int(post.minute_count + post.minute_before * share)
    return int(post.minute_count * share) if post.minute == int(minute) - 1 else 0


def count_comment(unit: Executor, site_id: int, post: PostLike, now: datetime) -> None:
    """Count a comment in the caller's transaction; flag the post when there are too many."""
    connection = unit.connection()
    _COUNT.run(connection, {"post": post.id, "now_minute": int(now.timestamp() // 60)})
    rate = per_minute(post, now) + 1
    if rate <= MAX_POST_1M:
        return
    flagged = post.flooded_until is not None and post.flooded_until > now
    if flagged and post.flooded_until - now > COOL_DOWN - timedelta(minutes=1):
        return
    until = now + COOL_DOWN
    _HOLD.run(connection, {"post": post.id, "until": until})
    if not flagged:
        _announce(
            unit,
            site_id,
            post,
            now,
            {"flooded": True, "comments_1m": rate, "until": until.isoformat()},
        )


def end_expired_floods(session: Session, *, now: datetime) -> int:
    """End expired floods: publish comments again and notify the sites; commits."""
    due = select(Post.id).where(Post.flooded_until.is_not(None), Post.flooded_until <= now)
    # Reading first takes no write lock.
    expired_id = session.scalar(due.limit(1))
    session.rollback()
    if expired_id is None:
        return 0
    begin_write(session)
    over = session.scalars(
        select(Post)
        .where(Post.flooded_until.is_not(None), Post.flooded_until <= now)
        .order_by(Post.id)
        .limit(BATCH)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for post in over:
        post.flooded_until = None
        _announce(session, post.site_id, post, now, {"flooded": False})
    session.commit()
    return len(over)


def _announce(
    unit: Executor, site_id: int, post: PostLike, now: datetime, facts: dict[str, Any]
) -> None:
    # The widget's form depends on the flood, so cached pages must be replaced.
    bump_version(unit, post.id)
    action = "post.flooded" if facts["flooded"] else "post.calm"
    audit.write(unit, now, Actor.POLICY, "flood", action, f"post:{post.id}", site_id=site_id)
    outbox.put(unit, site_id, QUEUE_FLOOD, {"post": post.external_id, **facts}, now)
