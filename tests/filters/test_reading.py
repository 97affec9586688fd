"""The reading of a text: its sentences alone and together, and what is left out of it."""

import numpy as np
import pytest

from moderation.domain.judgement import DEFAULT_THRESHOLDS, Draft, Facts, Rules
from moderation.filters import encoded_sentences, reading
from moderation.filters.text.document import Text
from moderation.filters.text.encoder import Encoder, encoder
from moderation.filters.text.heads import OUTPUTS, heads
from moderation.filters.text.student import student
from moderation.filters.text.tokens import tokens
from moderation.filters.text.words import words as words_of
from moderation.filters.toxicity.filter import toxicity

THREAT = OUTPUTS.index("threat")
CALM = (
    "The bridge will be closed for two months. My bus goes another way now. "
    "The mayor promised a ferry for the schoolchildren. We shall see whether it comes."
)
LATE = "the ferry was late again and we waited in the rain all of this morning"


@pytest.fixture
def encoded(monkeypatch):
    """The rows of each call of the encoder."""
    rows, features = [], Encoder.features
    monkeypatch.setattr(
        Encoder,
        "features",
        lambda self, ids: rows.append(sum(len(each) + 6 for each in ids)) or features(self, ids),
    )
    return rows


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
def test_what_the_encoder_computes_for_a_text_is_bounded(unit, encoded):
    read(" ".join(unit.format(number) for number in range(500)))

    assert 0 < sum(encoded) <= encoded_sentences.MOST_ENCODED


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
    text, read_now, begin = Text("A remark on the bridge."), [], reading._begin
    monkeypatch.setattr(
        reading, "_begin", lambda text, student: read_now.append(text) or begin(text, student)
    )

    reading.read(text)
    reading.read_ahead([text])
    reading.read(text)

    assert len(read_now) == 1


AHEAD = [
    "",
    "You are an idiot.",
    CALM,
    "Tämä on oikein hyvä uutinen koko kaupungille, ja kiitos siitä kaikille tekijöille.",
    f"{CALM} I will break your neck tonight. {CALM}",
    "Du bist so ein Vollidiot. Du bist so ein Vollidiot. Halt endlich die Klappe!",
    "?!",
    *(f"Shut up, number {number}, or I will find you. {CALM}" for number in range(30)),
]


def test_texts_that_are_read_together_read_as_they_do_alone(encoded):
    alone = [read(typed) for typed in AHEAD]
    calls = len(encoded)
    encoded.clear()
    texts = [Text(typed) for typed in AHEAD]

    reading.read_ahead(texts)

    assert len(encoded) < calls / 2
    assert max(encoded) <= encoded_sentences.MOST_ENCODED
    encoded.clear()
    for text, expected in zip(texts, alone, strict=True):
        found = reading.read(text)
        assert found.spans == expected.spans
        assert np.allclose(found.whole, expected.whole, atol=1e-4)
        assert np.allclose(found.sentences, expected.sentences, atol=1e-4)
    assert encoded == []


def test_only_suspicious_sentences_are_encoded(monkeypatch):
    encoded = []
    features = encoder().features
    monkeypatch.setattr(
        type(encoder()), "features", lambda self, ids: encoded.append(len(ids)) or features(ids)
    )

    read("The bus is late. Thanks for the report.")
    read("Thanks for the report. I will kill you all. The bus is late.")

    assert encoded == [1]


@pytest.mark.parametrize(
    ("words", "share"), [(2, 0.0), (3, 0.1), (7, 0.5), (11, 0.9), (12, 1.0), (16, 1.0)]
)
def test_the_words_of_a_text_count_more_the_more_there_are(words, share):
    typed = " ".join(LATE.split()[:words])
    before = reading.unblended(Text(typed), student(), heads())
    fully = before.whole.copy()
    counted = reading.ngrams().logits(words_of(typed))
    reading.blended(fully, before.strongest, counted, reading._blend())

    found = read(typed)

    counted = before.whole + share * (fully - before.whole)
    # A few words lower nothing that is read in a short text.
    expected = counted if share == 1 else np.maximum(counted, before.whole)
    assert np.allclose(found.whole, expected, atol=1e-4)
    assert found.by_words == (share == 1)


def test_words_alone_hold_no_short_text(monkeypatch):
    class Loud:
        def logits(self, words):
            return np.full(len(OUTPUTS), 40, np.float32)

    monkeypatch.setattr(reading, "ngrams", Loud)
    rules = Rules()

    for words in (3, 7, 11):
        typed = " ".join(LATE.split()[:words])
        scores = toxicity.check(Text(typed), Draft(typed), Facts(), rules).scores
        assert all(score < rules.thresholds[name] for name, score in scores.items())
    scores = toxicity.check(Text(LATE), Draft(LATE), Facts(), rules).scores
    assert scores["toxicity"] > rules.thresholds["toxicity"]


def test_the_imitated_score_counts_most_where_little_is_toxic():
    blend = {
        "weights": np.zeros((3, 6), np.float32),
        "imitation": np.zeros(24, np.float32),
        "imitation_offset": np.float32(-5),
        "share": np.float32(0.7),
    }
    parts = np.zeros((2, len(OUTPUTS)), np.float32)

    def blended(offset):
        whole = np.zeros(len(OUTPUTS), np.float32)
        reading.blended(whole, *parts, {**blend, "offset": np.full(6, offset, np.float32)})
        return whole[0]

    assert blended(-6.0) == pytest.approx(-6 + 0.7 * 1)
    assert blended(-2.5) == pytest.approx(-2.5 + 0.5 * -2.5)
    assert blended(0.0) == pytest.approx(0.3 * -5)
    assert blended(4.0) == pytest.approx(4 + 0.3 * -9)


def is_held(typed):
    scores = toxicity.check(Text(typed), Draft(typed), Facts(), Rules()).scores
    return any(score >= DEFAULT_THRESHOLDS[name] for name, score in scores.items())


@pytest.mark.parametrize(
    "sign", [" 😀", " 🙂", "😊", " ❤️", " 👍🏽", " :)", " :-D", " ;)", " xD", " <3"]
)
@pytest.mark.parametrize(
    "typed",
    [
        "Shut up you stupid cow",
        "You are an idiot",
        "Ich bring dich um",
        "Go back to your country",
        "sei un coglione",
        "Jesteś idiotą",
    ],
)
def test_a_friendly_sign_does_not_take_back_what_the_words_say(typed, sign):
    assert is_held(typed)
    assert is_held(typed + sign)


@pytest.mark.parametrize(
    "typed",
    [
        "haha you idiot 😂 see you tonight",
        "omg stop it you absolute muppet 😂 love you",
        "you beautiful idiot ❤️ happy birthday",
        "You killed it on stage last night! 🔥",
        "shut up and take my money 😂",
        "t'es trop con 😂 je t'adore",
        "bitch please 😂 that cake is gorgeous",
        "we got slaughtered yesterday, 5-0 😭",
        "damn you and your cinnamon buns 😍",
    ],
)
def test_banter_with_a_sign_is_read_together_with_the_words_after_it(typed):
    assert not is_held(typed)
