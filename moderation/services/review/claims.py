"""Claims: a comment is reviewed by one moderator at a time.

A claim is a lease: it expires by itself. It prevents decisions of other moderators until
then; afterwards any moderator may claim the comment or decide about it.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Claimed, CommentNotFound, Forbidden, Invalid
from moderation.domain.roles import Role
from moderation.domain.status import Status
from moderation.storage.models.authors import LEASE, in_force
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Claim
from moderation.storage.transactions import transact
from moderation.storage.upsert import take_row

from .. import audit
from ..accounts.authentication import Reviewer
from ..comments import escalation, reported

#: Candidates that one round tries before it queries again.
_CANDIDATES = 16
_ROUNDS = 8


def holder_of(by: By) -> str:
    """Return the key of a claim's holder; two windows of one moderator share their claims."""
    return f"token:{by.name}" if by.moderator_id is None else f"moderator:{by.moderator_id}"


def take(
    session: Session,
    comment_id: UUID,
    reviewer: Reviewer,
    *,
    now: datetime,
    steal: bool = False,
    note: str = "",
) -> dict[str, Any]:
    """Claim a comment, or extend one's own claim; commits.

    Raises Claimed when another moderator has claimed it. A senior may take it over with a note.
    """
    if steal and not note.strip():
        raise Invalid("Write a note with the reason for taking over this claim.")
    return transact(session, partial(_take, session, comment_id, reviewer, now, steal, note))


def _take(
    session: Session, comment_id: UUID, reviewer: Reviewer, now: datetime, steal: bool, note: str
) -> dict[str, Any]:
    by = reviewer.by
    comment = session.execute(
        select(Comment.site_id, Comment.status, Comment.escalated_at).where(
            Comment.id == comment_id
        )
    ).first()
    if comment is None:
        raise CommentNotFound("There is no such comment, or it was removed. Reload the page.")
    site_id = comment.site_id
    if steal and not reviewer.may(site_id, Role.SENIOR):
        raise Forbidden("Only a senior or an admin can take over a claim. Wait until it ends.")
    escalation.require_senior(comment, by)
    current = current_claim(session, comment_id, now=now)
    if current is not None and current.holder == holder_of(by):
        current.expires_at = now + LEASE
        return view(current, by)
    stolen = current if steal else None
    if stolen is not None:
        session.execute(delete(Claim).where(Claim.comment_id == comment_id))
    claim = _try(session, comment_id, by, now)
    if claim is None:
        other = current_claim(session, comment_id, now=now)
        raise (
            claimed(other, by)
            if other
            else Claimed(
                "Another moderator has just claimed this comment. Take the next one.", claim={}
            )
        )
    action = "claim.stolen" if stolen else "claim.taken"
    detail = {"from": stolen.holder_name, "note": note} if stolen else None
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        action,
        f"comment:{comment_id}",
        site_id=site_id,
        detail=detail,
    )
    return view(claim, by)


def take_first(
    session: Session, candidates: Any, reviewer: Reviewer, *, now: datetime
) -> Claim | None:
    """Claim the first unclaimed comment of a statement of (id, site); commits.

    The statement runs again after a lost race; returns None when no comment is left.
    """
    by = reviewer.by
    free = candidates.where(
        ~select(Claim.comment_id).where(Claim.comment_id == Comment.id, in_force(now)).exists()
    )
    for _ in range(_ROUNDS):
        count, claim = transact(session, partial(_take_one, session, free, by, now))
        if claim is not None or not count:
            return claim
    return None


def _take_one(session: Session, free: Any, by: By, now: datetime) -> tuple[int, Claim | None]:
    """Return the number of candidates, and the claim on one of them or None."""
    rows = session.execute(free.limit(_CANDIDATES)).all()
    for comment_id, site_id in rows:
        claim = _try(session, comment_id, by, now)
        if claim is None:
            continue
        status = session.scalar(select(Comment.status).where(Comment.id == comment_id))
        if status != Status.HELD and not reported.is_waiting(session, comment_id):
            # It was decided without a claim after the candidates were read.
            session.execute(delete(Claim).where(Claim.lease_id == claim.lease_id))
            continue
        subject = f"comment:{comment_id}"
        audit.write(session, now, by.actor, by.name, "claim.taken", subject, site_id=site_id)
        return len(rows), claim
    return len(rows), None


def release(session: Session, comment_id: UUID, by: By, *, now: datetime) -> None:
    """Release one's own claim on a comment; another's stays. Commits."""

    def give_back() -> None:
        deleted = session.execute(
            delete(Claim).where(Claim.comment_id == comment_id, Claim.holder == holder_of(by))
        )
        if isinstance(deleted, CursorResult) and deleted.rowcount:
            site_id = session.scalar(select(Comment.site_id).where(Comment.id == comment_id))
            subject = f"comment:{comment_id}"
            audit.write(session, now, by.actor, by.name, "claim.released", subject, site_id=site_id)

    transact(session, give_back)


def current_claim(session: Session, comment_id: UUID, *, now: datetime) -> Claim | None:
    """Return the current claim on a comment, or None."""
    return session.scalar(
        select(Claim)
        .where(Claim.comment_id == comment_id, in_force(now))
        .execution_options(populate_existing=True)
    )


def require_free(session: Session, comment: Comment, by: By, *, now: datetime) -> None:
    """Raise Claimed when another moderator has claimed a waiting comment.

    A claim on a published comment is ignored: a take-down never waits for it.
    """
    if comment.status != Status.HELD:
        return
    claim = current_claim(session, comment.id, now=now)
    if claim is not None and claim.holder != holder_of(by):
        raise claimed(claim, by)


def claimed(claim: Claim, by: By) -> Claimed:
    """Return the conflict that names the holder of a claim."""
    until = claim.expires_at.isoformat(timespec="seconds")
    return Claimed(
        f"{claim.holder_name} is looking at this comment until {until}. Take the next one.",
        claim=view(claim, by),
    )


def view(claim: Claim, by: By) -> dict[str, Any]:
    """Return a claim as moderators see it."""
    return {
        "id": str(claim.lease_id),
        "by": claim.holder_name,
        "mine": claim.holder == holder_of(by),
        "taken_at": claim.taken_at,
        "expires_at": claim.expires_at,
    }


def _try(session: Session, comment_id: UUID, by: By, now: datetime) -> Claim | None:
    """Insert the claim or replace an expired one; return None when another request was faster.

    It is one statement: of any number of concurrent requests exactly one gets the row.
    """
    values = {
        "lease_id": new_id(),
        "holder": holder_of(by),
        "holder_name": by.name,
        "taken_at": now,
        "expires_at": now + LEASE,
    }
    taken = take_row(
        session,
        Claim.__table__,  # type: ignore[arg-type]
        {"comment_id": comment_id},
        values,
        ~in_force(now),
    )
    return current_claim(session, comment_id, now=now) if taken else None
