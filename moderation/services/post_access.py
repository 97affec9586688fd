"""Whether a post takes a comment just now, and what its author is told when it does not."""

import math
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from moderation.domain.errors import PostClosed, PostNotAnnounced, SlowMode
from moderation.domain.status import PostState
from moderation.policy.post_rules import PostRules
from moderation.storage.comments import Comment
from moderation.storage.prepared import Prepared, Unit
from moderation.storage.sites import Site

from . import post_rules
from .facts import Identity


def accepting(site: Site, post: Any, external_id: str, now: datetime) -> PostRules:
    """The rules in effect for a post that takes comments; raises PostClosed where it does not."""
    if post is None and site.settings.get("announced_posts_only"):
        raise PostNotAnnounced("This site takes comments only for posts that it has announced.")
    rules = post_rules.of(site, post, external_id)
    if rules.closes_at is not None and now >= rules.closes_at:
        day = rules.closes_at.date().isoformat()
        raise PostClosed(
            f"Comments on this post closed on {day}: it is too old for new ones.",
            since=rules.closes_at,
            because="age",
        )
    if rules.state in (PostState.CLOSED, PostState.REMOVED):
        since = ((post.rules if post else None) or {}).get("state_at")
        raise PostClosed(
            "Comments on this post are closed.",
            since=datetime.fromisoformat(since) if since else None,
        )
    return rules


_C = Comment.__table__
_LAST = Prepared(
    select(_C.c.created_at)
    .where(
        _C.c.site_id == bindparam("site"),
        _C.c.author_key == bindparam("author"),
        _C.c.created_at > bindparam("since"),
        _C.c.post_id == bindparam("post"),
    )
    .order_by(_C.c.created_at.desc())
    .limit(1)
)


def require_pause(
    unit: Unit, site: Site, post: Any, identity: Identity, seconds: int, now: datetime
) -> None:
    """Raise SlowMode when the author's last comment on this post is too fresh.

    The caller has locked the post, so that of two at once the second is seen.
    """
    pause = timedelta(seconds=seconds)
    known = {"site": site.id, "author": identity.author_key, "post": post.id, "since": now - pause}
    row = _LAST.first(unit.connection(), known)
    if row is None:
        return
    wait = max(1, math.ceil((row[0] + pause - now).total_seconds()))
    raise SlowMode(
        f"On this post there are {seconds} seconds between two comments of one person. "
        f"Send yours again in {wait} seconds.",
        retry_after=wait,
    )
