"""What the first stage's weights become in the package: few, small and the same bytes."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.filters.toxicity import BITS, Likeness, Network
from moderation.filters.toxicity.sayings import Sayings
from moderation.training.vectors import Stored

#: Buckets that keep their weights; with eight heads of one byte this bounds the file.
KEPT = 200_000
#: How hard to pack: most weights of a kept bucket are zero.
PACKED = 6
#: The loudest weights are cut so that the others keep their precision.
LOUDEST = 0.9999

Floats = npt.NDArray[np.float32]
Small = npt.NDArray[np.int8]


def shrink(weights: Floats, kept: int = KEPT) -> tuple[Small, Floats]:
    """Return weights as small integers with each head's step; the faintest buckets are dropped."""
    loud = np.quantile(np.abs(weights), LOUDEST, axis=0) * 1.5
    steps = np.minimum(np.abs(weights).max(axis=0), loud) / 127
    steps = np.maximum(steps, 1e-9).astype(np.float32)
    small = np.clip(np.rint(weights / steps), -127, 127).astype(np.int8)
    strength = np.abs(weights / steps).max(axis=1)
    if len(strength) > kept:
        faintest = np.argsort(-strength, kind="stable")[kept:]
        small[faintest] = 0
    return small, steps


def save(
    file: Path,
    small: Small,
    steps: Floats,
    groups: Mapping[str, int],
    vectors: Stored,
    network: Network,
    likeness: Likeness,
    sayings: Sayings,
) -> None:
    """Write a model; equal models give equal bytes."""
    if small.shape[0] != 1 << BITS:
        raise ValueError(f"expected {1 << BITS} buckets, got {small.shape[0]}")
    kept = small.any(axis=1)
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "kept": np.packbits(kept),
        "weights": small[kept],
        "steps": steps,
        "groups": np.frombuffer(json.dumps(groups).encode(), np.uint8),
        **_named("vectors", vectors),
        **_named("network", network),
        **_named("likeness", likeness),
        **_named("sayings", sayings),
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            # A fixed date: the time of training is no part of the model.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, PACKED)


def _named(
    name: str, part: Stored | Network | Likeness | Sayings
) -> dict[str, npt.NDArray[np.generic]]:
    return {f"{name}.{field.name}": getattr(part, field.name) for field in fields(part)}
