"""A post under attack: noticed, kept waiting for people, told to the site, and released.

How fast a post is filling is kept on its own row: the count of the present minute and of
the one before. Nothing has to be counted, however many comments an attack brings.
"""

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.filters.flood import MAX_POST_1M
from moderation.storage.dialects import begin_write
from moderation.storage.prepared import Prepared, Unit
from moderation.storage.sites import Post
from moderation.storage.versions import raise_version

from . import audit, outbox

#: The event that tells a site of the beginning and the end of an attack.
QUEUE_FLOOD = "queue.flood"
#: How long comments go on waiting for people after the last minute that was too full.
CALM = timedelta(minutes=10)
#: Posts that are released in one commit.
BATCH = 100

_P = Post.__table__
_COUNT = Prepared(
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
_HOLD = Prepared(
    update(_P)  # type: ignore[arg-type]
    .where(_P.c.id == bindparam("post"))
    .values(flooded_until=bindparam("until"))
)


class PostLike(Protocol):
    """What is asked of a post."""

    @property
    def id(self) -> Any: ...
    @property
    def external_id(self) -> Any: ...
    @property
    def state(self) -> Any: ...
    @property
    def minute(self) -> Any: ...
    @property
    def minute_count(self) -> Any: ...
    @property
    def minute_before(self) -> Any: ...
    @property
    def flooded_until(self) -> Any: ...


def per_minute(post: PostLike, now: datetime) -> int:
    """About how many comments came on the post in the last sixty seconds.

    Of the minute before, the share that still lies within the last sixty seconds counts.
    """
    minute, second = divmod(now.timestamp(), 60)
    share = 1 - second / 60
    if post.minute == int(minute):
        return int(post.minute_count + post.minute_before * share)
    return int(post.minute_count * share) if post.minute == int(minute) - 1 else 0


def count(unit: Unit, site_id: int, post: PostLike, now: datetime) -> None:
    """Count a comment in the caller's transaction, and hold the post when they are too many."""
    connection = unit.connection()
    _COUNT.run(connection, {"post": post.id, "now_minute": int(now.timestamp() // 60)})
    rate = per_minute(post, now) + 1
    if rate <= MAX_POST_1M:
        return
    held = post.flooded_until is not None and post.flooded_until > now
    if held and post.flooded_until - now > CALM - timedelta(minutes=1):
        return
    until = now + CALM
    _HOLD.run(connection, {"post": post.id, "until": until})
    if not held:
        _tell(
            unit,
            site_id,
            post,
            now,
            {"flooded": True, "comments_1m": rate, "until": until.isoformat()},
        )


def release(session: Session, *, now: datetime) -> int:
    """End what is over: the site is told, comments are published again; commits."""
    due = select(Post.id).where(Post.flooded_until.is_not(None), Post.flooded_until <= now)
    # Looking costs nobody the turn to write.
    found = session.scalar(due.limit(1))
    session.rollback()
    if found is None:
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
        _tell(session, post.site_id, post, now, {"flooded": False})
    session.commit()
    return len(over)


def _tell(unit: Unit, site_id: int, post: PostLike, now: datetime, facts: dict[str, Any]) -> None:
    # What the form asks of readers changes with it.
    raise_version(unit, post.id)
    action = "post.flooded" if facts["flooded"] else "post.calm"
    audit.write(unit, now, Actor.POLICY, "flood", action, f"post:{post.id}", site_id=site_id)
    outbox.put(unit, site_id, QUEUE_FLOOD, {"post": post.external_id, **facts}, now)
