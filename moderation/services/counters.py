"""Counters and histograms of one process, for Prometheus.

Only totals and times: nothing here can name a comment, a post or a person.
"""

from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from moderation.domain.reasons import facts_of
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.compiled_statements import Executor

# The start of the process need not be repeated with every metric.
disable_created_metrics()  # type: ignore[no-untyped-call]

#: Seconds, the upper ends of a judgement's buckets: around its budget of half a millisecond.
BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0015, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0)

#: Everything that is counted here.
REGISTRY = CollectorRegistry()
JUDGEMENTS = Histogram(
    "moderation_judgement_seconds",
    "How long a comment was judged by all filters.",
    buckets=BUCKETS,
    registry=REGISTRY,
)
REQUESTS = Counter(
    "moderation_requests",
    "Requests that were looked at; ready-made answers are not counted.",
    ("method", "endpoint", "status"),
    registry=REGISTRY,
)


def count_request(method: str, endpoint: str, status: int) -> None:
    """Count a request by its view, since an address may name a post or a comment."""
    REQUESTS.labels(method, endpoint, f"{status // 100}xx").inc()


DECISIONS = Counter(
    "moderation_decisions",
    "Decisions by people and machines; one that undoes another is one more.",
    ("actor", "outcome"),
    registry=REGISTRY,
)
_RULE = ("code", "filter")
DECIDED = Counter(
    "moderation_rule_decided",
    "Held comments that people decided about, by the rules that held them.",
    _RULE,
    registry=REGISTRY,
)
OVERTURNED = Counter(
    "moderation_rule_overturned",
    "Those of them that people approved.",
    _RULE,
    registry=REGISTRY,
)
OUTSIDE_CHECKS = Counter(
    "moderation_outside_checks",
    "Checks by the sites' own checkers: fine, reported, failed or skipped.",
    ("result",),
    registry=REGISTRY,
)
READER_MAILS = Counter(
    "moderation_reader_mails",
    "Mails to readers that are finished: sent, dropped, failed or uncertain.",
    ("result",),
    registry=REGISTRY,
)
REPORTS = Counter(
    "moderation_reports",
    "Reports by readers: queued, held (the comment with it), quiet, repeated or full.",
    ("result",),
    registry=REGISTRY,
)
_SETTLES = (Outcome.APPROVE, Outcome.REJECT, Outcome.SPAM)
_PENDING = "moderation_counted"


def count_reader_mail(result: str) -> None:
    """Count a mail to a reader that is not sent again."""
    READER_MAILS.labels(result).inc()


def count_decision(
    unit: Executor, actor: Actor, outcome: Outcome, previous: Status | None, reasons: str
) -> None:
    """Count a decision when its transaction commits, and not when it is undone."""
    by_person = actor is Actor.MODERATOR and previous is Status.HELD and outcome in _SETTLES
    count = partial(_count_decision, actor, outcome, reasons if by_person else "")
    if isinstance(unit, Session):
        unit.info.setdefault(_PENDING, []).append(count)
    else:
        unit.after_commit.append(count)


def _count_decision(actor: Actor, outcome: Outcome, reasons: str) -> None:
    DECISIONS.labels(actor.value, outcome.value).inc()
    for code in filter(None, reasons.split("|")):
        rule = (code, facts_of(code).filter)
        DECIDED.labels(*rule).inc()
        if outcome is Outcome.APPROVE:
            OVERTURNED.labels(*rule).inc()


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    counts: list[Callable[[], None]] = session.info.pop(_PENDING, [])
    for count in counts:
        count()


@event.listens_for(Session, "after_soft_rollback")
def _rolled_back(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_PENDING, None)
