"""The rules of posts, sections and sites: read for a post, and changed by people and sites."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.errors import PostNotFound
from moderation.domain.judgement import DEFAULT_THRESHOLDS
from moderation.domain.status import Actor, PostState, Status
from moderation.policy.post_rules import PostRules, resolve
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write
from moderation.storage.posts import add_post
from moderation.storage.sites import Post, Site
from moderation.storage.versions import raise_version

from . import audit

#: States that people choose; a removed post is the site's own doing.
STATES = (PostState.OPEN, PostState.PREMODERATED, PostState.CLOSED)
LONGEST_DAYS = 3650
LONGEST_PAUSE = 86_400


class StoredMoment(fields.AwareDateTime):
    """A moment that is kept as text, since it stands in JSON."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not 1971 <= moment.year <= 9000:
            raise ValidationError("Not a valid moment.")
        return moment.isoformat()


class LevelRules(Schema):
    """What every level may say; None leaves it to the level above."""

    close_after_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, LONGEST_DAYS),
        metadata={"description": "Days after which a post closes; 0: never."},
    )
    slow_seconds = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, LONGEST_PAUSE),
        metadata={"description": "Seconds between two comments of one author; 0: none."},
    )
    strict_thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(DEFAULT_THRESHOLDS))),
        values=fields.Float(validate=validate.Range(0.0, 1.01)),
        allow_none=True,
        metadata={"description": "Scores from which a filter's findings hold, if lower."},
    )
    strict_until = StoredMoment(
        format="iso",
        allow_none=True,
        metadata={"description": "When the strict thresholds end; null: when you end them."},
    )


class StateRules(LevelRules):
    """The rules of sections and posts, which have a state of their own."""

    state = fields.String(
        allow_none=True, validate=validate.OneOf([state.value for state in STATES])
    )


class SectionRules(StateRules):
    """Rules for every post whose id, address or path begins with a prefix."""

    prefix = fields.String(required=True, validate=validate.Length(1, 512))

    @validates_schema
    def _named(self, given: dict[str, Any], **_: object) -> None:
        # Who loads a part of the settings means the settings, not a part of a section.
        if "prefix" not in given:
            raise ValidationError("Missing data for required field.", "prefix")


def of(site: Site, post: Any, external_id: str, url: str | None = None) -> PostRules:
    """The rules in effect for a post's row; None: nobody has seen it yet."""
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
    """What was settled about a post, and what is in effect; raises PostNotFound."""
    post = session.scalar(
        select(Post).where(Post.site_id == site.id, Post.external_id == external_id)
    )
    if post is None:
        raise PostNotFound("Nobody has commented on this post, and the site has not told of it.")
    rules = of(site, post, external_id)
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


#: What can be settled about a post.
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
) -> None:
    """Settle what is given about a post, None leaving it to its section; commits.

    The post is made when nobody has seen it yet, so that one can be closed beforehand.
    """
    begin_write(session)
    add_post(session, site.id, external_id, announced=False, now=now)
    post = session.scalars(
        select(Post)
        .where(Post.site_id == site.id, Post.external_id == external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    settle(post, changes, now=now)
    session.flush()
    raise_version(session, post.id)
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
    session.commit()


def settle(post: Post, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Write rules into a post's row; the caller has locked it, and tells readers."""
    own = dict(post.rules or {})
    if "state" in changes:
        state = changes["state"]
        post.state = state or PostState.OPEN.value
        # An open post may also be one about which nobody has said anything.
        own["state"] = PostState.OPEN.value if state == PostState.OPEN else None
        own["state_at"] = now.isoformat() if state == PostState.CLOSED else None
    own.update({name: changes[name] for name in changes if name != "state"})
    post.rules = {name: value for name, value in own.items() if value is not None} or None
