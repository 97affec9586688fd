"""The rules of posts: resolved from post, section and site, and changed by moderators."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.errors import PostNotFound
from moderation.domain.status import Actor, PostState, Status
from moderation.policy.post_rules import PostRules, resolve
from moderation.storage.change_feed import bump_version
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.posts import lock_post
from moderation.storage.transactions import transact

from .. import audit


def rules_of_post(site: Site, post: Any, external_id: str, url: str | None = None) -> PostRules:
    """Return the rules in effect for a post; `post` is None before its first comment."""
    if post is None:
        return resolve(site.settings, external_id=external_id, url=url)
    return resolve(
        site.settings,
        external_id=external_id,
        url=post.url,
        state=PostState(post.state),
        own=post.rules,
        opened_at=post.published_at or post.created_at,
    )


def view(session: Session, site: Site, external_id: str, *, now: datetime) -> dict[str, Any]:
    """Return a post's own rules and those in effect; raise PostNotFound."""
    post = session.scalar(
        select(Post).where(
            Post.site_id == site.id, Post.external_id == external_id, Post.origin.is_(None)
        )
    )
    if post is None:
        raise PostNotFound("This post has no comments and was not announced. Check its id.")
    rules = rules_of_post(site, post, external_id)
    own = post.rules or {}
    held = (
        select(Comment.id)
        .where(Comment.post_id == post.id, Comment.status == Status.HELD.value)
        .limit(1000)
        .subquery()
    )
    return {
        "site": site.name,
        "post": {"id": post.external_id, "title": post.title, "url": post.url},
        "rules": {name: own.get(name) for name in RULES} | {"state": _chosen(post)},
        "effective": _effective(rules, now),
        "opened_at": post.published_at or post.created_at,
        "count": post.comment_count,
        "held": session.scalar(select(func.count()).select_from(held)) or 0,
    }


#: Rules that a post can have of its own.
RULES = ("state", "close_after_days", "slow_seconds", "strict_thresholds", "strict_until")


def _chosen(post: Post) -> str | None:
    if post.state != PostState.OPEN:
        return post.state
    return (post.rules or {}).get("state")


def _effective(rules: PostRules, now: datetime) -> dict[str, Any]:
    strict = rules.thresholds_at(now, {})
    return {
        "state": rules.state_at(now).value,
        "closes_at": rules.closes_at,
        "slow_seconds": rules.slow_seconds,
        "strict_thresholds": dict(strict),
        "strict_until": rules.strict_until if strict else None,
    }


def change(
    session: Session,
    site: Site,
    external_id: str,
    changes: Mapping[str, Any],
    by: str,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Change the given rules of a post; None leaves a rule to its section. Commits.

    Returns the new rules and those in effect. A missing post is created, so that it can be
    closed before its first comment.
    """
    return transact(session, partial(_change, session, site, external_id, changes, by, now))


def _change(
    session: Session,
    site: Site,
    external_id: str,
    changes: Mapping[str, Any],
    by: str,
    now: datetime,
) -> dict[str, Any]:
    post = lock_post(session, site.id, external_id, announced=False, now=now)[external_id]
    write_rules(post, changes, now=now)
    session.flush()
    bump_version(session, post.id)
    audit.write(
        session,
        now,
        Actor.MODERATOR,
        by,
        "post.rules",
        f"post:{post.id}",
        site_id=site.id,
        detail={"post": external_id[:200], **changes},
    )
    # Read before the commit: afterwards the post may change again.
    return view(session, site, external_id, now=now)


def write_rules(post: Post, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Write rules into a post's row; the caller has locked it and bumps its version."""
    own = dict(post.rules or {})
    if "state" in changes:
        state = changes["state"]
        post.state = state or PostState.OPEN.value
        # A post is also open when no state was chosen for it.
        own["state"] = PostState.OPEN.value if state == PostState.OPEN else None
        own["state_at"] = now.isoformat() if state == PostState.CLOSED else None
    own.update({name: changes[name] for name in changes if name != "state"})
    post.rules = {name: value for name, value in own.items() if value is not None} or None
