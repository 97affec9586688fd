"""`moderation coral` and `moderation checker`."""

import json

import pytest
from click.testing import CliRunner

from moderation.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def invoke(*arguments, code=0, typed=None):
        result = CliRunner().invoke(main, list(arguments), input=typed)
        assert result.exit_code == code, result.output
        return result.output

    invoke("migrate")
    invoke("site", "add", "news")
    return invoke


@pytest.fixture
def checker_file(tmp_path):
    file = tmp_path / "checker.json"
    given = {"url": "https://checker.example/", "shape": "openai", "enabled": True}
    file.write_text(json.dumps(given))
    return str(file)


def test_secrets_of_coral_are_asked_for_and_never_shown(run):
    added = run("coral", "add", "news", typed="empsec_made_up_1\n")
    run("coral", "add", "news", "--secret", "empsec_made_up_2")

    listed = run("coral", "list", "news")

    assert "/coral/news/moderate" in added
    assert "empsec" not in added + listed
    assert len(listed.splitlines()) == 2
    assert run("coral", "remove", "news", "--old") == "1 secret removed.\n"
    assert run("coral", "remove", "news") == "1 secret removed.\n"
    assert run("coral", "list", "news") == ""


def test_a_checker_is_set_shown_previewed_and_removed(run, checker_file):
    shown = run("checker", "set", "news", checker_file, "--secret", typed="sk-hidden\n")
    assert "sk-hidden" not in shown
    assert json.loads(run("checker", "show", "news"))["state"]["has_secret"] is True

    seen = json.loads(run("checker", "preview", "news", "--text", "Good morning."))

    assert seen["body"] == {"input": "Good morning."}
    assert seen["headers"]["Authorization"] == "Bearer (secret)"
    assert "no checker" in run("checker", "remove", "news")
    assert json.loads(run("checker", "show", "news"))["checker"] is None


def test_a_file_can_be_previewed_before_it_is_saved(run, checker_file):
    assert json.loads(run("checker", "preview", "news", checker_file))["method"] == "POST"
    assert json.loads(run("checker", "show", "news"))["checker"] is None


@pytest.mark.parametrize("content", ["{", "[]", "\xff"])
def test_a_file_that_is_no_settings_is_refused(run, tmp_path, content):
    file = tmp_path / "wrong.json"
    file.write_bytes(content.encode("latin-1"))

    assert "wrong.json" in run("checker", "set", "news", str(file), code=2)


def test_an_inner_address_is_refused(run, tmp_path):
    file = tmp_path / "inner.json"
    file.write_text(json.dumps({"url": "http://127.0.0.1/", "shape": "openai"}))

    assert "inner network" in run("checker", "set", "news", str(file), code=1)
