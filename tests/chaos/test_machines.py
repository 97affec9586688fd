"""Two nodes on one store: a take-down on one is seen by the other, and parts may fail."""

import pytest

from tests.chaos import machines

pytestmark = pytest.mark.xdist_group("chaos")


def assert_kept(results):
    assert [r for r in results if not r.ok] == []


def test_a_take_down_is_seen_on_the_other_node_within_a_second(both):
    assert_kept(machines.take_downs(both, times=2, cut=False))


def test_a_take_down_is_seen_within_a_second_without_a_notification(both):
    assert_kept(machines.take_downs(both, times=2, cut=True))


def test_each_process_counts_for_itself_while_redis_is_away(both):
    assert_kept(machines.redis_gone(both))


@pytest.mark.parametrize(("how", "seconds"), [("immediate", 2.0), ("fast", 0.5), ("frozen", 1.5)])
def test_requests_wait_or_get_retry_after_while_postgresql_is_away(both, how, seconds):
    assert_kept(machines.database_gone(both, seconds=seconds, how=how))


def test_a_node_that_is_killed_in_the_middle_of_requests_loses_nothing(both):
    assert_kept(machines.node_killed(both, kills=1))
    assert_kept(machines.sound(both))
