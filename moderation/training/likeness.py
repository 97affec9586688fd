"""Learn what another model would say, from the few texts that it has scored.

Nine hundred scored texts are too few to learn words from, and enough to compare with: a
kernel regression on what the first stage finds in a text, on the direction of its words'
vectors, and on the words themselves. Rows to be measured with must not be among the known.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.filters.toxicity import WORDS_INPUTS, Likeness
from moderation.filters.toxicity.table import AROUND, GROUPS, HEADS
from moderation.training.linear import TYPICAL_RARITY, Texts

Floats = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]
#: Scores are read as probabilities no nearer than this to 0 and 1.
NEAREST = 0.01


@dataclass(frozen=True, slots=True)
class Kernel:
    """How much each kind of likeness tells: found by the evidence of the scored texts."""

    #: By kind of input: whole text, strongest word, three words, eight words; then the rest.
    passages: tuple[float, float, float, float] = (0.0163, 0.0025, 0.0034, 0.0004)
    length: float = 0.0037
    capitals: float = 0.0003
    marks: float = 0.0002
    someone: float = 0.0046
    counted: float = 0.0003
    reported: float = 0.0042
    around: float = 0.0001
    inputs: float = 1.313
    meanings: float = 0.1124
    narrowness: float = 6.537
    words: float = 0.104
    line: float = 0.1573
    #: How much of a score is taken for noise.
    noise: float = 0.0074

    def matter(self) -> Floats:
        """Return how much each input counts, in the order of the table's inputs."""
        marks = [self.marks] * 3
        counted = [self.someone, *[self.counted] * 4, self.reported, self.counted]
        surface = [self.length, self.length, self.capitals, *marks, self.length]
        surface += counted[: GROUPS - 1] + [self.around] * len(AROUND)
        squares = np.array([p for p in self.passages for _ in range(HEADS)] + surface)
        squares[list(WORDS_INPUTS)] = 0.0
        return np.asarray(np.sqrt(squares), np.float32)


@dataclass(frozen=True, slots=True)
class Seen:
    """All texts, as they are compared."""

    texts: Texts
    inputs: Floats
    directions: Floats
    #: Texts of the kind to be judged, which say what is usual.
    usual: Rows


def fit_likeness(
    seen: Seen, scores: Floats, known: Rows, kernel: Kernel | None = None
) -> tuple[Likeness, Floats]:
    """Return the regression on the known rows, and the weight of each bucket of words."""
    kernel = kernel or Kernel()
    if not known.any():
        return _nothing(seen), np.zeros(seen.texts.pairs.shape[1], np.float32)
    wanted = np.clip(scores[known].astype(np.float64), NEAREST, 1 - NEAREST)
    logits = np.log(wanted / (1 - wanted))
    usual = seen.usual | known
    spread = seen.inputs[usual].std(axis=0) + 1e-6
    likeness = Likeness(
        centre=seen.inputs[usual].mean(axis=0),
        scale=(1 / spread).astype(np.float32),
        matter=kernel.matter(),
        points=np.zeros((0, len(spread)), np.float16),
        directions=seen.directions[known].astype(np.float16),
        pull=np.zeros(0, np.float32),
        line=np.zeros(seen.directions.shape[1], np.float32),
        sizes=np.array([0, kernel.inputs, kernel.meanings, kernel.narrowness], np.float32),
    )
    # Compared as they will be stored, so that what is rounded away is not learned from.
    points = likeness.treated(seen.inputs[known]).astype(np.float16)
    x, d = points.astype(np.float64), likeness.directions.astype(np.float64)
    theirs = seen.texts.rows(known)
    rarity = seen.texts.rows(usual).rarity() / np.float32(TYPICAL_RARITY)
    words, size = _words(theirs, rarity)
    alike = kernel.inputs * np.exp(-_apart(x)) + kernel.words * words + kernel.line * (d @ d.T)
    alike += kernel.meanings * np.exp(-kernel.narrowness * _apart(d))
    middle = logits.mean()
    pull = np.linalg.solve(alike + kernel.noise * np.eye(len(logits)), logits - middle)
    # The kernel of words is linear, so that all texts' sums over it are one weight a bucket.
    weights = theirs.gather(pull.astype(np.float32)) * rarity * rarity
    sizes = np.array([middle, *likeness.sizes[1:]], np.float32)
    fitted = Likeness(
        likeness.centre,
        likeness.scale,
        likeness.matter,
        points,
        likeness.directions,
        pull.astype(np.float32),
        (kernel.line * (pull @ d)).astype(np.float32),
        sizes,
    )
    return fitted, np.asarray(weights * np.float32(kernel.words / size), np.float32)


def _nothing(seen: Seen) -> Likeness:
    width, size = seen.inputs.shape[1], seen.directions.shape[1]
    flat, none = np.zeros(width, np.float32), np.zeros(0, np.float32)
    points, directions = np.zeros((0, width), np.float16), np.zeros((0, size), np.float16)
    line, sizes = np.zeros(size, np.float32), np.zeros(4, np.float32)
    return Likeness(flat, flat, flat, points, directions, none, line, sizes)


def _apart(x: Exact) -> Exact:
    squares = (x * x).sum(axis=1)
    apart: Exact = np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0)
    return apart


def _words(theirs: Texts, rarity: Floats) -> tuple[Exact, float]:
    """Return how alike the known texts' words are, on average one with themselves."""
    from scipy import sparse

    counts = (theirs.words @ theirs.grams + theirs.pairs).tocsr()
    lengths = sparse.diags_array((1 / theirs.lengths).astype(np.float32))
    scaled = lengths @ counts @ sparse.diags_array(rarity)
    alike = (scaled @ scaled.T).toarray().astype(np.float64)
    size = float(np.trace(alike)) / len(alike)
    return alike / size, size
