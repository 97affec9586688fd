"""`moderation akismet`: failed verdicts are listed and sent again."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from moderation.cli import main
from moderation.cli.base import open_session
from moderation.services import outbox
from moderation.services.compat import foreign
from moderation.services.signing import Signing
from moderation.services.sites import registry
from moderation.startup import load_settings
from moderation.storage.models.jobs import OutboxMessage
from tests.services.compat.conftest import WAITING

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command on a store of its own; return its output."""
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def invoke(*arguments: str) -> str:
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


def test_failed_verdicts_are_listed_and_sent_again(run):
    run("migrate")
    run("site", "add", "news", "--origin", "https://news.example")
    with open_session() as session:
        site = registry.find(session, "news")
        held = foreign.hold_foreign(session, Signing(load_settings()), site, WAITING, now=NOW)
        outbox.put_callback(session, site.id, {"result": "true"}, NOW, comment_id=held)
        message = session.query(OutboxMessage).one()
        message.state, message.finished_at, message.last_error = "failed", NOW, "HTTP 500"
        session.commit()

    assert run("akismet", "list", "news") == f"2026-11-30 12:00 UTC\tHTTP 500\t{held}\n"
    assert run("akismet", "retry", "news") == "1 verdict will be sent again.\n"
    assert run("akismet", "list", "news") == ""
    assert run("akismet", "retry", "news") == "0 verdicts will be sent again.\n"
