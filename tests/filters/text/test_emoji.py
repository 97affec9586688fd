"""Texts without their emoji and emoticons."""

import pytest

from moderation.filters.text.emoji import ends_in_emoji, without_emoji


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        ("you idiot 😀", "you idiot"),
        ("hi 👍🏽!", "hi!"),
        ("so true 👨‍👩‍👧", "so true"),
        ("go 🇩🇪 go", "go go"),
        ("love ❤️ it", "love it"),
        ("1️⃣ first", "1 first"),
        ("you idiot :) :-P", "you idiot"),
        ("oh no :'( again", "oh no again"),
        ("fine xDD ^^ <3", "fine"),
    ],
)
def test_signs_go_and_words_stay(typed, bare):
    assert without_emoji(typed) == bare


@pytest.mark.parametrize(
    "typed",
    [
        "😀",
        ":)",
        "🔥🔥 🔥",
        "at 8:30",
        "x = 3",
        "see 1) and 2)",
        "C:\\dir",
        "http://x.example/",
        "if (a:b)",
    ],
)
def test_what_is_no_sign_stays_and_so_do_signs_alone(typed):
    assert without_emoji(typed) == typed


def test_a_sign_ends_a_sentence_within_a_line():
    assert ends_in_emoji("you idiot 😂 ")
    assert not ends_in_emoji("you idiot 😂\n")
    assert not ends_in_emoji("😂 you idiot")
    assert not ends_in_emoji("you idiot. ")


@pytest.mark.parametrize("unit", [" ", "\t", "😀", "😀 ", "x😀", ":", "<3", "x", "^", "=-", " :"])
def test_a_long_text_takes_no_more_than_its_length(unit):
    # Quadratic patterns would take minutes.
    assert without_emoji(unit * 1_000_000 + "\n") is not None
    assert ends_in_emoji(unit * 1_000_000 + "x") is False
