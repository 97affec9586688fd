"""Fitting of the heads on the encoder's features: one hidden layer, in JAX."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from moderation.training.reader.dataset import OUTPUTS
from moderation.training.reader.features import Halves
from moderation.training.reader.files import small

Floats = npt.NDArray[np.float32]
Weights = dict[str, jax.Array]

FILE: Final = "reader.heads.npz"
#: Spreads are taken from every n-th row; smaller ones are enlarged.
_SAMPLED: Final = 7
_LEAST_SPREAD: Final = 0.05
#: A batch may have no known target at all.
_LEAST_WEIGHT: Final = 1e-6
#: Rows that are judged at once.
_ROWS: Final = 4096


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """The size of the hidden layer and the course of the fit."""

    hidden: int = 320
    epochs: int = 10
    batch: int = 160
    rate: float = 2e-3
    decay: float = 1e-3
    #: The share of the features, and of the hidden numbers, that is left out of a step.
    dropped: float = 0.1
    dropped_hidden: float = 0.3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads as they are stored."""

    w1: npt.NDArray[np.int8]
    steps: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    @classmethod
    def load(cls, file: Path) -> "Heads":
        with np.load(file, allow_pickle=False) as stored:
            return cls(*(stored[name] for name in ("w1", "w1.steps", "b1", "w2", "b2")))

    def save(self, file: Path) -> None:
        """Write the heads; equal ones give equal bytes."""
        steps = {"w1.steps": self.steps}
        np.savez_compressed(
            file, allow_pickle=False, w1=self.w1, **steps, b1=self.b1, w2=self.w2, b2=self.b2
        )

    def logits(self, features: Halves) -> Floats:
        """Return a row of logits for each row of features."""
        first = self.w1.astype(np.float32) * self.steps
        found = np.empty((len(features), len(self.b2)), np.float32)
        for begin in range(0, len(features), _ROWS):
            rows = slice(begin, begin + _ROWS)
            hidden = np.maximum(features[rows].astype(np.float32) @ first + self.b1, 0)
            found[rows] = hidden @ self.w2 + self.b2
        return found


def loss(logits: jax.Array, targets: jax.Array, weights: jax.Array) -> jax.Array:
    """Return the weighted log loss of the targets that are known; NaN is not."""
    known = ~jnp.isnan(targets)
    wanted = jnp.where(known, targets, 0)
    lost = jnp.maximum(logits, 0) - logits * wanted + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    counted = jnp.maximum((known * weights).sum(), _LEAST_WEIGHT)
    return (jnp.where(known, lost, 0) * weights).sum() / counted


def fit_heads(
    features: Halves,
    targets: Floats,
    weights: Floats,
    plan: HeadPlan | None = None,
    progress: Callable[[str], object] = lambda line: None,
) -> Heads:
    """Fit the heads; equal rows and plans give equal heads on one machine.

    Features are made equal in size for the fit. The first layer takes that over, so that the heads
    read features as the encoder gives them.
    """
    plan = plan or HeadPlan()
    sample = features[::_SAMPLED].astype(np.float32)
    mean, spread = sample.mean(axis=0), sample.std(axis=0) + np.float32(_LEAST_SPREAD)
    rng = np.random.default_rng(plan.seed)
    found = _first_weights(rng, features.shape[1], plan.hidden)
    batch = min(plan.batch, len(features))
    steps = len(features) // batch
    rate = optax.cosine_onecycle_schedule(steps * plan.epochs, plan.rate, pct_start=0.1)
    optimiser = optax.adamw(rate, weight_decay=plan.decay)
    state = optimiser.init(found)

    def lost(
        weights: Weights, rows: jax.Array, wanted: jax.Array, shares: jax.Array, key: jax.Array
    ) -> jax.Array:
        usual = (rows.astype(jnp.float32) - mean) / spread
        return loss(_dropping(weights, usual, key, plan), wanted, shares)

    @jax.jit
    def step(
        weights: Weights,
        state: optax.OptState,
        rows: jax.Array,
        wanted: jax.Array,
        shares: jax.Array,
        key: jax.Array,
    ) -> tuple[Weights, optax.OptState, jax.Array]:
        error, slopes = jax.value_and_grad(lost)(weights, rows, wanted, shares, key)
        changes, state = optimiser.update(slopes, state, weights)
        return optax.apply_updates(weights, changes), state, error

    key = random_key(plan.seed)
    for epoch in range(plan.epochs):
        order = rng.permutation(len(features))
        total = 0.0
        for number in range(steps):
            rows = order[number * batch : (number + 1) * batch]
            step_key = jax.random.fold_in(key, epoch * steps + number)
            found, state, error = step(
                found, state, features[rows], targets[rows], weights[rows, None], step_key
            )
            total += float(error)
        progress(f"heads: epoch {epoch + 1} of {plan.epochs}, loss {total / steps:.4f}")
    return _stored({name: np.asarray(part) for name, part in found.items()}, mean, spread)


def _first_weights(rng: np.random.Generator, inputs: int, hidden: int) -> Weights:
    def normal(rows: int, columns: int, size: float) -> jax.Array:
        return jnp.asarray(rng.normal(0, size / np.sqrt(rows), (rows, columns)), jnp.float32)

    return {
        "w1": normal(inputs, hidden, 1.0),
        "b1": jnp.zeros(hidden, jnp.float32),
        "w2": normal(hidden, len(OUTPUTS), 0.3),
        "b2": jnp.full(len(OUTPUTS), -2.0, jnp.float32),
    }


def _dropping(weights: Weights, rows: jax.Array, key: jax.Array, plan: HeadPlan) -> jax.Array:
    """Return the logits with a random part of the numbers left out."""
    rows = dropped(rows, key, plan.dropped)
    hidden = jax.nn.relu(rows @ weights["w1"] + weights["b1"])
    hidden = dropped(hidden, jax.random.fold_in(key, 1), plan.dropped_hidden)
    return hidden @ weights["w2"] + weights["b2"]


def random_key(seed: int) -> jax.Array:
    """Return the beginning of a sequence of random numbers.

    They are of the kind that XLA compiles and draws fastest; nothing here depends on their quality.
    """
    return jax.random.key(seed, impl="unsafe_rbg")


def dropped(values: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Return values with a random share set to zero and the others enlarged in return."""
    kept = jax.random.bernoulli(key, 1 - share, values.shape)
    return values * kept / (1 - share)


def _stored(weights: dict[str, Floats], mean: Floats, spread: Floats) -> Heads:
    first = weights["w1"] / spread[:, None]
    numbers, steps = small(first)
    return Heads(numbers, steps, weights["b1"] - mean @ first, weights["w2"], weights["b2"])
