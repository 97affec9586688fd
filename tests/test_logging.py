"""No line of the log holds a comment's text, an author, an address or a secret."""

import json

import pytest
import structlog

from moderation.logging import configure_logging
from tests.conftest import make_settings

SECRET_KEYS = (
    *("text", "body", "html", "email", "address", "ip", "token", "password", "secret", "name"),
)


@pytest.fixture
def written(capsys):
    """Log as the service does; return the output on stderr."""
    before = structlog.get_config()

    def write(format="json", **fields):
        configure_logging(make_settings(log_level="INFO", log_format=format))
        structlog.get_logger("moderation.test").warning("comment.held", **fields)
        return capsys.readouterr().err

    yield write
    structlog.configure(**before)


@pytest.mark.parametrize("format", ["json", "console"])
@pytest.mark.parametrize("key", SECRET_KEYS)
def test_a_field_that_would_carry_a_secret_is_written_without_it(written, key, format):
    line = written(format, **{key: "canary"}, comment="0199")

    assert "canary" not in line
    assert "[dropped]" in line
    assert "0199" in line


def test_a_field_that_is_bound_to_the_request_is_dropped_as_well(written):
    with structlog.contextvars.bound_contextvars(email="canary", site="news"):
        line = json.loads(written())

    assert (line["email"], line["site"]) == ("[dropped]", "news")
    assert line["event"] == "comment.held"
