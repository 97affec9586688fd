"""Every setting, command, endpoint and event is documented."""

import re
from pathlib import Path

import click
import pytest

from moderation import create_app
from moderation.cli import main
from moderation.config import SETTINGS, variable_of
from moderation.domain.reasons import CODES, Reason
from moderation.services.comments.flood_guard import QUEUE_FLOOD
from moderation.services.comments.ledger import EVENT_OF
from moderation.services.sites.settings_schema import SITE_SETTINGS
from moderation.services.webhooks.incoming import EVENTS
from tests.conftest import make_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def documentation() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def missing(documentation: str, names) -> list[str]:
    return sorted(
        n for n in names if not re.search(rf"(?<![\w.]){re.escape(n)}(?![\w])", documentation)
    )


def test_every_setting_is_documented(documentation):
    assert missing(documentation, map(variable_of, SETTINGS)) == []


def test_every_setting_of_a_site_is_documented(documentation):
    assert missing(documentation, SITE_SETTINGS) == []


def test_every_command_is_documented(documentation):
    def walk(command: click.Command, name: str):
        if isinstance(command, click.Group):
            for each in command.commands.values():
                yield from walk(each, f"{name} {each.name}")
        else:
            yield name

    assert missing(documentation, walk(main, "moderation")) == []


def test_every_event_is_documented(documentation):
    assert missing(documentation, {*EVENTS, *EVENT_OF.values(), QUEUE_FLOOD}) == []


def test_every_code_of_a_filter_and_reason_of_a_moderator_is_documented(documentation):
    assert missing(documentation, {code.value for code in CODES} | {r.value for r in Reason}) == []


def test_every_endpoint_is_documented(documentation, tmp_path):
    app = create_app(make_settings(data_dir=tmp_path))
    wanted = {
        re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", "{}", rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and "/assets/" not in rule.rule
    }
    written = re.sub(r"[{<][\w:]+[}>]", "{}", documentation)

    assert sorted(path for path in wanted if path not in written) == []
