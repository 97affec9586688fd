"""Escalated comments: only seniors and admins decide about them, through every endpoint."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from moderation.domain.actors import By
from moderation.domain.errors import Forbidden
from moderation.domain.roles import Role
from moderation.domain.status import Actor, Status
from moderation.storage.models.comments import Comment


def waits_for_senior(comment: Any) -> bool:
    """Return whether a comment was escalated and still waits."""
    return comment.status == Status.HELD and comment.escalated_at is not None


def least_role(comment: Any) -> Role:
    """Return the least role that may decide about a comment."""
    return Role.SENIOR if waits_for_senior(comment) else Role.MODERATOR


def may_decide(comment: Any, by: By) -> bool:
    """Return whether a reviewer of the comment's site may decide about it."""
    if by.actor is not Actor.MODERATOR or not waits_for_senior(comment):
        return True
    return by.reach.may(comment.site_id, Role.SENIOR)


def require_senior(comment: Any, by: By) -> None:
    """Raise Forbidden when a comment was escalated and the reviewer is no senior there."""
    if not may_decide(comment, by):
        raise Forbidden("This comment was escalated. A senior or an admin decides about it.")


def decidable_by(by: By) -> ColumnElement[bool] | None:
    """Return the condition of the waiting comments that a reviewer may decide about; None: all."""
    seniors = by.reach.sites(Role.SENIOR)
    if by.actor is not Actor.MODERATOR or seniors is None:
        return None
    free = Comment.escalated_at.is_(None)
    # Without a list of sites where there is none, so that the plan stays simple.
    return or_(free, Comment.site_id.in_(seniors)) if seniors else free
