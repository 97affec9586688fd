"""`moderation sign-on`, as an operator meets it."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from moderation.cli import main
from tests.signing_on import claims, token


@pytest.fixture
def run(tmp_path, sqlite_template, monkeypatch):
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATABASE_URL", f"sqlite:///{tmp_path}/store.sqlite3")
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")
    (tmp_path / "store.sqlite3").write_bytes(sqlite_template.read_bytes())

    def invoke(*arguments: str, input: str | None = None, code: int = 0) -> str:
        result = CliRunner().invoke(main, list(arguments), input=input)
        assert result.exit_code == code, result.output
        return result.output

    invoke("site", "add", "news", "--origin", "https://news.example")
    return invoke


def test_a_secret_is_made_listed_and_removed(run):
    first = run("sign-on", "rotate", "news").strip()
    second = run("sign-on", "rotate", "news").strip()

    assert first.startswith("signon_")
    assert run("sign-on", "secrets", "news").split() == [second, first]
    assert run("sign-on", "remove", "news") == "1 secret removed.\n"
    assert run("sign-on", "secrets", "news").split() == [second]
    assert run("sign-on", "remove", "news", "--all") == "1 secret removed.\n"
    assert run("sign-on", "secrets", "news") == ""


def test_a_token_is_checked_and_its_fault_named(run):
    run("site", "settings", "news", "sign_on_algorithm=HS256")
    secret = run("sign-on", "rotate", "news").strip()
    now = datetime.now(UTC)
    right = token(secret, claims(now, role="staff", name="Ada\x1b[2J"))
    wrong = token(secret, claims(now, aud="other"))

    assert run("sign-on", "check", "news", input=f"{right}\n") == "Ada[2J (42), role: staff\n"
    assert "sign_on_invalid: The claim aud" in run("sign-on", "check", "news", input=wrong, code=1)
