"""An operator's first hour: a missing program or a taken port is named before anything starts."""

import json
import os
import re
import socket
import sqlite3
import stat
from contextlib import closing, contextmanager
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from moderation import create_app, demo, worker
from moderation.cli import main
from moderation.config import Settings, SettingsError, unknown_variables
from moderation.logging import configure_logging, log_unknown_settings
from moderation.services.notifications.smtp import mail_sender
from moderation.storage.schema_version import revisions
from moderation.web.state import app_state
from tests.conftest import SECRET_KEY, _dispose, make_settings
from tests.nodes import free_ports


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command with a data folder of its own; return its exit code and output."""
    for name in [name for name in os.environ if name.startswith("MODERATION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MODERATION_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    before = os.umask(0o022)
    os.umask(before)

    def invoke(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, list(arguments))
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result.exit_code, result.output

    yield invoke
    os.umask(before)


@contextmanager
def taken(*, shares: bool):
    """A port on which another process listens; it may `share` it (SO_REUSEPORT).

    Below those that the system gives out by itself, so that its neighbour stays free.
    """
    with closing(socket.socket()) as listener:
        if shares:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", free_ports() + 1))
        listener.listen()
        yield listener.getsockname()[1]


# Ports


@pytest.mark.parametrize("shares", [False, True])
def test_serve_on_a_taken_port_names_it_and_the_option(run, tmp_path, shares):
    with taken(shares=shares) as port:
        code, output = run("serve", "--port", str(port))

    assert code == 1
    assert re.fullmatch(rf"Error: {port} is taken: choose another with --port \d+\.\n", output)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("before", [0, 1], ids=["the service's", "the article's"])
def test_a_demonstration_on_a_taken_port_names_it_and_how_make_takes_another(run, tmp_path, before):
    data = tmp_path / "shown"
    with taken(shares=True) as port:
        code, output = run("demo", "--port", str(port - before), "--data-dir", str(data))

    assert code == 1
    assert output.startswith(f"Error: {port} is taken: make run PORT=")
    assert not data.exists()


def test_an_address_of_another_machine_is_refused_with_its_name(run):
    code, output = run("serve", "--host", "192.0.2.1")

    assert code == 1
    assert "Cannot listen on 192.0.2.1:8000" in output
    assert "--host" in output


# Stores


@pytest.mark.parametrize("command", [("serve", "--port", "20999"), ("worker",)])
@pytest.mark.parametrize("older", [False, True])
def test_a_store_that_was_not_migrated_stops_the_start(run, tmp_path, command, older):
    if older:
        run("migrate")
        with closing(sqlite3.connect(tmp_path / "data" / "moderation.sqlite3")) as store:
            store.execute("UPDATE alembic_version SET version_num = ?", (revisions()[-2],))
            store.commit()

    code, output = run(*command)

    assert code == 1
    assert "Run `moderation migrate` first" in output
    assert len(output.splitlines()) == 1


def test_a_damaged_store_stops_the_start_and_is_named(run, tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "moderation.sqlite3"
    path.write_bytes(b"not a database" * 1000)

    demonstration = ("demo", "--port", "20998", "--data-dir", str(tmp_path / "data"))
    for command in (("serve", "--port", "20999"), ("worker",), ("migrate",), demonstration):
        code, output = run(*command)

        assert code == 1
        assert f"The store {path} is not an SQLite database" in output


def test_migrate_distinguishes_a_new_store_an_older_and_a_newer_one(run, tmp_path):
    path = tmp_path / "data" / "moderation.sqlite3"

    created = run("migrate")
    again = run("migrate")
    with closing(sqlite3.connect(path)) as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
        store.commit()
    newer = run("migrate")

    assert created == (0, f"Created {path}.\n")
    assert again == (0, "The store is up to date.\n")
    assert newer[0] == 0
    assert "newer release's schema" in newer[1]


class Turns:
    """Stops a worker after so many pauses, without waiting for any."""

    def __init__(self, turns: int) -> None:
        self.left = turns

    def is_set(self) -> bool:
        return self.left <= 0

    def wait(self, _seconds: float) -> None:
        self.left -= 1


def test_a_worker_on_a_store_without_tables_logs_it_once_and_not_every_second(tmp_path):
    app = create_app(make_settings(data_dir=tmp_path))
    configure_logging(make_settings(log_level="WARNING"))

    with capture_logs() as logs:
        worker.work(app_state(app).store, app_state(app).signing, Turns(worker.REPEAT))

    _dispose(app)
    assert [(log["event"], log["kind"]) for log in logs] == [
        ("worker.store_unavailable", "not migrated: run `moderation migrate`")
    ]


# Settings


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("RATELIMIT_STORAGE_URL", "nonsense", "redis://"),
        ("RATELIMIT_STORAGE_URL", "memory:", "memory://"),
        ("RATELIMIT_STORAGE_URL", "redis://host:port/0", "[Pp]ort"),
        ("RATELIMIT_STORAGE_URL", "mongodb://host", "redis://"),
        ("PUBLIC_URL", "https://a.example/path", "nothing after the host"),
        ("PUBLIC_URL", "https://a.example/?a=b", "nothing after the host"),
        ("PUBLIC_URL", "https://a.example#top", "nothing after the host"),
        ("PUBLIC_URL", "https://", "https://comments.example"),
        ("PUBLIC_URL", "https://me:pass@a.example", "https://comments.example"),
    ],
)
def test_a_setting_that_would_not_work_is_refused_with_a_sentence(variable, value, expected):
    environ = {"MODERATION_SECRET_KEY": SECRET_KEY, f"MODERATION_{variable}": value}

    with pytest.raises(SettingsError, match=f"MODERATION_{variable}.*{expected}"):
        Settings.from_env(environ)


@pytest.mark.parametrize("value", ["https://a.example/", "http://a.example:8080", "http://[::1]:1"])
def test_a_public_address_is_taken_without_its_last_slash(value):
    environ = {"MODERATION_SECRET_KEY": SECRET_KEY, "MODERATION_PUBLIC_URL": value}

    assert Settings.from_env(environ).public_url == value.rstrip("/")


def test_a_misspelt_variable_is_reported_with_the_nearest_and_others_pass_quietly():
    environ = {
        "MODERATION_PUBLIC_ULR": "https://a.example",
        "MODERATION_RATE_LIMIT_SUBMIT": "1 per day",
        "MODERATION_XYZZY": "1",
        "MODERATION_THREADS": "4",
        "MODERATION_SERVICE_HOST": "10.0.0.1",
        "MODERATION_PORT_8000_TCP_ADDR": "10.0.0.1",
        "OTHER": "1",
    }
    configure_logging(make_settings(log_level="WARNING"))

    with capture_logs() as logs:
        log_unknown_settings(environ)

    assert unknown_variables(environ) == {
        "MODERATION_PUBLIC_ULR": "MODERATION_PUBLIC_URL",
        "MODERATION_RATE_LIMIT_SUBMIT": "MODERATION_RATELIMIT_SUBMIT",
        "MODERATION_XYZZY": "",
    }
    assert {log["variable"]: log.get("did_you_mean", "") for log in logs} == unknown_variables(
        environ
    )


def test_a_data_folder_that_cannot_be_made_is_reported_by_every_command(run, tmp_path):
    (tmp_path / "data").touch()

    for command in ("serve --port 20999", "worker", "migrate", "site list"):
        code, output = run(*command.split())

        assert code == 2
        assert "MODERATION_DATA_DIR: the folder" in output
        assert "Traceback" not in output


# Commands


def test_a_sites_settings_are_shown_with_its_addresses_and_the_defaults(run):
    run("migrate")
    run("site", "add", "news", "--title", "The Nëws", "--origin", "https://news.example")
    _, shown = run(
        "site", "settings", "news", "hold_first=2", "--webhook-url", "https://news.example/hook"
    )

    lines = shown.splitlines()
    assert 'title = "The Nëws"    (--title)' in lines
    assert 'origins = ["https://news.example"]    (--origin)' in lines
    assert "webhook address = https://news.example/hook    (--webhook-url)" in lines
    assert "hold_first = 2" in lines
    for default in (
        "max_links = 2 (default)",
        "block_words = [] (default)",
        "premoderate = false (default)",
        "close_after_days = 0 (default)",
        'guidelines = "" (default)',
        'work_when = "flooded" (default)',
    ):
        assert default in lines
    assert '"profanity": 0.7' in next(line for line in lines if line.startswith("thresholds"))


@pytest.mark.parametrize(
    "command", ["site settings nobody", "secret rotate nobody", "token add x --site nobody"]
)
def test_an_unknown_site_is_reported_with_the_command_that_lists_them(run, command):
    run("migrate")

    code, output = run(*command.split())

    assert code == 1
    assert "There is no site called nobody. `moderation site list`" in output
    assert "address" not in output


def test_a_wrong_setting_is_named_as_it_was_typed(run):
    run("migrate")
    run("site", "add", "news")

    code, output = run("site", "settings", "news", "hold_first=-1", 'sections=[{"prefix":1}]')

    assert code == 1
    assert "\n  hold_first: Must be" in output
    assert "\n  sections.0.prefix: " in output
    assert "#/" not in output


def test_mail_on_the_terminal_can_be_read_and_its_links_followed(capsys):
    link = "https://comments.example/review/mail/" + "a=b" * 60
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Ein Kommentar wartet für dich"
    message.set_content(f"Größer als nötig:\n{link}\n")
    message.add_alternative("<p>not this</p>", subtype="html")

    mail_sender("console:")(message)

    written = capsys.readouterr().out
    assert "Subject: Ein Kommentar wartet für dich\n" in written
    assert f"Größer als nötig:\n{link}\n" in written
    assert "not this" not in written


# The demonstration


def shown(folder, monkeypatch, **options):
    """Prepare a demonstration without serving it; returns its facts and its comments."""
    monkeypatch.setattr("moderation.server.serve", lambda *a, **k: None)
    monkeypatch.setattr(demo, "serve_article", lambda *a: None)
    demo.run("127.0.0.1", 8123, folder, **options)
    with closing(sqlite3.connect(folder / "moderation.sqlite3")) as store:
        comments = store.execute("SELECT id, status FROM comments ORDER BY id").fetchall()
        logins = store.execute("SELECT login, role FROM moderators ORDER BY login").fetchall()
    return json.loads((folder / "demo.json").read_text()), comments, logins


def test_a_demonstration_begins_with_comments_that_a_second_start_leaves_alone(
    run, tmp_path, monkeypatch, capsys
):
    facts, comments, logins = shown(tmp_path / "data", monkeypatch)
    printed = capsys.readouterr().out
    again = shown(tmp_path / "data", monkeypatch)

    assert [status for _, status in comments].count("held") == 5
    assert [status for _, status in comments].count("approved") >= 14
    assert logins == [("moderator", "admin"), ("samir", "moderator")]
    assert [each["login"] for each in facts["moderators"]] == ["moderator", "samir"]
    assert all(each["password"] in printed for each in facts["moderators"])
    assert again == (facts, comments, logins)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_an_empty_demonstration_has_one_moderator_and_no_comment(run, tmp_path, monkeypatch):
    facts, comments, logins = shown(tmp_path / "data", monkeypatch, empty=True)

    assert comments == []
    assert logins == [("moderator", "admin")]
    assert facts["seeded"] is False


def test_a_command_that_is_called_as_a_function_leaves_the_umask_as_it_was(run):
    before = os.umask(0o022)
    try:
        run("migrate")
        after = os.umask(0o022)
    finally:
        os.umask(before)

    assert after == 0o022
