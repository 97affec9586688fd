"""Settings of a site: changed by several at once, checked entry by entry, listed in the audit."""

import threading

import pytest

from moderation.domain.errors import Invalid, SettingsChanged, SiteNotFound
from moderation.services import audit
from moderation.services.sites import changes, judgement_rules, registry, removal, settings_schema
from moderation.services.sites.list_fields import MOST_PROBLEMS
from moderation.web.database import db

#: Settings that eight people change at the same moment, each one of them.
CHANGES = [
    {"max_links": 5},
    {"hold_first": 3},
    {"page_language": "de"},
    {"guidelines": "Be kind."},
    {"block_words": ["zeppelin"]},
    {"allow_domains": ["friend.example"]},
    {"premoderate": True},
    {"thresholds": {"spam": 0.4}},
]


@pytest.fixture
def newest_entry(session):
    """Return the audit entry of the newest change."""

    def read():
        session.rollback()
        return audit.last(session, "site.changed", "site:news")["detail"]

    return read


def test_of_changes_at_the_same_time_none_is_lost(make_app, site, clock):
    app = make_app(threads=12, write_timeout=60)
    start = threading.Barrier(len(CHANGES))
    failed: list[BaseException] = []

    def work(change):
        try:
            with app.app_context():
                # All have read the settings before the first change.
                found = registry.find(db.session(), "news")
                start.wait()
                changes.change(db.session(), found, now=clock.now, settings=change)
                db.session.remove()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(change,)) for change in CHANGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        now = registry.find(db.session(), "news")
        db.session.remove()
    assert failed == []
    assert now.settings == {key: value for change in CHANGES for key, value in change.items()}
    assert now.version == site.version + len(CHANGES)


def test_a_conflicting_change_names_the_other_moderator(session, site, clock):
    changes.change(session, site, now=clock.now, settings={"max_links": 4}, by="ann")

    with pytest.raises(SettingsChanged) as refused:
        changes.change(
            session, site, now=clock.now, settings={"hold_first": 1}, expected=site.version
        )

    assert refused.value.change["actor_name"] == "ann"
    assert refused.value.change["detail"]["values"] == {"max_links": {"from": None, "to": 4}}
    now = registry.find(session, "news")
    assert now.settings == {"max_links": 4}
    changes.change(session, now, now=clock.now, settings={"hold_first": 1}, expected=now.version)
    assert registry.find(session, "news").settings == {"max_links": 4, "hold_first": 1}


def test_a_site_that_is_gone_cannot_be_changed(session, site, clock):
    removal.remove(session, site, now=clock.now)

    with pytest.raises(SiteNotFound):
        changes.change(session, site, now=clock.now, settings={"max_links": 4})


@pytest.mark.parametrize(
    ("setting", "given", "kept"),
    [
        ("block_words", ["  two \t words ", "two words", "*coin"], ["two words", "*coin"]),
        ("suspect_words", ["a\0b\nc"], ["a b c"]),
        ("block_domains", ["SPAM.example", ".spam.example.", "*.spam.example"], ["spam.example"]),
        ("allow_domains", ["bücher.example"], ["xn--bcher-kva.example"]),
        ("reserved_names", [" The  Desk "], ["The Desk"]),
    ],
)
def test_entries_are_tidied_and_kept_once(setting, given, kept):
    assert settings_schema.check_settings({setting: given}) == {setting: kept}


@pytest.mark.parametrize(
    ("setting", "entry", "explanation"),
    [
        ("block_words", "", "between 1 and 100"),
        ("block_words", "x" * 101, "between 1 and 100"),
        ("block_words", " * ", "letters beside"),
        ("block_words", 7, "string"),
        ("block_domains", "https://spam.example/buy", "only the domain: spam.example"),
        ("block_domains", "two words", "Not a domain"),
        ("block_domains", None, "string"),
    ],
)
def test_a_wrong_entry_is_named_by_its_place(setting, entry, explanation):
    with pytest.raises(Invalid) as refused:
        settings_schema.check_settings({setting: ["fine.example", entry, "good.example"]})

    (error,) = refused.value.errors
    assert error.pointer == f"#/{setting}/1"
    assert explanation in error.detail


def test_of_many_wrong_entries_the_first_are_reported():
    with pytest.raises(Invalid) as refused:
        settings_schema.check_settings({"block_words": ["*"] * 100_000})

    assert len(refused.value.errors) == MOST_PROBLEMS


def test_the_audit_lists_changes_and_no_secret(session, site, clock, newest_entry):
    secret_address = "https://name:password@hooks.example/token-in-the-path?key=k"
    changes.change(
        session,
        site,
        now=clock.now,
        title="The Gazette",
        webhook_url=secret_address,
        settings={
            "block_words": [f"word{n}" for n in range(50)],
            "thresholds": {"spam": 0.4},
            "sections": [{"prefix": "/a/", "state": "closed"}],
        },
    )

    values = newest_entry()["values"]
    assert values["title"] == {"from": "The News", "to": "The Gazette"}
    assert values["webhook_url"] == {"from": None, "to": "https://hooks.example"}
    assert values["thresholds"] == {"spam": {"from": None, "to": 0.4}}
    assert (values["block_words"]["entries"], values["block_words"]["added"]) == (50, 50)
    assert values["block_words"]["first_added"] == [f"word{n}" for n in range(10)]
    assert values["sections"]["first_added"] == ["/a/"]


def test_the_audit_counts_what_came_and_went(session, site, clock, newest_entry):
    for words in (["a", "b", "c"], ["b", "c", "d", "e"]):
        changes.change(session, site, now=clock.now, settings={"suspect_words": words})

    assert newest_entry()["values"]["suspect_words"] == {
        "entries": 4,
        "added": 2,
        "first_added": ["d", "e"],
        "removed": 1,
        "first_removed": ["a"],
    }


def test_long_lists_are_compiled_before_a_filter_has_to(session, site, clock, monkeypatch):
    words = [f"word{n}" for n in range(1000)]
    changes.change(session, site, now=clock.now, settings={"block_words": words})
    rules = judgement_rules.rules_of(registry.find(session, "news"))

    def compile_now(words):
        raise AssertionError("compiled while a comment waits")

    monkeypatch.setattr("moderation.filters.profanity.site_word_lists.SiteLists", compile_now)
    from moderation import filters
    from moderation.domain.judgement import Draft

    found = filters.run(Draft("Say word7 to me."), rules=rules)

    assert [signal.code for signal in found.signals] == ["BLOCKED_WORD"]
    assert judgement_rules.rules_of(registry.find(session, "news")) is rules


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://News.Example:443/Hook?Key=A", "https://news.example/Hook?Key=A"),
        ("http://hook.bücher.example:8080/", "http://hook.xn--bcher-kva.example:8080/"),
        ("https://me:pass@news.example/hook", "https://me:pass@news.example/hook"),
        ("https://news.example/hook#part", "https://news.example/hook"),
        (" ", None),
    ],
)
def test_a_webhook_address_is_kept_as_a_request_needs_it(session, site, clock, written, kept):
    changes.change(session, site, now=clock.now, webhook_url=written)

    assert registry.find(session, "news").webhook_url == kept


@pytest.mark.parametrize(
    "written",
    [
        "https://",
        "news.example/hook",
        "ftp://news.example",
        "https://a b.example",
        "https://-a/",
        "http://news.example:0/",
        f"https://news.example/{'a' * 3000}",
    ],
)
def test_a_webhook_address_that_no_request_reaches_is_refused(session, site, clock, written):
    with pytest.raises(Invalid, match=r"[Ww]ebhook address"):
        changes.change(session, site, now=clock.now, webhook_url=written)

    assert registry.find(session, "news").webhook_url is None


def test_languages_are_checked_by_their_codes():
    assert settings_schema.check_settings({"languages": ["de", " EN", "de"]}) == {
        "languages": ["de", "en"]
    }
    with pytest.raises(Invalid) as refused:
        settings_schema.check_settings({"languages": ["de", "klingon"]})

    (error,) = refused.value.errors
    assert error.pointer == "#/languages/1"
    assert "Must be one of: ar, be" in error.detail


def test_languages_of_a_site_reach_its_filters(session, site, clock):
    changes.change(session, site, now=clock.now, settings={"languages": ["de", "en"]})

    found = registry.find(session, "news")
    assert judgement_rules.rules_of(found).languages == ("de", "en")
