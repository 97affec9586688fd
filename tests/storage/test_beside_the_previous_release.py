"""Migrations run beside the previous release: none of its statements stops working."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from moderation import create_app
from moderation.domain.errors import Busy
from moderation.services.comments import threads
from moderation.services.comments.threads import Sort
from moderation.services.operations.integrity import verify
from moderation.services.sites import registry
from moderation.storage.migrate import PAUSE, downgrade, upgrade
from moderation.storage.models.comments import Comment
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import make_settings
from tests.storage.previous import REVISION, recorded

Say = Callable[[str, Any], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def previous(request, tmp_path) -> Iterator[Any]:
    """An application on an empty store that the previous release made."""
    if request.param == "sqlite":
        app = create_app(make_settings(data_dir=tmp_path))
        upgrade(app_state(app).settings, REVISION)
        yield app
    else:
        url = f"{request.getfixturevalue('postgres_url')}_previous"
        plain = url.replace("+psycopg", "").removesuffix("_previous")
        name = url.rpartition("/")[2]
        with closing(psycopg.connect(plain, autocommit=True)) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
            app = create_app(make_settings(database_url=url))
            upgrade(app_state(app).settings, REVISION)
            yield app
            app_state(app).cache.close()
            with app.app_context():
                db.engine.dispose()
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        return
    app_state(app).cache.close()
    with app.app_context():
        db.engine.dispose()


@contextmanager
def old_server(app) -> Iterator[Say]:
    """A connection that speaks as the previous release did."""
    url = app_state(app).settings.url
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            connection.isolation_level = None
            connection.execute("PRAGMA foreign_keys=ON")
            yield lambda statement, parameters: _all(connection.execute(statement, parameters))
        return
    with closing(psycopg.connect(url.replace("+psycopg", ""), autocommit=True)) as connection:
        yield lambda statement, parameters: _all(connection.execute(statement, parameters))


def _all(cursor: Any) -> None:
    if cursor.description:
        cursor.fetchall()


def database_of(app) -> str:
    return "sqlite" if app_state(app).settings.url.startswith("sqlite") else ("postgresql")


def test_statements_of_the_previous_release_work_before_during_and_after_the_migration(
    previous, clock
):
    first, second = recorded(database_of(previous))
    half = len(second) // 2
    with old_server(previous) as say:
        for statement, parameters in first:
            say(statement, parameters)
        migration = threading.Thread(target=upgrade, args=(app_state(previous).settings,))
        migration.start()
        # As it comes: some of these wait for the migration, or it for them.
        for statement, parameters in second[:half]:
            say(statement, parameters)
        migration.join()
        for statement, parameters in second[half:]:
            say(statement, parameters)

    with previous.app_context():
        session = db.session()
        assert [f for f in verify(session, now=clock.now) if f.wrong] == []
        site = registry.find(session, "news")
        page = threads.page(session, site, "story", sort=Sort.OLDEST)
        assert page["post"]["count"] == 6
        statuses = sorted(session.scalars(select(Comment.status)))
        assert statuses == ["approved"] * 6 + ["deleted"] * 2 + ["rejected"] * 2
        db.session.remove()


def test_a_migration_gives_up_its_place_in_the_queue_and_tries_again(previous):
    if database_of(previous) == "sqlite":
        # One writer at a time, with a time-out of its own.
        return
    url = app_state(previous).settings.url.replace("+psycopg", "")
    waits: list[float] = []
    with closing(psycopg.connect(url)) as reading:
        reading.execute("SELECT count(*) FROM comments")
        # A migration that has to change the table `comments` in any release.
        with pytest.raises(Exception, match="lock timeout"):
            downgrade(app_state(previous).settings, "0001")
        reading.rollback()
        downgrade(app_state(previous).settings, "0001")
        reading.execute("SELECT count(*) FROM comments")

        with pytest.raises(Busy, match="Nothing was left half done"):
            upgrade(app_state(previous).settings, REVISION, tries=2, wait=waits.append)
        assert waits == [PAUSE]

        upgrade(app_state(previous).settings, REVISION, tries=2, wait=lambda _: reading.rollback())


def test_an_index_of_a_table_that_grows_is_built_while_others_write(previous):
    if database_of(previous) == "sqlite":
        # One writer at a time, with a time-out of its own.
        return
    upgrade(app_state(previous).settings, "0032")
    url = app_state(previous).settings.url.replace("+psycopg", "")
    entry = (
        "INSERT INTO audit_entries (at, actor, actor_name, action, subject, detail)"
        " VALUES (now(), 'moderator', 'ada', 'comment.approve', 'c', '{}')"
    )
    with closing(psycopg.connect(url)) as slow, closing(psycopg.connect(url)) as other:
        slow.execute(entry)
        migration = threading.Thread(target=upgrade, args=(app_state(previous).settings,))
        migration.start()
        other.autocommit = True
        # Of this database: other tests run beside this one, on the same server.
        building = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND query LIKE 'CREATE INDEX%%' AND"
        )
        while not other.execute(f"{building} wait_event_type = 'Lock'").fetchone():
            assert migration.is_alive()
        other.execute("SET lock_timeout = '5s'")
        other.execute(entry)
        slow.commit()
        migration.join()

        assert other.execute("SELECT count(*) FROM audit_entries").fetchone() == (2,)
        found = "SELECT indexname FROM pg_indexes WHERE indexname = 'ix_audit_entries_when'"
        assert other.execute(found).fetchone() is not None


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [("0011", "0012", "posts"), ("0012", "0020", "posts"), ("0030", "0031", "comments")],
)
def test_a_migration_that_waits_for_a_comment_keeps_it_from_no_other_table(
    previous, before, after, held
):
    """A writer of a comment locks its post first: waiting for both ends when it has finished."""
    if database_of(previous) == "sqlite":
        # It has one lock for everything.
        return
    upgrade(app_state(previous).settings, before)
    url = app_state(previous).settings.url.replace("+psycopg", "")
    ended: list[BaseException] = []

    def migrate() -> None:
        try:
            upgrade(app_state(previous).settings, after, tries=3, wait=lambda _: None)
        except Busy as error:
            ended.append(error)

    seen = []
    with closing(psycopg.connect(url)) as writing, closing(psycopg.connect(url)) as other:
        writing.execute(f"LOCK TABLE {held} IN ROW EXCLUSIVE MODE")
        other.autocommit = True
        migration = threading.Thread(target=migrate)
        migration.start()
        while migration.is_alive():
            seen += other.execute(
                "SELECT (SELECT array_agg(own.relation::regclass::text) FROM pg_locks own"
                "  WHERE own.pid = waiting.pid AND own.granted AND own.relation IN"
                "  ('posts'::regclass, 'comments'::regclass, 'sites'::regclass))"
                " FROM pg_locks waiting WHERE NOT waiting.granted"
                " AND waiting.relation = %s::regclass",
                (held,),
            ).fetchall()
        migration.join()
        writing.rollback()

    assert len(ended) == 1
    assert seen
    assert [tables for (tables,) in seen if tables] == []
    upgrade(app_state(previous).settings, after)
