"""What a threat or a slander in a clause adds to what the words alone tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from .clauses import SAYINGS, Clause

Floats = npt.NDArray[np.float32]

#: Probabilities are read no nearer than this to 0 and 1.
NEAREST: Final = 0.01
#: What weighs as much is worth showing.
TELLING: Final = 0.4
PLACES: Final = MappingProxyType({name: place for place, name in enumerate(SAYINGS)})


@dataclass(frozen=True)
class Sayings:
    """A regression for texts in which something is said: on that, and on what the words tell."""

    #: A weight for each saying, by attribute.
    weights: Floats
    #: How much the logit of the words counts, and what the sayings start from, by attribute.
    slopes: Floats
    bias: Floats

    @cached_property
    def telling(self) -> tuple[frozenset[str], ...]:
        """What tells much of each attribute."""
        return tuple(
            frozenset(SAYINGS[place] for place in np.flatnonzero(column >= TELLING))
            for column in self.weights.T
        )

    @cached_property
    def _lists(self) -> tuple[list[list[float]], list[float], list[float]]:
        return self.weights.tolist(), self.slopes.tolist(), self.bias.tolist()

    def raised(self, probabilities: list[float], clauses: Sequence[Clause]) -> list[float]:
        """Return the probabilities, higher where what is said tells more than the words."""
        if not clauses:
            return probabilities
        weights, slopes, bias = self._lists
        # In order: sums in another order are other sums.
        said = sorted({PLACES[clause.name] for clause in clauses})
        raised = []
        for at, found in enumerate(probabilities):
            told = sum(weights[place][at] for place in said)
            if told > 0:
                inside = min(max(found, NEAREST), 1 - NEAREST)
                logit = bias[at] + slopes[at] * math.log(inside / (1 - inside)) + told
                found = max(found, 1 / (1 + math.exp(-logit)))
            raised.append(found)
        return raised

    def raised_many(self, probabilities: Floats, said: Floats) -> Floats:
        """Return the same for many rows, each with a one for all that is said in it."""
        told = said @ self.weights
        found = self.bias + self.slopes * logits(probabilities) + told
        raised = np.maximum(probabilities, 1 / (1 + np.exp(-found)))
        return np.where(told > 0, raised, probabilities).astype(np.float32)


def logits(probabilities: Floats) -> npt.NDArray[np.float64]:
    """Return the logits of what the words tell, as the regression looks at them."""
    inside = np.clip(probabilities.astype(np.float64), NEAREST, 1 - NEAREST)
    return np.asarray(np.log(inside / (1 - inside)))
