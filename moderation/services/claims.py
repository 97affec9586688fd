"""Who is looking at which comment, so that no two moderators work on the same one.

A claim is a lease: it ends by itself. It keeps others from deciding, never the holder from
losing it: after its end anybody may claim or decide.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, delete, select
from sqlalchemy.orm import Session

from moderation.domain.errors import Claimed, CommentNotFound, Forbidden, Invalid
from moderation.domain.roles import Role
from moderation.domain.status import Status
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write, take_row
from moderation.storage.review import Claim

from . import audit
from .accounts import Reviewer
from .ledger import By

# Leases expire rather than end at logout: people close laptops mid-review.
LEASE = timedelta(minutes=10)
#: A claim that ends later than this was made by a clock that has been set back since. Clocks of
#: two machines differ by less.
_LATEST = 2 * LEASE
#: How many of the best candidates one call tries before it looks again.
_CANDIDATES = 16
_ROUNDS = 8


def in_force(now: datetime) -> ColumnElement[bool]:
    """Which claims hold their comment now."""
    return and_(Claim.expires_at > now, Claim.expires_at <= now + _LATEST)


def holder_of(by: By) -> str:
    """By what a claim knows its holder: two windows of one moderator share their claims."""
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
    """Claim a comment, or prolong one's own claim; commits.

    Raises Claimed when somebody else holds it. A senior may steal it with a note.
    """
    by = reviewer.by
    if steal and not note.strip():
        raise Invalid("Say in a note why you take this claim over.")
    begin_write(session)
    site_id = session.scalar(select(Comment.site_id).where(Comment.id == comment_id))
    if site_id is None:
        session.rollback()
        raise CommentNotFound("There is no such comment, or it is no longer there.")
    if steal and not reviewer.may(site_id, Role.SENIOR):
        session.rollback()
        raise Forbidden("Only a senior or an admin can take over somebody's claim.")
    mine = of(session, comment_id, now=now)
    if mine is not None and mine.holder == holder_of(by):
        mine.expires_at = now + LEASE
        session.commit()
        return view(mine, by)
    stolen = mine if steal else None
    if stolen is not None:
        session.execute(delete(Claim).where(Claim.comment_id == comment_id))
    claim = _try(session, comment_id, by, now)
    if claim is None:
        holding = of(session, comment_id, now=now)
        session.rollback()
        raise claimed(holding, by) if holding else Claimed("It was just claimed.", claim={})
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
    session.commit()
    return view(claim, by)


def take_first(
    session: Session, candidates: Any, reviewer: Reviewer, *, now: datetime
) -> Claim | None:
    """Claim the first comment of a statement of (id, site) that nobody else holds; commits.

    The statement is asked anew after a lost race; None when nothing is left.
    """
    by = reviewer.by
    free = candidates.where(
        ~select(Claim.comment_id).where(Claim.comment_id == Comment.id, in_force(now)).exists()
    )
    for _ in range(_ROUNDS):
        begin_write(session)
        found = session.execute(free.limit(_CANDIDATES)).all()
        if not found:
            session.rollback()
            return None
        for comment_id, site_id in found:
            claim = _try(session, comment_id, by, now)
            if claim is None:
                continue
            status = session.scalar(select(Comment.status).where(Comment.id == comment_id))
            if status != Status.HELD:
                # Somebody decided without a claim between our two looks.
                session.execute(delete(Claim).where(Claim.lease_id == claim.lease_id))
                continue
            subject = f"comment:{comment_id}"
            audit.write(session, now, by.actor, by.name, "claim.taken", subject, site_id=site_id)
            session.commit()
            return claim
        session.commit()
    return None


def release(session: Session, comment_id: UUID, by: By, *, now: datetime) -> None:
    """Give a comment back to the others; one that is not held by `by` stays as it is. Commits."""
    begin_write(session)
    gone = session.execute(
        delete(Claim).where(Claim.comment_id == comment_id, Claim.holder == holder_of(by))
    )
    if isinstance(gone, CursorResult) and gone.rowcount:
        site_id = session.scalar(select(Comment.site_id).where(Comment.id == comment_id))
        subject = f"comment:{comment_id}"
        audit.write(session, now, by.actor, by.name, "claim.released", subject, site_id=site_id)
    session.commit()


def of(session: Session, comment_id: UUID, *, now: datetime) -> Claim | None:
    """The claim that holds a comment now."""
    return session.scalar(
        select(Claim)
        .where(Claim.comment_id == comment_id, in_force(now))
        .execution_options(populate_existing=True)
    )


def require_free(session: Session, comment_id: UUID, by: By, *, now: datetime) -> None:
    """Raise Claimed when somebody else is looking at the comment."""
    claim = of(session, comment_id, now=now)
    if claim is not None and claim.holder != holder_of(by):
        raise claimed(claim, by)


def end(session: Session, comment_id: UUID) -> None:
    """A decision ends every claim, in its own transaction."""
    session.execute(delete(Claim).where(Claim.comment_id == comment_id))


def claimed(claim: Claim, by: By) -> Claimed:
    until = claim.expires_at.isoformat(timespec="seconds")
    return Claimed(
        f"{claim.holder_name} is looking at this comment until {until}.", claim=view(claim, by)
    )


def view(claim: Claim, by: By) -> dict[str, Any]:
    """A claim as moderators see it."""
    return {
        "id": str(claim.lease_id),
        "by": claim.holder_name,
        "mine": claim.holder == holder_of(by),
        "taken_at": claim.taken_at,
        "expires_at": claim.expires_at,
    }


def _try(session: Session, comment_id: UUID, by: By, now: datetime) -> Claim | None:
    """Insert the claim, or take one over that has ended; None when somebody was faster.

    The one statement is the arbiter: of any number of callers exactly one gets the row.
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
    return of(session, comment_id, now=now) if taken else None
