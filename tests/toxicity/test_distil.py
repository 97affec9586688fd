"""Guessing a score for many texts from the few that have one."""

import numpy as np
import pytest

from moderation.filters.toxicity import Reading
from moderation.training.distil import Floats, guess
from moderation.training.linear import Texts, texts

KIND = ("thanks for the lovely beans", "the garden is lovely today", "we like the garden fence")
RUDE = ("crawl away you toad", "you are a rotten toad", "what a rotten scoundrel you are")


@pytest.fixture(scope="module")
def some() -> tuple[Texts, Floats, Floats]:
    """Texts, inputs and scores; the scores of the last two are not known."""
    words = [*KIND * 8, *RUDE * 8, "a lovely garden", "you rotten scoundrel"]
    rng = np.random.default_rng(5)
    inputs = rng.normal(0, 0.3, (len(words), 4)).astype(np.float32)
    scores = np.array([0.05] * 24 + [0.9] * 24 + [np.nan] * 2, np.float32)
    inputs[:, 0] += np.array([0] * 24 + [1] * 24 + [0, 1], np.float32)
    return texts([Reading.of(text) for text in words]), inputs, scores


def test_a_text_without_a_score_is_given_that_of_texts_like_it(
    some: tuple[Texts, Floats, Floats],
) -> None:
    seen, inputs, scores = some

    lovely, rotten = guess(seen, inputs, scores, np.isnan(scores))

    assert lovely < 0.3
    assert rotten > 0.6


def test_every_row_asked_about_gets_a_score_between_none_and_one(
    some: tuple[Texts, Floats, Floats],
) -> None:
    seen, inputs, scores = some

    found = guess(seen, inputs, scores, np.ones(len(scores), np.bool_))

    assert found.shape == scores.shape
    assert ((found > 0) & (found < 1)).all()
    assert np.abs(found[:48] - scores[:48]).mean() < 0.1


def test_words_alone_tell_texts_apart(some: tuple[Texts, Floats, Floats]) -> None:
    seen, inputs, scores = some

    lovely, rotten = guess(seen, np.zeros_like(inputs), scores, np.isnan(scores))

    assert rotten > lovely + 0.1
