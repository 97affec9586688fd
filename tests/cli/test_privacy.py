"""`moderation privacy`: one person's data on the command line, and retention."""

import json
import re
import uuid
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from moderation.cli import main
from moderation.cli.base import open_session
from moderation.domain.status import Status
from moderation.services.comments.requests import Sender, Submission
from moderation.services.comments.submission import submit
from moderation.services.signing import Signing
from moderation.services.sites import registry
from moderation.startup import load_settings
from moderation.storage.models.comments import Comment

EMAIL = "ada@example.org"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def invoke(*arguments: str, code: int = 0, answer: str | None = None) -> str:
        result = CliRunner().invoke(main, list(arguments), input=answer)
        assert result.exit_code == code, result.output
        return result.output

    invoke("migrate")
    invoke("site", "add", "news", "--hold-first", "0")
    return invoke


@pytest.fixture
def comment(run):
    with open_session() as session:
        submission = Submission(
            text="A quiet remark.", author_name="Ada", author_email=EMAIL, author_website=""
        )
        receipt = submit(
            session,
            Signing(load_settings()),
            registry.find(session, "news"),
            "story",
            submission,
            Sender("192.0.2.1"),
            now=datetime.now(UTC),
        )
    return str(receipt.comment.id)


def person(*options):
    return ("--site", "news", *options)


def test_a_person_is_exported_by_address_or_comment_as_json_or_as_a_page(run, comment):
    by_mail = json.loads(run("privacy", "export", *person("--email", EMAIL.upper())))
    by_comment = json.loads(run("privacy", "export", *person("--comment", comment)))
    page = run("privacy", "export", *person("--email", EMAIL, "--format", "html"))

    assert by_mail["data"]["comments"] == by_comment["data"]["comments"]
    assert by_mail["data"]["comments"][0]["author_email"] == EMAIL
    assert "A quiet remark." in page
    assert json.loads(run("privacy", "export", *person("--email", "b@a.example")))["data"] == {}
    assert "Name the person" in run("privacy", "export", *person(), code=2)
    run("privacy", "export", *person("--comment", str(uuid.uuid4())), code=1)


def test_an_erasure_waits_is_listed_and_is_withdrawn(run, comment):
    named = person("--email", EMAIL)
    run("privacy", "erase", *named, code=1, answer="n\n")
    said = run("privacy", "erase", *named, answer="y\n")
    id = re.search(r"withdraw --site news (\S+)", said)[1]

    assert "Erase 1 comment and everything else" in said
    assert run("privacy", "requests", "--site", "news").startswith(id)
    assert run("privacy", "withdraw", "--site", "news", id) == "Withdrawn.\n"
    assert run("privacy", "requests", "--site", "news") == ""
    run("privacy", "withdraw", "--site", "news", id, code=1)


def test_an_erasure_at_once_leaves_a_proof_and_no_byte_of_the_person(run, comment, tmp_path):
    said = run("privacy", "erase", *person("--email", EMAIL, "--now", "--yes"))

    assert said == "Erased: 1 comment.\n"
    with open_session() as session:
        assert session.get(Comment, uuid.UUID(comment)).status == Status.DELETED
    run("privacy", "compact")
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert EMAIL.encode() not in stored
    assert b"quiet remark" not in stored
    exported = json.loads(run("privacy", "export", *person("--email", EMAIL)))
    assert (exported["data"], len(exported["erased_at"])) == ({}, 1)


def test_a_dry_run_of_retention_counts_and_changes_nothing(run, comment):
    run("site", "settings", "news", "held_days=30")
    dry = run("privacy", "retention", "--site", "news", "--dry-run")
    wet = run("privacy", "retention", "--site", "news")

    lines = dry.splitlines()
    assert lines[0] == "addresses\tafter 30 days\t0 would go"
    assert "held\tafter 30 days\t0 would go" in lines
    assert "rejected\tkept\t0 would go" in lines
    assert wet == dry.replace("would go", "gone")
