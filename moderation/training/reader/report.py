"""Everything that is measured of a toxicity model, in one run and in plain lines.

Labelled sources count with their held-out tenth only, or wholly where nothing was ever
learned from them; our own sentences are those that no training sees.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.filters.toxicity import ATTRIBUTES, Toxicity
from moderation.training import examples, functional, identity
from moderation.training.examples import TARGETS, Examples
from moderation.training.measures import auc, calibration_error, f1, spearman

Array = npt.NDArray[np.float64]
#: From here on a moderator is shown a finding, from there on a comment is held.
SHOWN, HELD = 0.5, 0.8
_TOXICITY, _INSULT, _IDENTITY = (
    list(ATTRIBUTES).index(name) for name in ("toxicity", "insult", "identity_attack")
)


@dataclass(frozen=True)
class Checkup:
    """A model and the folder of labelled data to measure it with."""

    model: Toxicity
    data: Path

    def scores(self, texts: list[str] | tuple[str, ...]) -> Array:
        """Return one row of six scores per text."""
        found = [
            list(self.model.check(None, Draft(text), Facts(), Rules()).scores.values())
            for text in texts
        ]
        return np.array(found, np.float64).reshape(-1, len(ATTRIBUTES))

    @cached_property
    def _sources(self) -> dict[str, Examples]:
        return {source.source: source for source in examples.load(self.data)}

    def _held_out(self, name: str, choose: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        source = self._sources[name]
        rows = np.flatnonzero((source.folds == 0) & choose)
        scores = self.scores([source.texts[row] for row in rows.tolist()])
        return scores, source.targets[rows].astype(np.float64)

    def labels(self) -> Iterator[str]:
        """Say how the six scores do on talk pages of natural prevalence."""
        source = self._sources["jigsaw"]
        scores, targets = self._held_out("jigsaw", source.natural)
        yield f"talk pages, held-out tenth, natural prevalence: {len(scores)} rows"
        areas = []
        for column, name in enumerate(ATTRIBUTES):
            wanted, given = targets[:, column], scores[:, column]
            areas.append(auc(wanted, given))
            at = ", ".join(_precision_recall(wanted, given, bar) for bar in (SHOWN, HELD))
            error = calibration_error(wanted, given)
            yield f"  {name:16} AUC {areas[-1]:.4f}  calibration error {error:.4f}  {at}"
        yield f"  {'mean':16} AUC {np.mean(areas):.4f}"

    def other_ground(self) -> Iterator[str]:
        """Say how toxicity and insult do on other sites' texts."""
        surge = self.data / "surge-toxicity" / "toxicity_en.csv"
        found: list[tuple[str, Array, Array]] = []
        if surge.is_file():
            rows = list(examples.rows(surge))
            scores = self.scores([row["text"] for row in rows])
            wanted = np.array([row["is_toxic"] == "Toxic" for row in rows], np.float64)
            found.append(("insults of other sites, never trained on", scores, wanted))
        for name, what in (("davidson", "tweets"), ("toxic-spans", "news comments")):
            if name in self._sources:
                every = np.ones(len(self._sources[name].texts), np.bool_)
                scores, targets = self._held_out(name, every)
                found.append(
                    (f"{what}, held-out tenth", scores, targets[:, TARGETS.index("votes")])
                )
        for what, scores, wanted in found:
            yield (
                f"{what}: {len(wanted)} rows, AUC toxicity "
                f"{auc(wanted, scores[:, _TOXICITY]):.4f}, insult "
                f"{auc(wanted, scores[:, _INSULT]):.4f}"
            )

    def perspective(self) -> Iterator[str]:
        """Say how toxicity agrees with Perspective's on rows that were not learned from."""
        if "perspective" not in self._sources:
            return
        every = np.ones(len(self._sources["perspective"].texts), np.bool_)
        scores, targets = self._held_out("perspective", every)
        wanted, given = targets[:, TARGETS.index("perspective")], scores[:, _TOXICITY]
        yield (
            f"Perspective, held-out tenth: {len(wanted)} rows, rank correlation "
            f"{spearman(wanted, given):.4f}, F1 at {HELD} {f1(wanted >= HELD, given >= HELD):.3f}"
        )

    def names(self) -> Iterator[str]:
        """Say whether naming a group makes a harmless sentence toxic."""
        for what, terms in (("listed", identity.TERMS), ("other", identity.MORE_TERMS)):
            rows = {term: identity.called_toxic(term, self._toxicity) for term in terms}
            called = [share for _, _, share in rows.values()]
            yield (
                f"names of groups, {what}: {len(terms)} terms x {len(identity.SENTENCES)} "
                f"sentences, called toxic at {SHOWN}: mean {np.mean(called):.1%}, "
                f"worst {max(called):.1%}"
            )
            for term, (mean, highest, share) in sorted(rows.items(), key=lambda row: -row[1][1]):
                yield f"  {term:20} mean {mean:.3f}  highest {highest:.2f}  called {share:.0%}"

    def abilities(self) -> Iterator[str]:
        """Say what the model finds, and what it leaves alone, ability by ability."""
        found, wanted, given = functional.abilities(), [], []
        yield "own sentences by ability: mean toxicity, lowest to highest, shown, held"
        for ability in found:
            scores = self.scores(ability.sentences)
            # What holds a comment is the highest of its scores.
            loudest, toxicity = scores.max(axis=1), scores[:, _TOXICITY]
            kind = "abuse" if ability.abuse else "harmless"
            yield (
                f"  {ability.name:28} {kind:8} {len(toxicity):3d}  {toxicity.mean():.3f}  "
                f"{toxicity.min():.2f} to {toxicity.max():.2f}  "
                f"{(loudest >= SHOWN).mean():4.0%} {(loudest >= HELD).mean():4.0%}"
            )
            wanted += [ability.abuse] * len(toxicity)
            given.append(scores)
        every = np.concatenate(given)
        yield (
            f"  all {len(wanted)}: AUC toxicity {auc(wanted, every[:, _TOXICITY]):.4f}, "
            f"identity_attack {auc(wanted, every[:, _IDENTITY]):.4f}, "
            f"highest of six {auc(wanted, every.max(axis=1)):.4f}"
        )

    def lines(self) -> Iterator[str]:
        """Say everything."""
        yield f"model {self.model.version}"
        for part in (self.labels, self.other_ground, self.perspective, self.names, self.abilities):
            yield from part()

    @property
    def _toxicity(self) -> Callable[[str], float]:
        return lambda text: float(self.scores([text])[0, _TOXICITY])


def _precision_recall(wanted: Array, given: Array, bar: float) -> str:
    found, bad = given >= bar, wanted > 0.5
    right = int((found & bad).sum())
    if not found.any():
        return f"at {bar}: none found"
    return f"at {bar}: precision {right / found.sum():.2f}, recall {right / bad.sum():.2f}"
