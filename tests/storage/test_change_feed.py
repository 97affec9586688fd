"""The change feed that announces commits to readers."""

import random
import threading
import time

import pytest

from moderation.storage import change_feed as versions


@pytest.fixture
def interrupted():
    """Let a thread that counts wait a while between any two steps of it."""
    chance = random.Random(4)  # noqa: S311 - variety, not secrecy

    def trace(frame, event, argument):
        if frame.f_code is not versions._count_own.__code__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            time.sleep(chance.choice((0, 0, 1e-4)))
        return trace

    threading.settrace(trace)
    yield
    threading.settrace(None)


@pytest.mark.usefixtures("interrupted")
def test_own_commits_of_many_threads_are_all_counted_and_never_fewer():
    began = seen = versions._own_commits
    fell = []

    def commit():
        for _ in range(25):
            versions._count_own()

    threads = [threading.Thread(target=commit) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        now = versions._own_commits
        if now < seen:
            fell.append((seen, now))
        seen = now
        time.sleep(0)

    assert fell == []
    assert versions._own_commits - began == 100
