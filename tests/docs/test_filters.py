"""The worked example of docs/filters.md is a filter, and the lists it names exist."""

import re
from pathlib import Path

from moderation import filters
from moderation.domain.judgement import Draft
from moderation.domain.reasons import Code

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")


def test_the_worked_example_runs_as_one_more_filter():
    example = re.search(r"```python\n(.*?)```", DOCS, re.DOTALL)[1]
    made = {}
    exec(compile(example, "docs/filters.md", "exec"), made)  # noqa: S102
    judge = made["WordlessFilter"]()

    found = filters.run(Draft("12345 !!!"), filters=(*filters.FILTERS, judge))

    assert [s.code for s in found.signals] == [Code.REPETITION]
    assert found.scores["wordless"] == 0.75
    assert filters.run(Draft("Words."), filters=(judge,)).scores["wordless"] == 0.0


def test_every_filter_and_every_list_is_described():
    data = ROOT / "moderation" / "filters" / "data"

    assert all(f"`{judge.name}`" in DOCS for judge in filters.FILTERS)
    named = [path.name for path in data.iterdir() if path.suffix in {".tsv", ".txt"}]
    assert all(name in DOCS for name in named if not name.startswith("toxicity"))
