"""A change that is only meant to be faster changes nothing else."""

from tests.filters.cases import cases
from tests.filters.saved import said


def test_scores_codes_and_spans_are_those_that_were_saved():
    changed = []
    for line in cases("saved"):
        text = line.pop("text")
        now = said(text)
        if now != line:
            changed.append((text, line, now))

    assert changed == []
