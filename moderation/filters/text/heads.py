"""What a sentence's features mean: one logit for each kind of harm.

The heads stand on the encoder. The vector between their two layers describes a sentence in few
numbers; a site's own judge can be trained on it, computed again from the stored text.
"""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from .data_files import FOLDER

Floats = npt.NDArray[np.float32]

FILE: Final = FOLDER / "reader.heads.npz"

#: The outputs of the heads and of the student, in order.
OUTPUTS: Final = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "insult",
    "threat",
    "identity_attack",
    "sexually_explicit",
    "spam",
)


class Heads:
    """Two layers on the encoder's features; threads may share them."""

    def __init__(self, first: Floats, first_bias: Floats, second: Floats, bias: Floats) -> None:
        self._first = first
        self._first_bias = first_bias
        self._second = second
        self._bias = bias

    @classmethod
    def load(cls, file: Path = FILE) -> "Heads":
        """Read the heads from a file, by default the shipped one."""
        with np.load(file, allow_pickle=False) as stored:
            first = stored["w1"].astype(np.float32) * stored["w1.steps"]
            return cls(first, stored["b1"], stored["w2"], stored["b2"])

    def vectors(self, features: Floats) -> Floats:
        """Return a short vector for each sentence."""
        hidden: Floats = features @ self._first
        hidden += self._first_bias
        np.maximum(hidden, 0, out=hidden)
        return hidden

    def logits(self, features: Floats) -> Floats:
        """Return a logit for each sentence and output."""
        found: Floats = self.vectors(features) @ self._second
        found += self._bias
        return found


@cache
def heads() -> Heads:
    """Return the shipped heads, loaded on first use."""
    return Heads.load()
