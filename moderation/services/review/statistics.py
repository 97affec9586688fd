"""Moderation statistics: waiting comments, waiting times, and false positives of rules.

Each figure reads no more than the newest few thousand decisions of the last days, so that
its cost does not grow with the store.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session, aliased

from moderation.domain.actors import By
from moderation.domain.reasons import facts_of
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision

from . import queue_query, queues, team_figures

DAYS = 7
HOURS = 24
#: Decisions that are read, the newest first.
LOOKED_AT = 5000
#: The same for comments that entered or left the queue in the last hours.
MOVES = 20_000
#: Comments that wait are counted up to here.
MOST_WAITING = 100_000
_NO_MODERATOR = By(Actor.MODERATOR)
_SETTLES = (Outcome.APPROVE, Outcome.HOLD, Outcome.REJECT, Outcome.SPAM)


def summary(
    session: Session, site_ids: tuple[int, ...] | None, *, now: datetime, days: int = DAYS
) -> dict[str, Any]:
    """Return all figures of the last days."""
    since = now - timedelta(days=days)
    people = _decisions(session, site_ids, since, by_people=True)
    machine = _decisions(session, site_ids, since, by_people=False)
    firsts = [row for row in people if row.previous_status == Status.HELD and not row.again]
    waits = sorted(
        (row.created_at - (row.held_at or row.submitted_at)).total_seconds() for row in firsts
    )
    return {
        "days": days,
        "queues": queues.counts(session, site_ids, _NO_MODERATOR),
        "first_decision_seconds": {"p50": _quantile(waits, 0.5), "p90": _quantile(waits, 0.9)},
        "per_hour": _per_hour(session, site_ids, [row.created_at for row in people], now),
        "automated": _automated(machine),
        **team_figures.side_by_side(session, people),
        "overturned": [
            {"code": code, "filter": facts_of(code).filter, **rate}
            for code, rate in _overturned(firsts, lambda code: code)
        ],
        "overturned_filters": [
            {"filter": name, **rate}
            for name, rate in _overturned(firsts, lambda code: facts_of(code).filter)
        ],
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
            Comment.site_id,
            Comment.post_id,
            Decision.actor_name,
            *(_about_the_wait() if by_people else ()),
        )
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            Decision.actor == literal_column(f"'{actor.value}'"),
            Decision.created_at > since,
            Decision.outcome.in_(_SETTLES),
        )
        # Ids sort by time, so that the primary key serves without another index.
        .order_by(Decision.id.desc())
        .limit(LOOKED_AT)
    )
    if site_ids is not None:
        statement = statement.where(Comment.site_id.in_(site_ids))
    return session.execute(statement).all()


def _about_the_wait() -> Iterable[Any]:
    """Yield columns: when this text was held, and whether a person had decided about it before."""
    other = aliased(Decision)
    same = (other.comment_id == Decision.comment_id, other.revision == Decision.revision)
    held = select(func.min(other.created_at)).where(*same, other.status == Status.HELD.value)
    before = select(other.id).where(
        *same,
        other.comment_version < Decision.comment_version,
        other.actor == Actor.MODERATOR.value,
        other.outcome.in_(_SETTLES),
    )
    yield held.correlate(Decision).scalar_subquery().label("held_at")
    yield before.correlate(Decision).exists().label("again")


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Return the quantile of sorted values, or None without any."""
    if not values:
        return None
    return round(values[max(0, math.ceil(share * len(values)) - 1)], 1)


def _per_hour(
    session: Session, site_ids: tuple[int, ...] | None, decided: Sequence[datetime], now: datetime
) -> list[dict[str, Any]]:
    """Return the figures of each of the last 24 hours, the oldest first.

    Arrivals and depth are None where more was decided since than MOVES.
    """
    by_people = Counter(_hours_ago(moment, now) for moment in decided)
    moves, complete_hours = _moves(session, site_ids, now)
    came = Counter(_hours_ago(at, now) for at, before, _ in moves if before != Status.HELD)
    left = Counter(_hours_ago(at, now) for at, _, after in moves if after != Status.HELD)
    waiting = queue_query.QueueQuery(site_ids=site_ids)
    depth = queue_query.count(
        session, queue_query.plan_of(session, waiting, _NO_MODERATOR), MOST_WAITING
    )
    start = now.replace(microsecond=0)
    hours: list[dict[str, Any]] = []
    for hour in range(HOURS):
        hours.append(
            {
                "from": start - timedelta(hours=hour + 1),
                "decisions": by_people[hour],
                "arrivals": came[hour] if hour < complete_hours else None,
                "depth": depth if hour < complete_hours else None,
            }
        )
        depth = max(0, depth - came[hour] + left[hour])
    return hours[::-1]


def _hours_ago(moment: datetime, now: datetime) -> int:
    return int((now - moment).total_seconds() // 3600)


def _moves(
    session: Session, site_ids: tuple[int, ...] | None, now: datetime
) -> tuple[list[tuple[datetime, str | None, str]], int]:
    """Return the changes that entered or left the queue, and the complete number of hours."""
    # Ids begin with the time of their creation, so that the primary key finds the last hours.
    since = now.astimezone(UTC) - timedelta(hours=HOURS)
    milliseconds = int(since.timestamp() * 1000)
    recent = (
        select(Decision.id, Decision.created_at)
        .where(Decision.id > UUID(int=milliseconds << 80))
        .order_by(Decision.id.desc())
        .limit(MOVES)
        .subquery()
    )
    last = select(recent.c.created_at).order_by(recent.c.id.desc()).offset(MOVES - 1)
    oldest = session.scalar(last)
    complete_hours = HOURS if oldest is None else min(HOURS, _hours_ago(oldest, now))
    was_held = func.coalesce(Decision.previous_status, "") == Status.HELD.value
    is_held = Decision.status == Status.HELD.value
    statement = (
        select(Decision.created_at, Decision.previous_status, Decision.status)
        .join(recent, recent.c.id == Decision.id)
        .where(was_held != is_held)
    )
    if site_ids is not None:
        statement = statement.join(Comment, Comment.id == Decision.comment_id)
        statement = statement.where(Comment.site_id.in_(site_ids))
    return [(row[0], row[1], row[2]) for row in session.execute(statement)], complete_hours


def _automated(machine: Sequence[Any]) -> dict[str, Any]:
    """Return the share of new comments that needed no moderator."""
    outcomes = Counter(row.outcome for row in machine if row.previous_status is None)
    total = sum(outcomes.values())
    alone = total - outcomes[Outcome.HOLD]
    return {
        "submitted": total,
        "without_a_person": alone,
        "share": round(alone / total, 3) if total else None,
    }


def _overturned(
    firsts: Sequence[Any], kind: Callable[[str], str]
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield for each kind of finding the held comments, those approved, and their ratio."""
    held: dict[str, int] = defaultdict(int)
    approved: dict[str, int] = defaultdict(int)
    for row in firsts:
        for name in dict.fromkeys(kind(code) for code in row.reasons.split("|") if code):
            held[name] += 1
            approved[name] += row.outcome == Outcome.APPROVE
    for name in sorted(held, key=lambda name: -held[name]):
        rate = round(approved[name] / held[name], 3)
        yield name, {"held": held[name], "approved": approved[name], "rate": rate}
