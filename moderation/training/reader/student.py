"""Training of the student, from labels and from the answers of the heads on the encoder.

First it learns which numbers of the encoder's table to look at, in a few steps. They become the
first columns of its own table, which then stays as it is while the rest is trained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from moderation.filters.text.encoder import encoder
from moderation.filters.text.student import FILE, TABLE
from moderation.filters.text.tokens import vocabulary
from moderation.training.reader.batches import Batch, Shape, arranged, batches
from moderation.training.reader.dataset import OUTPUTS
from moderation.training.reader.files import small
from moderation.training.reader.heads import Weights, loss, random_key
from moderation.training.reader.material import Document
from moderation.training.reader.network import BIASES, OWN, PAIRS, PROJECTION, first_weights, judged

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Report = Callable[[str], object]

#: Larger weights of the table and the pairs are cut off at this multiple of the 99.99th percentile.
_LOUDEST: Final = 1.2
#: Rows of the encoder's table that are unpacked at once.
_ROWS: Final = 8192


@dataclass(frozen=True, slots=True)
class StudentPlan:
    """The sizes of the student and the course of its training."""

    shape: Shape = field(default_factory=Shape)
    #: The steps in which the projection of the encoder's table is learned.
    first_steps: int = 150
    first_rate: float = 2e-3
    epochs: int = 5
    #: No more steps than that, for trials; 0: no limit.
    steps: int = 0
    rate: float = 2.5e-3
    decay: float = 1e-2
    #: The weight of the teacher's answers beside that of the labels.
    taught: float = 0.4
    #: The share of the tokens that is left out of a step.
    missed: float = 0.08
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the student learns from, row by row."""

    documents: Sequence[Document]
    targets: Floats
    weights: Floats
    #: The teacher's probabilities; NaN where it has not read the whole text.
    teacher: Floats


def fit_student(
    lessons: Lessons,
    folder: Path,
    plan: StudentPlan | None = None,
    progress: Report = lambda line: None,
) -> None:
    """Train the student and write its two files.

    The order of all sums is fixed, in XLA on a CPU too: equal lessons and plans give equal bytes on
    one machine.
    """
    plan = plan or StudentPlan()
    rng = np.random.default_rng(plan.seed)
    table = _encoder_table()
    weights = first_weights(rng, table.shape[0], table.shape[1], plan.shape)
    first = _Course(plan, plan.first_rate, 0.0, 1, plan.first_steps)
    weights = _trained(weights, jnp.asarray(table), lessons, first, progress)
    projection = np.asarray(weights.pop(PROJECTION))
    projected = (table.astype(np.float32) @ projection).astype(np.float16)
    progress("student: projection learned")
    second = _Course(plan, plan.rate, plan.taught, plan.epochs, plan.steps)
    weights = _trained(weights, jnp.asarray(projected), lessons, second, progress)
    save(folder, projected, {name: np.asarray(part) for name, part in weights.items()})


def _encoder_table() -> Halves:
    rows = np.arange(len(vocabulary()))
    parts = [rows[begin : begin + _ROWS] for begin in range(0, len(rows), _ROWS)]
    return np.concatenate([encoder().embeddings(part).astype(np.float16) for part in parts])


def save(folder: Path, projected: Halves, weights: dict[str, Floats]) -> None:
    """Write the token table, one byte a number, and the other weights."""
    rest = {
        name: part.astype(np.float16) for name, part in weights.items() if name not in (OWN, PAIRS)
    }
    columns = np.concatenate([projected.astype(np.float32), weights[OWN]], axis=1)
    table, steps = small(columns, _LOUDEST)
    pairs, pair_steps = small(weights[PAIRS], _LOUDEST)
    np.save(folder / TABLE.name, table)
    # NumPy dates the entries of the archive to 1980, whenever they are written.
    np.savez_compressed(
        folder / FILE.name,
        allow_pickle=False,
        table_steps=steps,
        pairs=pairs,
        pair_steps=pair_steps,
        **rest,
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """One of the two parts of the training."""

    plan: StudentPlan
    rate: float
    #: The weight of the teacher's answers.
    taught: float
    epochs: int
    #: The most steps; 0: no limit.
    most: int

    def optimiser(self, steps: int) -> optax.GradientTransformation:
        return optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.adamw(
                optax.cosine_onecycle_schedule(steps, self.rate, pct_start=0.15),
                weight_decay=self.plan.decay,
                mask=lambda weights: {name: name not in BIASES for name in weights},
            ),
        )

    def loss(
        self,
        weights: Weights,
        table: jax.Array,
        batch: Batch,
        labels: jax.Array,
        shares: jax.Array,
        answers: jax.Array,
        key: jax.Array,
    ) -> jax.Array:
        plan = self.plan
        documents = plan.shape.documents
        whole, highest = judged(weights, table, batch, documents, key, plan.missed)

        def of(wanted: jax.Array) -> jax.Array:
            return 0.5 * loss(highest, wanted, shares) + 0.5 * loss(whole, wanted, shares)

        if not self.taught:
            return of(labels)
        return (1 - self.taught) * of(labels) + self.taught * of(answers)


def _trained(
    weights: Weights, table: jax.Array, lessons: Lessons, course: _Course, progress: Report
) -> Weights:
    shape, seed = course.plan.shape, course.plan.seed
    rng = np.random.default_rng(seed)
    count = len(lessons.documents)
    # Other orders give a few batches more or less.
    each = sum(1 for _ in batches(lessons.documents, rng.permutation(count).tolist(), shape))
    total = min(each * course.epochs, course.most or each * course.epochs)
    optimiser = course.optimiser(total)
    state = optimiser.init(weights)

    @jax.jit
    def step(
        weights: Weights,
        table: jax.Array,
        state: optax.OptState,
        batch: Batch,
        known: tuple[jax.Array, jax.Array, jax.Array],
        key: jax.Array,
    ) -> tuple[Weights, optax.OptState, jax.Array]:
        error, slopes = jax.value_and_grad(course.loss)(weights, table, batch, *known, key)
        changes, state = optimiser.update(slopes, state, weights)
        return optax.apply_updates(weights, changes), state, error

    key = random_key(seed)
    done = 0
    for epoch in range(course.epochs):
        order = rng.permutation(count).tolist()
        errors = []
        room = course.most - done if course.most else None
        for rows in islice(batches(lessons.documents, order, shape), room):
            batch = arranged([lessons.documents[row] for row in rows], shape)
            known = _known(lessons, rows, shape.documents)
            step_key = jax.random.fold_in(key, done)
            weights, state, error = step(weights, table, state, batch, known, step_key)
            errors.append(float(error))
            done += 1
        if errors:
            progress(f"student: epoch {epoch + 1}, step {done}, loss {np.mean(errors):.4f}")
    return weights


def _known(lessons: Lessons, rows: list[int], documents: int) -> tuple[Floats, Floats, Floats]:
    """Return labels, weights and answers of the rows, and none for the rest of a batch."""
    labels, answers = np.full((2, documents, len(OUTPUTS)), np.nan, np.float32)
    shares = np.zeros((documents, 1), np.float32)
    labels[: len(rows)] = lessons.targets[rows]
    answers[: len(rows)] = lessons.teacher[rows]
    shares[: len(rows), 0] = lessons.weights[rows]
    return labels, shares, answers
