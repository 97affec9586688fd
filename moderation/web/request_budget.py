"""Budget of work per client and process, charged before any of the work is done.

A token bucket for each client network. Requests that are answered from the cache cost
next to nothing and are not counted. Imports no Flask, so that the server can use it too.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import orjson

#: Maximum number of buckets: about 10 MB.
MAX_CLIENTS = 32_768
#: Full buckets that each request removes; a full bucket equals no bucket.
_PER_REQUEST = 2

CODE = "too_many_requests"
_REFUSED = orjson.dumps(
    {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "code": CODE,
        "detail": "Too many requests come from your network. Wait for the time in Retry-After, "
        "then go on more slowly.",
    }
)

#: Costs other than 1, by method and path prefix; the first match counts. The unit
#: is a request with a query or two, about a millisecond. Password hashing takes 100.
_COSTS: tuple[tuple[str, str, float], ...] = (
    # Low enough to pass while others from the same network are refused.
    ("GET", "/healthz", 0.25),
    # These charge the key, or the network when it is wrong: see web/compat/admission.py.
    ("GET", "/$discovery/", 0.0),
    ("POST", "/v1alpha1/", 0.0),
    ("POST", "/batch", 0.0),
    ("POST", "/v1/moderations", 0.0),
    ("POST", "/padded/v1/moderations", 0.0),
    ("OPTIONS", "/", 0.25),
    ("POST", "/review/login", 10.0),
    ("PUT", "/api/v1/review/me/password", 10.0),
    ("POST", "/api/v1/review/moderators", 10.0),
    ("GET", "/api/v1/review/audit", 5.0),
    ("GET", "/api/v1/review/metrics", 5.0),
    ("GET", "/api/v1/review/queue", 3.0),
    ("POST", "/api/v1/review/bulk", 5.0),
    ("GET", "/api/v1/openapi.json", 3.0),
    ("GET", "/embed/", 4.0),
    ("POST", "/embed/", 4.0),
    ("GET", "/follow/", 4.0),
    ("POST", "/follow/", 4.0),
    ("GET", "/report/", 4.0),
    ("POST", "/report/", 4.0),
    ("GET", "/feeds/", 3.0),
    ("GET", "/api/v1/sites/", 2.0),
    ("POST", "/api/v1/sites/", 2.0),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to a request that was not admitted."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class RequestBudget:
    """Token buckets, `burst` units deep and filled by `rate` units a second.

    A bucket is one number, the time at which it is full again; the least recently used
    is dropped when there are more than `max_clients`.
    """

    def __init__(
        self,
        rate: float,
        burst: float,
        max_clients: int = MAX_CLIENTS,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._max_clients = max_clients
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def charge(self, network: str, cost: float = 1.0) -> float:
        """Charge a request to a client; return 0.0, or the seconds until it is admitted.

        A refused request is not charged: retries do not prolong the wait.
        """
        cost = min(cost, self._burst)
        with self._lock:
            now = self._monotonic()
            buckets = self._full_at
            for _ in range(_PER_REQUEST):
                oldest = next(iter(buckets), None)
                if oldest is None or buckets[oldest] > now:
                    break
                del buckets[oldest]
            full_at = max(buckets.get(network, now), now) + cost / self._rate
            wait = full_at - now - self._burst / self._rate
            # Sums of floats may miss the depth of the bucket by their last bit.
            if wait > 1e-9:
                return wait
            buckets[network] = full_at
            buckets.move_to_end(network)
            if len(buckets) > self._max_clients:
                buckets.popitem(last=False)
        return 0.0

    def client_count(self) -> int:
        """Return the number of buckets."""
        return len(self._full_at)


def cost_of(method: str, path: str) -> float:
    """Return the cost of a request, in units of about a millisecond of work."""
    method = "GET" if method == "HEAD" else method
    for costly, beginning, cost in _COSTS:
        if method == costly and path.startswith(beginning):
            return cost
    return 1.0


def refusal(wait: float) -> Refusal:
    """Return the response to a client that has to wait, without the common headers."""
    return Refusal(
        "429 TOO MANY REQUESTS",
        [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(_REFUSED))),
            ("Cache-Control", "no-store"),
            ("Retry-After", str(max(1, math.ceil(wait)))),
        ],
        _REFUSED,
    )
