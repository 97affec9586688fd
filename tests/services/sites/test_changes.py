"""Settings of a site: changed by several at once, checked entry by entry, told in the audit."""

import threading

import pytest

from moderation.domain.errors import Invalid, SettingsChanged, SiteNotFound
from moderation.services import audit, site_removal, sites
from moderation.services.site_entries import MOST_PROBLEMS
from moderation.storage import db

#: Settings that eight people change at the same moment, each one of them.
CHANGES = [
    {"max_links": 5},
    {"hold_first": 3},
    {"language": "de"},
    {"guidelines": "Be kind."},
    {"block_words": ["zeppelin"]},
    {"allow_domains": ["friend.example"]},
    {"premoderate": True},
    {"thresholds": {"spam": 0.4}},
]


@pytest.fixture
def told(session):
    """What the audit trail says of the newest change."""

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
                # Everybody has read the settings before anybody changes them.
                found = sites.find(db.session(), "news")
                start.wait()
                sites.change(db.session(), found, now=clock.now, settings=change)
                db.session.remove()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(change,)) for change in CHANGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        now = sites.find(db.session(), "news")
        db.session.remove()
    assert failed == []
    assert now.settings == {key: value for change in CHANGES for key, value in change.items()}
    assert now.version == site.version + len(CHANGES)


def test_who_changes_what_somebody_else_has_changed_is_told_by_whom(session, site, clock):
    sites.change(session, site, now=clock.now, settings={"max_links": 4}, by="ann")

    with pytest.raises(SettingsChanged) as refused:
        sites.change(
            session, site, now=clock.now, settings={"hold_first": 1}, expected=site.version
        )

    assert refused.value.change["actor_name"] == "ann"
    assert refused.value.change["detail"]["values"] == {"max_links": {"from": None, "to": 4}}
    now = sites.find(session, "news")
    assert now.settings == {"max_links": 4}
    sites.change(session, now, now=clock.now, settings={"hold_first": 1}, expected=now.version)
    assert sites.find(session, "news").settings == {"max_links": 4, "hold_first": 1}


def test_a_site_that_is_gone_cannot_be_changed(session, site, clock):
    site_removal.remove(session, site, now=clock.now)

    with pytest.raises(SiteNotFound):
        sites.change(session, site, now=clock.now, settings={"max_links": 4})


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
    assert sites.check_settings({setting: given}) == {setting: kept}


@pytest.mark.parametrize(
    ("setting", "entry", "said"),
    [
        ("block_words", "", "between 1 and 100"),
        ("block_words", "x" * 101, "between 1 and 100"),
        ("block_words", " * ", "nothing but"),
        ("block_words", 7, "string"),
        ("block_domains", "https://spam.example/buy", "only the domain: spam.example"),
        ("block_domains", "two words", "Not a domain"),
        ("block_domains", None, "string"),
    ],
)
def test_a_wrong_entry_is_named_by_its_place(setting, entry, said):
    with pytest.raises(Invalid) as refused:
        sites.check_settings({setting: ["fine.example", entry, "good.example"]})

    (error,) = refused.value.errors
    assert error.pointer == f"#/{setting}/1"
    assert said in error.detail


def test_of_many_wrong_entries_the_first_are_told():
    with pytest.raises(Invalid) as refused:
        sites.check_settings({"block_words": ["*"] * 100_000})

    assert len(refused.value.errors) == MOST_PROBLEMS


def test_the_audit_tells_what_changed_and_no_secret(session, site, clock, told):
    secret_address = "https://name:password@hooks.example/token-in-the-path?key=k"
    sites.change(
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

    values = told()["values"]
    assert values["title"] == {"from": "The News", "to": "The Gazette"}
    assert values["webhook_url"] == {"from": None, "to": "https://hooks.example"}
    assert values["thresholds"] == {"spam": {"from": None, "to": 0.4}}
    assert (values["block_words"]["entries"], values["block_words"]["added"]) == (50, 50)
    assert values["block_words"]["first_added"] == [f"word{n}" for n in range(10)]
    assert values["sections"]["first_added"] == ["/a/"]


def test_the_audit_counts_what_came_and_went(session, site, clock, told):
    for words in (["a", "b", "c"], ["b", "c", "d", "e"]):
        sites.change(session, site, now=clock.now, settings={"suspect_words": words})

    assert told()["values"]["suspect_words"] == {
        "entries": 4,
        "added": 2,
        "first_added": ["d", "e"],
        "removed": 1,
        "first_removed": ["a"],
    }


def test_long_lists_are_compiled_before_a_filter_has_to(session, site, clock, monkeypatch):
    words = [f"word{n}" for n in range(1000)]
    sites.change(session, site, now=clock.now, settings={"block_words": words})
    rules = sites.rules_of(sites.find(session, "news"))

    def compile_now(words):
        raise AssertionError("compiled while a comment waits")

    monkeypatch.setattr("moderation.filters.sitewords.SiteLists", compile_now)
    from moderation import filters
    from moderation.domain.judgement import Draft

    found = filters.run(Draft("Say word7 to me."), rules=rules)

    assert [signal.code for signal in found.signals] == ["BLOCKED_WORD"]
    assert sites.rules_of(sites.find(session, "news")) is rules
