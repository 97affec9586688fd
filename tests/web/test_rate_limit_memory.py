"""Limits in memory are exact, and their memory and the cost of a hit have a bound."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from moderation.web import rate_limit_memory
from moderation.web.rate_limit_memory import MAX_BYTES, BoundedStorage
from moderation.web.rate_limit_storage import SharedStorageWithFallback
from moderation.web.rate_limits import limiter

MINUTE, HOUR = parse("30 per minute"), parse("300 per hour")


class Seconds:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@contextmanager
def counted_lines() -> Iterator[list[int]]:
    """Count the lines of the storage that are run; its cost without a clock."""
    lines = [0]

    def trace(frame, event, _):
        if frame.f_code.co_filename != rate_limit_memory.__file__:
            return None
        lines[0] += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


def test_a_window_moves_with_the_clock(clock):
    limit = MovingWindowRateLimiter(BoundedStorage(monotonic=clock))
    two = parse("2 per minute")

    first = [limit.hit(two, "a") for _ in range(3)]
    clock.now += 40
    other = limit.hit(two, "b")
    clock.now += 20.5
    later = [limit.hit(two, "a") for _ in range(3)]

    assert first == [True, True, False]
    assert other
    assert later == [True, True, False]


def test_hits_at_the_end_of_one_window_count_in_the_next(clock):
    limit = MovingWindowRateLimiter(BoundedStorage(monotonic=clock))
    clock.now += 59
    for _ in range(30):
        limit.hit(MINUTE, "a")

    clock.now += 2
    at_once = limit.hit(MINUTE, "a")
    clock.now += 58.5
    a_minute_later = limit.hit(MINUTE, "a")

    assert (at_once, a_minute_later) == (False, True)


def test_the_time_to_wait_is_that_of_the_oldest_hit(clock):
    wall = Seconds(5_000_000.0)
    limit = MovingWindowRateLimiter(BoundedStorage(monotonic=clock, wall=wall))
    two = parse("2 per minute")
    limit.hit(two, "a")
    clock.now += 10
    wall.now += 10
    limit.hit(two, "a")

    reset, remaining = limit.get_window_stats(two, "a")
    unknown = limit.get_window_stats(two, "b")

    assert (reset, remaining) == (5_000_060.0, 0)
    assert unknown == (5_000_070.0, 2)
    assert not limit.test(two, "a")
    assert limit.test(two, "b")


def test_a_wall_clock_that_is_set_back_changes_no_limit(clock):
    wall = Seconds(5_000_000.0)
    limit = MovingWindowRateLimiter(BoundedStorage(monotonic=clock, wall=wall))
    one = parse("1 per minute")
    limit.hit(one, "a")
    wall.now -= 86_400
    clock.now += 61

    assert limit.hit(one, "a")


def test_several_hits_at_once_are_taken_whole_or_not_at_all(clock):
    limit = MovingWindowRateLimiter(BoundedStorage(monotonic=clock))
    three = parse("3 per minute")

    assert not limit.hit(three, "a", cost=4)
    assert limit.hit(three, "a", cost=2)
    assert not limit.hit(three, "a", cost=2)
    assert limit.hit(three, "a")


def test_a_fixed_window_ends_once_and_begins_anew(clock):
    storage = BoundedStorage(monotonic=clock, wall=clock)
    limit = FixedWindowRateLimiter(storage)
    two = parse("2 per minute")

    first = [limit.hit(two, "a") for _ in range(3)]
    reset = limit.get_window_stats(two, "a")
    clock.now += 61
    later = limit.hit(two, "a")
    counted = storage.get(two.key_for("a"))
    limit.clear(two, "a")

    assert (first, reset, later, counted) == ([True, True, False], (1060.0, 0), True, 1)
    assert (storage.get(two.key_for("a")), storage.get_expiry("x")) == (0, clock.now)
    assert (storage.check(), storage.reset(), storage.key_count()) == (True, 0, 0)


def test_three_hundred_thousand_addresses_fit_into_the_bound(clock):
    storage = BoundedStorage(monotonic=clock)
    limit = MovingWindowRateLimiter(storage)
    for number in range(300_000):
        limit.hit(HOUR, f"client {number}")

    taken = sum(
        sys.getsizeof(windows)
        + sum(sys.getsizeof(key) + sys.getsizeof(hits) for key, hits in windows.items())
        for windows in storage._windows.values()
    )

    assert taken <= MAX_BYTES
    assert storage.key_count() > 20_000


def test_full_windows_of_few_clients_fit_into_the_bound_as_well(clock):
    storage = BoundedStorage(max_bytes=100_000, monotonic=clock)
    limit = MovingWindowRateLimiter(storage)
    for number in range(300):
        for _ in range(301):
            limit.hit(HOUR, str(number))

    held = sum(
        hits.__sizeof__() for windows in storage._windows.values() for hits in windows.values()
    )

    assert held <= storage._bytes <= 100_000


def test_a_hit_costs_the_same_with_ten_clients_and_with_a_hundred_thousand(clock):
    storage = BoundedStorage(monotonic=clock)
    limit = MovingWindowRateLimiter(storage)

    def most_lines() -> int:
        most = 0
        for number in range(50):
            with counted_lines() as lines:
                limit.hit(HOUR, f"new {number} {clock.now}")
                limit.hit(MINUTE, f"new {number} {clock.now}")
            most = max(most, lines[0])
        return most

    for number in range(10):
        limit.hit(HOUR, f"few {number}")
    few = most_lines()
    for number in range(100_000):
        limit.hit(MINUTE, f"many {number}")
        limit.hit(HOUR, f"many {number}")
    many = most_lines()
    clock.now += 4000
    all_ended = most_lines()

    # Entries dropped for a new window, and ended ones: a fixed number of steps more.
    assert few > 0
    assert many <= few + 40
    assert all_ended <= few + 40


def test_ended_entries_are_dropped_before_counting_ones(clock):
    storage = BoundedStorage(max_bytes=20_000, monotonic=clock)
    limit = MovingWindowRateLimiter(storage)
    limit.hit(HOUR, "an hour")
    clock.now += 100
    for number in range(40):
        limit.hit(MINUTE, f"a minute {number}")
    clock.now += 61
    for number in range(40):
        limit.hit(HOUR, f"another hour {number}")

    _, remaining = limit.get_window_stats(HOUR, "an hour")
    _, ended = limit.get_window_stats(MINUTE, "a minute 39")

    assert (remaining, ended) == (299, 30)
    assert len(storage._windows[60]) < 40


def test_quiet_clients_are_forgotten_while_others_go_on(clock):
    storage = BoundedStorage(monotonic=clock)
    limit = MovingWindowRateLimiter(storage)
    for number in range(1000):
        limit.hit(MINUTE, f"early {number}")
    clock.now += 61

    for number in range(600):
        limit.hit(MINUTE, f"late {number}")

    assert storage.key_count() == 600


def test_threads_share_one_limit(clock):
    limit = MovingWindowRateLimiter(BoundedStorage(monotonic=clock))
    start, admitted = threading.Barrier(8), list[bool]()

    def hit() -> None:
        start.wait()
        admitted.extend(limit.hit(MINUTE, "a") for _ in range(10))

    threads = [threading.Thread(target=hit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (admitted.count(True), len(admitted)) == (30, 80)


def test_the_memory_setting_and_the_fallback_of_redis_use_it(make_app):
    # The limiter is one for all applications of a process.
    make_app(ratelimit_enabled=True, ratelimit_storage_url="redis://127.0.0.1:9/0")
    make_app(ratelimit_enabled=True)

    assert isinstance(limiter.storage, BoundedStorage)
    assert isinstance(storage_from_string("bounded://"), BoundedStorage)
    assert isinstance(
        SharedStorageWithFallback(address="redis://127.0.0.1:9/0")._own, BoundedStorage
    )
