"""Perspective's attributes: what they are made of, and that worse readings never score lower."""

import json
from dataclasses import replace

import numpy as np
import pytest

from moderation.filters import attributes, reading
from moderation.filters.attributes import ATTRIBUTES, FILE, FITTED, INPUTS
from moderation.filters.text.document import Text
from moderation.filters.toxicity.filter import toxicity

TWO = "The committee meets on Tuesday. You are an idiot and a moron."
LONG = "I read the whole article twice and I think that the author is wrong about the new road."


def test_the_weights_belong_to_the_reader_in_the_package():
    stored = json.loads(FILE.read_bytes())

    assert stored["reader"] == toxicity.version, "run `moderation train perspective --data DIR`"
    assert tuple(stored["attributes"]) == FITTED


def test_no_weight_is_negative():
    for row in json.loads(FILE.read_bytes())["attributes"].values():
        for kind in ("words", "plain"):
            assert len(row[kind]["weights"]) == INPUTS
            assert min(row[kind]["weights"]) >= 0.0


def test_weights_of_another_release_are_refused():
    stored = {"attributes": {"TOXICITY": {"words": {"weights": [1.0], "offset": 0.0}}}}

    with pytest.raises(ValueError, match="another release"):
        attributes._Weights(stored)


@pytest.mark.parametrize("text", [TWO, LONG, "", "今日はとても良い天気ですね。"])
def test_each_wanted_attribute_has_a_score(text):
    found = attributes.score(Text(text), ATTRIBUTES)

    assert list(found.whole) == list(ATTRIBUTES)
    assert all(0.0 <= score <= 1.0 for score in found.whole.values())


def test_an_attribute_scores_the_same_whatever_is_asked_beside_it():
    alone = {name: attributes.score(Text(TWO), (name,)).whole[name] for name in ATTRIBUTES}

    assert attributes.score(Text(TWO), ATTRIBUTES).whole == alone


def test_sentences_are_scored_on_demand():
    found = attributes.score(Text(TWO), ("TOXICITY", "SPAM"))

    assert [TWO[slice(*span)] for span in found.spans] == TWO.replace(". ", ".|").split("|")
    assert len(found.sentences["TOXICITY"]) == 2
    assert "SPAM" not in found.sentences
    assert attributes.score(Text(TWO), ("TOXICITY",), sentences=False).sentences == {}
    assert attributes.score(Text("One sentence."), ("TOXICITY",)).sentences == {}


@pytest.mark.parametrize("text", [TWO, LONG])
def test_a_text_that_reads_as_worse_never_scores_lower(text):
    read = reading.read(Text(text))
    weights = attributes._weights()
    before = weights.of_text(read, 0.0)

    for output in range(7):
        worse = np.zeros(8, np.float32)
        worse[output] = 1.5
        raised = replace(read, whole=read.whole + worse, sentences=read.sentences + worse)
        assert (weights.of_text(raised, 0.0) >= before).all()
    assert (weights.of_text(read, 0.9) >= before).all()


def test_the_reading_tells_whether_words_counted():
    assert reading.read(Text(LONG)).by_words
    assert not reading.read(Text("You idiot.")).by_words


def test_the_version_names_the_model():
    assert attributes.model() == f"moderation@{attributes.version()}"
