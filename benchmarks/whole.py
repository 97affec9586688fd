"""Measure the whole product: the innocent texts that all filters and the policy together hold.

    python -m benchmarks.whole [DATA] [--write PAGE]

DATA is as in `benchmarks.filters`. Every text is judged as `moderation classify` judges it, with
the thresholds of a new site; a text held by several filters counts for each of them.
"""

import argparse
import contextlib
import csv
import gzip
import io
import os
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.status import Outcome
from moderation.services.judging import judge
from tests.filters.cases import cases

LABELS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
COMMENTS = 3000
_BEGIN, _END = "<!-- whole -->", "<!-- /whole -->"


def held_by(text: str) -> list[str]:
    """Return the filters that hold a text; an empty list if it is published."""
    rules = Rules()
    verdict = judge(Draft(text), Facts(), rules)
    if verdict.outcome is Outcome.APPROVE:
        return []
    return sorted({cause.signal.filter for cause in verdict.causes})


def table(title: str, texts: dict[str, list[str]]) -> None:
    """Print the number of held texts of each kind, and the filters that hold them."""
    print(f"| {title} | texts | held | by |\n|---|---|---|---|")
    every: list[list[str]] = []
    for kind, some in texts.items():
        found = [held_by(text) for text in some]
        every += found
        _row(kind, found)
    if len(texts) > 1:
        _row("**all**", every)
    print()


def _row(kind: str, found: list[list[str]]) -> None:
    held = [names for names in found if names]
    by = Counter(name for names in held for name in names)
    shown = ", ".join(f"{name} {count}" for name, count in by.most_common()) or "–"
    print(f"| {kind} | {len(found)} | {len(held) / len(found):.1%} | {shown} |")


def innocent() -> dict[str, list[str]]:
    """Return the project's own texts without profanity, by kind."""
    kinds: dict[str, list[str]] = {}
    for case in cases("profanity"):
        if case.get("code") is None and isinstance(case["text"], str):
            kinds.setdefault(case["kind"], []).append(case["text"])
    return kinds


def unlabelled(path: Path) -> list[str]:
    """Return the first comments of Wikipedia's talk pages without any label."""
    csv.field_size_limit(1 << 24)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        clean = (
            row["comment_text"]
            for row in csv.DictReader(lines)
            if row["natural"] == "1" and all(row[label] == "0" for label in LABELS)
        )
        return list(islice(clean, COMMENTS))


def measure(data: Path) -> None:
    """Print all tables."""
    day = datetime.now(UTC).date()
    print(f"Measured by `python -m benchmarks.whole` on {day}, as `moderation classify` judges.\n")
    table("innocent texts (own cases)", innocent())
    comments = data / "jigsaw" / "train.csv.gz"
    if comments.exists():
        table("real comments", {"Wikipedia talk, without a label": unlabelled(comments)})


def main() -> None:
    """Print the tables, or write them into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = Path(__file__).parents[1].parent / "shared" / "data"
    default = Path(os.environ.get("MODERATION_TEST_DATA", shared))
    parser.add_argument("data", nargs="?", type=Path, default=default)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    if given.write is None:
        measure(given.data)
        return
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        measure(given.data)
    before, _, rest = given.write.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page = f"{before}{_BEGIN}\n{printed.getvalue().strip()}\n{_END}{after}"
    given.write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
