"""The student as it is trained, in JAX: the same function as `moderation.filters.text.student`.

There it runs sentence by sentence in NumPy, with the weights that this one leaves behind.
"""

from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

from moderation.training.reader.batches import Batch, Sentences, Shape
from moderation.training.reader.dataset import OUTPUTS
from moderation.training.reader.heads import Weights, dropped

#: Numbers of a token that the student learns itself, and its projection of the encoder's table.
OWN: Final = "own"
PROJECTION: Final = "projection"
PAIRS: Final = "pairs"
#: Weights that are not pulled towards zero.
BIASES: Final = frozenset({"b3", "b5", "hb", "ob"})
_MOST: Final = 10.0
_NEVER: Final = -1e9
_ABSENT: Final = -20.0
#: Left out at random: features of tokens, and numbers of the hidden layer.
_DROPPED_FEATURES: Final = 0.1
_DROPPED_HIDDEN: Final = 0.2


def first_weights(rng: np.random.Generator, rows: int, size: int, shape: Shape) -> Weights:
    """Return random weights for a vocabulary of so many tokens and a table of that width."""

    def normal(*sides: int, size: float | None = None) -> jax.Array:
        spread = size or 1 / np.sqrt(np.prod(sides[:-1]))
        return jnp.asarray(rng.normal(0, spread, sides), jnp.float32)

    inputs, width = shape.inputs, shape.width
    return {
        PROJECTION: normal(size, shape.projected),
        OWN: normal(rows, shape.learned, size=0.05),
        PAIRS: normal(1 << shape.pair_bits, shape.learned, size=0.02),
        "c3": normal(3 * inputs, width),
        "b3": jnp.zeros(width, jnp.float32),
        "s3": normal(inputs, width),
        "c5": normal(3 * width, width),
        "b5": jnp.zeros(width, jnp.float32),
        "q": normal(width, shape.attention, size=0.1),
        "hv": normal(width, shape.attended),
        "hm": normal(width, shape.hidden),
        "hx": normal(width, shape.hidden),
        "ha": normal(shape.attention * shape.attended, shape.hidden),
        "hb": jnp.zeros(shape.hidden, jnp.float32),
        "o": normal(shape.hidden, len(OUTPUTS), size=0.05),
        "ob": jnp.full(len(OUTPUTS), -2.0, jnp.float32),
    }


def judged(
    weights: Weights,
    table: jax.Array,
    batch: Batch,
    documents: int,
    key: jax.Array | None = None,
    missed: float = 0.0,
) -> tuple[jax.Array, jax.Array]:
    """Return the logits of each whole document, and the highest of it and of its sentences.

    With a key, tokens are missed at random, by the given share, and other numbers too.
    """
    parts = [
        _summed(weights, table, array, None if key is None else jax.random.fold_in(key, at), missed)
        for at, array in enumerate(batch.arrays)
    ]
    sums, highest, attended, shares, counts = (jnp.concatenate(p) for p in zip(*parts, strict=True))
    owners = jnp.asarray(batch.owners)

    def total(values: jax.Array) -> jax.Array:
        return jax.ops.segment_sum(values, owners, documents)

    each = _hidden(weights, sums, highest, attended, shares, counts)
    most = _highest(highest, owners, documents)
    whole = _hidden(weights, total(sums), most, total(attended), total(shares), total(counts))
    if key is not None:
        key = jax.random.fold_in(key, 77)
        each = dropped(each, key, _DROPPED_HIDDEN)
        whole = dropped(whole, jax.random.fold_in(key, 1), _DROPPED_HIDDEN)
    logits = each @ weights["o"] + weights["ob"]
    logits = jnp.where(counts[:, None] > 0, logits, _ABSENT)
    whole_logits = whole @ weights["o"] + weights["ob"]
    return whole_logits, jnp.maximum(_highest(logits, owners, documents), whole_logits)


def _summed(
    weights: Weights, table: jax.Array, array: Sentences, key: jax.Array | None, missed: float
) -> tuple[jax.Array, ...]:
    """Return for each sentence: sum and maximum of its tokens, what is attended to, its length."""
    lengths = jnp.asarray(array.lengths)
    rows, tokens = array.ids.shape
    mask = (jnp.arange(tokens)[None] < lengths[:, None])[:, :, None].astype(jnp.float32)
    known = table[array.ids].astype(jnp.float32)
    if PROJECTION in weights:
        known = known @ weights[PROJECTION]
    own = weights[OWN][array.ids] + weights[PAIRS][array.pairs]
    values = jnp.concatenate([known, own], axis=-1)
    if key is not None:
        values = values * jax.random.bernoulli(key, 1 - missed, (rows, tokens, 1))
        values = dropped(values, jax.random.fold_in(key, 1), _DROPPED_FEATURES)
    values = values * mask
    found = jax.nn.relu(_around(values, 1) @ weights["c3"] + weights["b3"])
    values = (found + values @ weights["s3"]) * mask
    found = jax.nn.relu(_around(values, 2) @ weights["c5"] + weights["b5"])
    values = (found + values) * mask
    attention = jnp.exp(jnp.clip(values @ weights["q"], -_MOST, _MOST)) * mask
    attended = jnp.einsum("slh,slv->shv", attention, values @ weights["hv"])
    highest = jnp.where(mask > 0, values, _NEVER).max(axis=1)
    counts = lengths.astype(jnp.float32)
    return values.sum(axis=1), highest, attended.reshape(rows, -1), attention.sum(axis=1), counts


def _around(values: jax.Array, reach: int) -> jax.Array:
    """Return each token with those before and behind it at that distance."""
    tokens = values.shape[1]
    padded = jnp.pad(values, ((0, 0), (reach, reach), (0, 0)))
    return jnp.concatenate(
        [padded[:, at * reach : at * reach + tokens] for at in range(3)], axis=-1
    )


def _highest(values: jax.Array, owners: jax.Array, documents: int) -> jax.Array:
    """Return the highest values of each document, with a slope at each place that has them."""
    most = jax.ops.segment_max(jax.lax.stop_gradient(values), owners, documents)
    most = jnp.where(jnp.isfinite(most), most, 0)
    hits = jax.lax.stop_gradient((values == most[owners]).astype(values.dtype))
    found = jax.ops.segment_sum(values * hits, owners, documents)
    return found / jnp.maximum(jax.ops.segment_sum(hits, owners, documents), 1)


def _hidden(
    weights: Weights,
    sums: jax.Array,
    highest: jax.Array,
    attended: jax.Array,
    shares: jax.Array,
    counts: jax.Array,
) -> jax.Array:
    mean = sums / jnp.maximum(counts, 1)[:, None]
    split = attended.reshape(len(attended), shares.shape[1], -1)
    seen = (split / jnp.maximum(shares, 1e-6)[:, :, None]).reshape(len(attended), -1)
    found = mean @ weights["hm"] + jnp.maximum(highest, -30) @ weights["hx"]
    return jax.nn.relu(found + seen @ weights["ha"] + weights["hb"])
