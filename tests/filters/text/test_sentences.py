"""Sentences: where they end, where they do not, and that nothing of a text is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.filters.text.sentences import LONGEST, sentences


def split(text):
    return [text[begin:end].strip() for begin, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It rains. I stay.", ["It rains.", "I stay."]),
        ("Really?! Yes… no", ["Really?!", "Yes…", "no"]),
        ("one line\nand another", ["one line", "and another"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Well done 👏 see you there", ["Well done 👏", "see you there"]),
        ("Das stimmt. Wirklich!", ["Das stimmt.", "Wirklich!"]),
        ("Это правда. Почти.", ["Это правда.", "Почти."]),
    ],
)
def test_a_sentence_ends_at_its_mark_its_line_or_an_emoji(text, parts):
    assert split(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Hobbs met Dr. Reeve in St. Albans",
        "J. K. Rowling was there",
        "about 3.5 metres, e.g. here",
        "siehe z.B. bzw. usw. im Text",
        "read example.com/a.b first",
        "(cf. no. 5) it says",
    ],
)
def test_dots_of_abbreviations_and_numbers_end_nothing(text):
    assert len(split(text)) == 1


def test_a_long_sentence_is_split_at_its_clauses():
    calm = "we walked along the river in the evening sun, talked about the old days"
    parts = split(f"{calm}, and then {calm}, but nobody knew why, because {calm}")

    assert len(parts) > 1
    assert all(len(part) <= LONGEST for part in parts)


def test_a_text_without_any_mark_is_split_all_the_same():
    assert max(map(len, split("x" * 1000))) <= LONGEST
    assert max(map(len, split("word " * 300))) <= LONGEST


@given(st.text(max_size=400))
def test_sentences_follow_each_other_and_leave_only_blanks_out(text):
    spans = sentences(text)

    left = []
    done = 0
    for begin, end in spans:
        assert done <= begin < end
        left.append(text[done:begin])
        done = end
    left.append(text[done:])
    assert "".join(left).strip() == ""
