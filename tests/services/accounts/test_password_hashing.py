"""Hashing has a place of its own: one at a time, one waits, the others are refused at once."""

import os
import subprocess
import sys
import threading

import pytest

from moderation.services.accounts import password_hashing
from moderation.services.accounts.password_hashing import HashingBusy, HashingPlace


def test_one_hash_runs_one_waits_and_the_next_is_refused_at_once():
    place = HashingPlace()
    began, end = threading.Event(), threading.Event()
    running, most, answers = [], [], []

    def work():
        running.append(1)
        most.append(len(running))
        began.set()
        end.wait()
        running.pop()
        return "done"

    threads = [threading.Thread(target=lambda: answers.append(place.run(work))) for _ in range(2)]
    threads[0].start()
    began.wait()
    threads[1].start()
    # The second takes the last place as soon as it has started.
    while place._free._value:
        threads[1].join(0.001)

    with pytest.raises(HashingBusy) as refused:
        place.run(work)
    end.set()
    for thread in threads:
        thread.join()

    assert refused.value.code == "busy"
    assert answers == ["done", "done"]
    assert most == [1, 1]
    assert place.run(lambda: "free again") == "free again"


def test_a_request_that_waits_too_long_is_refused_and_never_hashed():
    place = HashingPlace(patience=0.01)
    end, hashed = threading.Event(), []
    before = place._executor().submit(end.wait)

    with pytest.raises(HashingBusy):
        place.run(lambda: hashed.append(1))
    end.set()

    assert before.result()
    assert place._executor().submit(lambda: "turn").result() == "turn"
    assert hashed == []


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness on Linux only")
def test_the_hashing_thread_yields_to_readers():
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert HashingPlace().run(niceness) == min(19, niceness() + password_hashing.NICENESS)


def test_an_unknown_account_costs_a_hash_as_well(monkeypatch):
    verified = []
    real = password_hashing.PasswordHasher.verify

    def counted(self, known, password):
        verified.append(known.rpartition("$")[0].rpartition("$")[0])
        return real(self, known, password)

    monkeypatch.setattr(password_hashing.PasswordHasher, "verify", counted)
    known = password_hashing.hash_password("lantern orbit cellar moth")

    assert not password_hashing.is_password(None, "lantern orbit cellar moth")
    assert not password_hashing.is_password(known, "another one")
    assert password_hashing.is_password(known, "lantern orbit cellar moth")
    # The same parameters: time and memory reveal nothing.
    assert len(verified) == 3
    assert len(set(verified)) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_worker_that_is_forked_after_a_hash_hashes_as_well():
    script = """
import os
from moderation.services.accounts import password_hashing

known = password_hashing.hash_password("lantern orbit cellar moth")
child = os.fork()
if child == 0:
    os._exit(0 if password_hashing.is_password(known, "lantern orbit cellar moth") else 1)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")
