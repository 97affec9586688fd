"""The second stage, a small network over what the first found."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from .table import DENIED, REPORTED, Floats

Exact = npt.NDArray[np.float64]

#: Inputs count no further than this many standard deviations.
LIMIT: Final = 5.0
#: No logit counts further: its probability, and one minus it, stay numbers above zero.
FARTHEST: Final = 30.0
#: The other model is believed to say no more than this above what people's labels say.
FURTHER: Final = 0.3
#: Where the loudest word is denied or reported it raises no text above this: it has heard of
#: neither denial nor quotation.
DOUBTED: Final = 0.3


@dataclass(frozen=True)
class Network:
    """A straight line plus one hidden layer, to one logit per attribute.

    People's labels say little about the order of harmless texts, another model's scores say
    little about what people mind most: toxicity is a blend of what was learned from both.
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    bent: Floats
    straight: Floats
    bias: Floats
    #: The share of the labels in the blend, then a slope and a shift that make it a probability.
    blend: Floats

    @cached_property
    def _wide(self) -> Floats:
        # The hidden layer and the straight line look at the same inputs: one product for both.
        return np.hstack((self.hidden, self.straight))

    @cached_property
    def _blend(self) -> tuple[float, ...]:
        return tuple(self.blend.tolist())

    def logits(self, inputs: Floats) -> Floats:
        """Return the logits of one row of inputs, or of many."""
        x = inputs - self.mean
        x *= self.scale
        np.maximum(x, -LIMIT, out=x)
        np.minimum(x, LIMIT, out=x)
        both = x @ self._wide
        units = len(self.hidden_bias)
        hidden = both[..., :units]
        hidden += self.hidden_bias
        np.tanh(hidden, out=hidden)
        found = np.asarray(hidden @ self.bent, np.float32)
        found += both[..., units:]
        found += self.bias
        return found

    def blended(self, inputs: Floats, logits: Floats, other: Floats) -> Exact:
        """Return the labels' toxicity blended with the other model's, for many rows."""
        share = self._blend[0]
        ours, theirs = _sigmoid(logits.astype(np.float64)), _sigmoid(other.astype(np.float64))
        theirs = np.minimum(theirs, ours + FURTHER)
        doubted = inputs[:, [DENIED, REPORTED]].any(axis=1)
        theirs = np.where(doubted, np.minimum(theirs, np.maximum(ours, DOUBTED)), theirs)
        return np.asarray(share * ours + (1 - share) * theirs)

    def probabilities(self, inputs: Floats, other: Floats) -> Floats:
        """Return one probability per attribute, for many rows and the other model's logits."""
        logits = self.logits(inputs)
        found = _sigmoid(logits.astype(np.float64))
        _, slope, shift = self._blend
        blended = self.blended(inputs, logits[:, 0], other)
        found[:, 0] = _sigmoid(slope * np.log(blended / (1 - blended)) + shift)
        return np.asarray(found, np.float32)

    def probabilities_of_one(self, inputs: Floats, other: float) -> list[float]:
        """Return the same for one row, with few of NumPy's calls."""
        found = [_sigmoid_of_one(logit) for logit in self.logits(inputs).tolist()]
        share, slope, shift = self._blend
        theirs = min(_sigmoid_of_one(other), found[0] + FURTHER)
        if inputs[DENIED] or inputs[REPORTED]:
            theirs = min(theirs, max(found[0], DOUBTED))
        blended = share * found[0] + (1 - share) * theirs
        found[0] = _sigmoid_of_one(slope * math.log(blended / (1 - blended)) + shift)
        return found


def _sigmoid_of_one(logit: float) -> float:
    if not -FARTHEST < logit < FARTHEST:
        logit = math.copysign(FARTHEST, logit)
    return 1.0 / (1.0 + math.exp(-logit))


def _sigmoid(logits: Exact) -> Exact:
    probabilities: Exact = 1.0 / (1.0 + np.exp(-np.clip(logits, -FARTHEST, FARTHEST)))
    return probabilities
