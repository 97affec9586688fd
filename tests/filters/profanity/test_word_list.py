"""The built-in list is better-profanity's, with ours laid over it."""

import subprocess
import sys

import pytest

from moderation import filters
from moderation.config import SettingsError
from moderation.domain.judgement import Draft
from moderation.domain.reasons import Code
from moderation.filters.profanity import word_list
from moderation.filters.profanity.word_list import WordListMissing, base_words, entries_over


def listed(base):
    return {spelling: e for e, spellings in entries_over(frozenset(base)) for spelling in spellings}


def test_every_word_of_the_installed_release_is_sorted():
    entries = listed(base_words())

    assert [word for word, entry in entries.items() if entry.category == "unsorted"] == []
    assert base_words() <= entries.keys() | word_list.spared()
    assert word_list.spared() <= base_words()
    assert not word_list.spared() & entries.keys()


def test_a_word_that_a_release_adds_counts_until_it_is_sorted():
    entries = listed(base_words() | {"zorbleflax", "zorble ninny", "z0rbl3", "5h1t"})

    for word in ("zorbleflax", "zorble ninny", "zorble"):
        assert (entries[word].severity, entries[word].category) == ("strong", "unsorted")
    assert entries["shit"].category != "unsorted"


def test_a_word_that_a_release_drops_is_listed_no_longer():
    before, after = listed(base_words()), listed(base_words() - {"bastard", "asshole"})

    assert before.keys() - after.keys() == {"bastard", "bastards", "asshole", "assholes"}


def test_additions_of_ours_need_no_word_of_the_base():
    own = listed({"nothing like it"})

    assert "motherfuck" in own or "gobshite" in own
    assert "bastard" not in own


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe"])
def test_a_release_without_its_list_is_named_at_the_start(tmp_path, content):
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(WordListMissing, match="words"):
        base_words(path)


def test_a_start_without_the_list_stops_with_a_sentence(make_app, monkeypatch, tmp_path):
    def load():
        base_words(tmp_path / "missing.txt")

    monkeypatch.setattr(filters, "load", load)

    with pytest.raises(SettingsError, match=r"better-profanity .* has no list of words"):
        make_app()


def test_a_released_word_reaches_the_filter(monkeypatch):
    code = (
        "from moderation.filters.profanity import word_list\n"
        "base = word_list.base_words() | {'zorbleflax'}\n"
        "word_list.base_words = lambda: base\n"
        "from moderation import filters\n"
        "from moderation.domain.judgement import Draft\n"
        "print([s.code.value for s in filters.run(Draft('What a z0rbl3flax!')).signals])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "PROFANITY" in done.stdout
    signals = filters.run(Draft("What a zorbleflax!")).signals
    assert Code.PROFANITY not in [signal.code for signal in signals]


def test_its_matcher_is_not_loaded():
    code = "import sys, moderation.filters as f; f.load(); print('better_profanity' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
