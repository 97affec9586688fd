"""The file of all that was learned."""

import hashlib
import io
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np

from moderation.filters.shipped import FOLDER

from .clauses import LISTS
from .likeness import WORDS_HEAD, Likeness
from .network import Network
from .reading import Reading
from .sayings import Sayings
from .table import BITS, HEADS, Description, Table
from .vectors import Vectors

MODEL: Final = FOLDER / "toxicity.npz"


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model as it lies in its file."""

    table: Table
    network: Network
    likeness: Likeness
    sayings: Sayings
    version: str

    def judge(self, reading: Reading) -> tuple[list[float], Description]:
        """Return one probability per attribute, and what was found in the text."""
        found = self.table.describe(reading)
        words = found.inputs[WORDS_HEAD]
        other = float(self.likeness.logits(found.inputs, found.direction, words))
        probabilities = self.network.probabilities_of_one(found.inputs, other)
        return self.sayings.raised(probabilities, found.clauses), found

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
            sayings = Sayings(*(stored[f"sayings.{part.name}"] for part in fields(Sayings)))
            table = Table(weights, stored["steps"], groups, vectors)
        known = content + b"".join((FOLDER / name).read_bytes() for name in LISTS)
        version = f"tox-4:{hashlib.sha256(known).hexdigest()[:8]}"
        return cls(table, network, likeness, sayings, version)
