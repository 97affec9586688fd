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

from moderation.filters.toxicity import (
    ATTRIBUTES,
    BITS,
    INPUTS,
    WORDS_HEAD,
    WORDS_INPUTS,
    Network,
    Reading,
    Table,
)
from moderation.filters.toxicity.clauses import Clause
from moderation.filters.toxicity.sayings import Sayings
from moderation.filters.toxicity.vectors import SIZE
from moderation.training import examples, frames
from moderation.training.examples import FOLDS, LABELS, TARGETS
from moderation.training.groups import word_groups
from moderation.training.likeness import Seen, fit_likeness
from moderation.training.linear import Texts, fit_head, texts
from moderation.training.measures import auc, f1, spearman
from moderation.training.model_file import save, shrink
from moderation.training.network import Shape, fit_network
from moderation.training.sayings import fit_sayings, said_rows
from moderation.training.vectors import Stored, fit_vectors

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.bool_]
VOTES, PERSPECTIVE = TARGETS.index("votes"), TARGETS.index("perspective")
OWN, CLAUSE = "own", "clause"


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


#: None: filled by the regression on Perspective's scores.
HEAD_PLAN: tuple[Head | None, ...] = (
    _label(0, 8.0),
    _label(1, 3.0),
    _label(2, 4.0),
    _label(3, 0.5),
    _label(4, 6.0),
    _label(5, 1.0, bayes=False),
    None,
    Head({"jigsaw": 0, "toxic-spans": VOTES, "davidson": VOTES, OWN: 0}, 4.0),
)
#: Rows of these sources count less than one: tweets would drown talk pages.
SOURCE_WEIGHTS = {"davidson": 0.3}


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be turned about a training; equal plans and data give equal models."""

    heads: tuple[Head | None, ...] = HEAD_PLAN
    #: The first stage is fitted this many times more, for the second to learn from.
    parts: int = 4
    shape: Shape = field(default_factory=Shape)
    #: Share of toxic comments in the wild; the data has more of them.
    prevalence: float = 0.095
    #: How much people's labels say about toxicity, beside what Perspective would say.
    share: float = 0.4
    #: Learn from every so manieth of our own sentences.
    every: int = 1


@dataclass(frozen=True, slots=True)
class Material:
    """Everything there is to learn from, as rows."""

    readings: list[Reading]
    texts: Texts
    targets: Floats
    natural: Rows
    sources: npt.NDArray[np.str_]
    folds: npt.NDArray[np.int64]
    #: Has the text of a row that Perspective scored.
    repeated: Rows


def gather(data: Path, every: int = 1) -> Material:
    """Read all sources, and every so manieth of our own sentences."""
    sources = examples.load(data)
    made = frames.sentences()[::every]
    own_count = len(made)
    made += frames.clause_sentences()[::every]
    own = np.full((len(made), len(TARGETS)), np.nan, np.float32)
    own[:, : len(LABELS)] = [sentence.targets for sentence in made]
    readings = [Reading.of(text) for source in sources for text in source.texts]
    readings += [Reading.of(sentence.text) for sentence in made]
    counts = [len(source.texts) for source in sources]
    scored = {
        examples.plain(text) for s in sources if s.source == "perspective" for text in s.texts
    }
    repeated = [examples.plain(text) in scored for s in sources for text in s.texts]
    # Our own sentences are never measured with, so none is held out.
    spread = np.arange(len(made)) % (FOLDS - 1) + 1
    return Material(
        readings,
        texts(readings),
        np.concatenate([*(source.targets for source in sources), own]),
        np.concatenate([*(s.natural for s in sources), np.zeros(len(made), np.bool_)]),
        np.repeat(
            [*(source.source for source in sources), OWN, CLAUSE],
            [*counts, own_count, len(made) - own_count],
        ),
        np.concatenate([*(source.folds for source in sources), spread]),
        np.array([*repeated, *[False] * len(made)], np.bool_),
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far toxicity agrees with Perspective's score."""

    rows: int
    #: Rank correlation, and F1 with both from 0.8 on; NaN when there are no rows.
    rank: float
    f1: float

    @classmethod
    def of(cls, wanted: Floats, given: Floats) -> "Agreement":
        """Compare scores row by row."""
        rank = spearman(wanted, given) if len(wanted) else float("nan")
        return cls(len(wanted), rank, f1(wanted >= 0.8, given >= 0.8))


@dataclass(frozen=True, slots=True)
class Measured:
    """How the model does on the tenth it has not seen."""

    #: ROC-AUC per attribute on rows of natural prevalence.
    aucs: dict[str, float]
    rows: int
    perspective: Agreement
    file_size: int
    #: The same over all rows, by models that did not know them; None if it was not asked for.
    crossed: Agreement | None = None

    @property
    def mean_auc(self) -> float:
        return float(np.mean(list(self.aucs.values())))


def train_toxicity(
    data_dir: Path,
    out: Path,
    plan: Plan | None = None,
    tell: Callable[[str], object] = lambda line: None,
    fold_count: int = 0,
) -> Measured:
    """Train on all but the held-out tenth, write the model, and measure it on that tenth.

    `fold_count` other trainings of what depends on Perspective's scores, each without a
    part of them, say how well those are met in all rows. Uses one thread: sums in another
    order are other sums, and so another file.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

    plan = plan or Plan()
    with threadpool_limits(limits=1):
        material = gather(data_dir, plan.every)
        tell(f"read {len(material.readings)} texts")
        seen = material.folds != 0
        stage = FirstStage.fit(material, plan, tell)
        scored = material.sources == "perspective"
        weights = stage.weights[-1]
        likeness, weights[:, WORDS_HEAD] = fit_likeness(
            stage.seen, material.targets[:, PERSPECTIVE], seen & scored
        )
        small, steps = shrink(weights)
        # What is measured is what is stored: the words' part in its small steps.
        words = material.texts.weigh(small[:, WORDS_HEAD] * steps[WORDS_HEAD])
        other = likeness.logits(stage.inputs, stage.directions, words)
        network = _blended(_labels(stage, seen), stage, other, seen)
        tell("second stage")
        worded = network.probabilities(stage.inputs, other)
        sayings = _sayings(stage, worded, seen)
        save(out, small, steps, word_groups(), stage.vectors, network, likeness, sayings)
        measured = _measure(material, sayings.raised_many(worded, stage.said), ~seen, out)
        if fold_count and scored.any():
            measured = replace(measured, crossed=_crossed(stage, scored, fold_count, tell))
        return measured


def _crossed(
    stage: "FirstStage", scored: Rows, fold_count: int, tell: Callable[[str], object]
) -> Agreement:
    """Return how far each scored row agrees with a model that did not know it.

    Talk pages with the text of a scored row teach neither the vectors nor the network.
    """
    material = stage.material
    seen = (material.folds != 0) & ~material.repeated & ~scored
    labels = _labels(stage, seen)
    given = np.zeros(len(scored), np.float32)
    for part in range(fold_count):
        left_out = scored & (material.folds % fold_count == part)
        scores = material.targets[:, PERSPECTIVE]
        likeness, weights = fit_likeness(stage.seen, scores, scored & ~left_out)
        words = material.texts.weigh(weights)
        other = likeness.logits(stage.inputs, stage.directions, words)
        network = _blended(labels, stage, other, seen)
        found = network.probabilities(stage.inputs[left_out], other[left_out])
        sayings = _sayings(stage, network.probabilities(stage.inputs, other), seen)
        given[left_out] = sayings.raised_many(found, stage.said[left_out])[:, 0]
        tell(f"cross-validation, {part + 1} of {fold_count}")
    return Agreement.of(material.targets[scored, PERSPECTIVE], given[scored])


@dataclass(frozen=True, slots=True)
class FirstStage:
    """The first stage fitted several times: each time without a part, then on all parts."""

    material: Material
    plan: Plan
    vectors: Stored
    #: A weight per bucket and head, for each time.
    weights: list[Floats]
    #: What is found in each text by the table that has not learned from it.
    inputs: Floats
    directions: Floats
    #: What is said in each text.
    said: Floats

    @classmethod
    def fit(
        cls, material: Material, plan: Plan, tell: Callable[[str], object] = lambda line: None
    ) -> "FirstStage":
        """Fit the vectors of words, and every head that learns from people."""
        seen = material.folds != 0
        taught = (
            seen & ~material.repeated & ~np.isin(material.sources, ["perspective", OWN, CLAUSE])
        )
        vectors = fit_vectors([material.readings[row] for row in taught.nonzero()[0].tolist()])
        tell("vectors of words")
        parts = [seen & (material.folds % plan.parts == part) for part in range(plan.parts)]
        splits = [(seen & ~part, part) for part in parts] + [(seen, ~seen)]
        weights = []
        said: list[Sequence[Clause]] = [()] * len(seen)
        inputs = np.zeros((len(seen), INPUTS), np.float32)
        directions = np.zeros((len(seen), SIZE), np.float32)
        for number, (rows, described) in enumerate(splits, 1):
            weights.append(np.zeros((1 << BITS, len(plan.heads)), np.float32))
            for column, head in enumerate(plan.heads):
                if head is not None:
                    weights[-1][:, column] = _head(material, material.targets, rows, head)
            table = Table(*shrink(weights[-1]), word_groups(), vectors.vectors())
            for row in described.nonzero()[0].tolist():
                found = table.describe(material.readings[row])
                inputs[row], directions[row] = found.inputs, found.direction
                said[row] = found.clauses
            tell(f"first stage, {number} of {len(splits)}")
        return cls(material, plan, vectors, weights, inputs, directions, said_rows(said))

    @property
    def seen(self) -> Seen:
        """All texts, as the regression compares them."""
        usual = self.material.sources == "jigsaw"
        return Seen(self.material.texts, self.inputs, self.directions, usual)


def _head(material: Material, targets: Floats, chosen: Rows, head: Head) -> Floats:
    rows = chosen & np.isin(material.sources, list(head.columns))
    sources = material.sources[rows]
    column = [head.columns[str(source)] for source in sources]
    weights = np.array([SOURCE_WEIGHTS.get(str(s), 1.0) for s in sources], np.float32)
    seen = material.texts.rows(rows)
    return fit_head(seen, targets[rows, column], weights, head.strength, head.bayes)


def _labels(stage: FirstStage, seen: Rows) -> Network:
    """Learn what people's labels say; what Perspective would say is not this stage's matter."""
    targets = stage.material.targets.copy()
    targets[:, PERSPECTIVE] = np.nan
    seen = seen & (stage.material.sources != CLAUSE)
    weights = _weights(stage.material, stage.plan)
    network = fit_network(stage.inputs[seen], targets[seen], weights[seen], stage.plan.shape)
    return _attributes(network)


def _sayings(stage: FirstStage, worded: Floats, seen: Rows) -> Sayings:
    """Learn what is said from talk pages, and from sentences whose words taught nothing."""
    material = stage.material
    rows = seen & np.isin(material.sources, ["jigsaw", CLAUSE])
    targets, weights = (
        array[rows, : len(ATTRIBUTES)]
        for array in (material.targets, _weights(material, stage.plan))
    )
    return fit_sayings(stage.said[rows], worded[rows], targets, weights)


def _blended(network: Network, stage: FirstStage, other: Floats, seen: Rows) -> Network:
    """Blend toxicity with the other model's, so that it is the share of people's labels."""
    # Where nothing was scored, there is no other model to agree with.
    share = stage.plan.share if (stage.material.sources == "perspective").any() else 1.0
    network = replace(network, blend=np.array([share, 1.0, 0.0], np.float32))
    blended = network.blended(stage.inputs, network.logits(stage.inputs)[:, 0], other)
    weights = _weights(stage.material, stage.plan)[:, 0]
    slope, shift = _calibration(np.log(blended / (1 - blended)), stage.material, weights, seen)
    return replace(network, blend=np.array([share, slope, shift], np.float32))


def _attributes(network: Network) -> Network:
    """Return the network with an output for each attribute, blind to the words' head."""
    kept = list(range(len(ATTRIBUTES)))
    scale = network.scale.copy()
    scale[list(WORDS_INPUTS)] = 0.0
    return replace(
        network,
        scale=scale,
        bent=np.ascontiguousarray(network.bent[:, kept]),
        straight=np.ascontiguousarray(network.straight[:, kept]),
        bias=network.bias[kept],
    )


def _calibration(
    logits: npt.NDArray[np.float64], material: Material, weights: Floats, seen: Rows
) -> tuple[float, float]:
    """Return slope and shift that make the blend the share of people's labels."""
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
    own, toxicity = material.sources == OWN, material.targets[:, 0]
    # Abuse denied or quoted has the words of abuse, and few rows against many.
    weights[own & (toxicity > 0) & (toxicity < 0.5)] = 4.0
    weights[material.sources == "davidson"] = 0.2
    return weights


def _measure(material: Material, probabilities: Floats, held: Rows, file: Path) -> Measured:
    talk = held & material.natural & (material.sources == "jigsaw")
    aucs = {
        name: auc(material.targets[talk, column], probabilities[talk, column])
        for column, name in enumerate(ATTRIBUTES)
    }
    theirs = held & (material.sources == "perspective")
    return Measured(
        aucs,
        int(talk.sum()),
        Agreement.of(material.targets[theirs, PERSPECTIVE], probabilities[theirs, 0]),
        file.stat().st_size,
    )
