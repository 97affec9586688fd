"""What another model, whose scores are known for few texts, would say about many.

Nine hundred scored texts are too few to learn words from. A kernel regression on what the
first stage finds in them and on their words guesses the scores of all the other texts, and
the model then learns from those guesses. Rows to be measured with must not be among the
known ones.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.training.linear import TYPICAL_RARITY, Texts

Floats = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]
#: Scores are read as probabilities no nearer than this to 0 and 1.
NEAREST = 0.01
#: Inputs count no further than this many standard deviations.
FURTHEST = 4.0
AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Kernel:
    """How alike two texts are: by what was found in them, and by their words."""

    narrowness: float = 0.01
    words: float = 0.3
    #: How much of a score is taken for noise.
    noise: float = 0.1


def guess(
    seen: Texts, inputs: Floats, scores: Floats, asked: Rows, kernel: Kernel | None = None
) -> Floats:
    """Return scores for the rows asked about, from the rows whose score is not NaN."""
    kernel = kernel or Kernel()
    known = np.isfinite(scores)
    wanted = np.clip(scores[known].astype(np.float64), NEAREST, 1 - NEAREST)
    logits = np.log(wanted / (1 - wanted))
    every = known | asked
    mean, spread = inputs[every].mean(axis=0), inputs[every].std(axis=0) + 1e-6
    x = np.clip((inputs - mean) / spread, -FURTHEST, FURTHEST)
    theirs = seen.rows(known)
    rarity = seen.rows(every).rarity() / np.float32(TYPICAL_RARITY)
    words, size = _words(theirs, rarity)
    alike = _near(x[known], x[known], kernel) + kernel.words * words
    alike += kernel.noise * np.eye(len(logits))
    pull = np.linalg.solve(alike, logits - logits.mean())
    # The kernel of words is linear, so that all texts' sums over it are one product.
    spread_pull = theirs.gather(pull.astype(np.float32)) * rarity * rarity
    by_words = seen.rows(asked).weigh(spread_pull * np.float32(kernel.words / size))
    ours = x[asked]
    near = [
        _near(ours[begin : begin + AT_ONCE], x[known], kernel) @ pull
        for begin in range(0, len(ours), AT_ONCE)
    ]
    return np.asarray(
        1 / (1 + np.exp(-(np.concatenate(near) + by_words + logits.mean()))), np.float32
    )


def _near(one: Floats, other: Floats, kernel: Kernel) -> Exact:
    a, b = one.astype(np.float64), other.astype(np.float64)
    apart = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    found: Exact = np.exp(-kernel.narrowness * np.maximum(apart, 0))
    return found


def _words(theirs: Texts, rarity: Floats) -> tuple[Exact, float]:
    """Return how alike the known texts' words are, on average one with themselves."""
    from scipy import sparse

    counts = (theirs.words @ theirs.grams + theirs.pairs).tocsr()
    lengths = sparse.diags_array((1 / theirs.lengths).astype(np.float32))
    scaled = lengths @ counts @ sparse.diags_array(rarity)
    alike = (scaled @ scaled.T).toarray().astype(np.float64)
    size = float(np.trace(alike)) / len(alike)
    return alike / size, size
