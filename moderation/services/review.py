"""What moderators do: look at the queue, decide, and undo."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from moderation.domain.errors import (
    AlreadyDecided,
    CommentNotFound,
    Conflict,
    DecisionNotFound,
)
from moderation.domain.reasons import CODES, Code, Reason
from moderation.domain.status import STATUS_AFTER, Actor, Outcome, Status
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import begin_write
from moderation.storage.sites import Post, Site

from . import ledger
from .ledger import By
from .threads import Cursor, Sort

#: What a moderator can decide.
CHOICES = (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM)


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Which comments to list; None and empty mean any."""

    site_ids: tuple[int, ...] | None = None
    status: Status = Status.HELD
    code: Code | None = None
    sort: Sort = Sort.OLDEST
    limit: int = 25
    cursor: Cursor | None = None


def queue(session: Session, query: QueueQuery) -> dict[str, Any]:
    """One page of comments in a status, each with why the machine decided as it did.

    `count` is what waits in all, counted no further than 1,000.
    """
    conditions: list[Any] = [Comment.status == query.status.value]
    if query.site_ids is not None:
        conditions.append(Comment.site_id.in_(query.site_ids))
    if query.code is not None:
        conditions.append(Comment.reasons.contains(f"|{query.code.value}|", autoescape=True))
    counted = select(Comment.id).where(*conditions).limit(1000).subquery()
    count = session.scalar(select(func.count()).select_from(counted))
    place = tuple_(Comment.created_at, Comment.id)
    if query.cursor is not None:
        behind = (query.cursor.created_at, query.cursor.id)
        conditions.append(place > behind if query.sort is Sort.OLDEST else place < behind)
    order = (
        (Comment.created_at, Comment.id)
        if query.sort is Sort.OLDEST
        else (Comment.created_at.desc(), Comment.id.desc())
    )
    rows = session.execute(
        select(Comment, Post, Site.name, Decision)
        .join(Post, Post.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .where(*conditions)
        .order_by(*order)
        .limit(query.limit + 1)
    ).all()
    items = [_item(*row) for row in rows[: query.limit]]
    last = rows[query.limit - 1][0] if len(rows) > query.limit else None
    return {
        "items": items,
        "count": count,
        "next_cursor": Cursor(last.created_at, last.id).encode() if last else None,
    }


def item(session: Session, comment_id: UUID) -> dict[str, Any]:
    """One comment as the queue shows it, whatever its status, with its decisions."""
    row = session.execute(
        select(Comment, Post, Site.name, Decision)
        .join(Post, Post.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .where(Comment.id == comment_id)
    ).one_or_none()
    if row is None:
        raise CommentNotFound("There is no such comment.")
    decisions = session.scalars(
        select(Decision)
        .where(Decision.comment_id == comment_id)
        .order_by(Decision.created_at, Decision.id)
    )
    return {**_item(*row), "decisions": [decision_view(d) for d in decisions]}


def site_of(session: Session, comment_id: UUID) -> int | None:
    """Which site a comment is on, for the permission check; None when there is none."""
    return session.scalar(select(Comment.site_id).where(Comment.id == comment_id))


def site_of_decision(session: Session, decision_id: UUID) -> int | None:
    return session.scalar(
        select(Comment.site_id)
        .join(Decision, Decision.comment_id == Comment.id)
        .where(Decision.id == decision_id)
    )


def decide(
    session: Session,
    comment_id: UUID,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    reason: Reason | None = None,
    note: str = "",
    version: int | None = None,
) -> Decision:
    """Record a moderator's decision; commits.

    `version` is that of the comment as the moderator saw it: if it has changed since,
    AlreadyDecided tells who did what. The same decision sent twice is one decision.
    """
    begin_write(session)
    comment, post = ledger.lock(session, comment_id)
    last = _last_decision(session, comment_id)
    status = STATUS_AFTER[outcome]
    if version is not None and version != comment.version:
        if _is_repetition(last, comment, by, status, version):
            session.rollback()
            return last
        session.rollback()
        raise _decided_meanwhile(comment, last)
    if comment.status == Status.DELETED:
        session.rollback()
        raise Conflict("Its author has deleted this comment; there is nothing left to decide.")
    if version is None and _is_repetition(last, comment, by, status, comment.version - 1):
        session.rollback()
        return last
    recorded = ledger.record(
        session,
        ledger.columns(comment),
        post,
        outcome,
        by,
        now=now,
        reason=reason,
        note=note,
        changes={"decided_at": now},
    )
    session.commit()
    return session.get_one(Decision, recorded.decision_id)


def undo(session: Session, decision_id: UUID, by: By, *, now: datetime) -> Decision:
    """Reverse a moderator's decision and put its comment back where it was; commits.

    Undoing twice changes nothing, so a double click is harmless. What was decided or
    edited since stands: then AlreadyDecided tells who did what.
    """
    begin_write(session)
    decision = session.get(Decision, decision_id)
    if decision is None:
        session.rollback()
        raise DecisionNotFound("There is no such decision.")
    comment, post = ledger.lock(session, decision.comment_id)
    before = session.scalar(select(Decision).where(Decision.undoes == decision_id))
    if before is not None:
        session.rollback()
        return before
    if decision.actor != Actor.MODERATOR or decision.outcome == Outcome.UNDO:
        session.rollback()
        raise Conflict("Only a moderator's decision can be undone. Decide anew instead.")
    if comment.version != decision.comment_version:
        last = _last_decision(session, comment.id)
        session.rollback()
        raise _decided_meanwhile(comment, last)
    recorded = ledger.record(
        session,
        ledger.columns(comment),
        post,
        Outcome.UNDO,
        by,
        now=now,
        undoes=decision,
        changes={"decided_at": now},
    )
    session.commit()
    return session.get_one(Decision, recorded.decision_id)


def decision_view(decision: Decision) -> dict[str, Any]:
    """A decision as moderators see it."""
    return {
        "id": decision.id,
        "comment_id": decision.comment_id,
        "revision": decision.revision,
        "version": decision.comment_version,
        "outcome": decision.outcome,
        "previous_status": decision.previous_status,
        "status": decision.status,
        "by": {"kind": decision.actor, "name": decision.actor_name},
        "reason": decision.reason,
        "note": decision.note,
        "reasons": decision.causes,
        "scores": decision.scores,
        "policy": decision.policy,
        "undoes": decision.undoes,
        "created_at": decision.created_at,
    }


def because(causes: list[dict[str, Any]], outcome: str) -> str:
    """Say in one plain sentence why the machine decided as it did."""
    deciding = [cause for cause in causes if cause["outcome"] == outcome]
    parts = list(dict.fromkeys(CODES[Code(cause["code"])].because for cause in deciding))
    if not parts:
        return ""
    start = {"hold": "Held", "reject": "Refused"}.get(outcome, "Noted")
    said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{start} because {said}."


def _item(comment: Comment, post: Post, site: str, verdict: Decision | None) -> dict[str, Any]:
    causes = verdict.causes if verdict else []
    return {
        "comment": {
            "id": comment.id,
            "parent_id": comment.parent_id,
            "site": site,
            "post": {"id": post.external_id, "title": post.title, "url": post.url},
            "author": {
                "name": comment.author_name,
                "email": comment.author_email,
                "website": comment.author_website,
            },
            "text": comment.text,
            "html": comment.html,
            "status": comment.status,
            "revision": comment.revision,
            "created_at": comment.created_at,
            "edited_at": comment.edited_at,
        },
        "version": comment.version,
        "because": because(causes, verdict.outcome) if verdict else "",
        "reasons": causes,
        "scores": verdict.scores if verdict else {},
        "suggested_reason": _suggested(causes),
    }


def _suggested(causes: list[dict[str, Any]]) -> str | None:
    """The first thing that the findings amount to; OTHER only when that is all there is."""
    weighty = [cause for cause in causes if cause["outcome"] != Outcome.APPROVE]
    reasons = [CODES[Code(cause["code"])].reason for cause in weighty]
    said = [reason for reason in reasons if reason is not Reason.OTHER]
    return next((reason.value for reason in [*said, *reasons]), None)


def _last_decision(session: Session, comment_id: UUID) -> Decision:
    return session.scalars(
        select(Decision)
        .where(Decision.comment_id == comment_id)
        .order_by(Decision.comment_version.desc())
        .limit(1)
    ).one()


def _is_repetition(last: Decision, comment: Comment, by: By, status: Status, version: int) -> bool:
    return (
        last.actor == by.actor
        and last.actor_name == by.name
        and last.outcome != Outcome.UNDO
        and last.status == comment.status == status
        and last.comment_version == comment.version == version + 1
    )


def _decided_meanwhile(comment: Comment, last: Decision) -> AlreadyDecided:
    who = last.actor_name or last.actor
    return AlreadyDecided(
        f"{who} changed this comment in the meantime: it is {comment.status} now. "
        "Look at it again before you decide.",
        decision={
            "id": str(last.id),
            "by": {"kind": last.actor, "name": last.actor_name},
            "outcome": last.outcome,
            "status": comment.status,
            "version": comment.version,
            "created_at": last.created_at.isoformat(),
        },
    )
