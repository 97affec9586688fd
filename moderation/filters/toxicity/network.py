"""The second stage, a small network over what the first found, and the file of both."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from .table import BITS, HEADS, Description, Floats, Table

MODEL: Final = Path(__file__).parents[1] / "data" / "toxicity.npz"
#: Inputs count no further than this many standard deviations.
LIMIT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Network:
    """A straight line plus one hidden layer, to one logit per attribute."""

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    bent: Floats
    straight: Floats
    bias: Floats

    def logits(self, inputs: Floats) -> Floats:
        """Return the logits of one row of inputs, or of many."""
        x = np.minimum(np.maximum((inputs - self.mean) * self.scale, -LIMIT), LIMIT)
        bent = np.tanh(x @ self.hidden + self.hidden_bias) @ self.bent
        return np.asarray(bent + x @ self.straight + self.bias, np.float32)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model as it lies in its file."""

    table: Table
    network: Network
    version: str

    @classmethod
    def load(cls, file: Path = MODEL) -> "Model":
        content = file.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            kept = np.unpackbits(stored["kept"]).astype(np.bool_)
            weights = np.zeros((1 << BITS, HEADS), np.int8)
            weights[kept] = stored["weights"]
            groups = json.loads(stored["groups"].tobytes())
            network = Network(*(stored[name] for name in Network.__slots__))
            table = Table(weights, stored["steps"], groups)
        return cls(table, network, f"tox-1:{hashlib.sha256(content).hexdigest()[:8]}")

    def probabilities(self, description: Description) -> Floats:
        """Return one probability per attribute."""
        logits = np.minimum(np.maximum(self.network.logits(description.inputs), -30), 30)
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)
