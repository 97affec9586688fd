"""Every command, as an operator meets it: sentences, not tracebacks."""

import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from moderation import create_app
from moderation.cli import main
from moderation.cli.hooks import ADAPTER
from moderation.config import SETTINGS, Settings, SettingsError, variable_of
from moderation.services.accounts import authentication
from moderation.services.sites import registry
from moderation.services.webhooks.hook_signatures import Adapter
from moderation.storage.models.accounts import Moderator
from moderation.web.database import db

ROOT = Path(__file__).parents[2]
CHANGES = ("hold_first=2", 'block_words=["a","b"]', "page_language=de")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command on a store of its own; return its output."""
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def invoke(*arguments: str, fails: bool = False, input: str | None = None) -> str:
        result = CliRunner().invoke(main, list(arguments), input=input)
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return invoke


@pytest.mark.postgres
def test_a_busy_store_is_not_reported_as_unmigrated(postgres_url):
    chosen = {"MODERATION_DATABASE_URL": postgres_url, "MODERATION_WRITE_TIMEOUT": "0.1"}
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE sites")

        failure = subprocess.run(
            [sys.executable, "-m", "moderation", "site", "list"],
            env={**os.environ, **chosen, "MODERATION_ENV": "development"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    assert failure.returncode == 1
    assert "The store is busy" in failure.stderr
    assert "Try again" in failure.stderr


def in_store(tmp_path, work):
    app = create_app(Settings(secret_key="a key for tests that is long enough", data_dir=tmp_path))
    with app.app_context():
        found = work(db.session())
        db.session.remove()
        db.engine.dispose()
    return found


def test_a_site_is_added_changed_listed_and_removed(run, tmp_path):
    run("migrate")
    secret = run("site", "add", "news", "--origin", "https://News.example/").split()[-1]
    listed = run("site", "list")
    changed = run(
        "site", "settings", "news", "hold_first=2", 'block_words=["a","b"]', "page_language=de"
    )
    reset = run("site", "settings", "news", "hold_first=null", "--webhook-url", "https://x.example")

    assert secret.startswith("whsec_")
    assert "https://news.example" in listed
    assert "hold_first = 2" in changed
    assert 'block_words = ["a", "b"]' in changed
    assert 'language = "de"' in changed
    assert "hold_first = 0 (default)" in reset
    assert "https://x.example" in run("site", "list")
    run("site", "remove", "news", "--yes")
    assert run("site", "list") == ""


def test_a_new_site_holds_the_first_comment_of_every_author_unless_told_otherwise(run):
    run("migrate")

    careful = run("site", "add", "news")
    run("site", "add", "open", "--hold-first", "0")

    assert "hold_first=0" in careful
    assert "hold_first = 1\n" in run("site", "settings", "news")
    assert "hold_first = 0\n" in run("site", "settings", "open")


def test_a_long_list_is_read_from_a_file_and_shown_in_short(run, tmp_path):
    run("migrate")
    run("site", "add", "news")
    words = tmp_path / "words.txt"
    words.write_text("\n\n".join(f"word{n}" for n in range(1000)))

    shown = run("site", "settings", "news", f"block_words=@{words}")
    missing = run("site", "settings", "news", "block_words=@nosuch.txt", fails=True)

    assert '"word19", … 1000 entries]' in shown
    assert "word20" not in shown
    assert "nosuch.txt cannot be read" in missing
    kept = in_store(tmp_path, lambda s: registry.find(s, "news").settings["block_words"])
    assert (len(kept), kept[-1]) == (1000, "word999")


def test_secrets_rotate_and_the_older_one_is_dropped(run):
    run("migrate")
    first = run("site", "add", "news").split()[-1]
    second = run("secret", "rotate", "news").strip()

    assert run("secret", "list", "news").split() == [second, first]
    assert run("secret", "remove", "news").startswith("1 older secret removed")
    assert run("secret", "list", "news").split() == [second]


def test_secrets_of_other_systems_come_and_go(run, tmp_path):
    run("migrate")
    run("site", "add", "news")
    first = run("hook", "add", "news", "ghost").splitlines()[-1]
    given = "whsec_" + "a1" * 16
    shown = run("hook", "add", "news", "stripe", "--secret-stdin", input=f"{given}\n")
    second = run("hook", "add", "news", "ghost").splitlines()[-1]

    listed = run("hook", "list", "news")
    assert f"/api/v1/sites/news/webhooks/ghost\t…{second[-4:]}\t…{first[-4:]}" in listed
    assert f"/api/v1/sites/news/webhooks/stripe\t…{given[-4:]}" in listed
    assert given not in shown
    assert first not in listed
    assert run("hook", "remove", "news", "ghost") == "1 secret removed.\n"
    assert run("hook", "remove", "news", "ghost", "--all") == "1 secret removed.\n"
    assert "ghost" not in run("hook", "list", "news")
    assert run("hook", "deliveries", "news") == ""
    run("hook", "add", "news", "stripe", "--secret-stdin", input="", fails=True)
    run("hook", "add", "news", "stripe", "--secret-stdin", input="short", fails=True)


def test_the_commands_know_every_kind_of_sender():
    assert tuple(ADAPTER.choices) == tuple(Adapter)


def test_a_second_factor_whose_device_is_lost_is_reset(run, tmp_path):
    def add(session):
        made = authentication.named(session, "mia")
        made.totp_nonce, made.totp_step, made.totp_added_at = b"n" * 16, 1, made.created_at
        session.commit()
        return authentication.start_session(session, made.id, now=made.created_at)

    def state(session):
        made = authentication.named(session, "mia")
        return made.totp_nonce, authentication.reviewer_of_session(
            session, cookie, now=made.created_at
        )

    run("migrate")
    run("moderator", "add", "mia", "--password-stdin", input="lantern orbit cellar\n")
    cookie = in_store(tmp_path, add)

    run("moderator", "reset-totp", "mia")

    assert in_store(tmp_path, state) == (None, None)
    assert "no moderator called ann" in run("moderator", "reset-totp", "ann", fails=True)


def test_a_password_that_is_easy_to_guess_is_refused_with_advice(run):
    run("migrate")

    refused = run("moderator", "add", "mia", "--password-stdin", input="Password1234\n", fails=True)

    assert "Use four random words" in refused


def test_moderators_and_tokens_come_and_go(run, tmp_path):
    run("migrate")
    run("site", "add", "news")
    run(
        "moderator",
        "add",
        "mia",
        "--role",
        "admin",
        "--password-stdin",
        input="a long enough password\n",
    )
    run("moderator", "password", "mia", "--password-stdin", input="another password\n")
    token = run("token", "add", "ci", "--scope", "review", "--site", "news").strip()

    wish = ("--role", "senior", "--site", "news", "--name", "Ann Reed", "--password-stdin")
    run("moderator", "add", "ann", *wish, input="a long enough password\n")

    assert run("moderator", "list").splitlines() == ["ann\tsenior on news", "mia\tadmin"]
    run("moderator", "remove", "ann")
    assert "ci\treview" in run("token", "list")
    assert token not in run("token", "list")
    holder = in_store(tmp_path, lambda s: authentication.reviewer_of_token(s, token))
    assert (holder.name, holder.scopes) == ("ci", frozenset({"review"}))
    assert in_store(tmp_path, lambda s: s.scalar(select(Moderator.password_hash))).startswith(
        "$argon2id$"
    )
    run("moderator", "remove", "mia")
    run("token", "remove", "ci")
    assert run("moderator", "list") == run("token", "list") == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("site", "add", "News!"),
        ("site", "add", "x", "--origin", "news.example/path"),
        ("site", "settings", "nobody"),
        ("site", "settings", "news", "no_such=1"),
        ("site", "settings", "news", "no_such=null"),
        ("site", "settings", "news", "hold_first=-1"),
        ("site", "settings", "news", "hold_first"),
        ("site", "settings", "news", "--webhook-url", "ftp://x"),
        ("secret", "rotate", "nobody"),
        ("moderator", "add", "mia", "--password-stdin"),
        ("moderator", "remove", "nobody"),
        ("token", "remove", "nobody"),
        ("token", "add", "x", "--scope", "everything"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_reported_in_a_sentence(run, arguments):
    run("migrate")
    run("site", "add", "news")

    output = run(*arguments, fails=True, input="short\n")

    assert "Traceback" not in output
    assert len(output.strip().splitlines()[-1]) > 20


@pytest.mark.parametrize("command", ["migrate", "worker", "serve", "site list"])
def test_a_missing_secret_is_reported_in_a_sentence(command, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "moderation", *command.split()],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MODERATION_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode != 0
    assert "MODERATION_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unmigrated_store_is_reported_in_a_sentence(run):
    assert "moderation migrate" in run("site", "list", fails=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", "tooshort-canary"),
        ("database_url", "mysql://user:canary@host/x"),
        ("trusted_proxies", "10.0.0.1/8"),
        ("edit_window", "-1"),
        ("edit_window", "²"),
        ("threads", "0"),
        ("write_timeout", "nan"),
        ("ratelimit_submit", "very many"),
        ("ratelimit_enabled", "maybe"),
        ("public_url", "news.example"),
        ("env", "staging"),
    ],
)
def test_a_setting_that_cannot_be_understood_is_named_and_secrets_are_not_shown(name, value):
    environ = {"MODERATION_SECRET_KEY": "k" * 40, variable_of(name): value}

    with pytest.raises(SettingsError) as failure:
        Settings.from_env(environ)

    assert variable_of(name) in str(failure.value)
    assert "canary" not in str(failure.value)


def test_every_setting_can_be_set():
    assert set(Settings.__dataclass_fields__) == set(SETTINGS)


def test_classify_answers_before_its_input_ends():
    process = subprocess.Popen(
        [sys.executable, "-m", "moderation", "classify"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    stuck = threading.Timer(60, process.kill)
    stuck.start()
    try:
        answers = []
        for id, text in (("a", "A kind word."), ("b", "You fucking thief"), (7, "x" * 65_536)):
            process.stdin.write(json.dumps({"id": id, "text": text}).encode() + b"\n")
            process.stdin.flush()
            answers.append(json.loads(process.stdout.readline()))
        process.stdin.write(b"not json\n")
        rest, errors = process.communicate(timeout=60)
    finally:
        stuck.cancel()
        process.kill()

    assert [(a["id"], a["decision"]) for a in answers[:2]] == [("a", "approve"), ("b", "hold")]
    assert answers[2]["id"] == 7
    bad = json.loads(rest)
    assert bad["id"] is None
    assert bad["error"]
    assert process.returncode == 1
    assert errors == b"1 line could not be read.\n"


def test_classify_reads_and_writes_files(tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_text('{"id": 1, "text": "A kind word."}\n')

    result = CliRunner().invoke(main, ["classify", "--input", str(source), "--output", str(target)])

    assert result.exit_code == 0
    assert json.loads(target.read_text())["decision"] == "approve"


def test_a_second_demonstration_keeps_all_data_and_its_facts_are_private(tmp_path, monkeypatch):
    from moderation import demo

    for name in [name for name in os.environ if name.startswith("MODERATION_")]:
        monkeypatch.delenv(name)
    data = tmp_path / "data"
    served = []
    monkeypatch.setattr("moderation.server.serve", lambda *a, **k: served.append(a))
    monkeypatch.setattr(demo, "serve_article", lambda *a: None)
    monkeypatch.setattr(os, "environ", dict(os.environ))

    demo.run("127.0.0.1", 8123, data, empty=True)
    facts = json.loads((data / "demo.json").read_text())
    demo.run("127.0.0.1", 8123, data, empty=True)

    assert json.loads((data / "demo.json").read_text()) == facts
    assert set(facts) == {
        *("site", "post", "article", "console", "docs"),
        *("moderator", "moderators", "api_token", "webhook_secret"),
        *("perspective_key", "akismet_key", "openai_key"),
        *("begun", "seeded"),
    }
    assert set(facts["moderator"]) == {"login", "password"}
    assert facts["console"] == "http://127.0.0.1:8123/review/"
    assert served == [("127.0.0.1", 8123)] * 2
    for private in ("demo.json", "secret.key"):
        assert stat.S_IMODE((data / private).stat().st_mode) == 0o600
    assert [p.name for p in data.glob("*.sqlite3")] == ["moderation.sqlite3"]
    key = (data / "secret.key").read_text()
    app = create_app(Settings(secret_key=key, env="development", data_dir=data))
    with app.app_context():
        session = db.session()
        holder = authentication.reviewer_of_token(session, facts["api_token"])
        assert holder.scopes == {"review", "admin"}
        assert registry.secrets_of(session, registry.find(session, "demo").id) == [
            facts["webhook_secret"]
        ]
        db.session.remove()
        db.engine.dispose()


def test_every_command_explains_its_purpose():
    def walk(command: click.Command, name: str) -> None:
        assert command.get_short_help_str(), name
        if isinstance(command, click.Group):
            for each in command.commands.values():
                walk(each, f"{name} {each.name}")

    walk(main, "moderation")


def test_a_store_is_copied_verified_and_put_back(run, tmp_path, monkeypatch):
    run("migrate")
    run("site", "add", "news")
    copy = tmp_path / "copy"

    failure = run("backup", str(copy))
    refused = run("restore", str(copy), fails=True)
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path / "new"))
    run("restore", str(copy))

    assert "MODERATION_SECRET_KEY" in failure
    assert "--force" in refused
    assert "news" in run("site", "list")
    for findings in (run("verify"), run("verify", str(copy))):
        assert findings.count("ok ") >= 7
        assert "WRONG" not in findings


def test_a_damaged_store_is_reported_and_exits_with_an_error(run, tmp_path):
    run("migrate")
    run("site", "add", "news")
    with closing(sqlite3.connect(tmp_path / "moderation.sqlite3")) as store:
        store.execute("DELETE FROM sites")
        store.commit()
    (tmp_path / "words").write_text("no copy")

    assert "WRONG  foreign_key_check" in run("verify", fails=True)
    assert "neither" in run("verify", str(tmp_path / "words"), fails=True)


@pytest.fixture
def answering():
    """Start a service on this machine that answers with a status; returns its port."""
    servers = []

    def start(status):
        class Service(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status if self.path == "/healthz" else 404)
                self.end_headers()

            def log_message(self, format, *args):
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_health_is_ok_only_when_the_service_reports_it(run, answering):
    assert run("health", "--port", str(answering(200))) == "ok\n"

    for status in (503, 500, 302, 204, 404):
        refused = run("health", "--port", str(answering(status)), fails=True)
        assert str(status) in refused
        assert "ok" not in refused.split()


def test_health_fails_when_nothing_listens(run):
    with socket.socket() as taken:
        # Bound and not listening: the port is refused, and stays free of others.
        taken.bind(("127.0.0.1", 0))

        assert "Error" in run("health", "--port", str(taken.getsockname()[1]), fails=True)


@pytest.mark.parametrize(
    ("smtp", "public", "env", "fails"),
    [
        ("console:", "https://comments.example", "production", True),
        ("console:", "https://comments.example", "development", False),
        ("smtp://mail.example", "", "production", True),
        ("smtp://mail.example", "https://comments.example", "production", False),
    ],
)
def test_mail_goes_to_the_terminal_in_development_only_and_needs_a_public_address(
    smtp, public, env, fails
):
    environ = {
        "MODERATION_SECRET_KEY": "k" * 40,
        "MODERATION_ENV": env,
        "MODERATION_SMTP_URL": smtp,
        "MODERATION_PUBLIC_URL": public,
    }

    if fails:
        with pytest.raises(SettingsError, match="MODERATION_SMTP_URL"):
            Settings.from_env(environ)
    else:
        assert Settings.from_env(environ).smtp_url == smtp


@pytest.mark.parametrize("env", ["", "production"])
def test_production_is_the_default_and_starts_with_a_secret_only(env, tmp_path):
    environ = {"MODERATION_ENV": env, "MODERATION_DATA_DIR": str(tmp_path)}

    with pytest.raises(SettingsError, match="MODERATION_SECRET_KEY"):
        Settings.from_env(environ)
