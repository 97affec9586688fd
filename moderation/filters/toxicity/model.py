"""The file of all that was learned."""

import hashlib
import io
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np

from .likeness import WORDS_HEAD, Likeness
from .network import Network
from .reading import Reading
from .table import BITS, HEADS, Description, Table
from .vectors import Vectors

MODEL: Final = Path(__file__).parents[1] / "data" / "toxicity.npz"


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model as it lies in its file."""

    table: Table
    network: Network
    likeness: Likeness
    version: str

    def judge(self, reading: Reading) -> tuple[list[float], Description]:
        """Return one probability per attribute, and what was found in the text."""
        found = self.table.describe(reading)
        words = found.inputs[WORDS_HEAD]
        other = float(self.likeness.logits(found.inputs, found.direction, words))
        return self.network.probabilities_of_one(found.inputs, other), found

    @classmethod
    def load(cls, file: Path = MODEL) -> "Model":
        content = file.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            kept = np.unpackbits(stored["kept"]).astype(np.bool_)
            weights = np.zeros((1 << BITS, HEADS), np.int8)
            weights[kept] = stored["weights"]
            groups = json.loads(stored["groups"].tobytes())
            vectors = Vectors(*(stored[f"vectors.{part}"] for part in ("known", "small", "rarity")))
            network = Network(*(stored[f"network.{part.name}"] for part in fields(Network)))
            likeness = Likeness(*(stored[f"likeness.{part.name}"] for part in fields(Likeness)))
            table = Table(weights, stored["steps"], groups, vectors)
        version = f"tox-3:{hashlib.sha256(content).hexdigest()[:8]}"
        return cls(table, network, likeness, version)
