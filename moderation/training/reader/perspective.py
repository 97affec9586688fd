"""Fitting of Perspective's attributes: `moderation train perspective`.

A ridge regression without negative weights follows the logits of Perspective's scores, with the
rows that it scored high counting more. Texts that the reader judges by their words as well have
weights of their own; all others, and single sentences, share theirs.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters import attributes, reading
from moderation.filters.attributes import FITTED, KNOTS, SPAM
from moderation.filters.profanity.filter import ProfanityFilter
from moderation.filters.reading import Reading
from moderation.filters.text.document import Text
from moderation.filters.text.heads import OUTPUTS, heads
from moderation.filters.text.language_id import Language
from moderation.filters.text.student import student
from moderation.filters.toxicity.filter import toxicity
from moderation.training.measures import f1, spearman
from moderation.training.reader import dataset
from moderation.training.reader.material import Material
from moderation.training.reader.ngrams import IMITATION, unseen_logits

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]

SOURCE: Final = "perspective/calibration.csv"
#: The columns of attributes that are not called like the attribute.
COLUMNS: Final = {"TOXICITY": "TOXICITY@6", "SEVERE_TOXICITY": "SEVERE_TOXICITY@2"}
#: The thresholds that clients use most.
THRESHOLDS: Final = (0.7, 0.8, 0.9)
#: Attributes that follow few outputs: the first one everywhere, and each where something is bad.
FEW: Final = {"TOXICITY": ("toxicity", "insult"), "OBSCENE": ("obscene",)}
#: From this logit on a sentence is bad.
_BAD: Final = -2.0
#: Scores are cut off here before they become logits.
_EDGE: Final = 0.01
_RIDGE: Final = 10.0
#: How much more a row counts that Perspective scored 1 than one that it scored 0.
_HIGH: Final = 2.0
_STEPS: Final = 400
_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts that Perspective scored, with the inputs of our own scores."""

    #: As each text is read, and as it is read when its words do not count.
    words: Floats
    plain: Floats
    by_words: Rows
    spam: Floats
    #: Perspective's scores, by attribute.
    given: dict[str, Floats]
    folds: npt.NDArray[np.int64]

    @property
    def held_out(self) -> Rows:
        """Return the rows that neither the reader nor the weights have seen."""
        found: Rows = self.folds == 0
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """Weights of the inputs of one attribute."""

    weights: Floats
    offset: float

    def scores(self, inputs: Floats) -> Floats:
        """Return the scores of rows of inputs."""
        found: Floats = 1 / (1 + np.exp(-(inputs @ self.weights + self.offset)))
        return found


def train_perspective(data: Path, out: Path) -> list[str]:
    """Fit all attributes on all but the held-out tenth, write the file, and return its figures."""
    sample = read_sample(data / SOURCE)
    rows = ~sample.held_out
    fitted = {name: _fit(sample, name, rows) for name in FITTED}
    stored = {
        "reader": toxicity.version,
        "attributes": {
            name: {
                kind: {
                    "weights": np.round(line.weights, _DIGITS).tolist(),
                    "offset": round(line.offset, _DIGITS),
                }
                for kind, line in zip(("words", "plain"), lines, strict=True)
            }
            for name, lines in fitted.items()
        },
    }
    (out / attributes.FILE.name).write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return list(figures(sample, fitted))


def read_sample(file: Path) -> Sample:
    """Read the texts with Perspective's scores, and judge each one."""
    found = [row for row in dataset.rows(file) if row["comment_text"].strip()]
    profanity = ProfanityFilter()
    words, plain, by_words, spam = [], [], [], []
    for row, read in zip(found, _readings(file, found), strict=True):
        text = Text(row["comment_text"])
        swearing = profanity.check(text, Draft(text.raw), Facts(), Rules()).scores["profanity"]
        words.append(attributes.inputs_of_text(read, swearing))
        other = Text(text.raw)
        # Words count in English only.
        other.language = Language("de", 1.0)
        plain.append(attributes.inputs_of_text(reading.read(other), swearing))
        by_words.append(read.by_words)
        spam.append(attributes.score(text, (SPAM,)).whole[SPAM])
    names = (*FITTED, SPAM)
    return Sample(
        np.array(words),
        np.array(plain),
        np.array(by_words, np.bool_),
        np.array(spam),
        {n: np.array([float(row[COLUMNS.get(n, n)]) for row in found]) for n in names},
        np.array([dataset.fold(row["comment_text"]) for row in found], np.int64),
    )


def _readings(file: Path, rows: list[dict[str, str]]) -> Iterator[Reading]:
    """Yield the reading of each text, its words counted by a model that has not seen it."""
    scored = Material.of([dataset.perspective(file)])
    typed = [row["comment_text"] for row in rows]
    found = [reading.unblended(Text(text), student(), heads()) for text in typed]
    imitated = unseen_logits(scored, typed, [each.words if each else [] for each in found])
    for each, logit in zip(found, imitated.tolist(), strict=True):
        if each is None:
            yield reading.NOTHING
        elif not each.words:
            yield each.reading()
        else:
            counted = reading.ngrams().logits(each.words)
            counted[IMITATION] = logit
            yield each.reading(counted)


def figures(sample: Sample, fitted: dict[str, tuple[Line, Line]]) -> Iterator[str]:
    """Yield the agreement with Perspective, on the held-out tenth and over ten folds."""
    held = sample.held_out
    yield f"agreement on the {held.sum()} rows that nothing was trained on:"
    yield from _table(sample, {n: _scores(sample, lines) for n, lines in fitted.items()}, held)
    yield f"agreement on all {len(held)} rows, each with weights that were fitted without it:"
    yield from _table(sample, {name: _crossed(sample, name) for name in fitted}, held | True)


def _table(sample: Sample, scores: dict[str, Floats], rows: Rows) -> Iterator[str]:
    yield f"{'':<18} Spearman  difference  F1 at {', '.join(map(str, THRESHOLDS))} (rows above)"
    for name, ours in {**scores, SPAM: sample.spam}.items():
        given, found = sample.given[name][rows], ours[rows]
        parts = [
            f"{f1(given >= least, found >= least):.2f} ({(given >= least).sum()})"
            for least in THRESHOLDS
        ]
        apart = np.abs(given - found).mean()
        yield f"{name:<18} {spearman(given, found):8.3f}  {apart:10.3f}  {'  '.join(parts)}"


def _scores(sample: Sample, lines: tuple[Line, Line]) -> Floats:
    by_words, plain = lines[0].scores(sample.words), lines[1].scores(sample.plain)
    return np.where(sample.by_words, by_words, plain)


def _crossed(sample: Sample, name: str) -> Floats:
    """Return the score of each row by weights fitted on the rows of the other folds."""
    found = np.zeros(len(sample.folds))
    for fold in range(dataset.FOLDS):
        left_out = sample.folds == fold
        found[left_out] = _scores(sample, _fit(sample, name, ~left_out))[left_out]
    return found


def _fit(sample: Sample, name: str, rows: Rows) -> tuple[Line, Line]:
    shares = np.clip(sample.given[name], _EDGE, 1 - _EDGE)
    targets = np.log(shares / (1 - shares))
    row_weights = 1 + _HIGH * sample.given[name]
    judged = rows & sample.by_words
    chosen = _inputs_of(name)
    return (
        _fit_chosen(sample.words[judged], chosen, targets[judged], row_weights[judged]),
        _fit_chosen(sample.plain[rows], chosen, targets[rows], row_weights[rows]),
    )


def _inputs_of(name: str) -> Rows:
    """Return which inputs an attribute may follow.

    A worst sentence counts only where it is bad: what is least harmless in a harmless text says
    nothing of how people find it. `toxicity` imitates Perspective already, where little is toxic.
    """
    names = FEW.get(name, OUTPUTS[: (attributes.INPUTS - 1) // len(KNOTS) // 2])
    kinds, bad = np.isin(OUTPUTS, names), np.array(KNOTS) >= _BAD
    first = np.isin(OUTPUTS, names[:1]) if name in FEW else kinds
    found = np.zeros((len(KNOTS), 2, len(OUTPUTS)), np.bool_)
    found[:, 0], found[bad, 0], found[bad, 1] = first, kinds, kinds
    # The reader's spam is no input.
    found = found[:, :, :-1]
    return np.append(found.ravel(), True)


def _fit_chosen(inputs: Floats, chosen: Rows, targets: Floats, row_weights: Floats) -> Line:
    line = fit_line(inputs[:, chosen], targets, row_weights)
    weights = np.zeros(len(chosen))
    weights[chosen] = line.weights
    return Line(weights, line.offset)


def fit_line(inputs: Floats, targets: Floats, row_weights: Floats) -> Line:
    """Return a weighted ridge regression whose weights are at least 0, by coordinate descent."""
    spread = inputs.std(axis=0) + 1e-6
    scaled = inputs / spread
    mean = np.average(scaled, axis=0, weights=row_weights)
    middle = float(np.average(targets, weights=row_weights))
    centred = scaled - mean
    weighted = centred * row_weights[:, None]
    square = weighted.T @ centred + _RIDGE * np.eye(len(mean))
    wanted = weighted.T @ (targets - middle)
    slope = np.zeros(len(mean))
    for _ in range(_STEPS):
        for place in range(len(slope)):
            step = (wanted[place] - square[place] @ slope) / square[place, place]
            slope[place] = max(0.0, slope[place] + step)
    slope = slope / spread
    return Line(slope, middle - float(slope @ (mean * spread)))
