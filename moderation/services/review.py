"""What moderators do: decide and undo. What they choose from is in `queues`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.errors import (
    AlreadyDecided,
    Conflict,
    DecisionNotFound,
    ModerationError,
)
from moderation.domain.reasons import CODES, Code, Reason
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import begin_write
from moderation.storage.sites import Post

from . import claims, ledger
from .ledger import By

#: What a moderator can decide.
CHOICES = (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM, Outcome.ESCALATE)


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
    AlreadyDecided tells who did what. The same decision sent twice is one decision. While
    somebody else is looking at the comment, Claimed tells who and until when.
    """
    begin_write(session)
    try:
        decision = decide_within(
            session,
            comment_id,
            outcome,
            by,
            now=now,
            reason=reason,
            note=note,
            version=version,
        )
    except ModerationError:
        session.rollback()
        raise
    session.commit()
    return decision


def decide_within(
    session: Session,
    comment_id: UUID,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    reason: Reason | None = None,
    note: str = "",
    version: int | None = None,
    batch_id: UUID | None = None,
) -> Decision:
    """Decide in the caller's transaction, which is open for writing; see `decide`."""
    comment, post = ledger.lock(session, comment_id)
    last = _last_decision(session, comment_id)
    if _is_repetition(last, comment, by, outcome, version):
        return last
    if version is not None and version != comment.version:
        raise _decided_meanwhile(comment, last)
    if comment.status == Status.DELETED:
        raise Conflict("Its author has deleted this comment; there is nothing left to decide.")
    if outcome is Outcome.ESCALATE and comment.status != Status.HELD:
        raise Conflict("Only a comment that waits can be passed on to a senior.")
    claims.require_free(session, comment_id, by, now=now)
    claims.end(session, comment_id)
    changes: dict[str, Any] = {"decided_at": now}
    if outcome is Outcome.ESCALATE:
        # Nobody has decided yet: the next decision is still a person's first.
        changes = {"escalated_at": now}
    recorded = ledger.record(
        session,
        ledger.columns(comment),
        post,
        outcome,
        by,
        now=now,
        reason=reason,
        note=note,
        changes=changes,
        batch_id=batch_id,
    )
    return session.get_one(Decision, recorded.decision_id)


def undo(session: Session, decision_id: UUID, by: By, *, now: datetime) -> Decision:
    """Reverse a moderator's decision and put its comment back where it was; commits.

    Undoing twice changes nothing, so a double click is harmless. What was decided or
    edited since stands: then AlreadyDecided tells who did what.
    """
    begin_write(session)
    try:
        decision = undo_within(session, decision_id, by, now=now)
    except ModerationError:
        session.rollback()
        raise
    session.commit()
    return decision


def undo_within(
    session: Session,
    decision_id: UUID,
    by: By,
    *,
    now: datetime,
    batch_id: UUID | None = None,
) -> Decision:
    """Undo in the caller's transaction, which is open for writing; see `undo`."""
    decision = session.get(Decision, decision_id)
    if decision is None:
        raise DecisionNotFound("There is no such decision.")
    comment, post = ledger.lock(session, decision.comment_id)
    before = session.scalar(select(Decision).where(Decision.undoes == decision_id))
    if before is not None:
        return before
    if decision.outcome == Outcome.REDACT:
        raise Conflict("What was redacted is gone: it was not kept, so that nobody can read it.")
    if decision.actor != Actor.MODERATOR or decision.outcome == Outcome.UNDO:
        raise Conflict("Only a moderator's decision can be undone. Decide anew instead.")
    if comment.version != decision.comment_version:
        raise _decided_meanwhile(comment, _last_decision(session, comment.id))
    changes: dict[str, Any] = {"decided_at": now}
    if decision.outcome == Outcome.ESCALATE:
        changes = {"escalated_at": None}
    recorded = ledger.record(
        session,
        ledger.columns(comment),
        post,
        Outcome.UNDO,
        by,
        now=now,
        undoes=decision,
        changes=changes,
        batch_id=batch_id,
    )
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


def item_view(comment: Comment, post: Post, site: str, verdict: Decision | None) -> dict[str, Any]:
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
                "key": comment.author_key,
                "staff": comment.staff,
            },
            "text": comment.text,
            "html": comment.html,
            "status": comment.status,
            "revision": comment.revision,
            "created_at": comment.created_at,
            "edited_at": comment.edited_at,
            "escalated_at": comment.escalated_at,
            "redacted_at": comment.redacted_at,
            "featured": comment.featured_at is not None,
        },
        "score": comment.score,
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


def _is_repetition(
    last: Decision, comment: Comment, by: By, outcome: Outcome, version: int | None
) -> bool:
    """Tell whether the last change is this very decision, sent before."""
    return (
        last.actor == by.actor
        and last.actor_name == by.name
        and last.outcome == outcome
        and last.comment_version == comment.version
        and version in (None, comment.version - 1)
    )


def decided_meanwhile(session: Session, comment: Comment) -> AlreadyDecided:
    """The error for whoever saw an earlier version of a comment."""
    return _decided_meanwhile(comment, _last_decision(session, comment.id))


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
