"""The state of the desk and of this process in Prometheus' text format.

The format is a dozen lines, which is why no library writes it. What the store says is the same
in every process, so take the largest of several; what a process counted is its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

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


def of_store(session: Session, *, now: datetime) -> str:
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
    lines = [
        *_family("queue_comments", "gauge", "Comments that wait, up to 100,000.", depth),
        *_family("queue_oldest_seconds", "gauge", "Since when the oldest waits.", age),
        *_family(
            "decisions_last_hour",
            "gauge",
            "Decisions of the last hour among the newest 20,000.",
            _decisions(session, now),
        ),
        *_family(
            "rule_held_comments",
            "gauge",
            "Comments that a rule held and a person decided about, in seven days.",
            [(labels, rule["held"]) for labels, rule in by_code],
        ),
        *_family(
            "rule_overturned_ratio",
            "gauge",
            "Share of these that a person approved.",
            [(labels, rule["rate"]) for labels, rule in by_code],
        ),
        *_family(
            "outbox_messages",
            "gauge",
            "Webhooks that wait to be delivered, up to 100,000.",
            [({}, session.scalar(backlog) or 0)],
        ),
        *_family("outbox_late_seconds", "gauge", "How late the oldest of them is.", [({}, late)]),
    ]
    return "\n".join(lines) + "\n"


def of_process(version: str, database: str, limit_fallbacks: int) -> str:
    """What this process counted since it began."""
    requests = [
        ({"method": method, "endpoint": endpoint, "status": status}, float(number))
        for (method, endpoint, status), number in sorted(counting.REQUESTS.read().items())
    ]
    lines = [
        *_family(
            "info", "gauge", "The release.", [({"version": version, "database": database}, 1)]
        ),
        *_family(
            "requests_total",
            "counter",
            "Requests that passed through the framework; ready-made answers do not.",
            requests,
        ),
        *_family(
            "ratelimit_fallbacks_total",
            "counter",
            "Times that the common store of rate limits was away.",
            [({}, limit_fallbacks)],
        ),
        *_judgements(),
    ]
    return "\n".join(lines) + "\n"


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


def _judgements() -> Iterator[str]:
    counts, total = counting.JUDGEMENTS.read()
    name = "moderation_judgement_seconds"
    yield f"# HELP {name} How long a comment was judged by all filters."
    yield f"# TYPE {name} histogram"
    bounds = [*(f"{bound:g}" for bound in counting.BUCKETS), "+Inf"]
    for bound, number in zip(bounds, counts, strict=True):
        yield f'{name}_bucket{{le="{bound}"}} {number}'
    yield f"{name}_sum {total:g}"
    yield f"{name}_count {counts[-1]}"


def _family(name: str, kind: str, means: str, samples: Iterable[Sample]) -> Iterator[str]:
    full = f"moderation_{name}"
    yield f"# HELP {full} {means}"
    yield f"# TYPE {full} {kind}"
    for labels, value in samples:
        written = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        yield f"{full}{{{written}}} {value:g}" if written else f"{full} {value:g}"


def _escaped(label: Any) -> str:
    return str(label).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
