"""Checks that a post accepts a comment, with the errors when it does not."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, select, update

from moderation.domain import characters
from moderation.domain.errors import (
    FieldError,
    Invalid,
    MembersOnly,
    PostClosed,
    PostNotAnnounced,
    SlowMode,
)
from moderation.domain.hosts import is_listed, origin_of
from moderation.domain.members import WhoMayComment, who_may_comment
from moderation.domain.posts import LONGEST_ID, LONGEST_SPELLING, canonical_id, page_address
from moderation.domain.status import Listing, PostState
from moderation.policy.post_rules import PostRules
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.posts import add_post

from ..sites import post_rules
from . import moved_posts
from .identity import Identity
from .requests import ParentUnavailable, Sender, Submission


def rules_if_open(site: Site, post: Any, external_id: str, now: datetime) -> PostRules:
    """Return the rules in effect for a post, or raise PostClosed where it takes no comments."""
    if post is None and site.settings.get("announced_posts_only"):
        raise PostNotAnnounced(
            "This site accepts comments only on posts that it has announced. Check the id."
        )
    rules = post_rules.rules_of_post(site, post, external_id)
    if rules.closes_at is not None and now >= rules.closes_at:
        day = rules.closes_at.date().isoformat()
        raise PostClosed(
            f"Comments on this post closed on {day}: it is too old. You can still read them.",
            since=rules.closes_at,
            because="age",
        )
    if rules.state in (PostState.CLOSED, PostState.REMOVED):
        since = ((post.rules if post else None) or {}).get("state_at")
        raise PostClosed(
            "Comments on this post are closed. You can still read them.",
            since=datetime.fromisoformat(since) if since else None,
        )
    return rules


def check_author(site: Site, submission: Submission, *, vouched_for: bool = False) -> bool:
    """Return whether a comment waits because a guest wrote it; raise MembersOnly.

    The site vouches for comments that it sends itself.
    """
    who = who_may_comment(site.settings)
    if who is WhoMayComment.GUESTS or submission.author_id or vouched_for:
        return False
    if who is WhoMayComment.MEMBERS:
        raise MembersOnly("Only readers who are signed in on the site may comment. Sign in first.")
    return True


_C = Comment.__table__
_LAST = CompiledStatement(
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


def require_slow_mode(
    unit: Executor, site: Site, post: Any, identity: Identity, seconds: int, now: datetime
) -> None:
    """Raise SlowMode when the author's last comment on this post is too recent.

    The caller has locked the post, so that two concurrent comments see each other.
    """
    pause = timedelta(seconds=seconds)
    known = {"site": site.id, "author": identity.author_key, "post": post.id, "since": now - pause}
    row = _LAST.first(unit.connection(), known)
    if row is None:
        return
    wait = max(1, math.ceil((row[0] + pause - now).total_seconds()))
    raise SlowMode(
        f"This post allows each person one comment in {seconds} seconds. "
        f"Send yours again in {wait} seconds.",
        retry_after=wait,
    )


@dataclass(slots=True)
class PostRow:
    """The columns of a post that a submission reads."""

    id: int
    external_id: str
    title: str | None
    url: str | None
    state: PostState
    announced: bool
    comment_count: int
    minute: int
    minute_count: int
    minute_before: int
    flooded_until: datetime | None
    rules: dict[str, Any] | None
    published_at: datetime | None
    created_at: datetime
    origin: str | None


class PostLike(Protocol):
    """A `PostRow` or a `Post`, as far as flood guard and ledger read it."""

    @property
    def id(self) -> Any: ...
    @property
    def external_id(self) -> Any: ...
    @property
    def state(self) -> Any: ...
    @property
    def comment_count(self) -> Any: ...
    @property
    def minute(self) -> Any: ...
    @property
    def minute_count(self) -> Any: ...
    @property
    def minute_before(self) -> Any: ...
    @property
    def flooded_until(self) -> Any: ...
    @property
    def origin(self) -> Any: ...


_P, _C = Post.__table__, Comment.__table__


_POST = select(*(_P.c[name] for name in PostRow.__slots__)).where(
    _P.c.site_id == bindparam("site"), _P.c.external_id == bindparam("post")
)


_READ_POST = CompiledStatement(_POST)


_LOCK_POST = CompiledStatement(_POST.with_for_update())


_NAME_POST = CompiledStatement(
    update(_P)  # type: ignore[arg-type]
    .where(_P.c.id == bindparam("post"))
    .values(title=bindparam("its_title"), url=bindparam("its_url"))
)


_PARENT = CompiledStatement(
    select(_C.c.listing).where(_C.c.id == bindparam("parent"), _C.c.post_id == bindparam("post"))
)


def find_post(
    unit: Executor, site: Site, external_id: str, *, lock: bool = False
) -> PostRow | None:
    """Return the post or None; with `lock` its row stays locked until the commit."""
    statement = _LOCK_POST if lock else _READ_POST
    row = statement.first(unit.connection(), {"site": site.id, "post": external_id})
    if row is None:
        return None
    found = PostRow(*row)
    found.state = PostState(found.state)
    return found


def check_external_id(spelled: str) -> str:
    """Return the canonical form of a post's id; Invalid unless it has 1 to 512 visible characters.

    Controls would break feeds, tables and terminals.
    """
    if "\ufffd" not in spelled and len(spelled) <= LONGEST_SPELLING:
        external_id = canonical_id(spelled)
        if 1 <= len(external_id) <= LONGEST_ID and characters.is_identifier(external_id):
            return external_id
    allowed = "1 to 512 characters in UTF-8, visible and without control characters"
    raise Invalid(
        f"A post's id is {allowed}. Check this one.", errors=(FieldError("post", allowed),)
    )


def require_parent(unit: Executor, post: PostRow | None, parent_id: UUID | None) -> None:
    """Raise ParentUnavailable unless the parent comment is shown on this post."""
    if parent_id is None:
        return
    listing = None
    if post is not None:
        found = _PARENT.first(unit.connection(), {"parent": parent_id, "post": post.id})
        listing = found[0] if found else None
    if listing != Listing.SHOWN:
        raise ParentUnavailable(
            "The comment you answer is no longer there. Send yours without parent_id, or "
            "reload the page and answer another.",
            errors=(FieldError("#/parent_id", "there is no such comment to answer"),),
        )


def _post_for(
    unit: Executor,
    site: Site,
    external_id: str,
    submission: Submission,
    sender: Sender,
    now: datetime,
) -> PostRow:
    """Return the post, created with its first comment; its row stays locked until the commit."""
    title, url = submission.post_title, page_address(submission.post_url)
    believed = sender.from_site and (not url or is_listed(origin_of(url), site.origins))
    post = find_post(unit, site, external_id, lock=True)
    while post is None:
        moved_posts.require_unmoved(unit, site.id, external_id)
        # An existing post may be renamed or merged before it is locked: read it again.
        add_post(unit, site.id, external_id, announced=False, now=now)
        post = find_post(unit, site, external_id, lock=True)
    missing = {}
    if believed and not post.announced:
        if title and not post.title:
            missing["title"] = title
        if url and not post.url:
            missing["url"] = url
    if missing:
        named = {"title": post.title, "url": post.url, **missing}
        _NAME_POST.run(
            unit.connection(), {"post": post.id, **{f"its_{k}": v for k, v in named.items()}}
        )
    return post
