"""Characterisation test: the shipped model gives the scores that it gave when it was made.

Deselected unless it is asked for: `make characterise`, see docs/testing.md.
"""

import json

import pytest

from tests.filters.toxicity.saved_scores import FILE, scores

pytestmark = pytest.mark.characterise


def test_the_shipped_model_gives_the_scores_that_were_saved() -> None:
    saved = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]

    now = [dict(scores(row["text"])) for row in saved]

    assert len(saved) == 100
    assert now == [pytest.approx(row["scores"], abs=1e-3) for row in saved]
