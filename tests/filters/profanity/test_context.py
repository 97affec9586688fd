"""Words that are named, reported, quoted or a person's name are not used as profanities."""

import pytest

from moderation.filters.profanity.filter import find
from moderation.filters.text.document import Text


@pytest.mark.parametrize("title", ["Mr.", "Mrs.", "Dr.", "Prof.", "Rev.", "Capt.", "St.", "Sgt."])
@pytest.mark.parametrize("name", ["Wank", "Minge", "Kike", "Paki", "Dago"])
def test_the_dot_of_a_title_ends_no_sentence(title, name):
    assert find(Text(f"The choir was led by {title} {name} for many years.")) == []


@pytest.mark.parametrize(
    "raw",
    [
        "The paper was written by J. Wank in 1970.",
        "The paper was written by J. P. Minge in 1970.",
        "Arsenal vs. Wank was the first match of the day.",
        "Messrs. Wank and Sons sell paint.",
    ],
)
def test_the_dot_of_an_initial_ends_no_sentence(raw):
    assert find(Text(raw)) == []


@pytest.mark.parametrize(
    "raw",
    [
        "The match is over. Wank off.",
        "What now? Wank all day, I guess.",
        "You are such a Wank.",
        "He is a Dick, that mayor, and a liar.",
    ],
)
def test_a_capital_makes_no_name_at_the_beginning_or_in_an_insult(raw):
    assert find(Text(raw))


@pytest.mark.parametrize(
    "raw",
    [
        "Two boys called my daughter a “tranny” on the bus.",
        "My manager called me a 'spaz' in front of everybody.",
        "I was called a “wog” at the station, in this century.",
        "Children here get called “pikeys” by the driver.",
        "A man shouted “faggot” at us from his van.",
        "The graffiti read “niggers” and was removed.",
        "Don't call anybody a “gook”, whatever they did.",
        "Please stop calling people “retards”.",
        "Never use “kike”, not even as a joke.",
        "It is wrong to say “trannies” in a headline.",
        "They called him a retard at school for years.",
        "“Gook” occurs nine times in the script.",
        '"Tranny" was the headline in 1998.',
    ],
)
def test_a_slur_in_a_report_or_a_request_is_named_and_not_used(raw):
    assert find(Text(raw)) == []


@pytest.mark.parametrize(
    "raw",
    [
        "You are a “retard” and so is your brother.",
        "I called him a “faggot” and I would again.",
        "They should be called “niggers” as before.",
        "The “kikes” own this paper and everybody knows it well.",
        "We call them “pikeys” here, for that is what they are.",
        "Ask the “trannies” on the board what they did with it.",
        "He said nothing. Faggots never do.",
        "I will never stop calling them “niggers”, and that is a promise.",
        "I say what I like: nobody was called a gook here, but I call you a “gook”.",
        "“Faggots” is what they are, the whole council.",
    ],
)
def test_quotation_marks_alone_do_not_make_a_slur_harmless(raw):
    assert find(Text(raw))


@pytest.mark.parametrize(
    "raw",
    [
        "She was called a “dirty whore” by the man next door, and nobody helped her.",
        "My ex wrote 'you stupid bitch' on the wall of our house last night.",
        "The coach said “you lazy bastards” to children of nine, says the report.",
    ],
)
def test_an_insult_inside_a_quotation_belongs_to_who_is_quoted(raw):
    assert find(Text(raw)) == []


def test_a_person_named_before_the_quotation_marks_is_insulted():
    assert find(Text("You are a “whore”, and your sister knows it as well as I do."))
