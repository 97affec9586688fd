"""Numbers in any writing, numbers of persons by their checksum, and data in the author's name."""

import pytest

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Rules
from moderation.filters.links import LinksFilter
from moderation.filters.personal_data.digits import spoken, written_out
from moderation.filters.personal_data.filter import PersonalDataFilter
from moderation.filters.personal_data.identity_numbers import is_identity_number, lettered
from moderation.filters.text.document import Text
from tests.growth import BOUND, growth, repeated


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("٠٧٧٠٠ and ०९८", "07700 and 098"),
        ("O77OO 9OO123", "07700 900123"),
        ("0l7l 555", "0171 555"),
        ("20l of oil, 100l too", "20l of oil, 100l too"),
        ("Oslo in 2O and IO", "Oslo in 2O and IO"),
    ],
)
def test_digits_of_any_writing_are_read_in_place(typed, read):
    assert written_out(typed) == read
    assert len(read) == len(typed)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("oh one six one treble-four two nine five", "0161444295"),
        ("ruf null eins sieben zwo, drei vier acht an", "0172348"),
        ("zero 77 double nine four six one", "07799461"),
    ],
)
def test_digits_in_words_make_a_number(typed, digits):
    assert [found for found, _ in spoken(typed)] == [digits]


@pytest.mark.parametrize(
    "typed",
    [
        "one two three four five six seven eight nine",
        "nine eight seven six five four three two one zero",
        "two, three or four of the five, six or seven",
        "one one one one one one one one three three",
        "seven three one",
    ],
)
def test_counting_aloud_makes_no_number(typed):
    assert list(spoken(typed)) == []


@pytest.mark.parametrize(
    "number",
    [
        *("84071763228", "79350492582", "177.151.620-86", "756.9217.0769.85", "85.07.30-033.28"),
        *("284077534360746", "2 84 07 75 343 607 46"),
    ],
)
def test_a_number_is_a_persons_only_with_its_checksum(number):
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert is_identity_number(number)
    assert not is_identity_number(wrong)


@pytest.mark.parametrize("number", ["000-90-4399", "666-90-4399", "536-00-4399", "536904399"])
def test_a_number_that_was_never_given_out_is_no_social_security_number(number):
    assert is_identity_number("536-90-4399")
    assert not is_identity_number(number)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("JM402415D", ["JM402415D"]),
        ("BG402415D", []),
        ("JM402415E", []),
        ("X6552489L", ["X6552489L"]),
        ("X6552489M", []),
        ("83934028J, 83934028K", ["83934028J"]),
        ("131052-308T, 131052-308U", ["131052-308T"]),
        ("BRNGLI76E23F839O, BRNGLI76E23F839P", ["BRNGLI76E23F839O"]),
        ("1 84 07 2A 123 456 17", ["1 84 07 2A 123 456 17"]),
        ("1 84 07 2A 123 456 18", []),
    ],
)
def test_letters_and_digits_need_the_right_prefix_and_sign(text, found):
    spans = [text[begin:end] for begin, end in lettered(text)]

    assert spans == found


@pytest.mark.parametrize(
    "text",
    [
        "The council's number is 020 7946 0721, ask about the bins",
        "Giftnotruf 030 19240, Tag und Nacht",
        "Crisis line: +1 800 273 8255",
    ],
)
def test_public_numbers_are_shown_and_hold_nothing(text):
    found = PersonalDataFilter().check(Text(text), Draft(text), Facts(), Rules())

    assert all(signal.score < 0.7 for signal in found.signals)


def test_a_private_number_beside_an_authority_is_held():
    text = "He works for the council, his number is 020 7946 0721"

    found = PersonalDataFilter().check(Text(text), Draft(text), Facts(), Rules())

    assert [signal.score for signal in found.signals] == [0.8]


def test_a_finding_in_the_name_says_so_and_marks_the_name():
    draft = Draft("Agreed.", "Ring +44 7700 900461")
    text = Text(draft.text)

    (signal,) = PersonalDataFilter().check(text, draft, Facts(), Rules()).signals

    assert (signal.field, signal.spans) == (AUTHOR_NAME, ((5, 20),))
    assert signal.explanation == "Contains a phone number in the name."
    assert text.name(draft.author_name) is text.name(draft.author_name)


def test_an_account_in_the_name_is_named_and_a_blocked_site_refused():
    rules = Rules(blocked_domains=frozenset({"bad.example"}))

    def signal_of(name):
        (signal,) = LinksFilter().check(Text("Hi."), Draft("Hi.", name), Facts(), rules).signals
        return signal.code.value, signal.field, signal.explanation

    assert signal_of("Snap: mia_99") == (
        "LINK_IN_NAME",
        AUTHOR_NAME,
        "The name is an account of Snap.",
    )
    assert signal_of("x.bad.example")[0] == "BLOCKED_LINK"


NASTY = {
    "words for digits": repeated("seven three one nine "),
    "words for identity numbers": repeated("ssn passport 12 "),
    "words for plates": repeated("reg plate AB12 "),
    "homes": repeated("he lives at 9 Elm "),
    "numbers in words": repeated("call07 on0"),
    "letters for digits": repeated("O0O0 1l1 "),
    "numbers with letters": repeated("12 34 56 C "),
    "fillers": repeated("no is the of ", "ssn "),
    "foreign digits": repeated("٠٧٧٠٠ "),
    "streets of eleven languages": repeated("via Roma 1 rua Rua ul. Dom 2 "),
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_no_number_costs_more_than_its_length(text):
    def judged(raw):
        PersonalDataFilter().check(Text(raw), Draft(raw), Facts(), Rules())

    assert growth(judged, text) < BOUND
