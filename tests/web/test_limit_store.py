"""Rate limits are counted for all processes together, and by each when that is away."""

import os
import threading
import uuid
from types import SimpleNamespace

import pytest
import redis
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from moderation.web import limit_store
from moderation.web import limits as web_limits
from moderation.web.limit_store import PAUSE, CommonStorage
from tests.conftest import missing

NOWHERE = "redis://:canary@127.0.0.1:9/0"
ONCE = RateLimitItemPerMinute(2)


@pytest.fixture
def log(monkeypatch):
    lines: list[dict] = []
    # Whatever level an application of another test has set, here every line counts.
    recorder = SimpleNamespace(warning=lambda event, **more: lines.append({"event": event, **more}))
    monkeypatch.setattr(limit_store, "log", recorder)
    return lines


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_limit_holds_while_the_store_is_away_and_that_is_said_once(log):
    before = web_limits.fallbacks()
    limiter = MovingWindowRateLimiter(CommonStorage(address=NOWHERE, monotonic=Seconds()))

    allowed = [limiter.hit(ONCE, "somebody") for _ in range(4)]

    assert allowed == [True, True, False, False]
    assert web_limits.fallbacks() - before == 4
    assert [line["event"] for line in log] == ["ratelimit.store_away"]
    assert "canary" not in str(log)


def test_requests_that_meet_the_dead_store_together_are_all_counted(log):
    limiter = MovingWindowRateLimiter(CommonStorage(address=NOWHERE))
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


def test_the_store_is_used_again_when_it_is_back(log):
    url = os.environ.get("MODERATION_TEST_REDIS", "redis://127.0.0.1:6379/0")
    clock = Seconds()
    storage = CommonStorage(address=url, monotonic=clock)
    key, client = f"test-{uuid.uuid4()}", redis.from_url(url)
    try:
        client.ping()
    except redis.RedisError:
        missing("Redis")
    common, storage._common = storage._common, CommonStorageAway()
    limiter = MovingWindowRateLimiter(storage)
    assert limiter.hit(ONCE, key)

    storage._common = common
    assert limiter.hit(ONCE, key)
    assert not limiter.hit(ONCE, key)
    clock.now += PAUSE
    counted_together = [limiter.hit(ONCE, key) for _ in range(3)]
    storage.clear(ONCE.key_for(key))
    client.close()

    assert counted_together == [True, True, False]
    assert [line["event"] for line in log] == ["ratelimit.store_away", "ratelimit.store_back"]


class CommonStorageAway:
    """A store that nobody answers at."""

    def acquire_entry(self, *_: object) -> bool:
        raise redis.ConnectionError
