"""How toxic a text reads: six calibrated scores and the words that spoke for them.

Two stages, both learned by `moderation train toxicity`. The first is linear: hashed
character 2- to 5-grams of each word, words, word pairs and skipped pairs, each bucket
with one small weight per head. The second is a small network over what the first found
in the whole text, in its strongest words and in its strongest passages; beside it stands
a regression on texts that another model has scored. Words that name a group of people are
one and the same placeholder to all of them, so none makes a text toxic.

The model counts words; it does not understand sentences. It may hold, never reject.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

from .clauses import Clause
from .likeness import FURTHEST, WORDS_HEAD, WORDS_INPUTS, Likeness
from .model import MODEL, Model
from .network import LIMIT, Network
from .reading import MAX_LENGTH, SOMEONE, Reading, normal
from .table import (
    BITS,
    DENIED,
    HEADS,
    INPUTS,
    REPORTED,
    Description,
    Floats,
    Table,
    grams,
    hashes,
    pairs,
)
from .vectors import Vectors

__all__ = [
    "ATTRIBUTES",
    "BITS",
    "DENIED",
    "FURTHEST",
    "HEADS",
    "INPUTS",
    "LIMIT",
    "MAX_LENGTH",
    "MODEL",
    "REPORTED",
    "SOMEONE",
    "WORDS_HEAD",
    "WORDS_INPUTS",
    "Likeness",
    "Model",
    "Network",
    "Reading",
    "Table",
    "Toxicity",
    "Vectors",
    "grams",
    "hashes",
    "normal",
    "pairs",
    "toxicity",
]

#: A moderator is shown a finding from this score on; the policy decides what holds.
WORTH_SAYING: Final = 0.5
MAX_SPANS: Final = 5

#: What the scores are called and the code each speaks under, with the end of its sentence.
ATTRIBUTES: Final = MappingProxyType(
    {
        "toxicity": (Code.TOXICITY, "made this read as toxic"),
        "severe_toxicity": (Code.SEVERE_TOXICITY, "made this read as severely toxic"),
        "obscene": (Code.OBSCENE, "read as obscene"),
        "insult": (Code.INSULT, "read as an insult to somebody"),
        "threat": (Code.THREAT, "read as a threat"),
        "identity_attack": (Code.IDENTITY_ATTACK, "read as an attack on a group of people"),
    }
)
#: What somebody says rather than how: the clause is shown however loud a word in it is.
SAID_RATHER: Final = frozenset({"threat", "identity_attack"})
#: A word that weighs as much speaks for itself; below, the clause is shown that it stands in.
LOUD: Final = 20.0


class Toxicity:
    """Score a comment for six kinds of toxicity."""

    name = "toxicity"

    def __init__(self, file: Path = MODEL) -> None:
        self._file = file

    @cached_property
    def model(self) -> Model:
        """The model, read from its file when it is first needed."""
        return Model.load(self._file)

    @property
    def version(self) -> str:
        return self.model.version

    def check(self, text: object, draft: Draft, facts: Facts, rules: Rules) -> Findings:
        """Return all six scores, and a signal for each that a moderator should see.

        Only what was typed is read; the views of `text` undo disguises for word lists.
        """
        reading = Reading.of(draft.text)
        probabilities, description = self.model.judge(reading)
        # Four places: words are summed in the order they were first met, which is not
        # the same in two processes.
        scores = {
            name: int(probability * 10_000 + 0.5) / 10_000
            for name, probability in zip(ATTRIBUTES, probabilities, strict=True)
        }
        if max(scores.values()) < WORTH_SAYING:
            return Findings((), MappingProxyType(scores))
        signals = tuple(
            _signal(name, score, reading, description, self.model.sayings.telling[head], head)
            for head, (name, score) in enumerate(scores.items())
            if score >= WORTH_SAYING
        )
        return Findings(signals, MappingProxyType(scores))


def _signal(
    name: str,
    score: float,
    reading: Reading,
    description: Description,
    telling: frozenset[str],
    head: int,
) -> Signal:
    code, sentence = ATTRIBUTES[name]
    words = description.words[:, head]
    spans: list[Span] = []
    if name in SAID_RATHER or float(words.max(initial=0.0)) < LOUD:
        spans = _said(reading, [c for c in description.clauses if c.name in telling])
    spans = spans or _spoke(words, reading.spans)
    shown = dict.fromkeys(_shortened(reading.typed[begin:end]) for begin, end in spans)
    what = ", ".join(f"“{word}”" for word in list(shown)[:3]) or "The text as a whole"
    return Signal(code, score, f"{what} {sentence}.", tuple(spans))


def _said(reading: Reading, clauses: Sequence[Clause]) -> list[Span]:
    """Return the places of clauses in reading order; those that share words are one."""
    places: list[Span] = []
    for begin, end in sorted({(clause.begin, clause.end) for clause in clauses}):
        if places and begin < places[-1][1]:
            places[-1] = places[-1][0], max(places[-1][1], end)
        else:
            places.append((begin, end))
    where = reading.spans
    return [(where[begin][0], where[end - 1][1]) for begin, end in places[:MAX_SPANS]]


def _spoke(weights: Floats, spans: Sequence[Span]) -> list[Span]:
    """Return the places of the few words that weighed most, in reading order."""
    loudest = np.argsort(-weights, kind="stable")[:MAX_SPANS].tolist()
    enough = max(float(weights.max(initial=0.0)) * 0.4, 1e-6)
    return sorted({spans[word] for word in loudest if weights[word] >= enough})


def _shortened(said: str) -> str:
    """Return one word, or a clause on one line, no longer than a sentence can bear."""
    said = " ".join(said.split())
    room = 60 if " " in said else 30
    return said if len(said) <= room else f"{said[: room - 1]}…"


toxicity: Final = Toxicity()
