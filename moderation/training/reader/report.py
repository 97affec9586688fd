"""The report on the toxicity filter: all measures in one run, as plain lines.

Of labelled sources only the held-out tenth counts, or all rows of sources that were never
trained on; the generated sentences are those that no training uses.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from moderation.training.measures import auc, calibration_error, f1, spearman
from moderation.training.reader import dataset
from moderation.training.reader.dataset import LABELS, OUTPUTS, Examples
from moderation.training.templates import functional_tests, identity_tests

Array = npt.NDArray[np.float64]
#: The score from which a finding is shown, and the one from which a comment is held.
SHOWN, HELD = 0.5, 0.8
#: The scores that talk pages have labels for.
_SIX = OUTPUTS[: len(LABELS)]
_TOXICITY, _INSULT, _IDENTITY = map(_SIX.index, ("toxicity", "insult", "identity_attack"))


@dataclass(frozen=True)
class Checkup:
    """A judge of texts and the folder of labelled data for its evaluation."""

    #: Returns the scores of a text by name, at least the first six outputs.
    judge: Callable[[str], Mapping[str, float]]
    version: str
    data: Path

    def scores(self, texts: list[str] | tuple[str, ...]) -> Array:
        """Return one row of six scores per text."""
        found = [[scores[name] for name in _SIX] for scores in map(self.judge, texts)]
        return np.array(found, np.float64).reshape(-1, len(_SIX))

    @cached_property
    def _sources(self) -> dict[str, Examples]:
        return {source.source: source for source in dataset.load(self.data)}

    def _held_out(self, name: str, choose: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        source = self._sources[name]
        rows = np.flatnonzero((source.folds == 0) & choose)
        scores = self.scores([source.texts[row] for row in rows.tolist()])
        return scores, source.targets[rows].astype(np.float64)

    def labels(self) -> Iterator[str]:
        """Yield the results of the six scores on talk pages of natural prevalence."""
        source = self._sources["jigsaw"]
        scores, targets = self._held_out("jigsaw", source.natural)
        yield f"talk pages, held-out tenth, natural prevalence: {len(scores)} rows"
        areas = []
        for column, name in enumerate(_SIX):
            wanted, given = targets[:, column], scores[:, column]
            areas.append(auc(wanted, given))
            at = ", ".join(_precision_recall(wanted, given, bar) for bar in (SHOWN, HELD))
            error = calibration_error(wanted, given)
            yield f"  {name:16} AUC {areas[-1]:.4f}  calibration error {error:.4f}  {at}"
        yield f"  {'mean':16} AUC {np.mean(areas):.4f}"

    def other_ground(self) -> Iterator[str]:
        """Yield the results of toxicity and insult on texts of other sites."""
        surge = self.data / "surge-toxicity" / "toxicity_en.csv"
        found: list[tuple[str, Array, Array]] = []
        if surge.is_file():
            rows = list(dataset.rows(surge))
            scores = self.scores([row["text"] for row in rows])
            wanted = np.array([row["is_toxic"] == "Toxic" for row in rows], np.float64)
            found.append(("insults of other sites, never trained on", scores, wanted))
        for name, what in (("davidson", "tweets"), ("toxic-spans", "news comments")):
            if name in self._sources:
                every = np.ones(len(self._sources[name].texts), np.bool_)
                scores, targets = self._held_out(name, every)
                found.append((f"{what}, held-out tenth", scores, targets[:, _TOXICITY]))
        for what, scores, wanted in found:
            yield (
                f"{what}: {len(wanted)} rows, AUC toxicity "
                f"{auc(wanted, scores[:, _TOXICITY]):.4f}, insult "
                f"{auc(wanted, scores[:, _INSULT]):.4f}"
            )

    def perspective(self) -> Iterator[str]:
        """Yield the agreement with Perspective on rows that were not trained on."""
        if "perspective" not in self._sources:
            return
        every = np.ones(len(self._sources["perspective"].texts), np.bool_)
        scores, targets = self._held_out("perspective", every)
        wanted, given = targets[:, _TOXICITY], scores[:, _TOXICITY]
        yield (
            f"Perspective, held-out tenth: {len(wanted)} rows, rank correlation "
            f"{spearman(wanted, given):.4f}, F1 at {HELD} {f1(wanted >= HELD, given >= HELD):.3f}"
        )

    def names(self) -> Iterator[str]:
        """Yield the scores of harmless sentences that name a group."""
        for what, terms in (("listed", identity_tests.TERMS), ("other", identity_tests.MORE_TERMS)):
            rows = {term: identity_tests.called_toxic(term, self._toxicity) for term in terms}
            called = [share for _, _, share in rows.values()]
            yield (
                f"names of groups, {what}: {len(terms)} terms x {len(identity_tests.SENTENCES)} "
                f"sentences, called toxic at {SHOWN}: mean {np.mean(called):.1%}, "
                f"worst {max(called):.1%}"
            )
            for term, (mean, highest, share) in sorted(rows.items(), key=lambda row: -row[1][1]):
                yield f"  {term:20} mean {mean:.3f}  highest {highest:.2f}  called {share:.0%}"

    def abilities(self) -> Iterator[str]:
        """Yield the results of the functional tests, ability by ability."""
        found, wanted, given = functional_tests.abilities(), [], []
        yield "own sentences by ability: mean toxicity, lowest to highest, shown, held"
        for ability in found:
            scores = self.scores(ability.sentences)
            # A comment is held for the highest of its scores.
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
        """Yield the whole report."""
        yield f"model {self.version}"
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
