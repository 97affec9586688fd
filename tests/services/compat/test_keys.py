"""Keys of a site: which are valid, for which service, and that each change is audited."""

import re

import pytest
from sqlalchemy import select

from moderation.services.compat import keys
from moderation.services.compat.keys import Service
from moderation.services.sites import changes, registry, removal
from moderation.storage.models.decisions import AuditEntry
from tests.conftest import one_store


@pytest.fixture
def add(session, site, clock):
    return lambda service: keys.make(session, site, service, now=clock.now)


@pytest.mark.parametrize("service", Service)
def test_a_key_names_its_site_for_its_service_alone(session, site, add, service):
    key = add(service)

    assert keys.site_of(session, service, key).name == "news"
    assert [keys.site_of(session, other, key) for other in Service if other != service] == [
        None,
        None,
        None,
    ]


@one_store
@pytest.mark.parametrize("key", ["", "wrong", "x" * 5000, "caf\xe9", "\0", "\ud800"])
def test_an_unknown_key_names_no_site(session, add, key):
    add(Service.PERSPECTIVE)

    assert keys.site_of(session, Service.PERSPECTIVE, key) is None


def test_the_two_newest_keys_are_valid(session, site, add):
    first, second, third = (add(Service.PERSPECTIVE) for _ in range(3))

    found = [keys.site_of(session, Service.PERSPECTIVE, key) for key in (first, second, third)]

    assert [bool(each) for each in found] == [False, True, True]
    assert keys.current(session, site, Service.PERSPECTIVE) == third
    assert [each.key for each in keys.valid(session, site)] == [third, second]


@one_store
def test_only_keys_of_akismet_ignore_case_and_fit_into_a_host_name(session, add):
    akismet, perspective = add(Service.AKISMET), add(Service.PERSPECTIVE)

    # WordPress drops other characters from a key that is typed in.
    assert re.fullmatch(r"[0-9a-f]{32}", akismet)
    assert keys.site_of(session, Service.AKISMET, akismet.upper()) is not None
    assert keys.site_of(session, Service.PERSPECTIVE, perspective.swapcase()) is None


@one_store
def test_a_short_key_of_akismet_has_the_length_that_wordpress_takes(session, site, clock):
    found = {
        service: keys.make(session, site, service, now=clock.now, short=True) for service in Service
    }

    assert re.fullmatch(r"[0-9a-f]{12}", found.pop(Service.AKISMET))
    assert all(len(key) > 40 for key in found.values())


def test_a_revoked_key_is_no_longer_valid(session, site, clock, add):
    add(Service.CORAL)
    key, other = add(Service.CORAL), add(Service.OPENAI)

    assert keys.revoke(session, site, Service.CORAL, now=clock.now, only_old=True) == 1
    assert keys.site_of(session, Service.CORAL, key) is not None
    assert keys.revoke(session, site, Service.CORAL, now=clock.now) == 1
    assert keys.site_of(session, Service.CORAL, key) is None
    assert keys.current(session, site, Service.CORAL) is None
    assert keys.site_of(session, Service.OPENAI, other) is not None


def test_additions_and_removals_are_audited_without_the_key(session, site, clock, add):
    key = add(Service.AKISMET)
    keys.revoke(session, site, Service.AKISMET, now=clock.now)
    keys.revoke(session, site, Service.AKISMET, now=clock.now)

    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("service_key")).order_by("id")
    ).all()

    assert [(e.action, e.detail) for e in entries] == [
        ("service_key.added", {"service": "akismet"}),
        ("service_key.removed", {"service": "akismet"}),
    ]
    assert all(key not in repr((e.subject, e.detail)) for e in entries)


def test_a_key_sees_a_change_of_its_site(session, site, add, change_site):
    key = add(Service.PERSPECTIVE)
    assert keys.site_of(session, Service.PERSPECTIVE, key).title == "The News"

    change_site(title="Another title")

    assert keys.site_of(session, Service.PERSPECTIVE, key).title == "Another title"


def test_a_removed_site_has_no_key_from_the_first_commit_on(session, site, clock, add):
    key = add(Service.PERSPECTIVE)
    changes.add(session, "gazette", title="", origins=[], now=clock.now)
    found = registry.find(session, "news")
    seen = []
    commit = session.commit
    session.commit = lambda: (
        commit(),
        seen.append(keys.site_of(session, Service.PERSPECTIVE, key)),
    )

    removal.remove(session, found, now=clock.now)

    assert seen[0] is None
