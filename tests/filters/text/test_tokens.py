"""Tokens: the division of words into pieces, shouting, and emoji."""

import pytest

from moderation.filters.text.tokens import (
    LONGEST,
    UNKNOWN,
    Vocabulary,
    named,
    quiet,
    tokens,
    vocabulary,
)

MARKS = ["<unk>", "<s>", "</s>", "a", "b", "c"]


def small(**scores):
    pieces = [piece.replace("_", chr(0x2581)) for piece in scores]
    return Vocabulary(MARKS + pieces, [0.0] * len(MARKS) + list(scores.values()))


def test_a_word_is_divided_into_the_pieces_with_the_highest_sum():
    kept = small(_=-3.0, _foot=-4.0, _football=-9.0, ball=-4.5, foot=-4.0, o=-9.0)

    # Two pieces cost 8.5, the whole word 9.
    assert kept.divide("football") == (7, 9)
    assert kept.divide("foot") == (7,)


def test_unknown_letters_in_a_row_are_one_token():
    kept = small(_=-3.0, x=-2.0)

    assert kept.divide("¤¤¤") == (6, UNKNOWN)
    assert kept.divide("x¤¤x") == (6, 7, UNKNOWN, 7)


def test_common_words_of_the_judged_languages_are_pieces():
    for word in ("house", "und", "liberté", "gracias", "che", "niet", "jest", "não", "привет"):
        [ids] = tokens([word])
        assert len(ids) <= 2
        assert UNKNOWN not in ids


def test_a_sentence_has_at_least_one_token_and_not_too_many():
    assert tokens([""]) == [[UNKNOWN]]
    assert len(tokens(["word " * 500])[0]) == LONGEST


def test_blanks_and_width_make_no_difference():
    assert tokens(["two  words"]) == tokens([" two\twords "]) == tokens(["ｔｗｏ words"])


def test_an_emoji_without_a_piece_is_read_by_its_name():
    assert "😂" in vocabulary()
    assert named("you 🐒") == "you  monkey "
    assert named("haha 😂") == "haha 😂"
    assert tokens(["you 👍🏿"]) == tokens(["you 👍"])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("WHY ARE YOU SO LOUD", "why are you so loud"),
        ("NATO and the EU met", "NATO and the EU met"),
        ("OK", "OK"),
        ("СТОП ЭТО БЕЗУМИЕ", "стоп это безумие"),
    ],
)
def test_shouting_is_read_in_lower_case(typed, read):
    assert quiet(typed) == read
