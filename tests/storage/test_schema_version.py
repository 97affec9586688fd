"""Schemas that this release can and cannot work with."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, text

from moderation.domain.errors import SchemaBehind, StoreUnusable
from moderation.storage import schema_version
from moderation.storage.schema_version import Schema, require_usable, revisions, schema_of
from tests.conftest import make_settings

MIGRATIONS = Path(schema_version.__file__).parent / "migrations"


def stamp(session, revision: str | None) -> None:
    session.execute(text("DELETE FROM alembic_version"))
    if revision is not None:
        session.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": revision})


def test_the_revisions_are_those_of_the_migrations_in_their_order():
    script = ScriptDirectory(str(MIGRATIONS))

    assert list(revisions()) == [each.revision for each in script.walk_revisions()][::-1]


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        (None, Schema.EMPTY),
        (revisions()[0], Schema.OLDER),
        (revisions()[-2], Schema.OLDER),
        (revisions()[-1], Schema.CURRENT),
        ("9999", Schema.NEWER),
    ],
)
def test_a_schema_is_compared_with_the_newest_that_this_release_knows(session, revision, expected):
    stamp(session, revision)

    assert schema_of(session) is expected
    session.rollback()


def test_a_store_without_any_table_is_empty(app, session):
    session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    try:
        session.commit()
        assert schema_of(session) is Schema.EMPTY
    finally:
        session.rollback()
        session.execute(text("ALTER TABLE elsewhere RENAME TO alembic_version"))
        session.commit()


def test_a_migrated_store_is_usable_and_one_without_tables_is_not(store, tmp_path):
    require_usable(make_settings(**store))

    with pytest.raises(SchemaBehind, match="moderation migrate"):
        require_usable(make_settings(data_dir=tmp_path / ".."))


def test_a_database_that_takes_no_writes_is_named(store):
    def read_only(url, **options):
        engine = create_engine(url, **options)
        asked = "PRAGMA query_only=ON"
        if engine.dialect.name == "postgresql":
            asked = "SET default_transaction_read_only = on"

        @event.listens_for(engine, "connect")
        def refuse(connection, _record):
            cursor = connection.cursor()
            cursor.execute(asked)
            cursor.close()
            connection.commit()

        return engine

    with pytest.raises(StoreUnusable, match="is read-only"):
        require_usable(make_settings(**store), engine=read_only)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda page: b"no database at all" * 300, "is not an SQLite database"),
        (lambda page: page[:100] + b"\xff" * 4000 + page[4100:], "is damaged"),
    ],
)
def test_a_damaged_file_is_named(spoil, message, sqlite_template, tmp_path):
    path = tmp_path / "moderation.sqlite3"
    path.write_bytes(spoil(sqlite_template.read_bytes()))

    with pytest.raises(StoreUnusable, match=message) as error:
        require_usable(make_settings(data_dir=tmp_path))

    assert str(path) in str(error.value)
    assert "moderation restore" in str(error.value)


def test_a_store_that_another_writes_to_is_usable(sqlite_template, tmp_path):
    path = tmp_path / "moderation.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")

        require_usable(make_settings(data_dir=tmp_path, write_timeout=0.1))


def test_a_database_server_that_is_away_is_waited_for():
    away = "postgresql+psycopg://postgres@127.0.0.1:1/none"

    require_usable(make_settings(database_url=away, write_timeout=0.1))
