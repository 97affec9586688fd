"""Every cache of a process has a bound that no client can exceed: misses are not kept."""

import ast
import functools
import gc
import shutil
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain.bounded_cache import BoundedCache
from moderation.domain.errors import SiteNotFound
from moderation.filters.names import filter as names
from moderation.services.sites import changes, judgement_rules, registry
from moderation.web.database import db
from moderation.web.pages import i18n, widget_bundle

PACKAGE = Path(__file__).parents[1] / "moderation"
#: Functions with a cache without a bound although they have parameters: all their arguments are
#: names of files or entries that ship.
FINITE = {
    "filters/profanity/language_lists.py:exceptions",
    "filters/profanity/language_lists.py:own_words",
    "filters/profanity/language_lists.py:own_words_leet",
    "filters/profanity/language_lists.py:read_entries",
    "filters/text/language_id.py:_sharing",
    "filters/text/vocabulary.py:letter_words",
    "services/compat/perspective/requests.py:_snake_case",
    "filters/profanity/spelling_variants.py:_stems",
    "web/pages/widget_bundle.py:_made",
    "web/pages/widget_bundle.py:_script",
    "web/pages/i18n.py:_words",
    "web/pages/console_words.py:console_words",
}


@pytest.fixture
def store(sqlite_template, tmp_path):
    """One store: no cache depends on the database."""
    shutil.copy(sqlite_template, tmp_path / "moderation.sqlite3")
    return {"data_dir": tmp_path}


def test_a_cache_without_a_bound_is_only_for_arguments_that_ship():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if "training" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.args.args + node.args.kwonlyargs:
                kept = {ast.unparse(decorator) for decorator in node.decorator_list}
                if kept & {"cache", "functools.cache", "lru_cache(maxsize=None)"}:
                    found.add(f"{path.relative_to(PACKAGE).as_posix()}:{node.name}")

    assert found == FINITE


def _sizes():
    """Return the size of every cache and every container of our modules."""
    # `get_objects` leaves out the frozen ones.
    gc.unfreeze()
    functions = {
        f"{kept.__module__}.{kept.__qualname__}": kept.cache_info().currsize
        for kept in gc.get_objects()
        if isinstance(kept, functools._lru_cache_wrapper)
        and str(kept.__module__).startswith("moderation")
        and kept.cache_info().maxsize is None
    }
    containers = {
        f"{module}.{name}": len(value)
        for module, found in list(sys.modules.items())
        if module.startswith("moderation")
        for name, value in vars(found).items()
        if isinstance(value, dict | list | set | BoundedCache) and not name.startswith("__")
    }
    return functions | containers


def test_invented_names_leave_nothing_behind(client, make_comment):
    make_comment("A remark that makes the post.")

    def ask(begin, end):
        for n in range(begin, end):
            letters = "".join(chr(97 + int(digit)) for digit in f"{n:05}")
            for path in (
                f"/embed/news/story?lang={letters}",
                f"/embed/news/story?lang={letters[::-1]}&x={n}",
                f"/embed/news/invented-{n}",
                f"/embed/invented-{n}/story",
                f"/widget/{letters}.js",
                f"/widget/lang/{letters[-2:]}.json",
                f"/widget/embed-{n:012x}.js",
                f"/review/assets/{letters}.js",
                f"/api/v1/docs/assets/{letters}.js",
                f"/api/v1/sites/invented-{n}/posts/story/comments",
                f"/api/v1/sites/news/posts/invented-{n}/comments?limit=3",
                f"/feeds/news/invented-{n}?x={n}",
                f"/feeds/invented-{n}",
            ):
                assert client.get(path).status_code in (200, 404)

    for language in i18n.LANGUAGES:
        i18n.words(language)
        widget_bundle.file(f"lang/{language}.json")
    ask(0, 10)
    before = _sizes()
    ask(10, 30)

    assert _sizes() == before


def test_twenty_thousand_invented_names_take_no_memory(app, site):
    with app.app_context():
        session = db.session()

        def ask(number):
            for n in range(number):
                i18n.words(f"{n:x}" * 40)
                assert widget_bundle.file(f"lang/{n}.json") is None
                if n % 10 == 0:
                    with pytest.raises(SiteNotFound):
                        registry.find(session, f"invented-{n}")

        ask(100)
        gc.collect()
        tracemalloc.start()
        ask(20_000)
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        db.session.remove()

    # Twenty thousand keys alone would be a megabyte and more.
    assert grown < 256 * 1024


def test_sites_are_kept_up_to_their_bound_and_read_again(app, site, clock, monkeypatch):
    monkeypatch.setattr(registry, "KEPT_BYTES", 1_000_000)
    with app.app_context():
        session = db.session()
        for n in range(6):
            made, _ = changes.add(session, f"s{n}", title="", origins=[], now=clock.now)
            blocked = [f"word{n}x{i}" for i in range(500)]
            changes.change(session, made, settings={"block_words": blocked}, now=clock.now)

        for _ in range(2):
            for n in range(6):
                found = registry.find(session, f"s{n}")
                assert f"word{n}x7" in found.settings["block_words"]
                judgement_rules.rules_of(found)

        kept = registry._known[db.engine]
        assert 1 <= len(kept) <= 3
        assert kept.weight <= 1_000_000
        assert registry.find(session, "s5") is registry.find(session, "s5")
        db.session.remove()


def test_reserved_names_are_kept_up_to_a_number_of_names():
    for n in range(3):
        names.resembled("Ann", tuple(f"R{n}x{i}" for i in range(80_000)))

    assert names._reserved_cache.weight <= 200_000


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=60),
    st.integers(1, 80),
)
def test_a_cache_never_weighs_more_than_its_bound(kept_values, most):
    kept: BoundedCache[int, list[int]] = BoundedCache(most, len)
    newest = {}

    for key, weight in kept_values:
        newest[key] = kept.keep(key, [0] * weight)

        assert kept.get(key) is newest[key]
        assert kept.weight <= most or len(kept) == 1
        values = [kept.get(each) for each in range(10)]
        assert kept.weight == sum(len(value) for value in values if value is not None)
        assert all(value is None or value is newest[at] for at, value in enumerate(values))


def test_a_cache_lets_go_of_the_longest_unasked():
    kept: BoundedCache[str, int] = BoundedCache(3, lambda value: 1)
    for key in "abc":
        kept.keep(key, 0)

    kept.get("a")
    kept.keep("d", 0)

    assert [kept.get(key) is not None for key in "abcd"] == [True, False, True, True]
