"""The matcher finds the same as a search of each string by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.filters.text.string_matcher import Matcher

#: Letters of one to four bytes in UTF-8, few enough that matches are many.
LETTERS = st.text(st.sampled_from("ab é中\U0001f600\0"), max_size=40)
STRINGS = st.lists(st.text(st.sampled_from("ab é中\U0001f600\0"), min_size=1, max_size=4))


def searched(strings: list[str], text: str) -> list[tuple[int, int, int]]:
    """Return all matches by where they end, the longest first, by trying every place."""
    return sorted(
        (
            (number, begin, begin + len(string))
            for number, string in enumerate(strings)
            for begin in range(len(text))
            if text.startswith(string, begin)
        ),
        key=lambda match: (match[2], match[1], match[0]),
    )


@given(STRINGS, LETTERS)
def test_every_match_is_found_overlapping_and_repeated_ones_too(strings, text):
    assert Matcher(strings).find_all(text) == searched(strings, text)


@given(STRINGS, LETTERS)
def test_matches_apart_are_those_that_end_first_after_the_last_one(strings, text):
    found = Matcher(strings).find_apart(text)

    last = 0
    expected = []
    while left := [match for match in searched(strings, text) if match[1] >= last]:
        expected.append(left[0])
        last = left[0][2]
    assert found == expected


def test_an_empty_string_is_refused():
    with pytest.raises(ValueError, match="found everywhere"):
        Matcher(["word", ""])


def test_a_matcher_of_nothing_finds_nothing():
    assert Matcher([]).find_all("any text") == []
