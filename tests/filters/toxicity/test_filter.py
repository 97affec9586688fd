"""The toxicity filter: seven scores, and the sentence that is responsible for each."""

import pytest

from moderation.domain.judgement import AUTHOR_NAME, Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.filters.text.document import Text
from moderation.filters.toxicity.filter import ATTRIBUTES, toxicity

CALM = "The council met on Tuesday. It talked about the pool for an hour, and voted for it."


def check(text, author_name="", **facts):
    draft = Draft(text, author_name=author_name)
    return toxicity.check(Text(text), draft, Facts(**facts), Rules())


def codes(findings):
    return {signal.code for signal in findings.signals}


def test_every_text_has_all_scores():
    for text in ("", "A remark.", "Ein Satz.", "これはペンです。"):
        scores = check(text).scores
        assert tuple(scores) == tuple(ATTRIBUTES)
        assert all(0 <= score <= 1 for score in scores.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I am going to break your legs.", Code.THREAT),
        ("Somebody should hang that judge.", Code.THREAT),
        ("Ich weiß, wo du wohnst, du bist bald tot.", Code.THREAT),
        ("Refugees are parasites and must disappear.", Code.IDENTITY_ATTACK),
        ("Les Roms sont tous des voleurs, dehors !", Code.IDENTITY_ATTACK),
        ("You are the dumbest person I have ever met.", Code.INSULT),
        ("Eres un imbécil sin cerebro.", Code.INSULT),
        ("Ты тупой урод.", Code.INSULT),
        ("Send me a picture of your wet pussy.", Code.SEXUALLY_EXPLICIT),
    ],
)
def test_each_kind_is_named(text, code):
    assert code in codes(check(text))


@pytest.mark.parametrize(
    "text",
    [
        "We killed the time with a game of cards.",
        "American cheese must be banned from this kitchen.",
        "He told the court that she had threatened to kill him.",
        "Nobody should call refugees parasites.",
        "I am a proud gay man from Leeds.",
        "Die Straße ist schon wieder gesperrt.",
        "Quel match, ils les ont massacrés 5-0 !",
        "Самолёты противника надо сбивать.",
    ],
)
def test_the_same_words_without_a_victim_are_free(text):
    assert not check(text).signals


def test_the_sentence_is_quoted_once_and_marked_whole():
    said = "I will find you and break your neck."
    typed = f"{CALM} {said} {CALM}"

    signals = check(typed).signals

    assert {typed[slice(*span)] for signal in signals for span in signal.spans} == {said}
    assert sum(said in signal.explanation for signal in signals) == 1
    assert all(signal.explanation.startswith(("“", "It also")) for signal in signals)


def test_a_long_sentence_is_shortened_in_the_explanation_only():
    typed = "You " + "are a miserable and worthless piece of garbage and " * 2 + "a liar."

    signals = check(typed).signals

    assert signals
    assert all(len(signal.explanation) < 140 for signal in signals)
    assert signals[0].spans[0][1] > 90


def test_the_authors_name_is_read():
    found = check("Agreed.", author_name="Kill all migrants")

    assert [signal.field for signal in found.signals] == [AUTHOR_NAME]
    assert max(found.scores.values()) < 0.3


@pytest.mark.parametrize("name", ["Ada Lovelace", "Dick van Loon", "Old Killjoy", "Gay Talese", ""])
def test_ordinary_names_are_free(name):
    assert not check("Agreed.", author_name=name).signals


def test_a_name_that_the_main_site_vouches_for_is_not_read():
    assert not check("Agreed.", author_name="Kill all migrants", staff=True).signals


def test_the_version_names_the_models():
    kind, _, digest = toxicity.version.partition(":")

    assert kind == "tox-6"
    assert len(digest) == 8
