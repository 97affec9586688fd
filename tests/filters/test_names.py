"""Reserved names: what a reader would take for one, and what not."""

import pytest

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.filters.names import NamesFilter, resembled
from moderation.filters.text import Text, looks

STAFF = ("Anna Berg", "Tom", "Мария Волкова", "山田太郎", "Marnie Wells")


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("Anna Berg", "Anna Berg"),
        ("anna  BERG", "Anna Berg"),
        ("AnnaBerg", "Anna Berg"),
        ("A n n a  B e r g", "Anna Berg"),
        ("A.n.n.a_Berg", "Anna Berg"),
        ("Аnnа Веrg", "Anna Berg"),
        ("Ånnä Bérg", "Anna Berg"),
        ("𝓐𝓷𝓷𝓪 𝓑𝓮𝓻𝓰", "Anna Berg"),
        ("4nna B3rg", "Anna Berg"),
        ("An\u200bna Berg", "Anna Berg"),
        ("Annna Bergg", "Anna Berg"),
        ("Anna Berg ✓", "Anna Berg"),
        ("Anna Berg (editor)", "Anna Berg"),
        ("The real Anna Berg", "Anna Berg"),
        ("Tom", "Tom"),
        ("T0m!", "Tom"),
        ("ᴛᴏᴍ", "Tom"),
        ("Mamie VVells", "Marnie Wells"),
        ("мария волкова", "Мария Волкова"),
        ("山田 太郎", "山田太郎"),
    ],
)
def test_a_name_that_reads_like_a_reserved_one_is_found(name, whose):
    assert resembled(name, STAFF) == whose


@pytest.mark.parametrize(
    "name",
    [
        "Anna",
        "Berg",
        "Anna Bergman",
        "Hanna Berg",
        "Tom Hansen",
        "Tomas",
        "Ann Berg-Olsen",
        "Марина Волкова",
        "山田花子",
        "✓✓✓",
        "!!! ???",
        "12",
    ],
)
def test_other_names_are_left_alone(name):
    assert resembled(name, STAFF) is None


def test_letters_of_other_alphabets_stand_for_themselves():
    assert looks("山田") != looks("花子")


def test_the_finding_names_the_reserved_name_and_nothing_else():
    rules = Rules(reserved_names=STAFF)

    found = NamesFilter().check(Text("Hello."), Draft("Hello.", "T0m"), Facts(), rules)

    (signal,) = found.signals
    assert (signal.code, signal.field, signal.spans) == (Code.STAFF_NAME, AUTHOR_NAME, ((0, 3),))
    assert signal.explanation == "The name reads like “Tom”, which is reserved for staff."


def test_staff_may_use_their_own_names():
    rules = Rules(reserved_names=STAFF)

    found = NamesFilter().check(Text("Hi."), Draft("Hi.", "Tom"), Facts(staff=True), rules)

    assert (found.signals, found.scores["names"]) == ((), 0.0)


def test_a_name_without_a_single_letter_cannot_be_reserved():
    assert resembled("", ("!!!",)) is None
