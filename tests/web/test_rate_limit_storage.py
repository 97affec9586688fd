"""Rate limits are counted for all processes together, and by each when that is away."""

import os
import threading
import uuid
from types import SimpleNamespace

import pytest
import redis
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from moderation.domain.network import client_network
from moderation.web import rate_limit_storage, rate_limits
from moderation.web.rate_limit_storage import PAUSE, SharedStorageWithFallback
from tests.conftest import missing

NOWHERE = "redis://:canary@127.0.0.1:9/0"
ONCE = RateLimitItemPerMinute(2)


@pytest.fixture
def log(monkeypatch):
    lines: list[dict] = []
    # An application of another test may have set a level; here every line counts.
    recorder = SimpleNamespace(warning=lambda event, **more: lines.append({"event": event, **more}))
    monkeypatch.setattr(rate_limit_storage, "log", recorder)
    return lines


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_limit_holds_while_the_store_is_away_and_one_warning_is_logged(log):
    before = rate_limits.fallbacks()
    limiter = MovingWindowRateLimiter(
        SharedStorageWithFallback(address=NOWHERE, monotonic=Seconds())
    )

    allowed = [limiter.hit(ONCE, "somebody") for _ in range(4)]

    assert allowed == [True, True, False, False]
    assert rate_limits.fallbacks() - before == 4
    assert [line["event"] for line in log] == ["ratelimit.store_away"]
    assert "canary" not in str(log)


def test_requests_that_meet_the_dead_store_together_are_all_counted(log):
    limiter = MovingWindowRateLimiter(SharedStorageWithFallback(address=NOWHERE))
    start, allowed = threading.Barrier(8), list[bool]()

    def hit() -> None:
        start.wait()
        allowed.append(limiter.hit(ONCE, "somebody"))

    threads = [threading.Thread(target=hit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(allowed) == [False] * 6 + [True] * 2
    assert len(log) == 1


@pytest.fixture
def redis_url():
    """Address of a Redis that answers."""
    url = os.environ.get("MODERATION_TEST_REDIS", "redis://127.0.0.1:6379/0")
    client = redis.from_url(url)
    try:
        client.ping()
    except redis.RedisError:
        missing("Redis")
    client.close()
    return url


def test_two_nodes_share_the_limit_of_a_network_and_of_any_other_key(redis_url, log):
    nodes = [
        MovingWindowRateLimiter(SharedStorageWithFallback(address=redis_url)) for _ in range(2)
    ]
    network = client_network(f"2001:db8:{uuid.uuid4().hex[:4]}:7::1")
    keys = [("moderation", network, str(uuid.uuid4())), ("moderation", str(uuid.uuid4()))]

    allowed = [[nodes[n % 2].hit(ONCE, *key) for n in range(4)] for key in keys]
    waits = [node.get_window_stats(ONCE, *keys[0]).remaining for node in nodes]
    for key in keys:
        nodes[0].clear(ONCE, *key)

    assert allowed == [[True, True, False, False]] * 2
    assert waits == [0, 0]
    assert log == []


def test_the_store_is_used_again_when_it_is_back(redis_url, log):
    clock = Seconds()
    storage = SharedStorageWithFallback(address=redis_url, monotonic=clock)
    key = f"test-{uuid.uuid4()}"
    common, storage._common = storage._common, CommonStorageAway()
    limiter = MovingWindowRateLimiter(storage)
    assert limiter.hit(ONCE, key)

    storage._common = common
    assert limiter.hit(ONCE, key)
    assert not limiter.hit(ONCE, key)
    clock.now += PAUSE
    counted_together = [limiter.hit(ONCE, key) for _ in range(3)]
    storage.clear(ONCE.key_for(key))

    assert counted_together == [True, True, False]
    assert [line["event"] for line in log] == ["ratelimit.store_away", "ratelimit.store_back"]


class CommonStorageAway:
    """An unreachable store."""

    def acquire_entry(self, *_: object) -> bool:
        raise redis.ConnectionError
