"""Writes that come together share a commit; each succeeds or fails by itself, or all fail."""

import threading
from contextlib import closing
from sqlite3 import connect
from time import monotonic

import psycopg
import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError, OperationalError

from moderation.domain.errors import Busy
from moderation.storage.compiled_statements import CompiledStatement, DirectConnection
from moderation.storage.group_commit import Group, _group_of, run_grouped
from moderation.storage.models.jobs import Lease
from moderation.web.database import db
from moderation.web.state import app_state

#: PostgreSQL groups flushes by itself and has a lock timeout.
only_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
_INSERT = CompiledStatement(
    insert(Lease.__table__).inline(),
    ("job", "holder", "expires_at"),  # type: ignore[arg-type]
)

_READ = CompiledStatement(select(Lease.job))


def leases(session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Lease.job).order_by(Lease.job)))


@pytest.fixture
def job(clock):
    def make(name: str, error: Exception | None = None):
        def run(turn):
            _INSERT.run(turn, {"job": name, "holder": "", "expires_at": clock.now})
            if error is not None:
                raise error
            return name

        return run

    return make


def test_a_job_is_committed_and_its_result_returned(session, job):
    assert run_grouped(session, job("one")) == "one"
    assert leases(session) == ["one"]


def test_a_job_that_fails_leaves_nothing_and_its_error_is_raised(session, job):
    with pytest.raises(ZeroDivisionError):
        run_grouped(session, job("one", ZeroDivisionError()))

    assert leases(session) == []
    assert run_grouped(session, job("two")) == "two"


def gathered(app, jobs) -> list[object]:
    """Run jobs so that all but the first wait while the first is at it: one group of the rest."""
    begun, go = threading.Event(), threading.Event()
    outcomes: list[object] = [None] * len(jobs)

    def first(turn):
        begun.set()
        go.wait(20)
        return jobs[0](turn)

    def run(number: int, each) -> None:
        with app.app_context():
            try:
                outcomes[number] = run_grouped(db.session(), each)
            except Exception as error:
                outcomes[number] = error
            db.session.remove()

    with app.app_context():
        engine = db.engine
    threads = [threading.Thread(target=run, args=(0, first))]
    threads[0].start()
    assert begun.wait(20)
    for number, each in enumerate(jobs[1:], 1):
        threads.append(threading.Thread(target=run, args=(number, each)))
        threads[-1].start()
        # In this order, and each before the next.
        while engine.dialect.name == "sqlite" and len(_group_of(engine)._waiting) < number:
            pass
    go.set()
    for thread in threads:
        thread.join(20)
    return outcomes


@only_sqlite
def test_jobs_that_come_together_are_one_commit_on_sqlite(app, session, job, clock):
    commits = []
    path = app_state(app).settings.url.removeprefix("sqlite:///")
    with closing(connect(path, check_same_thread=False)) as watch:
        seen = watch.execute("PRAGMA data_version").fetchone()

        def last(turn):
            # No other transaction has seen anything of this group yet.
            commits.append(watch.execute("SELECT count(*) FROM leases").fetchone()[0])
            return job("last")(turn)

        names = [job("first"), *(job(f"job {n}") for n in range(6)), last]
        outcomes = gathered(app, [*names])

        assert outcomes == ["first", *(f"job {n}" for n in range(6)), "last"]
        assert commits == [1]
        assert watch.execute("PRAGMA data_version").fetchone() != seen
        assert len(leases(session)) == 8


def test_one_failing_write_of_a_group_leaves_the_others(app, session, job):
    error = ValueError("mine alone")
    outcomes = gathered(app, [job("a"), job("b"), job("c", error), job("d")])

    assert outcomes == ["a", "b", error, "d"]
    assert leases(session) == ["a", "b", "d"]


@only_sqlite
def test_a_failed_commit_fails_every_write_of_the_group(app, session, job):

    def lose(turn):
        # As a full disk does it: the transaction is gone in the middle.
        turn.raw.execute("ROLLBACK")
        raise OperationalError("x", None, Exception("disk full"))

    outcomes = gathered(app, [job("a"), job("b"), lose, job("c")])

    assert outcomes[0] == "a"
    assert all(isinstance(outcome, DBAPIError) for outcome in outcomes[1:])
    assert leases(session) == ["a"]


@only_sqlite
def test_a_write_that_waits_too_long_fails_and_stores_nothing(app, session, job):
    group = Group(budget=0.05)
    engine = session.get_bind().engine
    begun, go = threading.Event(), threading.Event()

    def slow(turn):
        begun.set()
        go.wait(20)

    holder = threading.Thread(target=group.run, args=(engine, slow))
    holder.start()
    assert begun.wait(20)
    with pytest.raises(Busy):
        group.run(engine, job("late"))
    go.set()
    holder.join(20)

    assert leases(session) == []
    assert group.run(engine, job("next")) == "next"


@only_sqlite
def test_a_store_locked_by_another_process_is_busy(make_app, clock, job):
    app = make_app(write_timeout=0.05)
    with app.app_context():
        session = db.session()
        path = app_state(app).settings.url.removeprefix("sqlite:///")
        with closing(connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Busy):
                run_grouped(session, job("one"))
            other.execute("ROLLBACK")
        assert run_grouped(session, job("one")) == "one"


def test_prepared_statements_convert_as_sqlalchemy_does(session, job, clock):
    run_grouped(session, job("one"))
    statement = select(Lease.job, Lease.holder, Lease.expires_at)
    with DirectConnection(session.get_bind().engine) as turn:
        rows = CompiledStatement(statement).rows(turn, {})

    assert rows == [tuple(row) for row in session.execute(statement)]
    assert rows[0][2] == clock.now


def test_an_error_of_the_driver_comes_without_what_was_sent(session, clock):
    with DirectConnection(session.get_bind().engine) as turn, pytest.raises(DBAPIError) as caught:
        _INSERT.run(turn, {"job": None, "holder": "a text", "expires_at": clock.now})

    assert caught.value.params is None


#: SQLite has no connection that another process could cut, and no pipeline.
only_postgresql = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


@only_postgresql
def test_a_read_through_a_turn_begins_nothing_and_leaves_the_connection_as_it_was(
    app, session, clock
):
    session.rollback()
    with DirectConnection(db.engine) as turn:
        _READ.rows(turn, {})
        assert turn.raw.info.transaction_status.name == "IDLE"
        raw = turn.raw
    assert not raw.autocommit
    with DirectConnection(db.engine) as turn:
        turn.raw.execute("BEGIN")
        _INSERT.run(turn, {"job": "left", "holder": "", "expires_at": clock.now})
    assert not raw.autocommit
    assert leases(session) == []


@only_postgresql
def test_an_error_that_a_job_swallows_stores_nothing_and_is_not_taken_for_success(session, job):
    def run(turn):
        job("one")(turn)
        try:
            CompiledStatement(select(Lease.job.op("/")(0).label("broken"))).rows(turn, {})
        except DBAPIError:
            return "done"

    with pytest.raises((AssertionError, DBAPIError)):
        run_grouped(session, run)

    assert leases(session) == []


@only_postgresql
def test_a_connection_that_died_while_it_was_idle_is_replaced_unseen(app, session, monkeypatch):
    session.rollback()
    with DirectConnection(db.engine) as turn:
        pid = turn.raw.info.backend_pid
    now = monotonic()
    with psycopg.connect(db.engine.url.render_as_string(False).replace("+psycopg", "")) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    monkeypatch.setattr("moderation.storage.engine.monotonic", lambda: now + 60)
    with DirectConnection(db.engine) as turn:
        assert _READ.rows(turn, {}) == []
        assert turn.raw.info.backend_pid != pid


@only_sqlite
def test_only_committed_changes_are_announced(app, job):
    committed = []

    def recording(name, error=None):
        def run(turn):
            turn.after_commit.append(lambda: committed.append(name))
            return job(name, error)(turn)

        return run

    jobs = [recording("one"), recording("two", ZeroDivisionError()), recording("three")]
    gathered(app, jobs)

    assert sorted(committed) == ["one", "three"]


@only_postgresql
def test_one_that_breaks_in_use_lets_the_others_be_asked(app, session):
    session.rollback()
    with DirectConnection(db.engine) as one, DirectConnection(db.engine) as two:
        pids = [turn.raw.info.backend_pid for turn in (one, two)]
    with psycopg.connect(db.engine.url.render_as_string(False).replace("+psycopg", "")) as other:
        for pid in pids:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    with pytest.raises(OperationalError), DirectConnection(db.engine) as turn:
        _READ.rows(turn, {})
    for _ in pids:
        with DirectConnection(db.engine) as turn:
            assert _READ.rows(turn, {}) == []
