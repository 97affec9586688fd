"""The worked example of docs/filters.md is a filter, and the lists it names exist."""

import re
from pathlib import Path

from benchmarks.whole import innocent
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
    # Lists of other languages than English are described together: `words.LANG.tsv`.
    named = [re.sub(r"\.(?!en\.)[a-z]{2}\.", ".LANG.", name) for name in named]
    assert [name for name in named if name not in DOCS] == []


def test_the_docs_claim_no_learning_that_the_service_does_not_do():
    served = [*(ROOT / "moderation" / "services").rglob("*.py"), ROOT / "moderation" / "worker.py"]

    learning = [path for path in served if "filters.spam" in path.read_text(encoding="utf-8")]

    assert learning == []
    assert "moderators' decisions do not change it" in " ".join(DOCS.split())


def test_the_docs_give_the_figures_of_the_whole_product():
    whole = DOCS.partition("<!-- whole -->")[2].partition("<!-- /whole -->")[0]

    for kind, texts in innocent().items():
        assert f"| {kind} | {len(texts)} | " in whole
