"""Whistles, salutes, gestures and short orders, which are no words of letters alone."""

import pytest

from moderation import filters
from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters.profanity.filter import ProfanityFilter, find
from moderation.filters.text.document import Text
from tests.growth import BOUND, growth, repeated


def explanations(raw):
    draft = Draft(raw)
    findings = ProfanityFilter().check(Text(raw), draft, Facts(), Rules())
    return [signal.explanation for signal in findings.signals]


@pytest.mark.parametrize(
    "raw",
    [
        "1488",
        "14/88!",
        "1488 brothers",
        "white power 1488",
        "HH88",
        "Sieg Heil!",
        "heil hitler, lads",
        "Rahowa!",
        "Хайль Гитлер!",
        "Hitler did nothing wrong.",
        "Hitler was right.",
        "(((they))) run the bank",
        "Ask (((Rosenbaum))) who paid.",
    ],
)
def test_hate_symbols_are_found(raw):
    assert any(text.startswith("Hate symbol") for text in explanations(raw)), raw


@pytest.mark.parametrize(
    "raw",
    [
        "The turnout was 1488 of 3000.",
        "Flight 1488 was late.",
        "It costs £1,488.",
        "In 1488 Dias rounded the Cape.",
        "Born in 88.",
        "Page 14-88 is missing.",
        "Fans shouted Sieg Heil and were arrested.",
        "He was convicted for writing “Heil Hitler” on the wall.",
        "Nobody thinks Hitler was right.",
        "Hitler was right-handed.",
        "Is Hitler right about anything? Who claims Hitler was right?",
        "f(((x)))",
        "(((a + b) * c) / d)",
        "White power tools for sale, drills and saws.",
    ],
)
def test_their_ordinary_uses_are_not(raw):
    assert find(Text(raw)) == []


@pytest.mark.parametrize(
    "raw", ["kys", "KYS loser", "just kys", "go neck yourself", "unalive urself"]
)
def test_orders_to_die_are_found(raw):
    assert find(Text(raw))


@pytest.mark.parametrize(
    "raw",
    [
        "KYS day is on Monday: know your status!",
        "Our KYS clinic tests for HIV.",
        "The KYS campaign wants people to know their status.",
        "Please don't unalive yourself, call somebody.",
        "He wanted to neck himself, and we talked.",
    ],
)
def test_what_only_looks_like_an_order_is_not(raw):
    assert find(Text(raw)) == []


def test_a_gesture_is_found_and_its_name_is_not():
    assert explanations("\U0001f595 to the council") == ["Obscene gesture: “\U0001f595”."]
    assert find(Text("The \U0001f595 emoji should be banned.")) == []


def test_a_salute_has_the_score_of_a_slur():
    scores = filters.run(Draft("Sieg Heil!")).scores

    assert scores["profanity"] == 0.92


@pytest.mark.parametrize("unit", ["1488 ", "sieg heil ", "(((They))) ", "neck yourself ", "хуй "])
def test_the_cost_grows_with_the_text_only(unit):
    assert growth(lambda raw: find(Text(raw)), repeated(unit)) < BOUND
