"""A site's own lists: literal words, phrases, and words with a star."""

import time
import weakref

import pytest

from moderation import filters
from moderation.domain.judgement import Draft, Rules, WordLists
from moderation.domain.reasons import Code
from moderation.filters.profanity import site_word_lists


def found(text, code=Code.BLOCKED_WORD, name="", **lists):
    rules = Rules(words=WordLists(**{k: tuple(v) for k, v in lists.items()}))
    signals = filters.run(Draft(text, author_name=name), rules=rules).signals
    return [
        (text if s.field == "text" else name)[b:e]
        for s in signals
        if s.code is code
        for b, e in s.spans
    ]


@pytest.mark.parametrize(
    ("word", "text", "spans"),
    [
        ("spam", "No spam here", ["spam"]),
        ("spam", "SPAM, spam!", ["SPAM", "spam"]),
        ("spam", "spammers and antispam", []),
        ("spam*", "spammers and antispam", ["spammers"]),
        ("*spam", "spammers and antispam", ["antispam"]),
        ("*spam*", "spammers and antispam", ["spammers", "antispam"]),
        ("s*m", "sm, spam and slalom, not some", ["sm", "spam", "slalom"]),
        ("s*lom", "lom and slalom", ["slalom"]),
        ("cheap watches", "Cheap  watches!", ["Cheap  watches"]),
        ("cheap watches", "cheap\nwatches", ["cheap\nwatches"]),
        ("cheap watches", "cheap wristwatches", []),
        ("spam", "sp\u200bam", ["sp\u200bam"]),
        ("spam", "s.p.a.m", ["s.p.a.m"]),
        ("spam", "s p a m", ["s p a m"]),
        ("spam", "sp4m", ["sp4m"]),
        ("spam", "spаm with a Cyrillic a", ["spаm"]),
        ("spam", "ｓｐａｍ", ["ｓｐａｍ"]),
        ("straße", "Die STRASSE und die Straße", ["STRASSE", "Straße"]),
        ("дурак", "Ты дурак и всё", ["дурак"]),
        ("傻瓜", "傻瓜", ["傻瓜"]),
        ("c++", "I like C++ a lot", ["C++"]),
        ("*", "anything", []),
        ("  ", "anything", []),
    ],
)
def test_a_blocked_word_is_found_as_a_word_of_its_own(word, text, spans):
    assert found(text, block=[word]) == spans


def test_a_suspect_word_has_its_own_code():
    assert found("Our mayor again", Code.SUSPECT_WORD, suspect=["mayor"]) == ["mayor"]


def test_an_allowed_word_wins_over_every_other_list():
    assert found("A shitzu and a mayor", block=["mayor"], allow=["mayor"]) == []
    assert found("What a bastard file", Code.PROFANITY, allow=["bastard file"]) == []
    assert found("What a bastard", Code.PROFANITY, allow=["bastard file"]) == ["bastard"]


def test_the_lists_hold_for_the_author_s_name():
    assert found("Hello", name="King Spam", block=["spam"]) == ["Spam"]


def test_the_text_s_own_score_is_not_the_list_s():
    assessment = filters.run(Draft("No spam"), rules=Rules(words=WordLists(block=("spam",))))

    assert assessment.scores["profanity"] < 0.5


def test_a_matcher_is_cached_until_the_version_changes():
    first = site_word_lists.compiled(WordLists(block=("one",), version="1"))

    assert site_word_lists.compiled(WordLists(block=("one",), version="1")) is first
    assert site_word_lists.compiled(WordLists(block=("two",), version="2")) is not first
    assert site_word_lists.compiled(WordLists()) is None


def test_no_more_matchers_are_kept_than_there_is_room_for():
    first = weakref.ref(site_word_lists.compiled(WordLists(block=("w",), version="room")))

    for number in range(site_word_lists.MAX_LISTS):
        site_word_lists.compiled(WordLists(block=("w",), version=f"room {number}"))

    assert first() is None


def test_long_lists_go_when_there_is_no_room_but_not_those_that_a_site_holds(monkeypatch):
    monkeypatch.setattr(site_word_lists, "MAX_ENTRIES", 10)
    long = {version: WordLists(block=("w",) * 8, version=f"long {version}") for version in "abc"}
    gone = weakref.ref(site_word_lists.compiled(long["a"]))
    held = site_word_lists.compiled(long["b"])
    newest = site_word_lists.compiled(long["c"])

    assert gone() is None
    assert site_word_lists.compiled(long["b"]) is held
    assert site_word_lists.compiled(long["c"]) is newest


def test_a_list_without_usable_words_finds_nothing():
    assert found("anything", block=["*"], suspect=[""]) == []


def test_a_hundred_thousand_words_cost_no_more_than_ten():
    long = WordLists(block=tuple(f"word{n:x}z" for n in range(100_000)), version="long")
    short = WordLists(block=long.block[:10], version="short")
    draft = Draft("An ordinary comment about trams, trees and taxes. " * 8)

    def seconds(words):
        rules = Rules(words=words)
        filters.run(draft, rules=rules)
        best = float("inf")
        for _ in range(20):
            begun = time.process_time()
            filters.run(draft, rules=rules)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(long) < 2 * seconds(short) + 0.0005
