"""Fitting of the blend: what a whole English text says by its sentences and by its words.

For each label that both know, the logits of the student and of the n-gram model are added, then
scaled and shifted to the share of people who would agree, on a tenth of the talk pages that
neither has seen: two numbers for a label. `toxicity` also follows a ridge regression on the scores
that Perspective gave to Wikipedia comments, so that thresholds known from there keep their meaning.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize

from moderation.filters.reading import BLEND
from moderation.filters.text.ngrams import Ngrams
from moderation.filters.text.student import Student
from moderation.filters.text.words import words
from moderation.training.reader.dataset import LABELS
from moderation.training.reader.material import Document, Material

Floats = npt.NDArray[np.float32]

#: Weight of the n-gram model's logit beside the student's.
WEIGHT: Final = 1.2
#: Share of the imitated score in `toxicity`.
SHARE: Final = 0.75
#: Penalty of the ridge regression, on standardised inputs.
_RIDGE: Final = 10.0
_PENALTY: Final = 1.0
#: Scores are cut off here before they become logits.
_EDGE: Final = 0.01


def fit_blend(
    material: Material, documents: list[Document], student: Student, ngrams: Ngrams, folder: Path
) -> None:
    """Fit the blend of two trained models, and write its file."""
    common = material.calibrating
    scored = material.taught & (material.sources == "perspective")
    own, counted = _logits(material, documents, student, ngrams, common)
    targets = material.targets[common]
    pairs = [
        _platt(own[:, column] + WEIGHT * counted[:, column], targets[:, column] > 0.5)
        for column in range(len(LABELS))
    ]
    inputs = np.concatenate(_logits(material, documents, student, ngrams, scored), axis=1)
    shares = np.clip(material.targets[scored][:, 0], _EDGE, 1 - _EDGE)
    slope, offset = _ridge(inputs, np.log(shares / (1 - shares)))
    np.savez(
        folder / BLEND.name,
        allow_pickle=False,
        weight=np.full(len(LABELS), WEIGHT),
        scale=np.array([scale for scale, _ in pairs]),
        offset=np.array([shift for _, shift in pairs]),
        imitation=slope,
        imitation_offset=np.array(offset),
        share=np.array(SHARE),
    )


def _logits(
    material: Material,
    documents: list[Document],
    student: Student,
    ngrams: Ngrams,
    rows: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Return the logits of both models for some rows."""
    places = rows.nonzero()[0].tolist()
    return (
        np.array([student.judge(documents[place]).whole for place in places]),
        np.array([ngrams.logits(words(material.texts[place])) for place in places]),
    )


def _platt(logits: Floats, labels: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return scale and offset that make a probability of a logit (Platt 1999)."""

    def loss(at: npt.NDArray[np.float64]) -> float:
        found = at[0] * logits + at[1]
        return float((np.logaddexp(0, found) - labels * found).sum() + 0.5 * _PENALTY * at[0] ** 2)

    scale, offset = optimize.minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    return float(scale), float(offset)


def _ridge(inputs: Floats, targets: Floats) -> tuple[npt.NDArray[np.float64], float]:
    """Return slope and offset of a ridge regression."""
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    standard = ((inputs - mean) / spread).astype(np.float64)
    middle = float(targets.mean())
    square = standard.T @ standard + _RIDGE * np.eye(standard.shape[1])
    slope = np.linalg.solve(square, standard.T @ (targets - middle)) / spread
    return slope, middle - float(slope @ mean)
