"""Fitting of the blend: the meaning of a whole English text by its sentences and by its words.

A logistic regression weighs three logits for each label that all know: of the whole, of its
strongest sentence, and of the n-gram model. It is fitted on a tenth of the talk pages that none of
them has seen. Rare labels have few positive rows there, so weights are drawn towards common ones.
`toxicity` also follows the scores that Perspective gave to Wikipedia comments, so that scores known
from there keep their meaning: where little is toxic, most.
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
from moderation.training.reader.ngrams import IMITATION, unseen_logits

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]

#: The weights that a label without a positive row would get: whole, strongest sentence, words.
COMMON: Final = (0.4, 0.2, 0.4)
#: How strongly weights are drawn to the common ones.
_PENALTY: Final = 20.0
#: The largest share of the imitated score in `toxicity`, of texts that are hardly toxic.
SHARE: Final = 0.8
#: The logits that the imitation is the mean of, by part and output: toxicity of the whole and of
#: its words, the imitated score of the words, and toxicity as readers of other sites see it. Fitted
#: weights would trust the student too much, which has seen the texts that they are fitted on.
EVEN: Final = ((0, 0), (2, 0), (2, IMITATION), (2, 7))
#: Scores are cut off here before they become logits.
_EDGE: Final = 0.01


def fit_blend(
    material: Material, student: Student, heads: Heads, ngrams: Ngrams, folder: Path
) -> None:
    """Fit the blend of trained models, and write its file."""

    def parts(rows: Rows) -> tuple[Rows, Doubles, list[list[str]]]:
        return _parts(material, rows, student, heads, ngrams)

    chosen, inputs, _ = parts(material.calibrating)
    targets = material.targets[chosen]
    pairs = [
        _logistic(inputs[:, :, column], targets[:, column] > 0.5) for column in range(len(LABELS))
    ]
    chosen, inputs, spoken = parts(material.taught & (material.sources == "perspective"))
    # The words of texts that a model was fitted on say too much about them.
    scored = material.rows(material.sources == "perspective")
    inputs[:, 2, IMITATION] = unseen_logits(scored, material.texts_of(chosen), spoken)
    shares = np.clip(material.targets[chosen][:, 0], _EDGE, 1 - _EDGE)
    slope, offset = _even(inputs, np.log(shares / (1 - shares)))
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
) -> tuple[Rows, Doubles, list[list[str]]]:
    """Return which of the rows are judged by words as well, the logits of each part, and words."""
    chosen = np.zeros(len(rows), np.bool_)
    found, spoken = [], []
    for place in rows.nonzero()[0].tolist():
        read = unblended(Text(material.texts[place][:CHARACTERS]), student, heads)
        if read is not None and read.by_words:
            chosen[place] = True
            found.append((read.whole, read.strongest, ngrams.logits(read.words)))
            spoken.append(read.words)
    return chosen, np.array(found, np.float64), spoken


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


def _even(inputs: Doubles, targets: Floats) -> tuple[Doubles, float]:
    """Return the weights that follow the targets, alike for all of EVEN, and the offset."""
    weights = np.zeros(inputs.shape[1:])
    for place in EVEN:
        weights[place] = 1 / (inputs[(slice(None), *place)].std() + 1e-6)
    mean = (inputs * weights).sum(axis=(1, 2))
    slope, offset = np.polyfit(mean, targets, 1)
    return (slope * weights).ravel(), float(offset)
