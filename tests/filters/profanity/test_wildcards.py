"""A `*` within a site's word: any letters, found as a slow search would find them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.filters.profanity.wildcards import REACH, Places


def naive(text, parts, open_left, open_right):
    """Try every place, and from each the longest stretch."""

    def inner(place):
        return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()

    pattern = re.compile(rf"\w{{0,{REACH}}}".join(map(re.escape, parts)))
    found, begin = [], 0
    while begin < len(text):
        ends = [] if inner(begin) and not open_left else range(len(text), begin, -1)
        for end in ends:
            if (open_right or not inner(end)) and pattern.fullmatch(text, begin, end):
                found.append((begin, end))
                begin = end
                break
        else:
            begin += 1
    return found


TEXTS = st.text("ab_ -é", max_size=60)
WORDS = st.lists(st.text("ab -", min_size=1, max_size=3), min_size=2, max_size=4)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS, WORDS, st.booleans(), st.booleans())
def test_the_matcher_finds_the_same_as_a_search_of_all_places(text, parts, open_left, open_right):
    found = list(Places(text).find(parts, open_left, open_right))

    assert found == naive(text, parts, open_left, open_right)


@pytest.mark.parametrize("letters", [0, 1, 7, 31, 32, 39, 40])
def test_a_star_matches_up_to_forty_letters(letters):
    text = f"a{'x' * letters}b"

    assert list(Places(text).find(["a", "b"], False, False)) == [(0, len(text))]


def test_a_star_matches_no_more_and_nothing_but_letters():
    assert list(Places(f"a{'x' * 41}b").find(["a", "b"], False, False)) == []
    assert list(Places("a x b").find(["a", "b"], False, False)) == []


def test_one_text_is_searched_for_several_words():
    places = Places("spam, slalom and scum " * 3)

    assert len(list(places.find(["s", "m"], False, True))) == 9
    assert len(list(places.find(["s", "lom"], False, True))) == 3
