"""Sites of keys that are cached: never longer than the key is valid."""

import os
import subprocess
import sys
import time

import pytest

from moderation.services.compat import key_cache, keys
from moderation.services.compat.key_cache import KeyCache
from moderation.services.compat.keys import Service
from moderation.services.sites import changes, removal
from moderation.web.state import app_state
from tests.conftest import one_store


@pytest.fixture
def key(session, site, clock):
    return keys.make(session, site, Service.PERSPECTIVE, now=clock.now)


@pytest.fixture
def lookups(monkeypatch):
    """The keys that were looked up in the store."""
    made, look_up = [], keys.site_in

    def counted(engine, service, key):
        made.append(key)
        return look_up(engine, service, key)

    monkeypatch.setattr(key_cache.keys, "site_in", counted)
    return made


@pytest.fixture
def cache(app, session):
    """A cache as the application has it, with the stamp of its own store."""
    return KeyCache(session.get_bind(), Service.PERSPECTIVE, app_state(app).cache.stamp)


def until(condition):
    """Wait for what another process or thread does."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline


@one_store
def test_a_key_is_looked_up_once_while_nothing_is_committed(cache, key, lookups):
    found = [cache.site_of(key).name for _ in range(3)]

    assert found == ["news"] * 3
    assert lookups == [key]


def test_a_key_that_this_process_revokes_is_refused_at_once(cache, key, session, site, clock):
    assert cache.site_of(key) is not None

    keys.revoke(session, site, Service.PERSPECTIVE, now=clock.now)

    assert cache.site_of(key) is None


def test_a_key_that_another_process_revokes_is_refused(cache, key, store, lookups):
    def is_cached():
        before = len(lookups)
        return cache.site_of(key) is not None and len(lookups) == before

    until(is_cached)
    environment = {
        "MODERATION_DATA_DIR": str(store["data_dir"]),
        "MODERATION_DATABASE_URL": store.get("database_url", ""),
        "MODERATION_SECRET_KEY": "a secret for tests, of no use elsewhere",
    }
    subprocess.run(
        [sys.executable, "-m", "moderation", "key", "remove", "news", "perspective"],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )

    # PostgreSQL notifies within moments; SQLite needs no notification.
    if "database_url" in store:
        until(lambda: cache.site_of(key) is None)
    assert cache.site_of(key) is None


def test_a_key_that_is_pushed_out_by_newer_ones_is_refused(cache, key, session, site, clock):
    assert cache.site_of(key) is not None

    for _ in range(keys.VALID):
        keys.make(session, site, Service.PERSPECTIVE, now=clock.now)

    assert cache.site_of(key) is None


def test_a_setting_counts_with_the_next_request(cache, key, session, site, clock):
    assert cache.site_of(key).title == "The News"

    changes.change(session, site, title="The Post", now=clock.now)

    assert cache.site_of(key).title == "The Post"


def test_the_key_of_a_removed_site_is_refused(cache, key, session, site, clock):
    assert cache.site_of(key) is not None

    removal.remove(session, site, now=clock.now)

    assert cache.site_of(key) is None


@one_store
def test_a_wrong_key_is_looked_up_every_time_and_evicts_nothing(cache, key, lookups):
    assert cache.site_of(key) is not None
    for number in range(key_cache._MOST + 1):
        assert cache.site_of(f"wrong{number}") is None
    lookups.clear()

    cache.site_of("wrong1")
    cache.site_of(key)

    assert lookups == ["wrong1"]


@one_store
def test_without_a_stamp_every_key_is_looked_up(key, session, lookups):
    cache = KeyCache(session.get_bind(), Service.PERSPECTIVE, lambda: None)

    found = [cache.site_of(key).name for _ in range(2)]

    assert found == ["news"] * 2
    assert lookups == [key, key]


@one_store
def test_a_commit_during_the_look_up_is_noticed_by_the_next(key, session, site, clock, monkeypatch):
    stamps = iter((1, 2))
    cache = KeyCache(session.get_bind(), Service.PERSPECTIVE, lambda: next(stamps))
    look_up = keys.site_in

    def overtaken(*arguments):
        found = look_up(*arguments)
        keys.revoke(session, site, Service.PERSPECTIVE, now=clock.now)
        return found

    monkeypatch.setattr(key_cache.keys, "site_in", overtaken)
    assert cache.site_of(key) is not None
    monkeypatch.setattr(key_cache.keys, "site_in", look_up)

    assert cache.site_of(key) is None
