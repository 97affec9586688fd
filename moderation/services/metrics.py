"""Figures about the work of moderating: how much waits, how long, and how often rules err.

Each figure looks at no more than the newest few thousand decisions of the last days, so
that asking costs the same however long the service has run.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from moderation.domain.reasons import CODES, Code
from moderation.domain.status import Actor, Outcome
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision

from . import queues
from .ledger import By

DAYS = 7
#: Decisions that are looked at, the newest first.
LOOKED_AT = 5000
_NOBODY = By(Actor.MODERATOR)


def summary(session: Session, site_ids: tuple[int, ...] | None, *, now: datetime) -> dict[str, Any]:
    """All figures of the last seven days."""
    since = now - timedelta(days=DAYS)
    people = _decisions(session, site_ids, since, by_people=True)
    machine = _decisions(session, site_ids, since, by_people=False)
    firsts = [row for row in people if row.previous_status == "held"]
    waits = sorted((row.created_at - row.submitted_at).total_seconds() for row in firsts)
    return {
        "days": DAYS,
        "queues": queues.counts(session, site_ids, _NOBODY),
        "first_decision_seconds": {"p50": _quantile(waits, 0.5), "p90": _quantile(waits, 0.9)},
        "per_hour": _per_hour([row.created_at for row in people], now),
        "automated": _automated(machine),
        "overturned": _overturned(firsts),
    }


def _decisions(
    session: Session, site_ids: tuple[int, ...] | None, since: datetime, *, by_people: bool
) -> Sequence[Any]:
    actor = Actor.MODERATOR if by_people else Actor.POLICY
    statement = (
        select(
            Decision.created_at,
            Decision.outcome,
            Decision.previous_status,
            Comment.created_at.label("submitted_at"),
            Comment.reasons,
        )
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            Decision.actor == literal_column(f"'{actor.value}'"),
            Decision.created_at > since,
            Decision.outcome.in_([Outcome.APPROVE, Outcome.HOLD, Outcome.REJECT, Outcome.SPAM]),
        )
        # Ids sort by time, and their index is there without another for this question.
        .order_by(Decision.id.desc())
        .limit(LOOKED_AT)
    )
    if site_ids is not None:
        statement = statement.where(Comment.site_id.in_(site_ids))
    return session.execute(statement).all()


def _quantile(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    return round(values[min(len(values) - 1, int(share * len(values)))], 1)


def _per_hour(moments: Sequence[datetime], now: datetime) -> list[dict[str, Any]]:
    """People's decisions in each of the last 24 hours, the oldest first."""
    counted = Counter(int((now - moment).total_seconds() // 3600) for moment in moments)
    start = now.replace(microsecond=0)
    return [
        {"from": start - timedelta(hours=hours + 1), "decisions": counted[hours]}
        for hours in range(23, -1, -1)
    ]


def _automated(machine: Sequence[Any]) -> dict[str, Any]:
    """How many new comments needed nobody."""
    outcomes = Counter(row.outcome for row in machine if row.previous_status is None)
    total = sum(outcomes.values())
    alone = total - outcomes[Outcome.HOLD]
    return {
        "submitted": total,
        "without_a_person": alone,
        "share": round(alone / total, 3) if total else None,
    }


def _overturned(firsts: Sequence[Any]) -> list[dict[str, Any]]:
    """Of what each rule held, how much people approved: its rate of false alarms."""
    held: dict[str, int] = defaultdict(int)
    approved: dict[str, int] = defaultdict(int)
    for row in firsts:
        for code in filter(None, row.reasons.split("|")):
            held[code] += 1
            approved[code] += row.outcome == Outcome.APPROVE
    return [
        {
            "code": code,
            "filter": CODES[Code(code)].filter,
            "held": held[code],
            "approved": approved[code],
            "rate": round(approved[code] / held[code], 3),
        }
        for code in sorted(held, key=lambda code: -held[code])
    ]
