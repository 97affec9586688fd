"""`/healthz`, and the command that asks it: 503 on a store that this release cannot use."""

import os
import threading
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from structlog.testing import capture_logs
from werkzeug.serving import make_server

from moderation import create_app
from moderation.cli import main
from moderation.storage.models.webhooks import WebhookEndpoint
from moderation.storage.schema_version import revisions
from moderation.web.database import db
from tests.conftest import _dispose, make_settings


@pytest.fixture
def stamped(app):
    """Give the store the schema version of another release, and back again."""

    def stamp(revision):
        with app.app_context():
            session = db.session()
            session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
            session.commit()
            db.session.remove()

    yield stamp
    stamp(revisions()[-1])


@contextmanager
def listening(app):
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield str(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_older_schema_is_unhealthy_and_a_newer_one_is_not(app, stamped):
    client = app.test_client()

    stamped(revisions()[-2])
    older = client.get("/healthz")
    stamped("9999")
    newer = client.get("/healthz")

    assert older.status_code == 503
    assert older.content_type == "application/problem+json"
    assert older.get_json()["code"] == "store_not_migrated"
    assert "moderation migrate" in older.get_json()["detail"]
    assert newer.status_code == 200
    assert newer.get_json() == {"status": "ok"}


def test_a_store_without_tables_is_unhealthy_and_the_command_agrees(tmp_path):
    app = create_app(make_settings(data_dir=tmp_path))

    with listening(app) as port:
        answer = app.test_client().get("/healthz")
        asked = CliRunner().invoke(main, ["health", "--port", port])

    _dispose(app)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "store_not_migrated")
    assert asked.exit_code == 1
    assert "503" in asked.output
    assert "moderation migrate" in asked.output


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/sites/news/posts/story/comments",
        "/api/v1/sites/news/posts/story/comments?limit=3",
        "/api/v1/sites/news/counts?post=story",
        "/feeds/news",
    ],
)
def test_a_store_without_tables_names_the_command(path, tmp_path):
    app = create_app(make_settings(data_dir=tmp_path, log_level="ERROR"))

    with capture_logs() as logs:
        answer = app.test_client().get(path)

    _dispose(app)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "store_not_migrated")
    assert {log["event"] for log in logs} == {"store.not_migrated"}
    assert "moderation migrate" in logs[0]["advice"]


def test_the_command_prints_ok_for_a_healthy_service(app):
    with listening(app) as port:
        asked = CliRunner().invoke(main, ["health", "--port", port])

    assert (asked.exit_code, asked.output) == (0, "ok\n")


def test_the_command_warns_of_a_misspelt_variable_and_of_undelivered_messages(
    app, session, site, clock, monkeypatch
):
    for name in [name for name in os.environ if name.startswith("MODERATION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MODERATION_PUBLIC_ULR", "https://comments.example")
    session.add(
        WebhookEndpoint(
            site_id=site.id,
            url="https://news.example/hook",
            created_at=clock.now,
            disabled_at=clock.now,
            disabled_why="gone",
        )
    )
    session.commit()

    with listening(app) as port:
        asked = CliRunner().invoke(main, ["health", "--port", port])

    assert (asked.exit_code, asked.stdout) == (0, "ok\n")
    assert asked.stderr.splitlines() == [
        "warning: a webhook endpoint is switched off: see `moderation webhook endpoints`",
        "warning: no setting reads MODERATION_PUBLIC_ULR: did you mean MODERATION_PUBLIC_URL?",
    ]


def test_the_command_names_the_port_on_which_nothing_answers():
    asked = CliRunner().invoke(main, ["health", "--port", "1"])

    assert asked.exit_code == 1
    assert "No answer on port 1" in asked.output
    assert "--port" in asked.output
