"""Fitting of the n-gram model: a linear head for each label that English texts have.

Its texts are English: letter groups of one language say little about another.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.filters.text.ngrams import BITS, OUTPUTS
from moderation.filters.text.words import words
from moderation.training.reader import dataset
from moderation.training.reader.files import small
from moderation.training.reader.linear import Texts, fit_head, texts
from moderation.training.reader.material import FRAMES, Material
from moderation.training.templates.identity_terms import word_groups

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.bool_]

FILE: Final = "reader.ngrams.npz"
#: The number of buckets kept; with eight outputs of one byte this bounds the file.
KEPT: Final = 200_000
LOUDEST: Final = 1.5
#: Sources with a lower weight: otherwise tweets would outweigh talk pages.
SOURCE_WEIGHTS: Final = {"davidson": 0.3}


@dataclass(frozen=True, slots=True)
class Head:
    """One output of the model: its target, its sources, and its regularisation."""

    #: Column of the targets.
    target: int
    strength: float
    #: Weigh buckets by naive Bayes; it overfits where positive texts are few and similar.
    bayes: bool = True
    sources: tuple[str, ...] = ("jigsaw", FRAMES)


#: The column of Perspective's scores.
IMITATION: Final = 6
#: The heads by the column of the output.
HEADS: Final = {
    0: Head(0, 4.0),
    1: Head(1, 3.0),
    2: Head(2, 2.0),
    3: Head(3, 0.5),
    4: Head(4, 6.0),
    5: Head(5, 0.15),
    # Perspective's scores, which the blend learns to imitate.
    IMITATION: Head(0, 8.0, bayes=False, sources=("perspective",)),
    # Toxicity as the readers of other sites see it.
    7: Head(0, 4.0, sources=("jigsaw", "toxic-spans", "davidson", FRAMES)),
}


def fit_ngrams(
    material: Material,
    folder: Path,
    heads: dict[int, Head] | None = None,
    progress: Callable[[str], object] = lambda line: None,
) -> Path:
    """Fit every head on the rows to learn from, and write the model's file."""
    heads = HEADS if heads is None else heads
    used = {source for head in heads.values() for source in head.sources}
    rows = material.taught & np.isin(material.sources, sorted(used))
    chosen = material.rows(rows)
    seen = texts([words(text) for text in chosen.texts])
    weights = np.zeros((1 << BITS, OUTPUTS), np.float32)
    for column, head in heads.items():
        weights[:, column] = _head(chosen, seen, head)
        progress(f"n-grams: column {column} of {len(rows.nonzero()[0])} texts")
    return save(folder / FILE, weights)


def _head(material: Material, seen: Texts, head: Head) -> Floats:
    rows = np.isin(material.sources, head.sources)
    shares = [SOURCE_WEIGHTS.get(str(source), 1.0) for source in material.sources[rows]]
    targets = material.targets[rows, head.target]
    shares_array = np.array(shares, np.float32)
    return fit_head(seen.rows(rows), targets, shares_array, head.strength, head.bayes)


def unseen_logits(scored: Material, typed: Sequence[str], spoken: Sequence[list[str]]) -> Floats:
    """Return the imitated score of texts by models that have not seen them, as logits.

    `scored` are the texts with Perspective's scores, `spoken` the words of each of the texts typed.
    The model of all other tenths judges each tenth. The few hundred texts fit any n-gram model so
    well that a fit on its answers would trust words much more than it should.
    """
    head = HEADS[IMITATION]
    known, asked = texts([words(text) for text in scored.texts]), texts(spoken)
    folds = np.array([dataset.fold(text) for text in typed])
    found = np.empty(len(typed), np.float32)
    for fold in range(dataset.FOLDS):
        rows = (scored.folds != fold) & scored.taught
        targets, even = scored.targets[rows, head.target], np.ones(int(rows.sum()), np.float32)
        weights = fit_head(known.rows(rows), targets, even, head.strength, head.bayes)
        found[folds == fold] = asked.rows(folds == fold).weigh(weights)
    return found


def save(file: Path, weights: Floats, kept: int = KEPT) -> Path:
    """Write the buckets with the largest weights; equal weights give equal bytes."""
    if weights.shape != (1 << BITS, OUTPUTS):
        raise ValueError(f"expected {1 << BITS} buckets, got {weights.shape[0]}")
    numbers, steps = small(weights, LOUDEST)
    strength = np.abs(weights / steps).max(axis=1)
    numbers[np.argsort(-strength, kind="stable")[kept:]] = 0
    stored = numbers.any(axis=1)
    # NumPy dates the entries of the archive to 1980, whenever they are written.
    np.savez_compressed(
        file,
        kept=np.packbits(stored),
        weights=numbers[stored],
        steps=steps,
        groups=np.frombuffer(json.dumps(word_groups()).encode(), np.uint8),
    )
    return file
