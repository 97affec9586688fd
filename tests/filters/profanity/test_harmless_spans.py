"""Listed words in a harmless use, which other filters leave out."""

from itertools import pairwise

import pytest

from moderation.filters.profanity.filter import find
from moderation.filters.profanity.harmless_spans import harmless_spans
from moderation.filters.text.document import Text
from tests.growth import BOUND, growth, repeated


def shown(raw):
    text = Text(raw)
    return [text.clean[begin:end] for begin, end in harmless_spans(text)]


@pytest.mark.parametrize(
    ("raw", "spans"),
    [
        ("Our Dick Tracy comics are for sale.", ["Dick Tracy"]),
        ("Grandad Dick mended clocks.", ["Dick"]),
        ("Rector Rev. Dick Muff spoke first.", ["Dick", "Muff"]),
        ("The pussy willows are out.", ["pussy willows"]),
        ("A cock pheasant crossed the lane.", ["cock pheasant"]),
        ("Ask Dr. Fuchs or Ms. Fukuda.", ["Fuchs", "Fukuda"]),
        ("We drove from Scunthorpe to Penistone.", ["Scunthorpe", "Penistone"]),
        ("Her spaniel bitch has whelped.", ["spaniel bitch"]),
        ("Spick   and\nspan, the whole house.", ["Spick   and\nspan"]),
        ("Ihr Bruder ist zu dick und das weiß er auch.", ["dick"]),
        ("Il y a du retard et les gens attendent dans le froid.", ["du retard"]),
        ("Сука и щенки спят.", ["Сука и щенки"]),
    ],
)
def test_a_harmless_use_is_found(raw, spans):
    assert shown(raw) == spans


@pytest.mark.parametrize(
    "raw",
    [
        "You are such a Dick.",
        "He is a Dick.",
        "Suck my Dick",
        "you dick",
        "What a pussy he is.",
        "A despicable man and a class act.",
        "Assess the assumption, then pass the analysis on.",
        "Dick.",
        "An ordinary comment about trams.",
    ],
)
def test_what_may_be_meant_is_not_harmless(raw):
    assert shown(raw) == []


def test_spans_are_in_order_and_apart():
    spans = harmless_spans(Text("Dick Van Dyke met Dick Cheney, Mr. Fuchs and Dr. Wank."))

    assert len(spans) == 4
    assert all(first[1] < second[0] for first, second in pairwise(spans))


def test_no_harmless_span_is_found_as_a_profanity():
    for raw in ("My cousin Dick Dale sang.", "The cock crew twice.", "John Lee Hooker played."):
        assert harmless_spans(Text(raw))
        assert find(Text(raw)) == []


@pytest.mark.parametrize("unit", ["pussy willow ", "Dick ", "cock ", "Mr. Fuchs ", "dick and "])
def test_the_cost_grows_with_the_text_only(unit):
    assert growth(lambda raw: harmless_spans(Text(raw)), repeated(unit)) < BOUND
