"""Weights of spam phrases and of offered trades, against news about them."""

import re

import pytest

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.filters.spam.filter import SpamFilter
from moderation.filters.spam.phrases import phrases
from moderation.filters.text.data_files import read_lines
from moderation.filters.text.document import Text
from tests.filters.cases import cases


def matched_texts(typed):
    text = Text(typed)
    return [text.clean[slice(*phrase.span)] for phrase in phrases(text)]


def weight(typed):
    found = SpamFilter().check(Text(typed), Draft(typed), Facts(), Rules()).signals
    return next(s.score for s in found if s.code is Code.SPAM_PHRASE)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Diplomas of any school, only $90", ["Diplomas of any school, only $90"]),
        ("Text me about the handbags.", ["Text me about the handbags"]),
        ("Locksmith in Leeds, 0113 496 0000", ["Locksmith in Leeds, 0113 496 0000"]),
        ("Tax on the casino is 15 %.", []),
        ("Cheap flights to Seoul.", []),
        ("The hackers sold it on Telegram.", []),
        ("Handbags: telegram @bagshop", ["Handbags: telegram @bagshop"]),
        ("An essay of 1990 - 2000 in print.", []),
        (f"The locksmith was late. {'So were all of us. ' * 4} Call me.", []),
    ],
)
def test_a_trade_counts_only_beside_an_offer(typed, found):
    assert matched_texts(typed) == found


def test_a_phone_number_an_address_or_a_messenger_weighs_as_a_link_does():
    alone = weight("No credit check!")

    for reached in (
        "0113 496 0000",
        "me@shop.example.com",
        "WhatsApp us",
        "http://shop.example.com",
    ):
        assert weight(f"No credit check! {reached}") > alone

    assert weight("There was no credit check in this town (1990 - 2000), as you know.") == weight(
        "There was no credit check in this town, as you know."
    )


def test_a_phrase_that_goes_on_too_far_is_not_cut_short():
    assert matched_texts(f"whatsapp {'1' * 30}") == [f"whatsapp {'1' * 30}"]
    assert matched_texts(f"whatsapp {'1' * 90}") == []


@pytest.mark.parametrize("name", ["phrases.en.txt", "phrases.txt"])
def test_every_phrase_is_in_some_case_and_none_goes_without_the_words_it_is_looked_for_by(name):
    texts = [case["text"].lower() for case in cases("spam")]
    for line in read_lines(name):
        words, phrase = line.split("\t")[:2]
        unspaced = re.search("[\u0e00-\u0eff\u3400-\u9fff]", phrase)
        pattern = re.compile(phrase if unspaced else rf"(?<![^\W_])(?:{phrase})(?![^\W_])")

        met = [text for text in texts if pattern.search(text)]

        assert met, line
        assert all(any(word in text for word in words.split("|")) for text in met), line
