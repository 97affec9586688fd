"""Counts for a transparency report (Digital Services Act, articles 15 and 24), without names.

Statements of reasons in the Commission's format are in `statements`. Both leave out comments of
other platforms, and decisions that a moderator has undone: those were slips.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, and_, column, exists, func, inspect, or_, select, table
from sqlalchemy.orm import Session, aliased

from moderation.domain.appeals import AppealState
from moderation.domain.reasons import Reason, facts_of
from moderation.domain.status import Actor, Outcome, Status
from moderation.domain.webhook_events import AUTHOR_BANNED
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.base import UtcDateTime
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

from ..sites import reasons

#: Rows that are in memory at once.
BATCH = 1000
_REFUSALS = (Outcome.REJECT.value, Outcome.SPAM.value)
_FINAL = (*_REFUSALS, Outcome.APPROVE.value)
#: Reasons of reports that are notices of illegal content (article 16).
NOTICES = ("illegal", "child_abuse")
#: Readers' reports, read by the names of their columns.
REPORTS = table(
    "comment_reports",
    column("comment_id"),
    column("site_id"),
    column("reason"),
    column("outcome"),
    column("created_at", UtcDateTime()),
    column("decided_at", UtcDateTime()),
)


class Period(NamedTuple):
    """A time from `begins` up to, without, `ends`."""

    begins: datetime
    ends: datetime


class Refusal(NamedTuple):
    """One decision against a comment, for counts and statements."""

    id: UUID
    comment_id: UUID
    actor: Actor
    outcome: Outcome
    #: None: the comment was refused when it came.
    previous: Status | None
    #: The built-in reason that its own counts as.
    kind: Reason
    #: A moderator's reason, or the first code of the rule.
    code: str
    codes: tuple[str, ...]
    #: The filters had found something in the comment before.
    found: bool
    decided_at: datetime
    created_at: datetime


def report(session: Session, site: Site, period: Period) -> dict[str, Any]:
    """Return the counts of a period."""
    return {
        "site": site.name,
        "from": period.begins.isoformat(),
        "to": period.ends.isoformat(),
        "comments": _comments(session, site, period),
        "notices": _notices(session, site, period),
        "decisions": _decisions(session, site, period),
        "bans": _bans(session, site, period),
        "appeals": _appeals(session, site, period),
    }


def flat(counts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the counts as lines of a table: a dotted name and its value."""
    for name, value in counts.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", "" if value is None else value


def refusals(session: Session, site: Site, period: Period) -> Iterator[Refusal]:
    """Yield the decisions against comments, the oldest first."""
    rows = session.execute(
        _own_decisions(site, period)
        .with_only_columns(
            Decision.id,
            Decision.comment_id,
            Decision.actor,
            Decision.outcome,
            Decision.previous_status,
            Decision.reason,
            Decision.causes,
            Decision.created_at,
            Comment.reasons,
            Comment.created_at.label("sent_at"),
        )
        .where(Decision.outcome.in_(_REFUSALS))
        .order_by(Decision.created_at, Decision.id)
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        yield _refusal(site, row)


def noticed(session: Session, site: Site, comment_ids: list[UUID]) -> frozenset[UUID]:
    """Return those of the comments that a notice of illegal content was about."""
    if not has_reports(session):
        return frozenset()
    found = session.scalars(
        select(Comment.id)
        .join(REPORTS, REPORTS.c.comment_id == Comment.id)
        .where(Comment.id.in_(comment_ids), REPORTS.c.reason.in_(NOTICES))
    )
    return frozenset(found)


def has_reports(session: Session) -> bool:
    """Return whether the store has readers' reports."""
    return inspect(session.connection()).has_table(REPORTS.name)


def _refusal(site: Site, row: Row[Any]) -> Refusal:
    codes = tuple(
        dict.fromkeys(c["code"] for c in row.causes if c["outcome"] != Outcome.APPROVE.value)
    )
    by_rule = row.actor == Actor.POLICY
    if by_rule:
        kind = facts_of(codes[0]).reason if codes else Reason.OTHER
        code = codes[0] if codes else Reason.OTHER.value
    else:
        usual = Reason.SPAM if row.outcome == Outcome.SPAM else Reason.OTHER
        code = row.reason or usual.value
        kind = reasons.find(site.settings, code).kind
    return Refusal(
        row.id,
        row.comment_id,
        Actor(row.actor),
        Outcome(row.outcome),
        Status(row.previous_status) if row.previous_status else None,
        kind,
        code,
        codes,
        by_rule or bool(row.reasons),
        row.created_at,
        row.sent_at,
    )


def _own_decisions(site: Site, period: Period) -> Select[Any]:
    """Return the statement of decisions on a site's own comments that were not undone."""
    undoing = aliased(Decision)
    return (
        select(Decision)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Post, Post.id == Comment.post_id)
        .where(
            Comment.site_id == site.id,
            Post.origin.is_(None),
            _within(Decision.created_at, period),
            ~exists().where(undoing.undoes == Decision.id),
        )
    )


def _within(moment: Any, period: Period) -> Any:
    return and_(moment >= period.begins, moment < period.ends)


def _comments(session: Session, site: Site, period: Period) -> int:
    found = (
        select(func.count())
        .select_from(Comment)
        .join(Post, Post.id == Comment.post_id)
        .where(
            Comment.site_id == site.id,
            Post.origin.is_(None),
            _within(Comment.created_at, period),
        )
    )
    return session.scalar(found) or 0


def _notices(session: Session, site: Site, period: Period) -> dict[str, Any] | None:
    """Count readers' reports, and the notices of illegal content among them."""
    if not has_reports(session):
        return None
    mine = and_(REPORTS.c.site_id == site.id, _within(REPORTS.c.created_at, period))
    by_reason = session.execute(
        select(REPORTS.c.reason, func.count()).where(mine).group_by(REPORTS.c.reason)
    ).all()
    legal = and_(mine, REPORTS.c.reason.in_(NOTICES))
    outcomes = session.execute(
        select(REPORTS.c.outcome, func.count()).where(legal).group_by(REPORTS.c.outcome)
    ).all()
    decided = select(REPORTS.c.created_at, REPORTS.c.decided_at).where(
        legal, REPORTS.c.decided_at.is_not(None)
    )
    waits = array("d", ((b - a).total_seconds() for a, b in session.execute(decided)))
    counted = {outcome or "waiting": number for outcome, number in outcomes}
    return {
        "reports": sum(number for _, number in by_reason),
        "by_reason": dict(sorted((str(reason), number) for reason, number in by_reason)),
        "illegal_content": sum(counted.values()),
        "illegal_content_outcomes": dict(sorted(counted.items())),
        "median_seconds": _median(waits),
    }


def _decisions(session: Session, site: Site, period: Period) -> dict[str, Any]:
    by_reason, by_kind = Counter[str](), Counter[str]()
    automated = by_people = spam = removed = 0
    for each in refusals(session, site, period):
        by_reason[each.code] += 1
        by_kind[each.kind.value] += 1
        spam += each.outcome is Outcome.SPAM
        removed += each.previous is Status.APPROVED
        if each.actor is Actor.POLICY:
            automated += 1
        else:
            by_people += 1
    return {
        "restricted": automated + by_people,
        "automated": automated,
        "by_people": by_people,
        #: Published before; the others never were.
        "removed_after_publication": removed,
        "spam": spam,
        "by_reason": dict(sorted(by_reason.items())),
        "by_kind": dict(sorted(by_kind.items())),
        "automated_overturned": _overturned(session, site, period),
        "median_seconds_to_first_decision": _first_decisions(session, site, period),
    }


def _overturned(session: Session, site: Site, period: Period) -> int:
    """Count the automatic refusals of the period that a person has approved since."""
    later = aliased(Decision)
    statement = _own_decisions(site, period).where(
        Decision.actor == Actor.POLICY.value,
        Decision.outcome.in_(_REFUSALS),
        exists().where(
            later.comment_id == Decision.comment_id,
            later.comment_version > Decision.comment_version,
            later.actor == Actor.MODERATOR.value,
            later.outcome == Outcome.APPROVE.value,
        ),
    )
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _first_decisions(session: Session, site: Site, period: Period) -> float | None:
    """Return the median time that a held comment waited for a person's decision."""
    rows = session.execute(
        _own_decisions(site, period)
        .with_only_columns(Comment.created_at, Decision.created_at)
        .where(
            Decision.actor == Actor.MODERATOR.value,
            Decision.previous_status == Status.HELD.value,
            Decision.outcome.in_(_FINAL),
        )
        .execution_options(yield_per=BATCH)
    )
    return _median(array("d", ((decided - sent).total_seconds() for sent, decided in rows)))


def bans(session: Session, site: Site, period: Period) -> Iterator[tuple[int, datetime, str]]:
    """Yield the bans of a period: the entry's number, its time and the ban's end, or ""."""
    rows = session.execute(
        select(AuditEntry.id, AuditEntry.at, AuditEntry.detail)
        .where(
            AuditEntry.site_id == site.id,
            AuditEntry.action == AUTHOR_BANNED,
            _within(AuditEntry.at, period),
        )
        .order_by(AuditEntry.at, AuditEntry.id)
        .execution_options(yield_per=BATCH)
    )
    for id, at, detail in rows:
        yield id, at, detail.get("until") or ""


def _bans(session: Session, site: Site, period: Period) -> dict[str, int]:
    ends = [bool(until) for _, _, until in bans(session, site, period)]
    return {"for_a_time": sum(ends), "for_good": len(ends) - sum(ends)}


def _appeals(session: Session, site: Site, period: Period) -> dict[str, Any]:
    """Count the appeals that came in the period, with what became of them since."""
    mine = and_(Appeal.site_id == site.id, _within(Appeal.created_at, period))
    found = session.execute(
        select(Appeal.state, Decision.actor, func.count())
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(mine)
        .group_by(Appeal.state, Decision.actor)
    ).all()
    states = Counter[str]()
    against_rules = 0
    for state, actor, number in found:
        states[state] += number
        against_rules += number if actor == Actor.POLICY else 0
    decided = or_(
        Appeal.state == AppealState.UPHELD.value, Appeal.state == AppealState.OVERTURNED.value
    )
    times = session.execute(select(Appeal.created_at, Appeal.decided_at).where(mine, decided))
    waits = array("d", ((b - a).total_seconds() for a, b in times if b is not None))
    alone = select(func.count()).select_from(Appeal).where(mine, Appeal.same_moderator)
    return {
        "received": states.total(),
        "against_automated_decisions": against_rules,
        **{state.value: states[state.value] for state in AppealState},
        "decided_by_the_same_moderator": session.scalar(alone) or 0,
        "median_seconds": _median(waits),
    }


def _median(values: "array[float]") -> float | None:
    return round(median(values), 1) if values else None
