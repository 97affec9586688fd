"""Accepted means kept: nothing that was answered is lost when processes or the power fail.

Short versions; `make chaos` runs the long ones.
"""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos import powercut
from tests.chaos.crashes import STORE, kill_nine, power_cuts
from tests.chaos.disk import Disk
from tests.chaos.faults import disk_and_clock
from tests.chaos.imports import killed_imports
from tests.chaos.machines import many_writers
from tests.chaos.powercut import Left
from tests.chaos.soundness import damage
from tests.chaos.webhooks import every_event_arrives
from tests.nodes import Node

pytestmark = pytest.mark.xdist_group("chaos")


def assert_kept(results):
    assert [r for r in results if not r.ok] == []


def test_kill_9_loses_nothing_that_was_answered(store, tmp_path):
    url = store.get("database_url", "")
    node = Node(tmp_path, MODERATION_DATABASE_URL=url)

    assert_kept(kill_nine(node, url or tmp_path / STORE, kills=3, seed=9))


def test_kill_9_of_web_and_worker_loses_no_webhook(store, tmp_path):
    node = Node(tmp_path, MODERATION_DATABASE_URL=store.get("database_url", ""))

    assert_kept(every_event_arrives(node, kills=3, seed=11))


@pytest.mark.parametrize(("format", "comments"), [("jsonl", 1500), ("isso", 900)])
def test_an_import_that_is_killed_and_finished_equals_one_in_one_go(
    store, tmp_path, format, comments
):
    url = store.get("database_url", "")
    if url and format != "jsonl":
        pytest.skip(reason="an export of another system does not bring the site's time of creation")

    assert_kept(killed_imports(tmp_path, format, comments=comments, kills=2, seed=5, url=url))


def test_a_power_cut_loses_nothing_that_was_answered(library, tmp_path):
    assert_kept(
        power_cuts(
            tmp_path / "full",
            library,
            synchronous="FULL",
            comments=90,
            moments=12,
            restarts=1,
            seed=4,
        )
    )


def test_a_power_cut_with_synchronous_normal_loses_the_last_and_leaves_a_sound_store(
    library, tmp_path
):
    assert_kept(
        power_cuts(
            tmp_path / "normal",
            library,
            synchronous="NORMAL",
            comments=90,
            moments=12,
            restarts=0,
            seed=5,
        )
    )


CARELESS = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA journal_mode=WAL")
store.execute("PRAGMA synchronous=OFF")
store.execute("PRAGMA wal_autocheckpoint=8")
store.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, text TEXT)")
for number in range(300):
    store.execute("INSERT INTO kept (text) VALUES (?)", (str(number) * 400,))
"""


def test_the_power_cuts_find_a_store_that_does_not_sync(library, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    disk = Disk(library, data, tmp_path, journal=True)
    subprocess.run(
        [sys.executable, "-c", CARELESS, str(data / "careless")], env=disk.environment, check=True
    )
    journal, rng = disk.journal.read_bytes(), random.Random(1)  # noqa: S311 (repeats)
    moments = [rng.randrange(len(journal)) for _ in range(20)]

    damaged = 0
    for number, cut in enumerate(powercut.cuts({}, journal, moments, rng)):
        left = cut.lay_out(tmp_path / f"cut-{number}")
        if cut.left is Left.TORN and "careless" in cut.files:
            try:
                damaged += bool(damage(left / "careless"))
            except powercut.UNREADABLE:
                damaged += 1
        shutil.rmtree(left)

    assert damaged > 3


def test_a_disk_that_is_full_read_only_broken_or_slow_and_a_clock_that_jumps(
    library, tmp_path: Path
):
    assert_kept(disk_and_clock(tmp_path, library, seconds=0.4))


def test_sixty_four_writers_in_four_processes_wait_their_turn_or_get_retry_after(tmp_path):
    assert_kept(many_writers(tmp_path, processes=4, writers=64, seconds=1))
