"""The attributes of Perspective: a text's scores on the scale that its clients know.

The scores are made of a text's reading and of the profanity filter by weights that
`moderation train perspective` fits on scores of Perspective. No weight is negative, so a text that
is read as worse never scores lower. SPAM is the spam filter's own score.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from moderation.domain.judgement import TEXT, Draft, Facts, Findings, Rules, Span

from . import reading
from .profanity.filter import ProfanityFilter
from .reading import JUDGED, Reading
from .spam.filter import SpamFilter
from .text.data_files import FOLDER
from .text.document import Text
from .text.heads import OUTPUTS
from .toxicity.filter import toxicity

Floats = npt.NDArray[np.float64]
Logits = npt.NDArray[np.float32]

#: The name of the model in answers, before its version.
MODEL: Final = "moderation"
#: The weights, with the version of the reader that they were fitted for.
FILE: Final = FOLDER / "perspective.json"
SPAM: Final = "SPAM"
PROFANITY: Final = "PROFANITY"
#: Attributes with a detector, in the order in which they are listed.
ATTRIBUTES: Final = (
    *("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", PROFANITY, "THREAT"),
    *("OBSCENE", "SEXUALLY_EXPLICIT", SPAM),
)
#: Attributes whose scores are fitted, and the outputs of the reader that they are made of.
FITTED: Final = tuple(name for name in ATTRIBUTES if name != SPAM)
_READ: Final = len(OUTPUTS) - 1
#: A logit counts from each of these points on: together they bend a straight line upwards.
KNOTS: Final = (-9.0, -4.0, -2.0, 0.0)
#: Languages in which an attribute can be scored.
LANGUAGES: Final = frozenset(JUDGED)
#: Number of inputs of a fitted attribute.
INPUTS: Final = 2 * _READ * len(KNOTS) + 1

_profanity: Final = ProfanityFilter()
_spam: Final = SpamFilter()


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a text from 0 to 1, by attribute, in the order asked for."""

    whole: Mapping[str, float]
    #: The sentences in the text as typed, at least one.
    spans: tuple[Span, ...]
    #: A score for each sentence. An attribute that only judges wholes has none.
    sentences: Mapping[str, tuple[float, ...]]


def score(text: Text, wanted: Collection[str], *, sentences: bool = True) -> Scores:
    """Return the scores of these attributes; without `sentences` only those of the whole."""
    whole: dict[str, float] = {}
    each: dict[str, tuple[float, ...]] = {}
    spans: tuple[Span, ...] = ((0, len(text.raw)),)
    fitted = [name for name in wanted if name != SPAM]
    if fitted:
        read = reading.read(text)
        spans = read.spans or spans
        swearing = _swearing(text, spans) if PROFANITY in fitted else (0.0, [0.0] * len(spans))
        model = _weights()
        columns = [model.column[name] for name in fitted]
        found = model.of_text(read, swearing[0])[columns].tolist()
        whole = dict(zip(fitted, map(_rounded, found), strict=True))
        if sentences and len(spans) > 1:
            rows = model.of_sentences(read, swearing[1])[:, columns]
            each = {
                name: tuple(map(_rounded, column))
                for name, column in zip(fitted, rows.T.tolist(), strict=True)
            }
    if SPAM in wanted:
        findings = _spam.check(text, Draft(text.raw), Facts(), Rules())
        whole[SPAM] = _rounded(min(1.0, findings.scores["spam"]))
    ordered = {name: whole[name] for name in wanted}
    return Scores(MappingProxyType(ordered), spans, MappingProxyType(each))


def _swearing(text: Text, spans: tuple[Span, ...]) -> tuple[float, list[float]]:
    """Return the profanity score of a text, and of each of its sentences."""
    findings = _profanity.check(text, Draft(text.raw), Facts(), Rules())
    each = [0.0] * len(spans)
    for begin, score in _places(findings):
        for number, (first, last) in enumerate(spans):
            if first <= begin < last:
                each[number] = max(each[number], score)
    return findings.scores["profanity"], each


def _places(findings: Findings) -> list[tuple[int, float]]:
    return [
        (begin, signal.score)
        for signal in findings.signals
        if signal.field == TEXT
        for begin, _ in signal.spans
    ]


def inputs_of_text(read: Reading, swearing: float) -> Floats:
    """Return the inputs of a whole: how it reads, its worst sentences, its profanity score."""
    worst = read.sentences.max(axis=0) if len(read.sentences) else read.whole
    found: Floats = _inputs(read.whole[None], worst[None], np.array([swearing]))[0]
    return found


def _inputs(whole: Logits, worst: Logits, swearing: Floats) -> Floats:
    both: Floats = np.concatenate((whole[:, :_READ], worst[:, :_READ]), axis=1).astype(np.float64)
    bent = [np.maximum(both - knot, 0.0) for knot in KNOTS]
    found: Floats = np.concatenate([*bent, swearing[:, None]], axis=1)
    return found


class _Weights:
    """The weights of each attribute, for texts that are judged by their words and for others."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self.column = {name: number for number, name in enumerate(stored["attributes"])}
        rows = stored["attributes"].values()
        self._words, self._words_offset = _table(rows, "words")
        self._plain, self._plain_offset = _table(rows, "plain")

    def of_text(self, read: Reading, swearing: float) -> Floats:
        """Return the scores of a whole text."""
        found = inputs_of_text(read, swearing)
        if read.by_words:
            return _probability(found @ self._words + self._words_offset)
        return _probability(found @ self._plain + self._plain_offset)

    def of_sentences(self, read: Reading, swearing: list[float]) -> Floats:
        """Return a row of scores for each sentence, judged as a text of its own."""
        rows = _inputs(read.sentences, read.sentences, np.array(swearing))
        return _probability(rows @ self._plain + self._plain_offset)


def _table(rows: Any, kind: str) -> tuple[Floats, Floats]:
    weights = np.array([row[kind]["weights"] for row in rows], np.float64).T
    if weights.shape[0] != INPUTS:
        raise ValueError(f"{FILE.name} is of another release: run `moderation train perspective`")
    return np.ascontiguousarray(weights), np.array([row[kind]["offset"] for row in rows])


def _probability(logits: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp(-logits))
    return found


def _rounded(value: float) -> float:
    """Round a score so that it does not depend on the order of sums."""
    return round(value, 6)


@cache
def _weights() -> _Weights:
    return _Weights(json.loads(FILE.read_bytes()))


def model() -> str:
    """Return the name and version of the model, as answers name it."""
    return f"{MODEL}@{version()}"


@cache
def version() -> str:
    """Return the version of all scores together: it changes with any list, model or weight."""
    known = hashlib.sha256(FILE.read_bytes())
    for part in (toxicity.version, _profanity.version, _spam.version):
        known.update(part.encode())
    return known.hexdigest()[:12]
