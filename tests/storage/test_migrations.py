"""The migrations make the tables of the models, lose nothing, and run beside a service."""

import subprocess
import sys
import threading
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, bindparam, func, inspect, select, text

from moderation import create_app
from moderation.config import Settings, SettingsError
from moderation.storage import Base
from moderation.storage.full_text import include_name
from moderation.storage.migrate import downgrade, upgrade
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookEndpoint
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import make_settings


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path, postgres_url):
    """Settings of a store without a single table."""
    if request.param == "sqlite":
        yield {"data_dir": tmp_path}
        return
    url = f"{postgres_url}_empty"
    plain = postgres_url.replace("+psycopg", "")
    name = url.rpartition("/")[2]
    with closing(psycopg.connect(plain, autocommit=True)) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield {"database_url": url}
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def rows(session, only=None) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(text(table.name)))
        for table in Base.metadata.sorted_tables
        if only is None or table.name in only
    }


def test_the_migrations_make_exactly_the_tables_of_the_models(session):
    options = {"compare_type": True, "include_name": include_name}
    context = MigrationContext.configure(session.connection(), opts=options)

    assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_and_index_has_a_name(session):
    found = inspect(session.connection())

    for table in found.get_table_names():
        if table == "alembic_version":
            continue
        assert all(key["name"] for key in found.get_foreign_keys(table))
        assert all(index["name"] for index in found.get_indexes(table))


def test_origins_of_an_earlier_release_become_those_that_browsers_send(empty):
    app = create_app(make_settings(**empty))
    upgrade(app_state(app).settings, "0047")
    stored = {
        "old": ["https://news.example:443", "https://news.example.", "http://a.example:08080"],
        "new": ["https://news.example", "http://[::1]:3000", "http://b.example:80"],
        "fine": ["https://fine.example:8443"],
    }
    insert = text(
        "INSERT INTO sites (name, title, origins, settings, version, created_at)"
        " VALUES (:name, '', :origins, '{}', 1, '2026-01-01 00:00:00')"
    ).bindparams(bindparam("origins", type_=JSON()))
    with app.app_context():
        for name, origins in stored.items():
            db.session.execute(insert, {"name": name, "origins": origins})
        db.session.commit()

    upgrade(app_state(app).settings)

    with app.app_context():
        kept = {s.name: (s.origins, s.version) for s in db.session.scalars(select(Site))}
        db.session.remove()
        db.engine.dispose()
    app_state(app).cache.close()
    assert kept == {
        "old": (["https://news.example", "http://a.example:8080"], 2),
        "new": (["https://news.example", "http://[::1]:3000", "http://b.example"], 2),
        "fine": (["https://fine.example:8443"], 1),
    }


def test_the_language_of_pages_gets_a_name_of_its_own(empty):
    app = create_app(make_settings(**empty))
    upgrade(app_state(app).settings, "0051")
    stored = {"old": {"language": "de", "max_links": 3}, "plain": {"max_links": 3}}
    insert = text(
        "INSERT INTO sites (name, title, origins, settings, version, created_at)"
        " VALUES (:name, '', '[]', :settings, 1, '2026-01-01 00:00:00')"
    ).bindparams(bindparam("settings", type_=JSON()))
    with app.app_context():
        for name, settings in stored.items():
            db.session.execute(insert, {"name": name, "settings": settings})
        db.session.commit()

    upgrade(app_state(app).settings)

    with app.app_context():
        kept = {s.name: (s.settings, s.version) for s in db.session.scalars(select(Site))}
        db.session.remove()
        db.engine.dispose()
    app_state(app).cache.close()
    # The release before reads the old name.
    assert kept == {
        "old": ({"language": "de", "page_language": "de", "max_links": 3}, 2),
        "plain": ({"max_links": 3}, 1),
    }


def test_a_filled_store_keeps_every_row_when_it_is_migrated_back_and_forth(
    app, client, make_comment, moderator, reviewing, signed_event, session
):
    top = make_comment("The top of a thread.")["comment"]["id"]
    make_comment("A reply to the top.", parent_id=top)
    made = make_comment("An idea to be changed.", post="other")
    client.patch(
        f"/api/v1/comments/{made['comment']['id']}",
        json={"text": "A changed idea."},
        headers={"X-Edit-Token": made["edit_token"]},
    )
    client.post(
        "/api/v1/sites/news/posts/story/comments",
        json={"author": {"name": "A"}, "text": "Sent with a key."},
        headers={"Idempotency-Key": "k"},
    )
    client.post(
        f"/api/v1/review/comments/{top}/decisions", json={"outcome": "spam"}, headers=reviewing
    )
    client.post("/review/login", data=moderator)
    signed_event("author.banned", {"author": {"id": "troll"}})
    before = rows(session)
    session.rollback()

    downgrade(app_state(app).settings, "0001")
    old = {name for name in before if name in inspect(db.engine).get_table_names()}
    kept = {name: before[name] for name in old}
    assert rows(session, only=old) == kept
    session.rollback()
    upgrade(app_state(app).settings)

    assert rows(session, only=old) == kept
    filled = {name for name, count in before.items() if count}
    assert filled >= {"comments", "decisions", "outbox", "posts", "sites", "tokens", "bans"}
    if db.engine.dialect.name == "sqlite":
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_logins_of_moderators_are_reserved_for_guests_from_the_migration_on(
    app, make_comment, moderator, session
):
    session.rollback()
    downgrade(app_state(app).settings, "0044")
    upgrade(app_state(app).settings)

    assert make_comment(name=moderator["login"])["http"] == 202
    assert make_comment("Another remark.", name="Miab")["http"] == 201


def test_two_processes_may_migrate_at_once(empty):
    apps = [create_app(make_settings(**empty)) for _ in range(3)]
    failed: list[BaseException] = []
    start = threading.Barrier(2)
    environment = {
        "MODERATION_SECRET_KEY": "a key for tests that is long enough",
        "MODERATION_ENV": "development",
        "PATH": "/usr/bin:/bin",
        **(
            {"MODERATION_DATABASE_URL": empty["database_url"]}
            if "database_url" in empty
            else {"MODERATION_DATA_DIR": str(empty["data_dir"])}
        ),
    }

    def migrate() -> None:
        start.wait()
        run = subprocess.run(
            [sys.executable, "-m", "moderation", "migrate"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            failed.append(AssertionError(run.stderr))

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    with apps[0].app_context():
        assert set(rows(db.session()).values()) == {0}
        db.session.remove()
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_embedded_store_survives_power_cuts_and_forgets_what_is_deleted(make_app):
    shipped = Settings(secret_key="of no use").sqlite_synchronous
    with make_app(sqlite_synchronous=shipped).app_context():
        pragmas = {
            name: db.session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "secure_delete": 1,
    }


def test_an_operator_cannot_switch_durability_off():
    with pytest.raises(SettingsError, match="MODERATION_SQLITE_SYNCHRONOUS"):
        Settings.from_env({"MODERATION_SQLITE_SYNCHRONOUS": "OFF"})


def test_the_webhook_address_of_a_site_becomes_its_first_endpoint(empty):
    app = create_app(make_settings(**empty))
    upgrade(app_state(app).settings, "0052")
    insert = text(
        "INSERT INTO sites (name, title, origins, settings, version, created_at, webhook_url,"
        " webhook_disabled_at) VALUES (:name, '', '[]', '{}', 1, '2026-01-01 00:00:00', :url, :off)"
    )
    with app.app_context():
        for name, url, off in (
            ("on", "https://a.example/in", None),
            ("off", "https://b.example/in", "2026-02-01 00:00:00"),
            ("none", None, None),
        ):
            db.session.execute(insert, {"name": name, "url": url, "off": off})
        db.session.commit()

    upgrade(app_state(app).settings)

    with app.app_context():
        kept = {
            e.url: (e.main, e.held_text, e.events, e.secrets, e.disabled_why)
            for e in db.session.scalars(select(WebhookEndpoint))
        }
        db.session.remove()
        db.engine.dispose()
    app_state(app).cache.close()
    assert kept == {
        "https://a.example/in": (True, True, "", [], ""),
        "https://b.example/in": (True, True, "", [], "gone"),
    }
