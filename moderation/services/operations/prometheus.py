"""The state of the desk and of this process in Prometheus' text format.

What the store says is the same in every process, so take the largest of several; what a
process counted is its own.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.status import Actor
from moderation.storage.decisions import Decision
from moderation.storage.messages import OutboxMessage

from . import counting, metrics, selection
from .ledger import By
from .selection import WAITING, QueueQuery

#: A number beyond this is told as this: what watches it has long been alarmed.
MOST = 100_000
#: Decisions that are counted of the last hour, the newest first.
RECENT = 20_000
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NOBODY = By(Actor.MODERATOR)
Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def of_store(session: Session, *, now: datetime) -> bytes:
    """What the store says; look at it every now and then, not with every scrape."""
    depth: list[Sample] = []
    age: list[Sample] = []
    for queue in sorted(WAITING):
        plan = selection.plan_of(session, QueueQuery(queue=queue), _NOBODY)
        depth.append(({"queue": queue.value}, selection.count(session, plan, MOST)))
        oldest = selection.oldest(session, plan)
        age.append(({"queue": queue.value}, (now - oldest).total_seconds() if oldest else 0.0))
    overturned = metrics.summary(session, None, now=now)["overturned"]
    waiting = select(OutboxMessage.due_at).where(OutboxMessage.state == "waiting")
    backlog = select(func.count()).select_from(waiting.limit(MOST).subquery())
    due = session.scalar(waiting.order_by(OutboxMessage.due_at).limit(1))
    late = max(0.0, (now - due).total_seconds()) if due else 0.0
    by_code = [({"code": rule["code"], "filter": rule["filter"]}, rule) for rule in overturned]
    families = [
        _gauge("queue_comments", "Comments that wait, up to 100,000.", depth),
        _gauge("queue_oldest_seconds", "Since when the oldest waits.", age),
        _gauge(
            "decisions_last_hour",
            "Decisions of the last hour among the newest 20,000.",
            _decisions(session, now),
        ),
        _gauge(
            "rule_held_comments",
            "Comments that a rule held and a person decided about, in seven days.",
            [(labels, rule["held"]) for labels, rule in by_code],
        ),
        _gauge(
            "rule_overturned_ratio",
            "Share of these that a person approved.",
            [(labels, rule["rate"]) for labels, rule in by_code],
        ),
        _gauge(
            "outbox_messages",
            "Webhooks that wait to be delivered, up to 100,000.",
            [({}, session.scalar(backlog) or 0)],
        ),
        _gauge("outbox_late_seconds", "How late the oldest of them is.", [({}, late)]),
    ]
    return _written(families)


def of_process(version: str, database: str, limit_fallbacks: int) -> bytes:
    """What this process counted since it began."""
    fallbacks = CounterMetricFamily(
        "moderation_ratelimit_fallbacks", "Times that the common store of rate limits was away."
    )
    fallbacks.add_metric((), limit_fallbacks)
    release: Sample = {"version": version, "database": database}, 1.0
    families = [_gauge("info", "The release.", [release]), fallbacks]
    return _written(families) + generate_latest(counting.REGISTRY)


def _decisions(session: Session, now: datetime) -> list[Sample]:
    # Ids begin with the moment that they were made, so that the key finds the last hour.
    milliseconds = int((now.astimezone(UTC) - timedelta(hours=1)).timestamp() * 1000)
    recent = (
        select(Decision.actor, Decision.outcome)
        .where(Decision.id > UUID(int=milliseconds << 80))
        .order_by(Decision.id.desc())
        .limit(RECENT)
        .subquery()
    )
    counted = session.execute(
        select(recent.c.actor, recent.c.outcome, func.count()).group_by(
            recent.c.actor, recent.c.outcome
        )
    )
    return [
        ({"actor": actor, "outcome": outcome}, float(number))
        for actor, outcome, number in sorted(tuple(row) for row in counted)
    ]


def _gauge(name: str, means: str, samples: Iterable[Sample]) -> Metric:
    family = GaugeMetricFamily(f"moderation_{name}", means)
    for labels, value in samples:
        family.add_sample(family.name, dict(labels), value)
    return family


class _Once(Collector):
    """Families that were put together for one answer."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _written(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Once(families))
    return generate_latest(registry)
