"""What another model would say, from how alike a text is to some that it has scored."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from .table import HEADS, Floats

#: The head of the table that holds the words' part.
WORDS_HEAD: Final = 6
#: Where that head's findings stand among the inputs: they are of no other use.
WORDS_INPUTS: Final = tuple(range(WORDS_HEAD, 4 * HEADS, HEADS))
Halves = npt.NDArray[np.float16]

#: Inputs count no further than this many standard deviations.
FURTHEST: Final = 4.0


@dataclass(frozen=True)
class Likeness:
    """A kernel regression: texts like those that were scored high get a high logit."""

    #: Makes inputs standard, then says how much each of them matters.
    centre: Floats
    scale: Floats
    matter: Floats
    #: Scored texts: their inputs, so treated, and their directions.
    points: Halves
    directions: Halves
    #: How far each of them pulls up or down.
    pull: Floats
    #: What every direction says, however unlike the scored ones.
    line: Floats
    #: The logit of a text like none; size of the inputs' part, size and narrowness of the other.
    sizes: Floats

    @cached_property
    def _points(self) -> tuple[Floats, Floats]:
        points = self.points.astype(np.float32)
        return np.ascontiguousarray(2 * points.T), (points * points).sum(axis=1)

    @cached_property
    def _directions(self) -> tuple[Floats, Floats]:
        directions = self.directions.astype(np.float32)
        return np.ascontiguousarray(2 * directions.T), (directions * directions).sum(axis=1)

    def treated(self, inputs: Floats) -> Floats:
        """Return inputs as they are compared."""
        x: Floats = inputs - self.centre
        x *= self.scale
        np.maximum(x, -FURTHEST, out=x)
        np.minimum(x, FURTHEST, out=x)
        x *= self.matter
        return x

    def logits(self, inputs: Floats, directions: Floats, words: Floats | np.float32) -> Floats:
        """Return the logit of one text, or of many; `words` is what the table's head says."""
        base, near, alike, narrowness = self.sizes
        found = near * (_likeness(self.treated(inputs), self._points, 1.0) @ self.pull)
        found = found + alike * (_likeness(directions, self._directions, narrowness) @ self.pull)
        return np.asarray(found + directions @ self.line + words + base, np.float32)


def _likeness(x: Floats, others: tuple[Floats, Floats], narrowness: float | np.float32) -> Floats:
    """Return how near each text is to each of the others, from 0 to 1."""
    doubled, squares = others
    near: Floats = x @ doubled
    near -= squares
    own = np.add.reduce(x * x, axis=-1)
    # One number is taken away faster than an array that holds one.
    near -= own if x.ndim == 1 else own[:, None]
    if narrowness != 1.0:
        near *= np.float32(narrowness)
    np.exp(near, out=near)
    return near
