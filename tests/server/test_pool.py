"""The threads behind the server: who works, who waits, and how they end."""

import threading
from functools import partial

import pytest

from moderation.server.pool import Pool


@pytest.fixture
def pool():
    pools = []

    def make(threads, **bounds):
        made = Pool(threads, **{"waiting": 100, "waiting_per_client": 100, **bounds})
        pools.append(made)
        return made

    yield make
    for each in pools:
        each.close(20)
        for thread in each._threads:
            thread.join(20)
            assert not thread.is_alive()


def run(pool, client="a"):
    """Run a job, and return the thread that it ran on."""
    done, found = threading.Event(), []

    def job():
        found.append(threading.current_thread())
        done.set()

    assert pool.submit(client, job)
    assert done.wait(20)
    return found[0]


def all_idle(pool, threads):
    while len(pool._idle) < threads:
        pass


def test_a_job_wakes_one_thread_and_always_the_same(pool, monkeypatch):
    looked, look = [], Pool._next
    monkeypatch.setattr(
        Pool, "_next", lambda self: looked.append(threading.current_thread()) or look(self)
    )
    made = pool(8)
    all_idle(made, 8)
    looked.clear()

    ran = []
    for _ in range(50):
        ran.append(run(made))
        all_idle(made, 8)

    assert set(looked) == set(ran) == {ran[0]}


def test_a_job_that_waits_for_its_clients_limit_runs_when_another_ends(pool):
    # One thread stays free for others: two jobs of a client run at once.
    made, release, ran = pool(4), threading.Event(), []
    begun = threading.Semaphore(0)

    def job():
        begun.release()
        assert release.wait(20)
        ran.append(1)

    for _ in range(20):
        assert made.submit("a", job)
    assert begun.acquire(timeout=20)
    assert begun.acquire(timeout=20)
    run(made, "b")
    assert not begun.acquire(blocking=False)

    release.set()
    made.close(20)

    assert len(ran) == 20


def test_every_job_of_many_clients_runs(pool):
    made, ran = pool(4, waiting=10_000, waiting_per_client=10_000), []

    def submit(client):
        for number in range(300):
            assert made.submit(f"{client}", partial(ran.append, (client, number)))

    clients = [threading.Thread(target=submit, args=(client,)) for client in range(6)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    made.close(20)

    assert len(set(ran)) == len(ran) == 6 * 300


def test_a_job_that_fails_costs_no_thread(pool):
    made = pool(1)

    def fail():
        raise RuntimeError

    assert made.submit("a", fail)

    assert run(made).name == "request-0"


def test_a_closed_pool_takes_no_job(pool):
    made = pool(2)
    made.close(20)

    assert not made.submit("a", lambda: None)
