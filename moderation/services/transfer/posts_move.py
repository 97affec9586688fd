"""Moves posts to other ids, for a site that changes its addresses.

Each post is moved in a commit of its own, under the locks that comments and decisions take, so
that readers and moderators go on. An interrupted move is continued by the same call.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic, sleep

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Invalid
from moderation.storage.change_feed import bump_version
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit
from ..comments.posts import check_external_id
from ..review import post_moves

#: Posts that a plan names.
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Move:
    """One post with its earlier and its new id."""

    post_id: int
    old_id: str
    new_id: str


@dataclass(slots=True)
class Plan:
    """What a move does, or would do."""

    moves: list[Move]
    #: Ids that would not be valid, such as ones that are too long.
    refused: list[str]
    #: Moves to an id that another post has: both threads become one.
    merged: int = 0
    moved: int = 0
    #: Prefixes of the site's sections that begin as the earlier ids did.
    sections: list[str] = field(default_factory=list)


def plan(session: Session, site: Site, begins: str, becomes: str) -> Plan:
    """Return the moves of the posts whose ids begin so; changes nothing."""
    if not begins or begins == becomes:
        raise Invalid("Give a beginning of the ids, and another one that it becomes.")
    rows = session.execute(
        select(Post.id, Post.external_id).where(
            Post.site_id == site.id,
            Post.origin.is_(None),
            func.substr(Post.external_id, 1, len(begins)) == begins,
        )
    ).all()
    # Where one beginning contains the other, a new id may be another post's earlier one: that
    # post moves first.
    rows = sorted(rows, key=lambda row: len(row.external_id))
    # These are where the others go, as after an interrupted move.
    is_there = becomes if becomes.startswith(begins) else None
    made = Plan([], [])
    for id, old_id in rows:
        if is_there is not None and old_id.startswith(is_there):
            continue
        try:
            new_id = check_external_id(becomes + old_id[len(begins) :])
        except Invalid:
            made.refused.append(old_id)
            continue
        if new_id != old_id:
            made.moves.append(Move(id, old_id, new_id))
    leaving = {move.old_id for move in made.moves}
    names = {move.new_id for move in made.moves}
    staying = _existing(session, site, [name for name in names if name not in leaving])
    made.merged = len(staying) + len(made.moves) - len(names)
    made.sections = [
        each["prefix"]
        for each in site.settings.get("sections", ())
        if each["prefix"].startswith(begins)
    ]
    session.rollback()
    return made


def _existing(session: Session, site: Site, names: list[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(names), 500):
        part = names[start : start + 500]
        rows = session.scalars(
            select(Post.external_id).where(Post.site_id == site.id, Post.external_id.in_(part))
        )
        found.update(rows)
    return found


def move(
    session: Session,
    site: Site,
    begins: str,
    becomes: str,
    by: By,
    *,
    now: datetime,
    rest: Callable[[float], object] = sleep,
) -> Plan:
    """Move the posts whose ids begin so; commits after each. Returns what was done."""
    made = plan(session, site, begins, becomes)
    merged = 0
    for each in made.moves:
        began = monotonic()
        outcome = transact(session, partial(_move, session, site, each, by, begins, becomes, now))
        session.expunge_all()
        made.moved += outcome is not None
        merged += outcome is True
        rest(monotonic() - began)
    made.merged = merged
    return made


def _move(
    session: Session, site: Site, each: Move, by: By, begins: str, becomes: str, now: datetime
) -> bool | None:
    """Move one post; return whether it was merged, or None where it was moved meanwhile."""
    locked = session.scalars(
        select(Post)
        .where(Post.site_id == site.id, Post.external_id.in_((each.old_id, each.new_id)))
        .order_by(Post.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    posts = {post.external_id: post for post in locked}
    post, target = posts.get(each.old_id), posts.get(each.new_id)
    if post is None or post.origin is not None or (target is not None and target.origin):
        return None
    _change_address(post, each, begins, becomes)
    kept = post_moves.move(session, post, each.new_id, target, by, now=now)
    session.flush()
    bump_version(session, kept.id)
    detail = {"from": each.old_id[:200], "to": each.new_id[:200], "merged": target is not None}
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        "post.moved",
        f"post:{kept.id}",
        site_id=site.id,
        detail=detail,
    )
    return target is not None


def _change_address(post: Post, each: Move, begins: str, becomes: str) -> None:
    """Change the address of the post's page as its id changes, where the one contains the other."""
    if post.url is None:
        return
    if post.url.startswith(begins):
        post.url = becomes + post.url[len(begins) :]
    elif post.url.endswith(each.old_id):
        post.url = post.url.removesuffix(each.old_id) + each.new_id
