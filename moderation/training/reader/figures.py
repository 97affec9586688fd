"""Figures of the reader's parts on the held-out tenth of every source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.training.measures import auc, spearman
from moderation.training.reader.dataset import LABELS, OUTPUTS
from moderation.training.reader.material import Material

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: the mean over some outputs on the rows of one source."""

    name: str
    source: str
    outputs: tuple[str, ...] = ("toxicity",)
    #: Rank correlation with a score, instead of the AUC of a label.
    ranked: bool = False


MEASURES: Final = (
    Measure("talk pages, mean AUC of six", "jigsaw", OUTPUTS[: len(LABELS)]),
    Measure("talk pages, AUC", "jigsaw"),
    Measure("news comments, AUC", "toxic-spans"),
    Measure("German tweets, AUC", "germeval"),
    Measure("Brazilian tweets, AUC", "told"),
    Measure("emoji, AUC of identity_attack", "hatemoji", ("identity_attack",)),
    Measure("Perspective, rank correlation", "perspective", ranked=True),
    Measure("comments under videos, AUC of spam", "youtube", ("spam",)),
)


def figure(measure: Measure, material: Material, logits: Floats) -> float:
    """Return one figure on rows of `material`; NaN if they have too few labels."""
    rows = material.sources == measure.source
    found = []
    for name in measure.outputs:
        column = OUTPUTS.index(name)
        wanted, given = material.targets[rows, column], logits[rows, column]
        if measure.ranked:
            found.append(spearman(wanted, given) if len(np.unique(wanted)) > 1 else float("nan"))
        else:
            found.append(auc(wanted, given))
    return float(np.mean(found))


def figures(material: Material, parts: Mapping[str, Floats]) -> Iterator[str]:
    """Yield a table of all figures on the given rows, one column for each part's logits."""
    yield f"{'held-out tenth':36}{'rows':>7}" + "".join(f"{name:>12}" for name in parts)
    for measure in MEASURES:
        rows = int((material.sources == measure.source).sum())
        values = (figure(measure, material, logits) for logits in parts.values())
        yield f"{measure.name:36}{rows:7d}" + "".join(f"{value:12.4f}" for value in values)
