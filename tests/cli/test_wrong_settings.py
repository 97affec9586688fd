"""A setting that cannot be used ends every command with one sentence that names its variable."""

import os

import pytest
from click.testing import CliRunner

from moderation.cli import main
from moderation.config import SETTINGS, Settings, SettingsError, variable_of
from tests.conftest import SECRET_KEY
from tests.nodes import free_port

#: Every setting takes none of these; those that take some of them are named below.
NONSENSE = ["nonsense", "-1", "1e9", "nan", "ä", "https://", "http://[::1", "a b", "x" * 300]
#: A folder may have any name; whether it can be made is found out when it is.
ANYTHING = {"data_dir"}
TAKES = {
    "secret_key": {"x" * 300},
    "metrics_token": {"x" * 300},
}
#: Values that look right at a glance.
NEARLY = [
    ("env", "prod"),
    ("database_url", "mysql://host/database"),
    ("database_url", "sqlite:///"),
    ("database_url", "sqlite:///:memory:"),
    ("database_url", "postgresql://host:port/database"),
    ("public_url", "comments.example"),
    ("public_url", "https://comments.example/talk"),
    ("public_url", "https://comments.example:0"),
    ("public_url", "https://*.example.org"),
    ("public_url", "https://comments_and more.example"),
    ("trusted_proxies", "10.0.0.1/8"),
    ("trusted_proxies", "proxy.internal"),
    ("trusted_proxies", "10.0.0.0/33"),
    ("outbound_allowed", "10.0.0.1/8"),
    ("outbound_allowed", "wordpress"),
    ("outbound_allowed", "http://wordpress"),
    ("ratelimit_enabled", "maybe"),
    ("ratelimit_storage_url", "redis"),
    ("ratelimit_storage_url", "redis://host:port"),
    ("ratelimit_storage_url", "redis://host/one"),
    ("ratelimit_submit", "30 a minute"),
    ("ratelimit_requests", "50 per second"),
    ("write_timeout", "0"),
    ("write_timeout", "5s"),
    ("threads", "1.5"),
    ("smtp_url", "smtp://host:port"),
    ("smtp_url", "mail.example:25"),
    ("smtp_url", "smtp://host/path"),
    ("mail_from", "Ann <ann@news.example>"),
    ("mail_from", "änn@news.example"),
    ("log_level", "verbose"),
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command with one setting; returns its exit code and its lines."""
    for name in [name for name in os.environ if name.startswith("MODERATION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ))

    def invoke(command: str, **settings: str) -> tuple[int, list[str]]:
        known = {"secret_key": SECRET_KEY, "data_dir": str(tmp_path / "data")}
        environ = {variable_of(name): value for name, value in {**known, **settings}.items()}
        result = CliRunner().invoke(main, command.split(), env=environ)
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.output.splitlines()

    return invoke


def refused(name: str, value: str) -> str:
    environ = {"MODERATION_SECRET_KEY": SECRET_KEY, variable_of(name): value}
    with pytest.raises(SettingsError) as error:
        Settings.from_env(environ)
    return str(error.value)


@pytest.mark.parametrize("name", sorted(SETTINGS.keys() - ANYTHING))
def test_nonsense_is_refused_with_a_sentence_about_its_variable(name):
    for value in NONSENSE:
        if value in TAKES.get(name, ()):
            continue
        sentence = refused(name, value)

        assert sentence.startswith(variable_of(name)), value
        # Errors of Python's own parsers name their types, and no way out.
        assert not any(word in sentence for word in ("literal", "convert", "cast", "Errno"))


@pytest.mark.parametrize(("name", "value"), NEARLY)
def test_a_value_that_is_nearly_right_is_refused_with_how_to_write_it(name, value):
    assert refused(name, value).startswith(variable_of(name))


@pytest.mark.parametrize(
    "address",
    [
        "postgres://user:p@ss/w:rd@host:5432/database",
        "postgresql://user@[::1]:5432/database",
        "postgresql://one:5432,two:5433/database",
        "postgresql:///database?host=/var/run/postgresql",
        "postgresql+psycopg://host/database?application_name=a:b",
        "sqlite:////var/lib/moderation/store.sqlite3",
    ],
)
def test_addresses_of_databases_that_hosters_hand_out_are_taken(address):
    environ = {"MODERATION_SECRET_KEY": SECRET_KEY, "MODERATION_DATABASE_URL": address}

    assert Settings.from_env(environ).database_url.endswith(address.partition("://")[2])


@pytest.mark.parametrize("name", sorted(SETTINGS.keys() - ANYTHING))
def test_a_command_ends_with_one_line_and_the_exit_code_of_a_wrong_call(run, name):
    code, lines = run("site list", **{name: "nonsense"})

    assert code == 2
    assert len(lines) == 1
    assert lines[0].startswith(f"Error: {variable_of(name)}")


@pytest.mark.parametrize(
    "command",
    ["serve --port {port}", "worker", "migrate", "verify", "secret list news", "backup x"],
)
def test_every_command_refuses_a_wrong_setting(run, command):
    code, lines = run(command.format(port=free_port()), threads="many")

    assert code == 2
    assert [line for line in lines if line.startswith("Error: MODERATION_THREADS")] == lines


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://postgres@127.0.0.1:1/none", "does not answer"),
        ("postgresql://postgres@host.invalid/none", "cannot be found"),
        ("{server}/there_is_no_such_database", "database that does not exist"),
        ("{server}/postgres?sslmode=sometimes", "unknown sslmode"),
        ("{server}/postgres?colour=red", "unknown option"),
    ],
)
@pytest.mark.parametrize("command", ["site list", "migrate"])
def test_a_database_that_cannot_be_reached_is_named_by_its_variable(
    run, postgres_url, command, address, sentence
):
    server = postgres_url.rpartition("/")[0].replace("+psycopg", "")

    code, lines = run(command, database_url=address.format(server=server))

    assert code == 2
    assert lines[-1].startswith("Error: MODERATION_DATABASE_URL")
    assert sentence in lines[-1]
    assert "Traceback" not in "\n".join(lines)


@pytest.mark.postgres
@pytest.mark.parametrize("command", ["serve --port {port}", "worker"])
def test_a_service_does_not_wait_for_a_database_that_will_never_be(run, postgres_url, command):
    server = postgres_url.rpartition("/")[0].replace("+psycopg", "")

    code, lines = run(
        command.format(port=free_port()), database_url=f"{server}/there_is_no_such_database"
    )

    assert code == 2
    assert "names a database that does not exist" in lines[-1]
