"""Who is threatened or called what, and when nobody is."""

import numpy as np
import pytest

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.filters.shipped import lines
from moderation.filters.toxicity import Reading, normal, toxicity
from moderation.filters.toxicity.clauses import (
    FORMS,
    GROUP,
    LISTS,
    MENACES,
    OTHER,
    SAYINGS,
    Clause,
    clauses,
    kind,
    kinds,
    spoken,
)
from moderation.filters.toxicity.sayings import Sayings
from moderation.training import frames
from moderation.training.groups import word_groups
from moderation.training.sayings import fit_sayings, said_rows

GROUPS = word_groups()


def read(text: str) -> tuple[Reading, list[Clause]]:
    reading = Reading.of(text)
    words = [normal(token) for token in reading.tokens]
    letters = bytes(kind(word, GROUPS.get(word) == 1) for word in words)
    return reading, list(clauses(letters, reading))


def said(text: str) -> set[str]:
    return {clause.name for clause in read(text)[1]}


ONE_OF_EACH = {
    "group_contempt": "Honestly, Bavarians aside, Germans are lazy.",
    "group_dehumanised": "Refugees are nothing but vermin.",
    "group_named": "dirty foreigners on every corner",
    "group_hated": "I despise all the Swedes.",
    "group_unloved": "I can't stand Norwegians.",
    "group_expelled": "Muslims must be deported.",
    "group_harmed": "Honestly, kill all Danes!",
    "group_denied": "Women do not deserve to vote.",
    "them_harmed": "Here come the Jews again, shoot them.",
    "all_of_group": "all the French are alike",
    "them_called": "Poles moved in next door. They are filthy.",
    "you_threatened": "I'm going to break your nose.",
    "you_doomed": "You will be dead soon.",
    "anyone_harmed": "That judge should be hanged.",
    "wished_dead": "I hope he dies.",
    "armed": "I have a knife.",
    "you_called": "You are a complete idiot.",
    "other_called": "The mayor is a crook.",
    "person_menaced": "Watch your back, Dave.",
    "group_menaced": "Turks should go back to where they came from.",
}


@pytest.mark.parametrize("name", SAYINGS)
def test_each_form_is_found(name: str) -> None:
    assert name in said(ONE_OF_EACH[name])


@pytest.mark.parametrize("name", SAYINGS)
def test_what_another_said_is_not_said(name: str) -> None:
    text = ONE_OF_EACH[name]

    assert said(f'The man shouted "{text}" at us and walked on.') == set()
    assert said(f"The man shouted “{text}” at us and walked on.") == set()


@pytest.mark.parametrize(
    "text",
    [
        "I will never kill you.",
        "Germans are not lazy.",
        "Refugees aren't vermin.",
        "I don't despise the Swedes.",
        "Nobody should deport Muslims.",
        "You are not an idiot.",
        "He said that Germans are lazy.",
        "The banner called refugees vermin.",
        "Some people think that women are stupid.",
        "The mayor is no crook.",
    ],
)
def test_what_is_denied_or_reported_is_not_said(text: str) -> None:
    assert said(text) == set()


def test_who_only_thinks_so_says_so() -> None:
    assert "group_contempt" in said("I think that women are stupid.")


@pytest.mark.parametrize("text", ['"I will kill you"', '" I will kill you', 'I will kill you"'])
def test_quotation_marks_around_everything_or_alone_quote_nobody(text: str) -> None:
    assert "you_threatened" in said(text)


def test_denials_before_it_hide_no_clause() -> None:
    padding = "I will never kill you. Nobody should watch your back. " * 12

    assert said(padding) == set()
    assert {"you_threatened", "person_menaced"} <= said(
        padding + "But tonight I will kill you, so watch your back."
    )


def test_a_denial_of_humanity_is_no_denial() -> None:
    assert said("Women don't deserve rights.") == {"group_denied"}


@pytest.mark.parametrize(
    "text",
    [
        "Greek salad is my favourite dish.",
        "The Swedish team killed the game in the last minute.",
        "We will hunt for mushrooms with our neighbours from Poland.",
        "Women were killed in the attack on Tuesday.",
        "People with disabilities need ramps.",
        "The police shot at the tyres.",
        "",
        "!!!",
    ],
)
def test_harmless_sentences_say_nothing(text: str) -> None:
    assert said(text) == set()


def test_a_clause_is_where_its_words_are() -> None:
    reading, [clause] = read("Well, if you ask me: refugees are nothing but vermin, full stop.")

    begin, end = reading.spans[clause.begin][0], reading.spans[clause.end - 1][1]
    assert reading.typed[begin:end] == "refugees are nothing but vermin"


def test_a_phrase_is_where_its_words_are() -> None:
    reading, [clause] = read("Nice house. Watch your back, Dave.")

    begin, end = reading.spans[clause.begin][0], reading.spans[clause.end - 1][1]
    assert reading.typed[begin:end] == "Watch your back"


def test_a_group_is_menaced_only_where_one_is_named_near_by() -> None:
    assert said("They should go back to where they came from.") == set()
    far = " and so on" * 5
    assert said(f"The Turks won{far}, send the parcels back to where they came from.") == set()


def test_a_word_is_of_one_kind() -> None:
    listed = [word for line in lines(LISTS[0]) for word in line.split("\t")[1].split()]

    assert len(listed) == len(set(listed)) == len(kinds())
    assert all(normal(word) == word for word in listed)
    assert kind("nowhereland", False) == OTHER
    assert kind("nowherelander", True) == GROUP


def test_a_phrase_is_listed_once_and_as_it_is_read() -> None:
    listed = [tuple(line.split("\t")) for line in lines(LISTS[1])]

    said = [each for _, phrase in listed for each in spoken(phrase)]
    assert len(set(said)) == len(said)
    assert {f"{who}_menaced" for who, _ in listed} == set(MENACES)
    for _, phrase in listed:
        plain = phrase.replace("{", "").replace("}", "")
        assert " ".join(Reading.of(plain).tokens) == plain


def test_forms_are_looked_for_where_they_can_be() -> None:
    """The letters that a form is said to need are those without which it is never found."""
    for sentence in (*frames.clause_sentences(), *frames.sentences()):
        words = [normal(token) for token in Reading.of(sentence.text).tokens]
        letters = bytes(kind(word, GROUPS.get(word) == 1) for word in words)
        present = frozenset(letters)
        for form in FORMS:
            if not form.may_be_in(present):
                assert list(form.find(letters, Reading.of(sentence.text))) == [], form.name


SENTENCES = [
    ("I know where you live and I will find you.", "threat"),
    ("Somebody ought to strangle that man.", "threat"),
    ("If I ever see you here again I will break your legs.", "threat"),
    ("Refugees are vermin and should be deported.", "identity_attack"),
    ("Women can't be trusted with money.", "identity_attack"),
    ("Get rid of all the foreigners.", "identity_attack"),
]


@pytest.mark.parametrize(("text", "attribute"), SENTENCES)
def test_plain_words_are_found_for_what_they_say(text: str, attribute: str) -> None:
    scores = toxicity.check(None, Draft(text), Facts(), Rules()).scores

    assert scores[attribute] >= 0.5, dict(scores)


def shown(text: str, code: Code) -> list[str]:
    """What a moderator is shown for a code."""
    [found] = [
        s for s in toxicity.check(None, Draft(text), Facts(), Rules()).signals if s.code is code
    ]
    return [text[begin:end] for begin, end in found.spans]


def test_a_clause_is_shown_where_no_word_in_it_is_loud() -> None:
    plain = "Refugees are nothing but vermin, that is all."
    foul = "Refugees are nothing but fucking vermin."

    assert shown(plain, Code.TOXICITY) == ["Refugees are nothing but vermin"]
    assert "fucking" in shown(foul, Code.TOXICITY)
    assert shown(foul, Code.IDENTITY_ATTACK) == ["Refugees are nothing but fucking vermin"]


def test_a_clause_is_named_on_one_line() -> None:
    findings = toxicity.check(
        None, Draft("I will\n  kill you, and that is that."), Facts(), Rules()
    )

    assert any("“I will kill you” read as a threat" in s.explanation for s in findings.signals)


def test_what_is_said_makes_nothing_better_and_nothing_else_worse() -> None:
    sayings = toxicity.model.sayings
    calm = [0.01, 0.4, 0.5, 0.6, 0.99, 0.0]

    assert (sayings.weights >= 0).all()
    assert sayings.raised(calm, []) == calm
    for name in SAYINGS:
        raised = sayings.raised(calm, [Clause(name, 0, 1)])
        assert all(after >= before for before, after in zip(calm, raised, strict=True))


def test_one_text_is_raised_as_many_are() -> None:
    sayings = toxicity.model.sayings
    rng = np.random.default_rng(5)
    probabilities = rng.random((200, 6)).astype(np.float32)
    found = [
        [
            Clause(SAYINGS[place], 0, 1)
            for place in rng.integers(0, len(SAYINGS), rng.integers(0, 4))
        ]
        for _ in probabilities
    ]

    many = sayings.raised_many(probabilities, said_rows(found))

    one = [sayings.raised(p.tolist(), c) for p, c in zip(probabilities, found, strict=True)]
    assert many == pytest.approx(np.array(one), abs=1e-6)


def test_sayings_learn_which_of_them_tell() -> None:
    rng = np.random.default_rng(6)
    rows = np.zeros((400, len(SAYINGS)), np.float32)
    rows[np.arange(400), rng.integers(0, 2, 400)] = 1.0
    probabilities = np.full((400, 2), 0.1, np.float32)
    targets = np.column_stack((rows[:, 0], np.full(400, np.nan))).astype(np.float32)

    learned: Sayings = fit_sayings(rows, probabilities, targets, np.ones((400, 2), np.float32))

    telling, silent = ([Clause(SAYINGS[place], 0, 1)] for place in (0, 1))
    assert learned.raised([0.1, 0.1], telling)[0] > 0.9
    assert learned.raised([0.1, 0.1], silent)[0] == 0.1
    # Nobody said anything of the second.
    assert learned.raised([0.1, 0.1], telling)[1] == 0.1
