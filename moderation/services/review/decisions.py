"""Decisions of moderators, and their undo. The queues are in `queues`."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import AlreadyDecided, Conflict, DecisionNotFound
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..comments import escalation, ledger, reported
from ..sites import reasons
from . import author_mail, claims

#: Outcomes that a moderator can choose.
CHOICES = (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM, Outcome.ESCALATE)


def site_of_decision(session: Session, decision_id: UUID) -> int | None:
    """Return the id of the site that a decision belongs to; None for an unknown decision."""
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
    reason: str | None = None,
    note: str = "",
    version: int | None = None,
) -> Decision:
    """Record a moderator's decision; commits.

    `version` is that of the comment as the moderator saw it: if it has changed since, raises
    AlreadyDecided with the last decision. The same decision sent twice is one decision. While
    another moderator has claimed a waiting comment, raises Claimed with the holder and the end.
    Raises Forbidden for an escalated comment when the moderator is no senior on the site.
    """
    chosen = partial(decide_within, now=now, reason=reason, note=note, version=version)
    return transact(session, partial(chosen, session, comment_id, outcome, by))


def decide_within(
    session: Session,
    comment_id: UUID,
    outcome: Outcome,
    by: By,
    *,
    now: datetime,
    reason: str | None = None,
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
        raise Conflict("The author has deleted this comment. Take the next one.")
    if outcome is Outcome.ESCALATE and not _may_be_escalated(session, comment):
        raise Conflict(
            "Only a held or reported comment can be escalated. Reload this one to see its status."
        )
    escalation.require_senior(comment, by)
    claims.require_free(session, comment, by, now=now)
    if not reasons.is_built_in(reason):
        # Only then, since the settings can hold long word lists.
        reasons.require_known(session.get_one(Site, comment.site_id).settings, reason)
    changes: dict[str, Any] = {"decided_at": now}
    if outcome is Outcome.ESCALATE:
        # Not a decision yet: the next one is still the first by a person.
        changes = {"escalated_at": now}
    recorded = ledger.record(
        session,
        ledger.comment_columns(comment),
        post,
        outcome,
        by,
        now=now,
        reason=reason,
        note=note,
        changes=changes,
        batch_id=batch_id,
    )
    made = session.get_one(Decision, recorded.decision_id)
    author_mail.about_decision(session, comment, post, made, now)
    if outcome is Outcome.APPROVE:
        _tell_appellant(session, comment, post, made, now)
    return made


def _tell_appellant(
    session: Session, comment: Comment, post: Post, made: Decision, now: datetime
) -> None:
    """Queue the mail about an appeal that this approval has decided."""
    appeal = session.scalar(select(Appeal).where(Appeal.new_decision_id == made.id))
    if appeal is not None:
        author_mail.about_appeal(session, appeal, comment, post, now)


def undo(session: Session, decision_id: UUID, by: By, *, now: datetime) -> Decision:
    """Reverse a moderator's decision and restore the comment's status; commits.

    Undoing twice changes nothing, so a double click is harmless. Raises AlreadyDecided with
    the last decision when the comment was decided or edited since.
    """
    return transact(session, partial(undo_within, session, decision_id, by, now=now))


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
        raise DecisionNotFound("There is no such decision. Check its id.")
    comment, post = ledger.lock(session, decision.comment_id)
    before = session.scalar(select(Decision).where(Decision.undoes == decision_id))
    if before is not None:
        return before
    if decision.outcome == Outcome.REDACT:
        raise Conflict("A redaction cannot be undone: the removed text was not kept.")
    if decision.actor != Actor.MODERATOR or decision.outcome == Outcome.UNDO:
        raise Conflict("Only a moderator's decision can be undone. Make a new decision instead.")
    if comment.version != decision.comment_version:
        raise _decided_meanwhile(comment, _last_decision(session, comment.id))
    if not _is_own_escalation(decision, by):
        escalation.require_senior(comment, by)
    claims.require_free(session, comment, by, now=now)
    changes: dict[str, Any] = {"decided_at": now}
    if decision.outcome == Outcome.ESCALATE:
        changes = {"escalated_at": None}
    recorded = ledger.record(
        session,
        ledger.comment_columns(comment),
        post,
        Outcome.UNDO,
        by,
        now=now,
        undoes=decision,
        changes=changes,
        batch_id=batch_id,
    )
    author_mail.withdraw(session, comment.site_id, decision_id)
    return session.get_one(Decision, recorded.decision_id)


def _may_be_escalated(session: Session, comment: Comment) -> bool:
    """Return whether a comment waits for a decision; a published one is held by escalating it."""
    if comment.status == Status.APPROVED:
        return reported.is_waiting(session, comment.id)
    return comment.status == Status.HELD


def _is_own_escalation(decision: Decision, by: By) -> bool:
    """Return whether the moderator undoes an escalation of their own."""
    made = (decision.moderator_id, decision.actor_name)
    return decision.outcome == Outcome.ESCALATE and made == (by.moderator_id, by.name)


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
    """Return whether the last change is this same decision, sent before."""
    return (
        last.actor == by.actor
        and last.actor_name == by.name
        and last.outcome == outcome
        and last.comment_version == comment.version
        and version in (None, comment.version - 1)
    )


def decided_meanwhile(session: Session, comment: Comment) -> AlreadyDecided:
    """Return the error for a moderator who saw an earlier version of a comment."""
    return _decided_meanwhile(comment, _last_decision(session, comment.id))


def _decided_meanwhile(comment: Comment, last: Decision) -> AlreadyDecided:
    who = last.actor_name or last.actor
    return AlreadyDecided(
        f"{who} changed this comment in the meantime: it is {comment.status} now. "
        "Read it again before you decide.",
        decision={
            "id": str(last.id),
            "by": {"kind": last.actor, "name": last.actor_name},
            "outcome": last.outcome,
            "status": comment.status,
            "version": comment.version,
            "created_at": last.created_at.isoformat(),
        },
    )
