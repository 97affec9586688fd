"""What one process counts of its own work, for whoever watches it.

Only totals and times: nothing here can name a comment, a post or a person.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

# When a process began is no news in every line.
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
