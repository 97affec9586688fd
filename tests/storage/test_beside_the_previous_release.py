"""Migrations run beside the previous release: nothing it says to the store stops working."""

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
from moderation.services import sites, threads
from moderation.services.threads import Sort
from moderation.services.verification import verify
from moderation.storage import db
from moderation.storage.comments import Comment
from moderation.storage.upgrade import PAUSE, upgrade
from tests.conftest import make_settings
from tests.storage.previous import REVISION, recorded

Say = Callable[[str, Any], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def previous(request, tmp_path) -> Iterator[Any]:
    """An application on a store that the previous release made and nobody wrote to yet."""
    if request.param == "sqlite":
        app = create_app(make_settings(data_dir=tmp_path))
        upgrade(app, REVISION)
        yield app
    else:
        url = f"{request.getfixturevalue('postgres_url')}_previous"
        plain = url.replace("+psycopg", "").removesuffix("_previous")
        name = url.rpartition("/")[2]
        with closing(psycopg.connect(plain, autocommit=True)) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
            app = create_app(make_settings(database_url=url))
            upgrade(app, REVISION)
            yield app
            app.extensions["hot"].close()
            with app.app_context():
                db.engine.dispose()
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        return
    app.extensions["hot"].close()
    with app.app_context():
        db.engine.dispose()


@contextmanager
def old_server(app) -> Iterator[Say]:
    """A connection that speaks as the previous release did."""
    url = app.extensions["moderation"].settings.url
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
    return (
        "sqlite"
        if app.extensions["moderation"].settings.url.startswith("sqlite")
        else ("postgresql")
    )


def test_what_the_previous_release_says_works_before_during_and_after_the_migration(
    previous, clock
):
    first, second = recorded(database_of(previous))
    half = len(second) // 2
    with old_server(previous) as say:
        for statement, parameters in first:
            say(statement, parameters)
        migration = threading.Thread(target=upgrade, args=(previous,))
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
        site = sites.find(session, "news")
        page = threads.page(session, site, "story", sort=Sort.OLDEST)
        assert page["post"]["count"] == 6
        statuses = sorted(session.scalars(select(Comment.status)))
        assert statuses == ["approved"] * 6 + ["deleted"] * 2 + ["rejected"] * 2
        db.session.remove()


def test_a_migration_gives_up_its_place_in_the_queue_and_tries_again(previous):
    if database_of(previous) == "sqlite":
        # One writer at a time, with a time-out of its own.
        return
    url = previous.extensions["moderation"].settings.url.replace("+psycopg", "")
    waits: list[float] = []
    with closing(psycopg.connect(url)) as reading:
        reading.execute("SELECT count(*) FROM comments")
        with previous.app_context():
            import flask_migrate

            from tests.storage.test_migrations import MIGRATIONS

            # What has to change the table `comments` whatever later releases do.
            with pytest.raises(Exception, match="lock timeout"):
                flask_migrate.downgrade(directory=MIGRATIONS, revision="0001")
        reading.rollback()
        with previous.app_context():
            flask_migrate.downgrade(directory=MIGRATIONS, revision="0001")
        reading.execute("SELECT count(*) FROM comments")

        with pytest.raises(Busy, match="Nothing was left half done"):
            upgrade(previous, REVISION, tries=2, wait=waits.append)
        assert waits == [PAUSE]

        upgrade(previous, REVISION, tries=2, wait=lambda _: reading.rollback())


def test_an_index_of_a_table_that_grows_is_built_while_others_write(previous):
    if database_of(previous) == "sqlite":
        # One writer at a time, with a time-out of its own.
        return
    upgrade(previous, "0032")
    url = previous.extensions["moderation"].settings.url.replace("+psycopg", "")
    entry = (
        "INSERT INTO audit_entries (at, actor, actor_name, action, subject, detail)"
        " VALUES (now(), 'moderator', 'ada', 'comment.approve', 'c', '{}')"
    )
    with closing(psycopg.connect(url)) as slow, closing(psycopg.connect(url)) as other:
        slow.execute(entry)
        migration = threading.Thread(target=upgrade, args=(previous,))
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
    """Who writes a comment has its post first: waiting for both ends when he has finished."""
    if database_of(previous) == "sqlite":
        # It has one lock for everything.
        return
    upgrade(previous, before)
    url = previous.extensions["moderation"].settings.url.replace("+psycopg", "")
    ended: list[BaseException] = []

    def migrate() -> None:
        try:
            upgrade(previous, after, tries=3, wait=lambda _: None)
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
    upgrade(previous, after)
