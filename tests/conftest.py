"""Fixtures that drive the real application on a real SQLite and a real PostgreSQL."""

import gc
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from moderation import create_app
from moderation.config import Settings
from moderation.services.accounts import api_tokens, authentication
from moderation.services.sites import changes as site_changes
from moderation.services.sites import registry
from moderation.services.webhooks.signatures import sign
from moderation.storage import Base
from moderation.storage.migrate import upgrade
from moderation.storage.models.sites import Site
from moderation.web.database import db
from moderation.web.state import app_state
from tests.bytecode import keep_bytecode
from tests.hashing import hash_cheaply
from tests.lazy_routes import build_urls_lazily

IN_CI = os.environ.get("CI") == "true"
ORIGIN = "https://news.example"
SECRET_KEY = "a key for tests that is long enough"

keep_bytecode()
hash_cheaply()
build_urls_lazily()


def missing(what: str) -> None:
    """Skip a test whose service is missing; in CI, fail it."""
    if IN_CI:
        pytest.fail(f"{what} is not there, and with CI=true it must be")
    pytest.skip(reason=f"{what} is not there")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out characterisation tests, unless `-m` names them.

    An `-m` in pyproject's addopts would be replaced by each `-m` on a command line.
    """
    if "characterise" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("characterise")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for garbage less often, and not in what stays for the whole run.

    Each application is a cycle of many objects. With Python's defaults that meant a search of
    the whole process, with its thousands of tests, every few tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 30)


@dataclass
class Clock:
    """A clock that does not move by itself."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


def make_settings(**changes: Any) -> Settings:
    known: dict[str, Any] = {
        "secret_key": SECRET_KEY,
        "env": "development",
        "ratelimit_enabled": False,
        "embedded_worker": False,
        "log_level": "ERROR",
        "public_url": "http://comments.example",
        # Commits of all databases of one server wait for each other: on a machine that is busy
        # with something else for longer than the five seconds that a service gives them.
        "write_timeout": 60,
        # No test here cuts the power; those in tests/chaos do, on servers of their own. The
        # environment cannot ask for this value: `Settings.from_env` refuses it.
        "sqlite_synchronous": "OFF",
    }
    return Settings(**{**known, **changes})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty store that every test copies."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(make_settings(data_dir=folder))
    upgrade(app_state(app).settings)
    _dispose(app)
    return folder / "moderation.sqlite3"


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """A migrated database of this test process's own, dropped at the end."""
    server = os.environ.get("MODERATION_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
    name = f"moderation_test_{os.getpid()}_{worker_id}"
    try:
        # One that is not there refuses at once; one that is busy takes its time.
        admin = psycopg.connect(f"{server}/postgres", autocommit=True, connect_timeout=60)
    except psycopg.OperationalError:
        missing("PostgreSQL")
    with closing(admin):
        admin.execute(f'CREATE DATABASE "{name}"')
        # The same on PostgreSQL: a commit need not wait for the disk.
        admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        url = f"{server}/{name}".replace("postgresql://", "postgresql+psycopg://")
        app = create_app(make_settings(database_url=url))
        upgrade(app_state(app).settings)
        _dispose(app)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def worker_id() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Settings of an empty store; a test that uses it runs on both databases."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        _empty(url)
        return {"database_url": url, "data_dir": tmp_path}
    template = request.getfixturevalue("sqlite_template")
    shutil.copy(template, tmp_path / "moderation.sqlite3")
    return {"data_dir": tmp_path}


#: For cases that are refused before any SQL, or that no SQL takes part in: the second database
#: could give no other answer. One case of the same kind stays on both.
one_store = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def _empty(url: str) -> None:
    """Delete every row and restart every sequence that was used.

    TRUNCATE makes new files for each table and waits for the disk; few tables hold rows.
    """
    names = [table.name for table in Base.metadata.sorted_tables]
    probes = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names
    )
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        # Without foreign keys the order does not matter.
        connection.execute("SET LOCAL session_replication_role = replica")
        for (name,) in connection.execute(probes).fetchall():
            connection.execute(f'DELETE FROM "{name}"')
        connection.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false)"
            " FROM pg_sequences WHERE last_value IS NOT NULL"
        )


class Client(FlaskClient):
    """Ends the test's own transaction with each request, so that the next query reads new data."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().open(*args, **kwargs)
        if has_app_context():
            db.session.rollback()
        return answer


@pytest.fixture
def make_app(store: dict[str, Any], clock: Clock) -> Iterator[Callable[..., Flask]]:
    """Build applications on the test's store; keyword arguments are settings."""
    built: list[Flask] = []

    def make(**changes: Any) -> Flask:
        app = create_app(make_settings(**{**store, **changes}))
        app_state(app).clock = clock
        app.test_client_class = Client
        built.append(app)
        return app

    yield make
    for app in built:
        _dispose(app)


def _dispose(app: Flask) -> None:
    app_state(app).cache.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask, site: Site) -> FlaskClient:
    """A client of an application that has a site called `news`."""
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session for looking and arranging, in a context of its own."""
    with app.app_context():
        yield db.session()
        db.session.remove()


@pytest.fixture
def site(app: Flask, clock: Clock) -> Site:
    with app.app_context():
        made, _ = site_changes.add(
            db.session(), "news", title="The News", origins=[ORIGIN], now=clock.now
        )
        db.session.remove()
    return made


@pytest.fixture
def moderator(app: Flask, clock: Clock) -> dict[str, str]:
    """A moderator who can log in to the console."""
    login = {"login": "mia", "password": "a long enough password"}
    with app.app_context():
        authentication.add_moderator(db.session(), **login, role="moderator", now=clock.now)
        db.session.remove()
    return login


@pytest.fixture
def token(app: Flask, site: Site, clock: Clock) -> str:
    """A bearer token that may review and administer."""
    with app.app_context():
        made = api_tokens.add_token(
            db.session(), "tests", scopes=("review", "admin"), now=clock.now
        )
        db.session.remove()
    return made


@pytest.fixture
def reviewing(token: str) -> dict[str, str]:
    """Headers of a client that may review."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def make_comment(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    """Submit a comment over HTTP and return the JSON of the answer with its `http` status."""

    def make(
        text: str = "A quiet and friendly remark.",
        *,
        post: str = "story",
        name: str = "Ada",
        **fields: Any,
    ) -> dict[str, Any]:
        author = {"name": name, **fields.pop("author", {})}
        answer = client.post(
            f"/api/v1/sites/news/posts/{post}/comments",
            json={"author": author, "text": text, **fields},
        )
        return {**answer.get_json(), "http": answer.status_code}

    return make


@pytest.fixture
def change_site(app: Flask, site: Site, clock: Clock) -> Callable[..., None]:
    """Change the site's settings, origins or webhook address."""

    def change(**changes: Any) -> None:
        with app.app_context():
            found = registry.find(db.session(), "news")
            site_changes.change(db.session(), found, now=clock.now, **changes)
            db.session.remove()

    return change


@pytest.fixture
def floods_pass(change_site: Callable[..., None]) -> None:
    """Let a test send any number of comments at once: the site holds none for that."""
    change_site(settings={"thresholds": {"flood": 1.01}})


@pytest.fixture
def secret(app: Flask, site: Site) -> str:
    """The site's webhook secret."""
    with app.app_context():
        newest = registry.secrets_of(db.session(), site.id)[0]
        db.session.remove()
    return newest


@pytest.fixture
def signed_event(client: FlaskClient, secret: str, clock: Clock) -> Callable[..., Any]:
    """Send a signed event of the main site; `raw` replaces the body, `at` its timestamp."""
    sent = count(1)

    def send(
        type: str = "",
        data: dict[str, Any] | None = None,
        *,
        id: str = "",
        at: datetime | None = None,
        raw: bytes | None = None,
        client: FlaskClient = client,
        secret: str = secret,
    ) -> Any:
        body = raw
        if body is None:
            stamp = (at or clock.now).isoformat()
            body = json.dumps({"type": type, "timestamp": stamp, "data": data or {}}).encode()
        id = id or f"msg_{next(sent)}"
        now = int(clock.now.timestamp())
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(secret, id, now, body),
            "Content-Type": "application/json",
        }
        return client.post("/api/v1/sites/news/events", data=body, headers=headers)

    return send
