"""The reading of a text that several filters judge by: logits of its sentences, and of the whole.

A small network reads every sentence. Sentences that it finds suspicious are read again by the
encoder, which understands more and costs more; their logits are a mean of both. For an English
text of some length the whole is also judged by its words. A sentence that alone is rather harmful
than not decides for the whole; weaker hints do not, or long comments would collect them.
"""

import hashlib
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.domain.judgement import Rules, Span

from .encoded_sentences import MOST_ENCODED, correct, suspicious
from .judged_sentences import judge_sentences
from .profanity.harmless_spans import harmless_spans
from .text.data_files import FOLDER
from .text.document import Text
from .text.encoder import WEIGHTS, encoder
from .text.heads import FILE as HEADS
from .text.heads import OUTPUTS, Heads, heads
from .text.ngrams import Ngrams
from .text.plain import Plain
from .text.sentences import sentences
from .text.student import FILE as STUDENT
from .text.student import TABLE, Student, student
from .text.tokens import VOCABULARY, quiet, tokens
from .text.words import words

Floats = npt.NDArray[np.float32]

#: Languages whose toxicity is judged; see the model card for how well.
JUDGED: Final = frozenset(("en", "de", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk"))
#: Also read: a text too short or too mixed for its language to be known.
UNKNOWN: Final = "unknown"

#: The part of the encoder's correction of the worst sentence that the whole text takes over.
_CORRECTION: Final = 0.5
#: The student reads at most this many sentences.
MOST_SENTENCES: Final = 1500
#: From these logits on a sentence decides for the whole text. They are those of the default
#: thresholds or near them: lower ones would move scores that decide nothing, in long texts most.
DECISIVE: Final = np.array([1.4, 1.0, 1.4, 0.8, 0.0, 0.6, 0.4, 0.0], np.float32)
#: Texts of so many words are fully judged by them, those of so few not at all, and those between in
#: part: each word of a short text would count too much.
ENOUGH_WORDS: Final = 12
_FEW_WORDS: Final = 2
#: How far below the default thresholds the logits stay to which words can raise a shorter text.
_MARGIN: Final = 0.5
#: The imitated score has its largest share in `toxicity` below the first of these logits, and the
#: smallest from the second on: what is toxic on talk pages, their own labels know better.
_IMITATED: Final = (-5.0, 0.0)
_LEAST_IMITATED: Final = 0.3

_LONGEST_SHOWN: Final = 80

_QUOTED: Final = re.compile(r"^[ \t]*>[^\n]*", re.MULTILINE)

#: For each label the weights of the whole, of its strongest sentence and of its words, and an
#: offset: together they are the share of people who would agree (see training/reader/blend.py).
BLEND: Final = FOLDER / "reader.blend.npz"
NGRAMS: Final = FOLDER / "reader.ngrams.npz"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a text."""

    #: The sentences in the text as typed.
    spans: tuple[Span, ...]
    #: A logit for each sentence and output of OUTPUTS.
    sentences: Floats
    #: The logits of the whole text, at least those of a decisive sentence.
    whole: Floats
    #: The whole was fully judged by its words as well.
    by_words: bool = False

    def loudest(self, output: int) -> Span | None:
        """Return the sentence with the highest logit; None if the whole text is worse than any."""
        if not self.spans:
            return None
        place = int(self.sentences[:, output].argmax())
        alone = len(self.spans) == 1 or self.sentences[place, output] > 0
        return self.spans[place] if alone else None

    def score(self, output: int) -> float:
        """Return the score of the whole text from 0 to 1."""
        return probability(float(self.whole[output]))


def probability(logit: float) -> float:
    """Return a score from 0 to 1, rounded so that it does not depend on the order of sums."""
    return int(10_000 / (1 + math.exp(-logit)) + 0.5) / 10_000


def quoted(typed: str, span: Span | None) -> str:
    """Return a sentence of a text for an explanation, or words for the text as a whole."""
    if span is None:
        return "The text as a whole"
    sentence = " ".join(typed[slice(*span)].split())
    if len(sentence) > _LONGEST_SHOWN:
        sentence = f"{sentence[: _LONGEST_SHOWN - 1]}…"
    return f"“{sentence}”"


NOTHING: Final = Reading(
    (), np.zeros((0, len(OUTPUTS)), np.float32), np.full(len(OUTPUTS), -20.0, np.float32)
)


@dataclass(frozen=True, slots=True)
class Unblended:
    """What the student and the encoder read in a text, before its words are counted."""

    spans: tuple[Span, ...]
    sentences: Floats
    whole: Floats
    #: The words of a text that is also judged by them.
    words: list[str] = field(default_factory=list)

    @property
    def by_words(self) -> bool:
        """Return whether the text has enough words to be fully judged by them."""
        return len(self.words) >= ENOUGH_WORDS

    @property
    def strongest(self) -> Floats:
        """Return the highest logit of any sentence for each output."""
        found: Floats = self.sentences.max(axis=0)
        return found

    def reading(self, counted: Floats | None = None) -> Reading:
        """Return the reading, with the logits that an n-gram model gives to the words."""
        whole, strongest = self.whole.copy(), self.strongest
        if counted is not None:
            blended(whole, strongest, counted, _blend())
            if not self.by_words:
                share = (len(self.words) - _FEW_WORDS) / (ENOUGH_WORDS - _FEW_WORDS)
                whole = self.whole + share * (whole - self.whole)
                # A few words hold nothing by themselves, and excuse nothing that is read in them.
                whole = np.maximum(np.minimum(whole, _undecided()), self.whole)
        np.copyto(whole, strongest, where=(strongest > DECISIVE) & (strongest > whole))
        return Reading(self.spans, self.sentences, whole, self.by_words)


def read(text: Text) -> Reading:
    """Return the reading of a text, computed once per text."""
    found: Reading | None = text.__dict__.get("reading")
    if found is None:
        found = text.__dict__["reading"] = _blended(unblended(text, student(), heads()))
    return found


def read_ahead(texts: Iterable[Text]) -> None:
    """Read several texts, which is faster than one after the other; `read` then returns the rest.

    The encoder takes a third less for a sentence when it gets several at once.
    """
    batch: list[tuple[Text, _Begun]] = []
    size = 0
    for text in texts:
        if "reading" in text.__dict__:
            continue
        begun = _begin(text, student())
        if begun is None:
            text.__dict__["reading"] = NOTHING
            continue
        if batch and size + begun.rows > MOST_ENCODED:
            _finish_batch(batch)
            batch, size = [], 0
        batch.append((text, begun))
        size += begun.rows
    _finish_batch(batch)


def _finish_batch(batch: list[tuple[Text, "_Begun"]]) -> None:
    _encode_suspicious([begun for _, begun in batch], heads())
    for text, begun in batch:
        text.__dict__["reading"] = _blended(begun.unblended())


def _blended(found: Unblended | None) -> Reading:
    if found is None:
        return NOTHING
    return found.reading(ngrams().logits(found.words)) if found.words else found.reading()


def unblended(text: Text, student: Student, heads: Heads) -> Unblended | None:
    """Return the first part of a reading, by the given models; None: nothing to read."""
    begun = _begin(text, student)
    if begun is None:
        return None
    _encode_suspicious([begun], heads)
    return begun.unblended()


@dataclass(slots=True)
class _Begun:
    """A text that the student has read, and the encoder not yet."""

    spans: tuple[Span, ...]
    #: The tokens of each different sentence, and their logits, which the encoder corrects.
    ids: list[list[int]]
    each: Floats
    whole: Floats
    words: list[str]
    #: For each sentence the place of its logits; None: no sentence is repeated.
    places: list[int] | None
    #: The sentences for the encoder, and the rows that it computes for them.
    chosen: list[int]
    rows: int

    def unblended(self) -> Unblended:
        """Return what both have read."""
        each = self.each if self.places is None else self.each[self.places]
        return Unblended(self.spans, each, self.whole, self.words)


def _begin(text: Text, student: Student) -> _Begun | None:
    """Let the student read a text; None: nothing to read."""
    language = text.language.code
    if language not in JUDGED and language != UNKNOWN:
        return None
    plain = text.plain
    string, places = quiet(plain.string), _own_sentences(plain.string)[:MOST_SENTENCES]
    if not places:
        return None
    harmless = _in_plain(plain, harmless_spans(text))
    read = [_without(string, span, harmless) for span in places]
    # A sentence that a text repeats is read once.
    row_of = {sentence: row for row, sentence in enumerate(dict.fromkeys(read))}
    ids = tokens(list(row_of))
    outputs = judge_sentences(read, row_of, ids, student)
    spoken: list[str] = []
    if language in ("en", UNKNOWN) and text.mostly_latin:
        spoken = words(_without(string, (0, len(string)), harmless))
    # A short text in an unknown language may be in any.
    least = _FEW_WORDS + 1 if language == "en" else ENOUGH_WORDS
    return _Begun(
        tuple(plain.span(*_trimmed(plain.string, span)) for span in places),
        ids,
        outputs.sentences,
        outputs.whole.copy(),
        spoken if len(spoken) >= least else [],
        [row_of[sentence] for sentence in read] if len(row_of) < len(read) else None,
        *suspicious(ids, outputs.sentences),
    )


def _own_sentences(string: str) -> list[Span]:
    """Return the sentences of a text, without quoted lines (`> …`) if it answers them.

    An answer is at least as long as what it quotes: else quotation would hide anything.
    """
    found = sentences(string)
    if ">" not in string or not (quoted := [m.span() for m in _QUOTED.finditer(string)]):
        return found
    own = [span for span in found if not _covers(quoted, span[0], string)]
    length = sum(end - begin for begin, end in own)
    return own if 2 * length >= sum(end - begin for begin, end in found) else found


def _covers(quoted: list[Span], begin: int, string: str) -> bool:
    """Return whether the first letter from a place on is quoted."""
    while begin < len(string) and string[begin].isspace():
        begin += 1
    place = bisect_right(quoted, begin, key=itemgetter(0)) - 1
    return place >= 0 and begin < quoted[place][1]


def _encode_suspicious(texts: list[_Begun], heads: Heads) -> None:
    """Replace the logits of suspicious sentences by the weighted mean of both networks' logits."""
    chosen = [begun.ids[place] for begun in texts for place in begun.chosen]
    if not chosen:
        return
    encoded = heads.logits(encoder().features(chosen))
    for begun in texts:
        count = len(begun.chosen)
        if count:
            _correct(begun, encoded[:count])
            encoded = encoded[count:]


def _correct(begun: _Begun, encoded: Floats) -> None:
    alone = begun.each.max(axis=0)
    correct(begun.each, begun.chosen, encoded)
    # The whole was judged by the student alone, whose mistakes the encoder has corrected since.
    share = 1.0 if len(begun.spans) == 1 else _CORRECTION
    begun.whole += (begun.each.max(axis=0) - alone) * share


@cache
def version() -> str:
    """Return eight hexadecimal digits that change with any of the models."""
    known = hashlib.sha256()
    for file in (VOCABULARY, STUDENT, TABLE, WEIGHTS, HEADS, NGRAMS, BLEND):
        known.update(file.read_bytes())
    return known.hexdigest()[:8]


@cache
def ngrams() -> Ngrams:
    """Return the shipped n-gram model."""
    with np.load(NGRAMS, allow_pickle=False) as stored:
        return Ngrams.restored(stored)


@cache
def _blend() -> dict[str, Floats]:
    with np.load(BLEND, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


@cache
def _undecided() -> Floats:
    """Return logits that hold nothing by the default thresholds."""
    shares = np.array([Rules().thresholds.get(name, 0.5) for name in OUTPUTS], np.float32)
    found: Floats = np.log(shares / (1 - shares)) - np.float32(_MARGIN)
    return found


def blended(whole: Floats, strongest: Floats, counted: Floats, blend: Mapping[str, Floats]) -> None:
    """Replace the logits that the n-gram model knows as well by those of all parts together."""
    known = blend["weights"].shape[1]
    parts = np.stack((whole, strongest, counted))
    together = (blend["weights"] * parts[:, :known]).sum(axis=0) + blend["offset"]
    # Another model's scores for the same kind of text, which sites know their thresholds from.
    imitated = parts.ravel() @ blend["imitation"] + blend["imitation_offset"]
    most, begin, end = float(blend["share"]), *_IMITATED
    doubt = min(max((end - float(together[0])) / (end - begin), 0.0), 1.0)
    share = _LEAST_IMITATED + (most - _LEAST_IMITATED) * doubt
    together[0] += share * (imitated - together[0])
    whole[:known] = together


def _in_plain(plain: Plain, spans: Iterable[Span]) -> list[Span]:
    """Return spans of the clean text as spans of its plain view."""
    positions = plain.positions
    if positions is None:
        return list(spans)
    return [(bisect_left(positions, begin), bisect_left(positions, end)) for begin, end in spans]


def _without(string: str, span: Span, harmless: list[Span]) -> str:
    """Return a part of a text in which harmless listed words are read as other words."""
    begin, end = span
    pieces: list[str] = []
    for place in range(bisect_right(harmless, begin, key=itemgetter(1)), len(harmless)):
        first, last = max(harmless[place][0], begin), min(harmless[place][1], end)
        if first >= end:
            break
        pieces += string[begin:first], "Smith" if string[first].isupper() else "this"
        begin = last
    return "".join([*pieces, string[begin:end]])


def _trimmed(string: str, span: Span) -> Span:
    """Return a span without the blanks around it."""
    begin, end = span
    part = string[begin:end]
    return begin + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
