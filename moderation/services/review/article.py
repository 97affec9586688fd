"""Moderating on the article itself, for staff who are signed in on the main site.

A sign-on token alone is only a badge. The site's setting `article_moderators` names the readers,
by their `sub`, who are moderators of this service, and the account's roles then apply as in the
console. Decisions go through the same functions as those of the console, under the account.
See docs/decisions/0013-moderating-on-the-article.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.errors import CommentNotFound, Forbidden
from moderation.domain.members import Member
from moderation.domain.roles import Role
from moderation.domain.status import Outcome, PostState, Status
from moderation.domain.verdict_records import because
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit
from ..accounts.authentication import Reviewer, reviewer_of
from ..comments import ledger, moved_posts, threads
from ..comments.posts import find_post
from ..sites.list_fields import pair
from . import decisions, featured

#: A token that moderates ends within this time, so that a copy of it soon is only a badge.
LONGEST_LIFE = timedelta(hours=1)
#: The clocks of the main site and of this service may differ.
_SKEW = timedelta(minutes=1)
#: Held comments of one post that a page shows, the oldest first.
MOST = 50
_NOT_FOUND = "There is no such comment on this site."


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision as the widget sends it."""

    outcome: Outcome
    #: When the text that the moderator saw was last edited; None: never.
    edited_at: datetime | None
    reason: str | None = None


def reviewer_of_member(
    session: Session, site: Site, member: Member, *, now: datetime
) -> Reviewer | None:
    """Return the moderator that a signed-in reader is on this site; None for every other reader.

    Needs the role `staff`, an entry of `article_moderators`, an account that is not disabled and
    has a role on the site, and a token that ends within LONGEST_LIFE.
    """
    if not member.is_staff or member.site_id != site.id:
        return None
    if member.expires_at is None or member.expires_at > now + LONGEST_LIFE + _SKEW:
        return None
    login = dict(map(pair, site.settings.get("article_moderators") or ())).get(member.id)
    if login is None:
        return None
    account = session.scalar(
        select(Moderator).where(Moderator.login == login, Moderator.disabled_at.is_(None))
    )
    if account is None:
        return None
    reviewer = reviewer_of(session, account)
    return reviewer if reviewer.may(site.id) else None


def held(session: Session, site: Site, external_id: str, reviewer: Reviewer) -> dict[str, Any]:
    """Return the held comments of a post that this moderator may decide, the oldest first.

    Raises PostMoved where the post has another id now.
    """
    if find_post(session, site, external_id) is None:
        moved_posts.require_unmoved(session, site.id, external_id)
    waiting = (
        select(Comment, Decision)
        .join(Post, Post.id == Comment.post_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .where(
            Post.site_id == site.id,
            Post.external_id == external_id,
            Post.origin.is_(None),
            Post.state != PostState.REMOVED.value,
            Comment.status == Status.HELD.value,
        )
        .order_by(Comment.created_at, Comment.id)
        .limit(MOST + 1)
    )
    if not reviewer.may(site.id, Role.SENIOR):
        waiting = waiting.where(Comment.escalated_at.is_(None))
    rows = session.execute(waiting).all()
    return {
        "moderator": reviewer.display_name or reviewer.name,
        "comments": [_held_view(comment, verdict) for comment, verdict in rows[:MOST]],
        "more": len(rows) > MOST,
        "features": reviewer.may(site.id, Role.SENIOR),
    }


def _held_view(comment: Comment, verdict: Decision | None) -> dict[str, Any]:
    return {
        **threads.own_view(comment, Status(comment.status)),
        "status": comment.status,
        "because": because(verdict.causes, verdict.outcome) if verdict else "",
    }


def decide(
    session: Session,
    site: Site,
    comment_id: UUID,
    choice: Choice,
    reviewer: Reviewer,
    *,
    now: datetime,
) -> dict[str, Any]:
    """Record a decision about the text that the moderator saw; commits.

    Raises AlreadyDecided when the text was edited since, and the errors of a decision in the
    console. A repeated decision changes nothing.
    """
    decision = transact(session, partial(_decide, session, site, comment_id, choice, reviewer, now))
    return {"id": comment_id, "status": decision.status, "decision_id": decision.id}


def _decide(
    session: Session,
    site: Site,
    comment_id: UUID,
    choice: Choice,
    reviewer: Reviewer,
    now: datetime,
) -> Decision:
    comment = _comment_of(session, site, comment_id)
    if comment.edited_at != choice.edited_at:
        raise decisions.decided_meanwhile(session, comment)
    before = comment.version
    decision = decisions.decide_within(
        session, comment_id, choice.outcome, reviewer.by, now=now, reason=choice.reason
    )
    if decision.comment_version != before:
        # Where from, beside the entry that every decision has.
        audit.write(
            session,
            now,
            reviewer.by.actor,
            reviewer.name,
            "article.decided",
            f"comment:{comment_id}",
            site_id=site.id,
            detail={"decision": str(decision.id)},
        )
    return decision


def feature(
    session: Session,
    site: Site,
    comment_id: UUID,
    reviewer: Reviewer,
    *,
    wanted: bool,
    now: datetime,
) -> dict[str, object]:
    """Feature a comment of the site, or stop featuring it, as a senior; commits."""
    if not reviewer.may(site.id, Role.SENIOR):
        raise Forbidden("Only a senior or an admin can feature comments. Ask one.")
    comment = session.get(Comment, comment_id)
    if comment is None or comment.site_id != site.id:
        raise CommentNotFound(_NOT_FOUND)
    return featured.feature(session, comment_id, reviewer.by, featured=wanted, now=now)


def _comment_of(session: Session, site: Site, comment_id: UUID) -> Comment:
    """Return a locked comment of our own on the site, or raise CommentNotFound."""
    comment, post = ledger.lock(session, comment_id)
    if comment.site_id != site.id or post.origin is not None:
        raise CommentNotFound(_NOT_FOUND)
    return comment
