"""Fitting of the blend: the meaning of a whole English text by its sentences and by its words.

A logistic regression weighs three logits for each label that all know: of the whole, of its
strongest sentence, and of the n-gram model. It is fitted on a tenth of the talk pages that none of
them has seen. Rare labels have few positive rows there, so weights are drawn towards common ones.
`toxicity` also follows a ridge regression on the scores that Perspective gave to Wikipedia
comments, so that scores known from there keep their meaning: where little is toxic, most.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import optimize

from moderation.filters.reading import BLEND, unblended
from moderation.filters.text.document import Text
from moderation.filters.text.heads import Heads
from moderation.filters.text.ngrams import Ngrams
from moderation.filters.text.student import Student
from moderation.training.reader.dataset import LABELS
from moderation.training.reader.material import CHARACTERS, Material

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]

#: The weights that a label without a positive row would get: whole, strongest sentence, words.
COMMON: Final = (0.4, 0.2, 0.4)
#: How strongly weights are drawn to the common ones.
_PENALTY: Final = 20.0
#: The largest share of the imitated score in `toxicity`, of texts that are hardly toxic.
SHARE: Final = 0.7
#: Penalty of the ridge regression, on standardised inputs.
_RIDGE: Final = 10.0
#: Scores are cut off here before they become logits.
_EDGE: Final = 0.01


def fit_blend(
    material: Material, student: Student, heads: Heads, ngrams: Ngrams, folder: Path
) -> None:
    """Fit the blend of trained models, and write its file."""

    def parts(rows: Rows) -> tuple[Rows, Doubles]:
        return _parts(material, rows, student, heads, ngrams)

    chosen, inputs = parts(material.calibrating)
    targets = material.targets[chosen]
    pairs = [
        _logistic(inputs[:, :, column], targets[:, column] > 0.5) for column in range(len(LABELS))
    ]
    chosen, inputs = parts(material.taught & (material.sources == "perspective"))
    shares = np.clip(material.targets[chosen][:, 0], _EDGE, 1 - _EDGE)
    slope, offset = _ridge(inputs.reshape(len(inputs), -1), np.log(shares / (1 - shares)))
    np.savez(
        folder / BLEND.name,
        allow_pickle=False,
        weights=np.array([weights for weights, _ in pairs]).T,
        offset=np.array([shift for _, shift in pairs]),
        imitation=slope,
        imitation_offset=np.array(offset),
        share=np.array(SHARE),
    )


def _parts(
    material: Material, rows: Rows, student: Student, heads: Heads, ngrams: Ngrams
) -> tuple[Rows, Doubles]:
    """Return which of the rows are judged by their words as well, and the logits of each part."""
    chosen = np.zeros(len(rows), np.bool_)
    found = []
    for place in rows.nonzero()[0].tolist():
        read = unblended(Text(material.texts[place][:CHARACTERS]), student, heads)
        if read is not None and read.by_words:
            chosen[place] = True
            found.append((read.whole, read.strongest, ngrams.logits(read.words)))
    return chosen, np.array(found, np.float64)


def _logistic(inputs: Doubles, labels: Rows) -> tuple[Doubles, float]:
    """Return the weights of the inputs and the offset that make a probability of them."""

    def loss(at: Doubles) -> tuple[float, Doubles]:
        logits, away = inputs @ at[:-1] + at[-1], at[:-1] - COMMON
        error = 1 / (1 + np.exp(-logits)) - labels
        slope = np.append(inputs.T @ error + _PENALTY * away, error.sum())
        lost = (np.logaddexp(0, logits) - labels * logits).sum() + _PENALTY / 2 * (away @ away)
        return float(lost), slope

    found = optimize.minimize(loss, np.array([*COMMON, 0.0]), jac=True, method="BFGS").x
    return found[:-1], float(found[-1])


def _ridge(inputs: Doubles, targets: Floats) -> tuple[Doubles, float]:
    """Return slope and offset of a ridge regression."""
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    standard = (inputs - mean) / spread
    middle = float(targets.mean())
    square = standard.T @ standard + _RIDGE * np.eye(standard.shape[1])
    slope = np.linalg.solve(square, standard.T @ (targets - middle)) / spread
    return slope, middle - float(slope @ mean)
