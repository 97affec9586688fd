"""The state of the review queues and of this process in Prometheus' text format.

Values from the store are the same in every process, so take the largest of several; the
counters of a process are its own.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.status import Actor
from moderation.storage.models.decisions import Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.webhooks import WebhookDelivery

from .. import counters, undelivered
from ..compat import checkers
from ..notifications import reader_delivery, reader_upkeep
from ..review import queue_query, statistics
from ..review.queue_query import WAITING, QueueQuery

#: Larger numbers are reported as this one: the alarm threshold is far below.
MOST = 100_000
#: Decisions that are counted of the last hour, the newest first.
RECENT = 20_000
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NO_MODERATOR = By(Actor.MODERATOR)
Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def store_metrics(session: Session, *, now: datetime) -> bytes:
    """Return the metrics of the store; cache them instead of reading them with every scrape."""
    depth: list[Sample] = []
    age: list[Sample] = []
    for queue in sorted(WAITING):
        plan = queue_query.plan_of(session, QueueQuery(queue=queue), _NO_MODERATOR)
        depth.append(({"queue": queue.value}, queue_query.count(session, plan, MOST)))
        oldest = queue_query.oldest(session, plan)
        age.append(({"queue": queue.value}, (now - oldest).total_seconds() if oldest else 0.0))
    overturned = statistics.summary(session, None, now=now)["overturned"]
    backlog, late = 0, 0.0
    # The outbox itself has verdicts for other platforms, and messages of the previous release.
    for kind in (WebhookDelivery, OutboxMessage):
        waiting = kind.state == literal_column("'waiting'")
        bounded = select(kind.due_at).where(waiting).limit(MOST).subquery()
        count, due = session.execute(select(func.count(), func.min(bounded.c.due_at))).one()
        backlog += count
        late = max(late, (now - due).total_seconds()) if due else late
    by_code = [({"code": rule["code"], "filter": rule["filter"]}, rule) for rule in overturned]
    given_up = undelivered.failures(session, now=now)
    checks = checkers.counts(session, now=now)
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
            [({}, backlog)],
        ),
        _gauge("outbox_late_seconds", "How late the oldest of them is.", [({}, late)]),
        _gauge(
            "outbox_failed_messages",
            "Webhooks that were given up, up to 100,000.",
            [({}, given_up.messages)],
        ),
        _gauge("webhooks_disabled", "Webhook endpoints that are off.", [({}, given_up.disabled)]),
        _gauge(
            "mails_failed",
            "Lines of mail that were given up, up to 100,000.",
            [({}, given_up.mails)],
        ),
        _gauge(
            "reader_mails_waiting",
            "Mails to readers that are not sent yet, up to 100,000.",
            [({}, reader_delivery.waiting(session, MOST))],
        ),
        _gauge(
            "stopped_addresses",
            "Addresses that no mail is sent to, by reason.",
            [
                ({"why": why}, number)
                for why, number in sorted(reader_upkeep.stopped_counts(session).items())
            ],
        ),
        _gauge(
            "checks_waiting",
            "Comments that wait for their site's own checker, up to 100,000.",
            [({}, checks.waiting)],
        ),
        _gauge(
            "checkers_open", "Sites whose checker's circuit breaker is open.", [({}, checks.open)]
        ),
        _gauge(
            "checkers_skipping",
            "Sites whose checker got no comment within the last hour, by breaker or daily cap.",
            [({}, checks.skipping)],
        ),
    ]
    return _written(families)


def process_metrics(version: str, database: str, limit_fallbacks: int) -> bytes:
    """Return the counters of this process since its start."""
    fallbacks = CounterMetricFamily(
        "moderation_ratelimit_fallbacks", "Times that the common store of rate limits was away."
    )
    fallbacks.add_metric((), limit_fallbacks)
    release: Sample = {"version": version, "database": database}, 1.0
    families = [_gauge("info", "The release.", [release]), fallbacks]
    return _written(families) + generate_latest(counters.REGISTRY)


def _decisions(session: Session, now: datetime) -> list[Sample]:
    # Ids begin with the time of their creation, so that the primary key finds the last hour.
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


class _FixedCollector(Collector):
    """A collector of the metric families of one answer."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _written(families: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_FixedCollector(families))
    return generate_latest(registry)
