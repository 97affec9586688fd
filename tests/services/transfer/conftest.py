"""Fixtures of the tests of imports and exports."""

import shutil

import pytest

from moderation.config import Settings
from tests.conftest import _empty, make_settings
from tests.services.compat.conftest import hold
from tests.services.transfer.rich import Place, Rich

__all__ = ["hold"]


@pytest.fixture
def rich(client, reviewing, signed_event, clock, app, change_site):
    """The site `news` with everything in it."""
    change_site(
        settings={
            "thresholds": {"flood": 1.01},
            "hold_first": 0,
            "block_words": ["zeppelin", "Blöd*"],
            "sections": [{"prefix": "2026/", "state": "open", "strict_thresholds": {"spam": 0.5}}],
        }
    )
    return Rich(client, reviewing, signed_event, clock, app).build()


@pytest.fixture
def place(clock, sqlite_template, tmp_path_factory):
    """Open stores: a new one on SQLite, or the one of these settings."""
    opened = []

    def make(settings: Settings | None = None, **changes):
        if settings is None:
            folder = tmp_path_factory.mktemp("place")
            shutil.copy(sqlite_template, folder / "moderation.sqlite3")
            settings = make_settings(data_dir=folder, **changes)
        made = Place(settings, clock)
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.store.close()


@pytest.fixture
def source(app, store, place, rich):
    """The store in which the rich site was made."""
    return place(make_settings(**store))


@pytest.fixture
def postgres(postgres_url, place):
    """Open an empty PostgreSQL store, the one of the tests."""

    def make(**changes):
        _empty(postgres_url)
        return place(make_settings(database_url=postgres_url, **changes))

    return make
