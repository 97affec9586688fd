"""Evaluation of one score of the filters against labels from a file.

Texts are read one by one and not kept: of each row only its number, label and score remain.
An excerpt of a text is kept only on request.
"""

import csv
import gzip
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from moderation import filters
from moderation.domain.judgement import Assessment, Draft
from moderation.training.measures import Array, auc, f1

THRESHOLDS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
BINS = 10
WORST = 20
EXCERPT = 120
_YES = frozenset({"1", "true", "yes", "y", "t"})
_NO = frozenset({"0", "false", "no", "n", "f", ""})


class Unusable(ValueError):
    """A file or column that cannot be evaluated; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """The result of holding every text from one score on."""

    threshold: float
    found: int
    #: NaN when no text reached the threshold.
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of rows with similar scores, and the share of them that is labelled."""

    low: float
    high: float
    rows: int
    mean_score: float
    share: float


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row whose score differs a lot from its label."""

    #: Counted from 1, the first row after the header.
    row: int
    label: bool
    score: float
    #: The beginning of the text; empty unless excerpts were requested.
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The agreement of one score with one column of labels."""

    score: str
    labels: Array
    scores: Array
    auc: float
    thresholds: tuple[AtThreshold, ...]
    bins: tuple[Bin, ...]
    #: Expected calibration error: mean distance of score and share, weighted by rows.
    calibration_error: float
    worst: tuple[Wrong, ...]
    version: str


def evaluate(
    data: Path,
    *,
    text: str,
    label: str,
    score: str,
    positive: str | None = None,
    show_text: bool = False,
    choose: Callable[[str], bool] = bool,
    assess: Callable[[Draft], Assessment] = filters.run,
) -> Evaluation:
    """Score every row of a CSV or JSON-lines file, gzipped or not, and compare with labels.

    A label counts from 0.5 on, or when it equals `positive`, if that is given. Only texts
    accepted by `choose` are measured: by default, all that are not empty.
    """
    numbers: list[int] = []
    labels: list[bool] = []
    scores: list[float] = []
    excerpts: list[str] = []
    versions: dict[str, str] = {}
    for number, row in enumerate(_rows(data), 1):
        words = row.get(text)
        if not isinstance(words, str):
            raise Unusable(f"row {number} has no text in column {text!r}")
        if not choose(words):
            continue
        numbers.append(number)
        labels.append(_label(row.get(label), positive, number, label))
        assessment = assess(Draft(words))
        if score not in assessment.scores:
            names = ", ".join(sorted(assessment.scores))
            raise Unusable(f"no filter gives a score {score!r}; there are: {names}")
        scores.append(assessment.scores[score])
        versions.update(assessment.versions)
        if show_text:
            excerpts.append(" ".join(words.split())[:EXCERPT])
    if not scores:
        raise Unusable(f"{data.name} has no rows to measure")
    label_array, score_array = np.array(labels, np.float64), np.array(scores, np.float64)
    bins = _bins(label_array, score_array)
    error = sum(b.rows * abs(b.mean_score - b.share) for b in bins) / len(score_array)
    return Evaluation(
        score,
        label_array,
        score_array,
        auc(label_array, score_array),
        tuple(_at_threshold(threshold, label_array, score_array) for threshold in THRESHOLDS),
        bins,
        error,
        _worst(numbers, label_array, score_array, excerpts),
        " ".join(f"{name}={version}" for name, version in sorted(versions.items())),
    )


def _rows(data: Path) -> Iterator[dict[str, Any]]:
    names = data.name.casefold().removesuffix(".gz")
    opened = gzip.open if data.name.casefold().endswith(".gz") else open
    csv.field_size_limit(1 << 24)
    with opened(data, "rt", encoding="utf-8", newline="") as lines:
        if not names.endswith((".jsonl", ".ndjson", ".json")):
            yield from csv.DictReader(lines)
            return
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                row = None
            if not isinstance(row, dict):
                raise Unusable(f"line {number} of {data.name} is not a JSON object")
            yield row


def _label(value: object, positive: str | None, number: int, column: str) -> bool:
    if value is None:
        raise Unusable(f"row {number} has no label in column {column!r}")
    if positive is not None:
        return str(value).strip() == positive
    plain = str(value).strip().casefold()
    if plain in _YES or plain in _NO:
        return plain in _YES
    try:
        number_value = float(plain)
    except ValueError:
        number_value = math.nan
    if math.isnan(number_value):
        raise Unusable(f"row {number} has neither a number nor yes or no in column {column!r}")
    return number_value >= 0.5


def _at_threshold(threshold: float, labels: Array, scores: Array) -> AtThreshold:
    wanted, found = labels > 0.5, scores >= threshold
    right, count = int((wanted & found).sum()), int(found.sum())
    return AtThreshold(
        threshold,
        count,
        right / count if count else math.nan,
        right / int(wanted.sum()) if wanted.any() else math.nan,
        f1(wanted, found),
    )


def _bins(labels: Array, scores: Array) -> tuple[Bin, ...]:
    bin_of_row = np.minimum((scores * BINS).astype(int), BINS - 1)
    bins = []
    for number in range(BINS):
        here = bin_of_row == number
        if here.any():
            mean, share = float(scores[here].mean()), float(labels[here].mean())
            low, high = number / BINS, (number + 1) / BINS
            bins.append(Bin(low, high, int(here.sum()), mean, share))
    return tuple(bins)


def _worst(
    numbers: Sequence[int], labels: Array, scores: Array, excerpts: Sequence[str]
) -> tuple[Wrong, ...]:
    distance = np.abs(labels - scores)
    order = np.argsort(-distance, kind="stable")[:WORST].tolist()
    return tuple(
        Wrong(
            numbers[row], bool(labels[row]), float(scores[row]), excerpts[row] if excerpts else ""
        )
        for row in order
        if distance[row] >= 0.5
    )


def report(evaluation: Evaluation) -> Iterator[str]:
    """Yield an evaluation as lines of plain text."""
    rows, labelled = len(evaluation.labels), int(evaluation.labels.sum())
    yield f"{evaluation.score}: {rows} rows, {labelled} labelled ({labelled / rows:.1%})"
    yield f"filters: {evaluation.version}"
    yield f"ROC-AUC: {evaluation.auc:.4f}"
    yield ""
    yield "from score   found  precision  recall     F1"
    for point in evaluation.thresholds:
        yield (
            f"{point.threshold:10.2f} {point.found:7d} {point.precision:10.3f} "
            f"{point.recall:7.3f} {point.f1:6.3f}"
        )
    yield ""
    yield f"calibration error: {evaluation.calibration_error:.4f}"
    yield "scores       rows  mean score  labelled"
    for part in evaluation.bins:
        yield (
            f"{part.low:.1f} to {part.high:.1f} {part.rows:6d} {part.mean_score:11.3f} "
            f"{part.share:9.3f}"
        )
    yield ""
    yield f"most wrong ({len(evaluation.worst)} rows):"
    for wrong in evaluation.worst:
        labelled_as = "labelled" if wrong.label else "not labelled"
        excerpt = f"  {wrong.excerpt}" if wrong.excerpt else ""
        yield f"row {wrong.row}: {labelled_as}, score {wrong.score:.3f}{excerpt}"
