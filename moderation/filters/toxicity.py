"""How toxic a text reads: six calibrated scores and the words that spoke for them.

Two stages, both learned by `moderation train toxicity`. The first is linear: hashed
character 2- to 5-grams of each word, words, word pairs and skipped pairs, each bucket
with one small weight per head. The second is a small network over what the first found
in the whole text, in its strongest words and in its strongest passages. Words that name
a group of people are one and the same placeholder to both, so none makes a text toxic.

The model counts words; it does not understand sentences. It may hold, never reject.
"""

import hashlib
import io
import json
import math
import re
import threading
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.domain.judgement import Draft, Facts, Findings, Rules, Signal, Span
from moderation.domain.reasons import Code

MODEL: Final = Path(__file__).parent / "data" / "toxicity.npz"
#: Nothing past this many code points is read.
MAX_LENGTH: Final = 65_536
BITS: Final = 18
HEADS: Final = 8
#: A moderator is shown a finding from this score on; the policy decides what holds.
WORTH_SAYING: Final = 0.5
MAX_SPANS: Final = 5

Buckets = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]
Small = npt.NDArray[np.int8]

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

# --- What the model reads -----------------------------------------------------------

#: Stands for any word that names a group of people; a private-use code point.
SOMEONE: Final = "\ue000"
_KEPT_MARKS: Final = "!?'*@#$"


def _ascii_table() -> bytes:
    table = bytearray(b" " * 256)
    for code in range(128):
        character = chr(code)
        if character.isalpha():
            table[code] = ord(character.lower())
        elif character.isdigit():
            table[code] = ord("0")
        elif character in _KEPT_MARKS:
            table[code] = code
    return bytes(table)


_ASCII: Final = _ascii_table()
_NOT_CAPITAL: Final = bytes(code for code in range(256) if not 65 <= code <= 90)
_QUOTED_LINE: Final = re.compile(r"^[ \t]*>[^\n]*", re.MULTILINE)
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Longer words are read in pieces, which bounds what one remembered word can cost.
PIECE: Final = 40
_TOKEN: Final = re.compile(rf"[\w'*@#$]{{1,{PIECE}}}|[!?]{{1,{PIECE}}}")
_WHOLE: Final = re.compile(r"[\w'*@#$]+|[!?]+")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")


def _fold(character: str) -> str:
    """Return a character as the model reads it: mostly one, sometimes none or several."""
    if character in "‘’":
        return "'"
    folded = []
    for part in unicodedata.normalize("NFKD", character).casefold():
        category = unicodedata.category(part)
        if part < "\x80":
            folded.append(chr(_ASCII[ord(part)]))
        elif category[0] != "M" and category != "Cf":
            folded.append(" " if category[0] in "ZPC" else part)
    return "".join(folded)


class _Folds(dict[int, str]):
    """Folded characters by code point, kept for the few thousand that are in use."""

    def __missing__(self, code: int) -> str:
        if len(self) >= 8192:
            self.clear()
        folded = self[code] = _fold(chr(code))
        return folded


_folds: Final = _Folds()


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


@dataclass(frozen=True)
class Reading:
    """A text as the model reads it: folded, without quoted lines and addresses."""

    typed: str
    folded: str
    tokens: list[str]
    capitals: int

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Fold a text and cut it into words, in time linear in its length."""
        text = text[:MAX_LENGTH]
        if ">" in text:
            text = _QUOTED_LINE.sub(_blank, text)
        if "://" in text or "www." in text:
            text = _URL.sub(_blank, text)
        if text.isascii():
            raw = text.encode()
            folded = raw.translate(_ASCII).decode()
            # Deleting everything but capitals counts them at C speed.
            capitals = len(raw.translate(None, _NOT_CAPITAL))
        else:
            folded = text.translate(_folds)
            capitals = sum(map(str.isupper, text))
        return cls(text, folded, _TOKEN.findall(folded), capitals)

    @cached_property
    def spans(self) -> list[Span]:
        """Where each token was typed; a word read in pieces is one place for all of them."""
        spans: list[Span] = []
        where = self._places()
        for whole in _WHOLE.finditer(self.folded):
            word = whole.group()
            bare = word.strip("'*") or word
            begin = whole.start() + word.index(bare)
            pieces = -(-len(word) // PIECE)
            spans += [(where[begin], where[begin + len(bare)])] * pieces
        return spans

    def _places(self) -> Sequence[int]:
        if self.typed.isascii():
            return range(len(self.typed) + 1)
        places = []
        for place, character in enumerate(self.typed):
            places += [place] * len(_folds[ord(character)])
        # One more: what follows the last letter, and what was dropped after it.
        return [*places, len(self.typed)]


def normal(token: str) -> str:
    """Return the word a token is a spelling of: no marks around it, nothing stretched."""
    return _STRETCHED.sub(r"\1\1", token.strip("'*"))


# --- Words to buckets ---------------------------------------------------------------

_GRAM: Final = np.uint32(0x9E3779B1)
_GRAM_MIX: Final = np.uint32(0x85EBCA6B)
_WORD: Final = np.uint64(0x9E3779B97F4A7C15)
_PAIR: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_SKIP: Final = np.uint64(0x165667B19E3779F9)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_HALF: Final = np.uint64(32)
_TO_BUCKET32: Final = np.uint32(32 - BITS)
_TO_BUCKET64: Final = np.uint64(64 - BITS)
ORDERS: Final = (2, 3, 4, 5)


def hashes(words: Sequence[str]) -> Hashes:
    """Return a number for each word, from which its pairs' buckets are made."""
    checks = [zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words]
    return np.array(checks, np.uint64) * _WORD


def grams(words: Sequence[str]) -> tuple[Buckets, Places]:
    """Return the buckets of all words' letters and of the words, and whose each is."""
    joined = f" {' '.join(words)} "
    letters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    edges = (letters == 32).cumsum()
    buckets, owners = [_bucket(hashes(words))], [np.arange(len(words))]
    rolling = letters
    for order in ORDERS:
        count = max(len(letters) - order + 1, 0)
        rolling = rolling[:count] * _GRAM + letters[order - 1 : order - 1 + count]
        # No edge strictly inside: the gram belongs to one word.
        inside = edges[order - 2 : order - 2 + count] == edges[:count]
        buckets.append((rolling[inside] * _GRAM_MIX) >> _TO_BUCKET32)
        owners.append(edges[:count][inside] - 1)
    return np.concatenate(buckets), np.concatenate(owners)


def pairs(words: Hashes) -> Buckets:
    """Return the buckets of neighbouring words, then of words with one between them."""
    skipped = max(len(words) - 2, 0)
    both = np.concatenate(
        (words[:-1] * _PAIR + words[1:], words[:skipped] * _SKIP + words[len(words) - skipped :])
    )
    return _bucket(both)


def _bucket(mixed: Hashes) -> Buckets:
    return (((mixed ^ (mixed >> _HALF)) * _MIX) >> _TO_BUCKET64).astype(np.uint32)


# --- First stage --------------------------------------------------------------------

_LOG_COUNTS: Final = (1.0 + np.log(np.arange(1, 65, dtype=np.float64))).astype(np.float32)
#: Lengths of the runs of words of which the strongest is looked at.
PASSAGES: Final = (1, 3, 8)
GROUPS: Final = 8
SURFACE: Final = 6 + GROUPS - 1
INPUTS: Final = HEADS * (1 + len(PASSAGES)) + SURFACE
# More than one text of MAX_LENGTH can hold: every other letter a word of its own.
REMEMBERED: Final = 40_000


class _Words:
    """What the table says about words met before: all words of one text fit."""

    __slots__ = ("grams", "groups", "hashes", "rows", "weights")

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.weights = np.zeros((REMEMBERED, HEADS), np.float32)
        self.hashes = np.zeros(REMEMBERED, np.uint64)
        self.grams = np.zeros(REMEMBERED, np.float32)
        self.groups = np.zeros(REMEMBERED, np.uint8)


@dataclass(frozen=True, slots=True)
class Description:
    """What the first stage found: inputs of the second, and each token's weight per head."""

    inputs: Floats
    words: Floats


class Table:
    """The first stage: per bucket one small weight for each head."""

    def __init__(self, weights: Small, steps: Floats, groups: Mapping[str, int]) -> None:
        # Eight weights of one byte travel as one number: one look-up instead of eight.
        self._weights = np.ascontiguousarray(weights).view(np.uint64).ravel()
        self._steps = steps
        self._groups = groups
        self._words = _Words()
        self._lock = threading.Lock()

    def describe(self, reading: Reading) -> Description:
        words, rows = self._remember(reading.tokens)
        inputs = np.zeros(INPUTS, np.float32)
        weights = words.weights.take(rows, axis=0)
        if len(rows):
            around = pairs(words.hashes.take(rows))
            both = self._weigh(around)
            inputs[:HEADS] = _whole(words, rows, around, both)
            weights[:-1] += both[: len(rows) - 1]
            weights[:-2] += both[len(rows) - 1 :]
            inputs[HEADS:-SURFACE] = _strongest(weights)
        inputs[-SURFACE:] = _surface(reading, words.groups.take(rows))
        return Description(inputs, weights)

    def _weigh(self, buckets: Buckets) -> Floats:
        rows = self._weights.take(buckets).view(np.int8).reshape(-1, HEADS)
        weighed: Floats = rows * self._steps
        return weighed

    def _remember(self, tokens: list[str]) -> tuple[_Words, Places]:
        words = self._words
        rows = list(map(words.rows.get, tokens))
        if None in rows:
            # Reading needs no lock: a word is listed after its row is filled, and words
            # that overflow start another memory instead of changing this one.
            with self._lock:
                words = self._words
                new = [token for token in dict.fromkeys(tokens) if token not in words.rows]
                if len(words.rows) + len(new) > REMEMBERED:
                    words, new = _Words(), list(dict.fromkeys(tokens))
                # Another thread may have learned them all while this one waited.
                if new:
                    self._learn(words, new)
                self._words = words
            rows = list(map(words.rows.get, tokens))
        return words, np.array(rows, np.intp)

    def _learn(self, words: _Words, tokens: list[str]) -> None:
        normals = [normal(token) for token in tokens]
        groups = [self._groups.get(word, 0) for word in normals]
        read = [
            SOMEONE if group == 1 else word for word, group in zip(normals, groups, strict=True)
        ]
        first = len(words.rows)
        places = slice(first, first + len(tokens))
        buckets, owners = grams(read)
        # Every word has at least its own bucket, so no sum is empty.
        order = owners.argsort(kind="stable")
        starts = owners[order].searchsorted(np.arange(len(tokens)))
        words.weights[places] = np.add.reduceat(self._weigh(buckets[order]), starts, axis=0)
        words.hashes[places] = hashes(read)
        words.grams[places] = np.bincount(owners, minlength=len(tokens))
        words.groups[places] = groups
        words.rows.update(zip(tokens, range(first, first + len(tokens)), strict=True))


def _whole(words: _Words, rows: Places, around: Buckets, both: Floats) -> Floats:
    """Weigh each word and pair once, by the logarithm of its count, at length one."""
    once, tf = _counted(rows)
    pair, pair_tf = _counted(around)
    total: Floats = tf @ words.weights.take(rows.take(once), axis=0)
    total += pair_tf @ both.take(pair, axis=0)
    size = float(tf * tf @ words.grams.take(rows.take(once))) + float(pair_tf @ pair_tf)
    return total / np.float32(size**0.5)


def _counted(found: Buckets | Places) -> tuple[Places, Floats]:
    """Return where each thing was found first, with one plus the logarithm of its count."""
    order = found.argsort(kind="stable")
    ordered = found.take(order)
    first = np.concatenate((_START[: len(found)], (ordered[1:] != ordered[:-1]).nonzero()[0] + 1))
    counts = np.concatenate((first[1:], (len(found),))) - first
    return order.take(first), _LOG_COUNTS.take(counts - 1, mode="clip")


_START: Final = np.zeros(1, np.intp)


def _strongest(words: Floats) -> Floats:
    """Return, for each length of passage, the strongest run's sum per head."""
    sums = np.zeros((len(words) + 1, HEADS), np.float32)
    words.cumsum(axis=0, out=sums[1:])
    found = [
        (sums[size:] - sums[:-size]).max(axis=0) if len(words) > size else sums[-1]
        for size in PASSAGES
    ]
    return np.concatenate(found)


def _surface(reading: Reading, groups: npt.NDArray[np.uint8]) -> list[float]:
    length, count = len(reading.typed) + 1, len(reading.tokens) + 1
    counts = np.bincount(groups, minlength=GROUPS)[1:].tolist()
    return [
        math.log(length),
        math.log(count),
        reading.capitals / length,
        math.log1p(reading.typed.count("!")),
        math.log1p(reading.typed.count("?")),
        count / length,
        *(number / (count + 4) for number in counts),
    ]


# --- Second stage -------------------------------------------------------------------

#: Inputs count no further than this many standard deviations.
LIMIT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Network:
    """A straight line plus one hidden layer, to one logit per attribute."""

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    bent: Floats
    straight: Floats
    bias: Floats

    def logits(self, inputs: Floats) -> Floats:
        """Return the logits of one row of inputs, or of many."""
        x = np.minimum(np.maximum((inputs - self.mean) * self.scale, -LIMIT), LIMIT)
        bent = np.tanh(x @ self.hidden + self.hidden_bias) @ self.bent
        return np.asarray(bent + x @ self.straight + self.bias, np.float32)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model as it lies in its file."""

    table: Table
    network: Network
    version: str

    @classmethod
    def load(cls, file: Path = MODEL) -> "Model":
        content = file.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            kept = np.unpackbits(stored["kept"]).astype(np.bool_)
            weights = np.zeros((1 << BITS, HEADS), np.int8)
            weights[kept] = stored["weights"]
            groups = json.loads(stored["groups"].tobytes())
            network = Network(*(stored[name] for name in Network.__slots__))
            table = Table(weights, stored["steps"], groups)
        return cls(table, network, f"tox-1:{hashlib.sha256(content).hexdigest()[:8]}")

    def probabilities(self, description: Description) -> Floats:
        """Return one probability per attribute."""
        logits = np.clip(self.network.logits(description.inputs), -30, 30)
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)


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
        description = self.model.table.describe(reading)
        # Four places: words are summed in the order they were first met, which is not
        # the same in two processes.
        found = self.model.probabilities(description).tolist()
        probabilities = [round(probability, 4) for probability in found]
        signals = tuple(
            _signal(name, head, score, reading, description.words)
            for head, (name, score) in enumerate(zip(ATTRIBUTES, probabilities, strict=True))
            if score >= WORTH_SAYING
        )
        return Findings(
            signals, MappingProxyType(dict(zip(ATTRIBUTES, probabilities, strict=True)))
        )


def _signal(name: str, head: int, score: float, reading: Reading, words: Floats) -> Signal:
    code, sentence = ATTRIBUTES[name]
    spans = _spoke(words[:, head], reading.spans)
    shown = dict.fromkeys(_shortened(reading.typed[begin:end]) for begin, end in spans)
    what = ", ".join(f"“{word}”" for word in list(shown)[:3]) or "The text as a whole"
    return Signal(code, score, f"{what} {sentence}.", tuple(spans))


def _spoke(weights: Floats, spans: Sequence[Span]) -> list[Span]:
    """Return the places of the few words that weighed most, in reading order."""
    loudest = np.argsort(-weights, kind="stable")[:MAX_SPANS].tolist()
    enough = max(float(weights.max(initial=0.0)) * 0.4, 1e-6)
    return sorted({spans[word] for word in loudest if weights[word] >= enough})


def _shortened(word: str) -> str:
    return word if len(word) <= 30 else f"{word[:29]}…"


toxicity: Final = Toxicity()
