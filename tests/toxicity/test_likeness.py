"""Saying of a text what another model would say, from the few texts that it has scored."""

import numpy as np
import pytest

from moderation.filters.toxicity import INPUTS, Reading
from moderation.filters.toxicity.vectors import SIZE
from moderation.training.likeness import Floats, Rows, Seen, fit_likeness
from moderation.training.linear import texts

KIND = ("thanks for the lovely beans", "the garden is lovely today", "we like the garden fence")
RUDE = ("crawl away you toad", "you are a rotten toad", "what a rotten scoundrel you are")
LINES = [*KIND * 8, *RUDE * 8, "a lovely garden", "you rotten scoundrel"]
SCORES = np.array([0.05] * 24 + [0.9] * 24 + [np.nan] * 2, np.float32)


def some(*, inputs: bool = True, directions: bool = True) -> Seen:
    """Texts whose first input and whose direction tell the kind from the rude, if asked to."""
    rng = np.random.default_rng(5)
    rude = np.array([0] * 24 + [1] * 24 + [0, 1], np.float32)
    found = rng.normal(0, 0.3, (50, INPUTS)).astype(np.float32)
    found[:, 0] += rude if inputs else 0
    pointing = rng.normal(0, 0.1, (50, SIZE)).astype(np.float32)
    pointing[:, 0] += 2 * rude - 1 if directions else 0
    pointing /= np.linalg.norm(pointing, axis=1, keepdims=True)
    every = np.ones(50, np.bool_)
    return Seen(texts([Reading.of(text) for text in LINES]), found, pointing, every)


def guess(seen: Seen, known: Rows) -> Floats:
    likeness, weights = fit_likeness(seen, SCORES, known)
    logits = likeness.logits(seen.inputs, seen.directions, seen.texts.weigh(weights))
    return np.asarray(1 / (1 + np.exp(-logits)))


def test_a_text_without_a_score_is_given_that_of_texts_like_it() -> None:
    *_, lovely, rotten = guess(some(), np.isfinite(SCORES))

    assert lovely < 0.3
    assert rotten > 0.6


def test_known_texts_get_nearly_their_score() -> None:
    found = guess(some(), np.isfinite(SCORES))

    assert ((found > 0) & (found < 1)).all()
    assert np.abs(found[:48] - SCORES[:48]).mean() < 0.1


@pytest.mark.parametrize("tells", ["words", "inputs", "directions"])
def test_each_kind_of_likeness_tells_texts_apart(tells: str) -> None:
    seen = some(inputs=tells == "inputs", directions=tells == "directions")

    *_, lovely, rotten = guess(seen, np.isfinite(SCORES))

    assert rotten > lovely


def test_where_nothing_is_known_nothing_is_said() -> None:
    found = guess(some(), np.zeros(50, np.bool_))

    assert found == pytest.approx(np.full(50, 0.5))
