"""Training of everything that reads a text, in one go: `moderation train reader`.

The n-gram model is fitted on words; the heads on what the encoder makes of each text; the student
on labels and on the heads' answers. All learn from the same rows and leave out the same tenth.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from moderation.filters.text.heads import Heads as ShippedHeads
from moderation.filters.text.ngrams import Ngrams
from moderation.filters.text.student import FILE, TABLE, Student
from moderation.filters.text.words import words
from moderation.training.reader import ngrams
from moderation.training.reader.blend import fit_blend
from moderation.training.reader.encoder import build_encoder
from moderation.training.reader.features import READ, Halves, features
from moderation.training.reader.figures import figures
from moderation.training.reader.fragments import FRAGMENTS, GROUPS
from moderation.training.reader.heads import FILE as HEADS_FILE
from moderation.training.reader.heads import HeadPlan, Heads, fit_heads
from moderation.training.reader.material import FRAMES, Document, Material, document, gather
from moderation.training.reader.student import Lessons, StudentPlan, fit_student

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.bool_]
Report = Callable[[str], object]

#: Only the n-gram model learns from tweets: any swear word is called offensive there.
NGRAMS_ONLY: Final = "davidson"
#: Clean talk pages were added to the natural ones; long ones of them are left out, to save time.
_LONG: Final = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a training; equal plans and data give equal files."""

    heads: HeadPlan = field(default_factory=HeadPlan)
    student: StudentPlan = field(default_factory=StudentPlan)
    counted: dict[int, ngrams.Head] = field(default_factory=lambda: dict(ngrams.HEADS))
    #: The weights of our own sentences, of those from templates, and of sentences and groups of
    #: words of clean comments; others have 1. Groups with more weight teach that short is clean.
    own_weight: float = 2.0
    frame_weight: float = 0.7
    fragment_weight: float = 0.6
    group_weight: float = 0.3
    #: Use only every n-th of our own sentences.
    every: int = 1


def train_reader(
    data: Path,
    out: Path,
    *,
    wheel: Path | None = None,
    plan: Plan | None = None,
    progress: Report = lambda line: None,
) -> list[str]:
    """Train on all but the held-out tenth, write the files, and return their figures on it.

    With a wheel, the files of the encoder are built first. NumPy uses one thread for each sum,
    because the order of floating-point sums would change the files.
    """
    plan = plan or Plan()
    if wheel is not None:
        for name, size in build_encoder(wheel, out).items():
            progress(f"encoder: {name}, {size} bytes")
    with threadpool_limits(limits=1):
        material = gather(data, plan.every)
        progress(f"read {len(material.texts)} texts")
        ngrams.fit_ngrams(material, out, plan.counted, progress)
        material = material.rows(material.sources != NGRAMS_ONLY)
        documents = [document(text) for text in material.texts]
        progress(f"{len(documents)} texts as tokens")
        encoded = features(documents)
        progress("features of the encoder")
        heads = _heads(material, encoded, plan, progress)
        heads.save(out / HEADS_FILE)
        fit_student(
            _lessons(material, documents, heads, encoded, plan), out, plan.student, progress
        )
        student, counted = _stored(out)
        fit_blend(material, student, ShippedHeads.load(out / HEADS_FILE), counted, out)
        rows = material.measured
        chosen = [documents[row] for row in rows.nonzero()[0].tolist()]
        return list(_figures(material.rows(rows), chosen, encoded[rows], out))


def _row_weights(material: Material, plan: Plan) -> Floats:
    weights = np.ones(len(material.texts), np.float32)
    weights[material.own] = plan.own_weight
    weights[material.sources == FRAGMENTS] = plan.fragment_weight
    weights[material.sources == GROUPS] = plan.group_weight
    return weights


def _heads(material: Material, encoded: Halves, plan: Plan, progress: Report) -> Heads:
    rows = material.taught
    weights = _row_weights(material, plan)[rows]
    return fit_heads(encoded[rows], material.targets[rows], weights, plan.heads, progress)


def _lessons(
    material: Material, documents: Sequence[Document], heads: Heads, encoded: Halves, plan: Plan
) -> Lessons:
    """Return what the student learns from."""
    lengths = np.array([sum(map(len, each)) for each in documents])
    added = (material.sources == "jigsaw") & ~material.natural & (material.targets[:, 0] < 0.5)
    rows = material.taught & ~(added & (lengths > _LONG))
    teacher = (1 / (1 + np.exp(-heads.logits(encoded[rows])))).astype(np.float32)
    # It has read the first tokens only, and the rest may be what matters.
    teacher[lengths[rows] >= READ] = np.nan
    weights = _row_weights(material, plan)
    weights[material.sources == FRAMES] = plan.frame_weight
    taught = [documents[row] for row in rows.nonzero()[0].tolist()]
    return Lessons(taught, material.targets[rows], weights[rows], teacher)


def _figures(
    material: Material, documents: Sequence[Document], encoded: Halves, folder: Path
) -> Iterator[str]:
    """Yield the figures of the files just written, as the filters read them."""
    student, counted = _stored(folder)
    outputs = [student.judge(each) for each in documents]
    highest = [np.maximum(found.whole, found.sentences.max(axis=0)) for found in outputs]
    yield from figures(
        material,
        {
            "student": np.array([found.whole for found in outputs]),
            "sentences": np.array(highest),
            "heads": Heads.load(folder / HEADS_FILE).logits(encoded),
            "n-grams": np.array([counted.logits(words(text)) for text in material.texts]),
        },
    )


def _stored(folder: Path) -> tuple[Student, Ngrams]:
    """Read the student and the n-gram model from their files."""
    with np.load(folder / FILE.name, allow_pickle=False) as stored:
        student = Student(np.load(folder / TABLE.name), dict(stored))
    with np.load(folder / ngrams.FILE, allow_pickle=False) as stored:
        return student, Ngrams.restored(stored)
