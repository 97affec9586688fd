"""Characterisation test: a change that is only meant to be faster changes no finding.

Deselected unless it is asked for: `make characterise`, see docs/testing.md.
"""

import pytest

from tests.filters.cases import cases
from tests.filters.saved import results

pytestmark = pytest.mark.characterise


def test_scores_codes_and_spans_are_those_that_were_saved():
    changed = []
    for line in cases("saved"):
        text = line.pop("text")
        now = results(text)
        if now != line:
            changed.append((text, line, now))

    assert changed == []
