"""`moderation key`: keys are printed, listed and revoked."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from moderation.cli import main
from moderation.cli.base import open_session
from moderation.services.compat import examples
from moderation.services.sites import registry


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def invoke(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    invoke("migrate")
    invoke("site", "add", "news")
    return invoke


def test_a_key_is_printed_listed_and_revoked(run):
    first = run("key", "add", "news", "perspective").strip()
    second = run("key", "add", "news", "perspective").strip()
    akismet = run("key", "add", "news", "akismet").strip()

    listed = [line.split("\t")[:2] for line in run("key", "list", "news").splitlines()]
    assert listed == [["akismet", akismet], ["perspective", second], ["perspective", first]]
    assert first not in run("key", "list", "news", "akismet")
    assert run("key", "remove", "news", "perspective", "--old") == "1 key removed.\n"
    assert second in run("key", "list", "news")
    assert run("key", "remove", "news", "perspective") == "1 key removed.\n"
    assert second not in run("key", "list", "news")


def test_labelled_examples_are_printed_as_json_lines(run):
    with open_session() as session:
        site = registry.find(session, "news")
        for number in range(3):
            examples.keep(
                session,
                site,
                source="perspective",
                text=f"remark {number}\u009b",
                labels={"TOXICITY": 1},
                context={},
                now=datetime.now(UTC),
            )
        session.commit()

    printed = run("examples", "news")

    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["text"] for line in lines] == [f"remark {n}\u009b" for n in range(3)]
    assert lines[0]["labels"] == {"TOXICITY": 1.0}
    assert "\u009b" not in printed


def test_an_unknown_site_or_service_is_a_sentence(run):
    assert "There is no site called nosuch" in run("key", "add", "nosuch", "akismet", code=1)
    assert "perspective" in run("key", "add", "news", "nosuch", code=2)


def test_the_command_names_every_service():
    from moderation.cli.keys import SERVICES
    from moderation.services.compat.keys import Service

    assert list(SERVICES.choices) == [service.value for service in Service]
