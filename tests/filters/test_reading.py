"""The reading of a text: its sentences alone and together, and what is left out of it."""

import numpy as np
import pytest

from moderation.filters import reading
from moderation.filters.text.document import Text
from moderation.filters.text.encoder import Encoder, encoder
from moderation.filters.text.heads import OUTPUTS
from moderation.filters.text.student import student
from moderation.filters.text.tokens import tokens

THREAT = OUTPUTS.index("threat")
CALM = (
    "The bridge will be closed for two months. My bus goes another way now. "
    "The mayor promised a ferry for the schoolchildren. We shall see whether it comes."
)


def read(text):
    return reading.read(Text(text))


@pytest.mark.parametrize(
    "sentences",
    [
        ["I like the new bridge.", "You are a liar.", "See you on Sunday!"],
        ["Das ist gut.", "Ja."],
        ["x", "Nobody asked the people who swim there every single day of the year."],
    ],
)
def test_a_sentence_is_the_same_alone_and_among_others(sentences):
    ids = tokens(sentences)

    together = student().judge(ids).sentences
    alone = np.concatenate([student().judge([each]).sentences for each in ids])
    encoded = encoder().features(ids)
    encoded_alone = np.concatenate([encoder().features([each]) for each in ids])

    assert np.allclose(together, alone, atol=1e-4)
    assert np.allclose(encoded, encoded_alone, atol=1e-3)


def test_repeated_sentences_count_as_often_as_they_are_there():
    ids = tokens(["You are a liar.", "See you on Sunday!"])

    once = student().judge([ids[0], ids[1], ids[0], ids[0]])
    counted = student().judge(ids, np.array([3, 1], np.float32))

    assert np.allclose(counted.whole, once.whole, atol=1e-4)
    assert np.allclose(counted.sentences, once.sentences[:2], atol=1e-4)


def test_each_repetition_of_a_sentence_has_its_own_span_and_the_same_logits():
    found = read("I will break your neck. Good morning. I will break your neck.")

    assert found.spans == ((0, 23), (24, 37), (38, 61))
    assert np.array_equal(found.sentences[0], found.sentences[2])
    assert found.sentences[0, THREAT] > found.sentences[1, THREAT]


@pytest.mark.parametrize("unit", ["I will break your {} neck.", "Die, {}!", "Kill {}."])
def test_what_the_encoder_computes_for_a_text_is_bounded(unit, monkeypatch):
    computed = []
    features = Encoder.features
    monkeypatch.setattr(
        Encoder,
        "features",
        lambda self, ids: (
            computed.append(sum(len(each) + 6 for each in ids)) or features(self, ids)
        ),
    )

    read(" ".join(unit.format(number) for number in range(500)))

    assert 0 < sum(computed) <= reading.MOST_ENCODED


def test_a_threat_decides_for_the_comment_around_it():
    alone = read("I will break your neck tonight.").whole[THREAT]

    within = read(f"{CALM} I will break your neck tonight. {CALM}")

    assert within.whole[THREAT] == pytest.approx(alone, abs=0.3)
    assert within.loudest(THREAT) is not None


def test_the_loudest_sentence_is_marked_as_typed():
    typed = f"{CALM} I will br3ak your n e c k tonight.  {CALM}"

    begin, end = read(typed).loudest(THREAT)

    assert typed[begin:end] == "I will br3ak your n e c k tonight."


def test_shouting_and_disguise_are_read_like_the_words_themselves():
    plain = read("I will kill you tonight").whole

    for other in ("I WILL KILL YOU TONIGHT", "I will k1ll you tonight", "I will kіll yоu tonight"):
        assert read(other).whole[THREAT] == pytest.approx(plain[THREAT], abs=0.8)


def test_a_text_in_a_language_that_is_not_judged_has_no_findings():
    finnish = "Tämä on oikein hyvä uutinen koko kaupungille, ja kiitos siitä kaikille tekijöille."

    assert read(finnish).whole.max() < -10


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b", "…", "?!"])
def test_a_text_without_words_is_nothing_bad(text):
    assert read(text).whole.max() < 0


def test_a_text_is_read_once(monkeypatch):
    text, read_now = Text("A remark on the bridge."), []
    monkeypatch.setattr(reading, "_read", lambda text: read_now.append(text) or reading.NOTHING)

    reading.read(text)
    reading.read(text)

    assert len(read_now) == 1


def test_only_suspicious_sentences_are_encoded(monkeypatch):
    encoded = []
    features = encoder().features
    monkeypatch.setattr(
        type(encoder()), "features", lambda self, ids: encoded.append(len(ids)) or features(ids)
    )

    read("The bus is late. Thanks for the report.")
    read("Thanks for the report. I will kill you all. The bus is late.")

    assert encoded == [1]
