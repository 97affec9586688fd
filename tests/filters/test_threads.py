"""A judgement starts no threads: a server has its own, and theirs would wait for each other."""

import subprocess
import sys
from pathlib import Path

import pytest

SHOW = """
from moderation import filters
from moderation.domain.judgement import Draft
filters.load()
filters.run(Draft("I will find you and break your neck. " * 9))
print(len(__import__("os").listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
def test_a_judgement_runs_in_the_thread_that_asked_for_it():
    found = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, timeout=120
    )

    assert found.stdout.strip() == "1"
