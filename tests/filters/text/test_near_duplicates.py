"""Near-duplicate texts have keys in common."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation import filters
from moderation.domain.judgement import Draft
from moderation.filters.text.near_duplicates import (
    MIN_WORDS,
    NEAR,
    bands,
    distance,
    is_near,
    near_key,
)

PITCH = (
    "I was broke until Peter Lang showed me how to trade. Now I make 4,500 dollars every week"
    " from home, and you can do the same: write to him at www.peter-trades.example and ask for"
    " the starter plan. It changed my life and the life of my whole family! 😀"
)
NEAR_PITCHES = {
    "another name": PITCH.replace("Peter Lang", "Maria Vogt"),
    "another number": PITCH.replace("4,500", "9,870"),
    "another link": PITCH.replace("www.peter-trades.example", "https://quick.example/x?ref=77"),
    "another emoji": PITCH.replace("😀", "🔥🔥🔥"),
    "shouted": PITCH.upper(),
    "disguised": PITCH.replace("trade", "tr\u200bade").replace("dollars", "dоllars"),
    "a sentence moved": PITCH[53:] + " " + PITCH[:53],
    "a word added": PITCH.replace("whole family", "whole entire family"),
    "other punctuation": PITCH.replace(".", "!!! ").replace(",", ""),
}
SHORT_PITCH = "hello dear please visit my channel and give me a like {}"
COMMENTS = (
    "The council should have asked the people who live along the river before it sold the meadow,"
    " because they are the ones who will stand in the water next spring.",
    "I don't see how a second tram line would help when the first one is late every day and"
    " nobody at the transport office picks up the phone.",
    "Lovely recipe, thank you. I used buttermilk instead of yoghurt and baked it ten minutes"
    " longer, and the children asked for a second slice.",
    "What the article leaves out is that the study had only forty people in it and was paid for"
    " by the company whose pills it praises.",
    "My grandmother worked in that mill for thirty years and she never once spoke well of the"
    " owners, whatever the museum says about them today.",
)
KEY = 4250541693077476963


@pytest.mark.parametrize("change", NEAR_PITCHES)
def test_a_text_with_small_changes_is_near(change):
    one, other = near_key(PITCH), near_key(NEAR_PITCHES[change])

    assert is_near(one, other)
    assert set(zip(range(4), bands(one), strict=True)) & set(
        zip(range(4), bands(other), strict=True)
    )


def test_one_changed_word_in_a_dozen_is_found_nearly_always():
    endings = ("anna", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")
    keys = [near_key(SHORT_PITCH.format(ending)) for ending in endings]

    near = [is_near(one, other) for one in keys for other in keys]

    assert sum(near) >= 0.9 * len(near)


TWINS = {
    "a": "аα@", "c": "сϲ", "e": "е3é", "i": "і1ì", "o": "оο0", "p": "рρ", "s": "ѕ$", "x": "х",
    "y": "у", "t": "7τ",
}  # fmt: skip


def hidden(text, chance):
    """Return a text with a third of its words disguised, each in another way."""
    words = text.split(" ")
    for place in chance.sample(range(len(words)), len(words) // 3):
        letters = list(words[place])
        swaps = [at for at, letter in enumerate(letters) if letter in TWINS]
        for at in chance.sample(swaps, min(len(swaps), 2)):
            letters[at] = chance.choice(TWINS[letters[at]])
        words[place] = "".join(letters)
    return " ".join(words)


@pytest.mark.parametrize("text", [PITCH, SHORT_PITCH.format("anna"), *COMMENTS])
def test_a_flood_with_rotating_lookalikes_is_one(text):
    chance = random.Random(7)  # noqa: S311 - a test needs the same chance again
    keys = [near_key(hidden(text, chance)) for _ in range(40)]

    near = [is_near(near_key(text), key) for key in keys]

    assert sum(near) >= 0.95 * len(near)


@pytest.mark.parametrize(
    "disguised",
    [
        "hello d.e.a.r please v i s i t my channel and give me a l-i-k-e anna",
        "hellooooo dear pleeeease visit my **channel** and give me a like anna",
        "hello dear please visit my сhаnnеl аnd give me a likе аnnа",
        "héllo déar plèase vísit my chànnel and gîve me a like anna",
    ],
)
def test_a_disguised_text_is_near_the_plain_one(disguised):
    assert distance(near_key(disguised), near_key(SHORT_PITCH.format("anna"))) <= NEAR


def test_unrelated_texts_are_far_apart():
    keys = [near_key(comment) for comment in COMMENTS]

    apart = [distance(a, b) for i, a in enumerate(keys) for b in keys[:i]]

    assert min(apart) > NEAR + 2


def test_a_short_text_has_no_key():
    assert near_key("Thank you so much, everybody!") is None
    assert near_key("http://a.example/x " * 20 + "1 2 3 4 5 6 7 !!! 😀") is None
    assert near_key("one two three four five six") is not None
    assert near_key("one two three four five") is None
    assert MIN_WORDS == 6


def test_scripts_without_spaces_have_keys_too():
    one = near_key("昨日の会議で市長が新しい橋の計画を発表しました")
    other = near_key("昨日の会議で市長が新しい駅の計画を発表しました")

    assert is_near(one, other)
    assert not is_near(one, near_key("この料理はとても美味しいので来週また作ります"))


def test_a_key_is_the_same_in_every_process():
    assert near_key(COMMENTS[0]) == KEY


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_a_key_fits_a_column_and_its_bands_are_its_parts(raw):
    key = near_key(raw)

    if key is not None:
        assert -(1 << 63) <= key < 1 << 63
        high, upper, lower, low = bands(key)
        assert (high << 48 | upper << 32 | lower << 16 | low) == key % (1 << 64)
        assert distance(key, key) == 0


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.lists(st.integers(0, 15), max_size=3))
def test_keys_that_differ_in_three_values_share_a_band(key, places):
    other = key
    for place in places:
        other ^= 9 << (4 * place)

    assert distance(key, other) <= 3
    assert any(a == b for a, b in zip(bands(key), bands(other), strict=True))


def test_a_key_costs_a_fraction_of_a_judgement():
    near_key(PITCH)
    filters.run(Draft(PITCH))
    key = min(_seconds(near_key, PITCH) for _ in range(20))
    judgement = min(_seconds(filters.run, Draft(PITCH)) for _ in range(20))

    # A fifth on a quiet core; the margin is for other work of the machine.
    assert key < 0.5 * judgement


def _seconds(work, given):
    begun = time.thread_time()
    for _ in range(10):
        work(given)
    return (time.thread_time() - begun) / 10
