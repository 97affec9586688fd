"""Train the toxicity model: two stages, a held-out tenth, one file.

The second stage must not learn from scores that the first gives to texts it has seen, so
the first is also fitted several times, each time without a part, to score that part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import optimize

from moderation.filters.toxicity import ATTRIBUTES, INPUTS, Network, Reading, Table
from moderation.training import examples, frames
from moderation.training.examples import FOLDS, LABELS, TARGETS
from moderation.training.groups import word_groups
from moderation.training.linear import Texts, fit_head, texts
from moderation.training.measures import auc, f1, spearman
from moderation.training.model_file import save, shrink
from moderation.training.network import Shape, fit_network, straighten

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.bool_]
VOTES, PERSPECTIVE = TARGETS.index("votes"), TARGETS.index("perspective")
OWN = "own"


@dataclass(frozen=True, slots=True)
class Head:
    """What one head of the first stage learns: a column, from which sources, how freely."""

    #: Column of the targets per source.
    columns: dict[str, int]
    strength: float
    #: Weigh buckets by naive Bayes; too bold where the bad texts are few and alike.
    bayes: bool = True


def _label(column: int, strength: float, bayes: bool = True) -> Head:
    return Head({"jigsaw": column, OWN: column}, strength, bayes)


HEAD_PLAN = (
    _label(0, 8.0),
    _label(1, 3.0),
    _label(2, 4.0),
    _label(3, 0.5),
    _label(4, 6.0),
    _label(5, 1.0, bayes=False),
    Head({"perspective": PERSPECTIVE}, 4.0, bayes=False),
    Head({"jigsaw": 0, "toxic-spans": VOTES, "davidson": VOTES, OWN: 0}, 4.0),
)
#: Rows of these sources count less than one: tweets would drown talk pages.
SOURCE_WEIGHTS = {"davidson": 0.3}


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be turned about a training; equal plans and data give equal models."""

    heads: tuple[Head, ...] = HEAD_PLAN
    #: The first stage is fitted this many times more, for the second to learn from.
    parts: int = 4
    shape: Shape = field(default_factory=Shape)
    #: Share of toxic comments in the wild; the data has more of them.
    prevalence: float = 0.095
    #: How much the labels, the votes and Perspective's scores say about toxicity.
    mix: tuple[float, float, float] = (0.25, 0.0, 0.75)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything there is to learn from, as rows."""

    readings: list[Reading]
    texts: Texts
    targets: Floats
    natural: Rows
    sources: npt.NDArray[np.str_]
    folds: npt.NDArray[np.int64]


def gather(data: Path) -> Material:
    """Read all sources and our own sentences."""
    sources = examples.load(data)
    made = frames.sentences()
    own = np.full((len(made), len(TARGETS)), np.nan, np.float32)
    own[:, : len(LABELS)] = [sentence.targets for sentence in made]
    readings = [Reading.of(text) for source in sources for text in source.texts]
    readings += [Reading.of(sentence.text) for sentence in made]
    counts = [len(source.texts) for source in sources]
    # Our own sentences are never measured with, so none is held out.
    spread = np.arange(len(made)) % (FOLDS - 1) + 1
    return Material(
        readings,
        texts(readings),
        np.concatenate([*(source.targets for source in sources), own]),
        np.concatenate([*(s.natural for s in sources), np.zeros(len(made), np.bool_)]),
        np.repeat([*(source.source for source in sources), OWN], [*counts, len(made)]),
        np.concatenate([*(source.folds for source in sources), spread]),
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """How the model does on the tenth it has not seen."""

    #: ROC-AUC per attribute on rows of natural prevalence.
    aucs: dict[str, float]
    rows: int
    #: Rank correlation and F1 at 0.8 with Perspective's scores.
    perspective_rank: float
    perspective_f1: float
    perspective_rows: int
    file_size: int

    @property
    def mean_auc(self) -> float:
        return float(np.mean(list(self.aucs.values())))


def train_toxicity(
    data_dir: Path,
    out: Path,
    plan: Plan | None = None,
    tell: Callable[[str], object] = lambda line: None,
) -> Measured:
    """Train on all but the held-out tenth, write the model, and measure it on that tenth.

    Uses one thread: sums in another order are other sums, and so another file.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    plan = plan or Plan()
    with threadpool_limits(limits=1):
        material = gather(data_dir)
        tell(f"read {len(material.readings)} texts")
        seen = material.folds != 0
        inputs = np.zeros((len(seen), INPUTS), np.float32)
        for part in range(plan.parts):
            left_out = seen & (material.folds % plan.parts == part)
            table = _table(material, seen & ~left_out, plan)[2]
            _describe(table, material.readings, left_out, inputs)
            tell(f"first stage, part {part + 1} of {plan.parts}")
        small, steps, table = _table(material, seen, plan)
        _describe(table, material.readings, ~seen, inputs)
        network = _second_stage(material, inputs, seen, plan)
        tell("second stage")
        save(out, small, steps, word_groups(), network)
        probabilities = _sigmoid(network.logits(inputs))
        return _measure(material, probabilities, ~seen, out)


def _table(
    material: Material, chosen: Rows, plan: Plan
) -> tuple[npt.NDArray[np.int8], Floats, Table]:
    columns = []
    for head in plan.heads:
        rows = chosen & np.isin(material.sources, list(head.columns))
        sources = material.sources[rows]
        column = [head.columns[str(source)] for source in sources]
        targets = material.targets[rows, column]
        weights = np.array([SOURCE_WEIGHTS.get(str(s), 1.0) for s in sources], np.float32)
        columns.append(
            fit_head(material.texts.rows(rows), targets, weights, head.strength, head.bayes)
        )
    small, steps = shrink(np.stack(columns, axis=1))
    return small, steps, Table(small, steps, word_groups())


def _describe(table: Table, readings: Sequence[Reading], chosen: Rows, into: Floats) -> None:
    for row in chosen.nonzero()[0].tolist():
        into[row] = table.describe(readings[row]).inputs


def _second_stage(material: Material, inputs: Floats, seen: Rows, plan: Plan) -> Network:
    weights = _weights(material, plan)
    network = fit_network(inputs[seen], material.targets[seen], weights[seen], plan.shape)
    network = straighten(network, inputs[seen], material.targets[seen, PERSPECTIVE], PERSPECTIVE)
    network = mixed(network, plan.mix)
    slope, shift = _calibration(network.logits(inputs)[:, 0], material, weights[:, 0], seen)
    stretch = np.array([slope, *[1.0] * (len(ATTRIBUTES) - 1)], np.float32)
    moved = np.array([shift, *[0.0] * (len(ATTRIBUTES) - 1)], np.float32)
    return replace(
        network,
        bent=network.bent * stretch,
        straight=network.straight * stretch,
        bias=network.bias * stretch + moved,
    )


def _calibration(
    logits: Floats, material: Material, weights: Floats, seen: Rows
) -> tuple[float, float]:
    """Return slope and shift that make the mix the share of people's labels."""
    rows = seen & (material.sources == "jigsaw")
    scores, wanted = logits[rows], material.targets[rows, 0]
    shares = weights[rows] / weights[rows].sum()

    def loss(at: npt.NDArray[np.float64]) -> float:
        z = at[0] * scores + at[1]
        return float(shares @ (np.logaddexp(0, z) - wanted * z))

    slope, shift = optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return float(slope), float(shift)


def _weights(material: Material, plan: Plan) -> Floats:
    """Return how much each row and column counts, so that toxic rows are as rare as outside."""
    weights = np.ones(material.targets.shape, np.float32)
    jigsaw = material.sources == "jigsaw"
    toxic = jigsaw & (material.targets[:, 0] > 0.5)
    share = float(toxic.sum() / jigsaw.sum())
    weights[toxic] = plan.prevalence * (1 - share) / (share * (1 - plan.prevalence))
    weights[material.sources == OWN] = 0.5
    weights[material.sources == "davidson"] = 0.2
    return weights


def mixed(network: Network, mix: tuple[float, float, float]) -> Network:
    """Return the network with one logit per attribute: toxicity is a mix of three."""
    outputs = network.bias.shape[0]
    into = np.zeros((outputs, len(ATTRIBUTES)), np.float32)
    into[range(len(LABELS)), range(len(LABELS))] = 1.0
    into[[0, VOTES, PERSPECTIVE], 0] = mix
    return Network(
        network.mean,
        network.scale,
        network.hidden,
        network.hidden_bias,
        network.bent @ into,
        network.straight @ into,
        network.bias @ into,
    )


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def _measure(material: Material, probabilities: Floats, held: Rows, file: Path) -> Measured:
    talk = held & material.natural & (material.sources == "jigsaw")
    aucs = {
        name: auc(material.targets[talk, column], probabilities[talk, column])
        for column, name in enumerate(ATTRIBUTES)
    }
    theirs = held & (material.sources == "perspective")
    wanted = material.targets[theirs, PERSPECTIVE]
    got = probabilities[theirs, 0]
    return Measured(
        aucs,
        int(talk.sum()),
        spearman(wanted, got) if theirs.any() else float("nan"),
        f1(wanted >= 0.8, got >= 0.8),
        int(theirs.sum()),
        file.stat().st_size,
    )
