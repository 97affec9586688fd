"""All texts that the reader learns from, as rows, and the tokens of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from moderation.filters.text.document import Text
from moderation.filters.text.sentences import sentences
from moderation.filters.text.tokens import quiet, tokens
from moderation.training.reader import dataset
from moderation.training.reader import sentences as own_sentences
from moderation.training.reader.dataset import OUTPUTS, Examples
from moderation.training.reader.fragments import FRAGMENTS, GROUPS, fragments
from moderation.training.templates import generate

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.bool_]
#: A text as the ids of its sentences' tokens.
Document = list[list[int]]

#: The source of the sentences from templates.
FRAMES: Final = "frames"
#: The number of characters, sentences and tokens read of a text; the last sentence is whole.
CHARACTERS: Final = 3000
SENTENCES: Final = 40
TOKENS: Final = 200
#: A document is never empty.
_NOTHING: Final = 0


@dataclass(frozen=True, slots=True)
class Material:
    """Texts with a target from 0 to 1 for each output; NaN: no label."""

    texts: tuple[str, ...]
    targets: Floats
    sources: npt.NDArray[np.str_]
    folds: npt.NDArray[np.int64]
    #: Rows with a natural prevalence of labels.
    natural: Rows

    @classmethod
    def of(cls, sources: Sequence[Examples]) -> "Material":
        """Return the texts of all sources that are not blank."""
        texts = [text for source in sources for text in source.texts]
        found = cls(
            tuple(texts),
            np.concatenate([source.targets for source in sources]),
            np.repeat([source.source for source in sources], [len(s.texts) for s in sources]),
            np.concatenate([source.folds for source in sources]),
            np.concatenate([source.natural for source in sources]),
        )
        return found.rows(np.array([bool(text.strip()) for text in texts], np.bool_))

    def rows(self, chosen: Rows) -> "Material":
        return Material(
            tuple(self.texts_of(chosen)),
            self.targets[chosen],
            self.sources[chosen],
            self.folds[chosen],
            self.natural[chosen],
        )

    def texts_of(self, chosen: Rows) -> list[str]:
        return [self.texts[row] for row in chosen.nonzero()[0].tolist()]

    @property
    def own(self) -> Rows:
        """Return the rows of our own sentences."""
        found: Rows = np.char.startswith(self.sources, own_sentences.SOURCE)
        return found

    @property
    def made(self) -> Rows:
        """Return the rows that no tenth leaves out: our own, and parts of rows to learn from."""
        found: Rows = self.own | np.isin(self.sources, (FRAMES, FRAGMENTS, GROUPS))
        return found

    @property
    def held_out(self) -> Rows:
        """Return the held-out tenth of the labelled sources."""
        found: Rows = (self.folds == 0) & ~self.made
        return found

    @property
    def calibrating(self) -> Rows:
        """Return the natural talk pages of a second tenth, which only the blend is fitted on."""
        found: Rows = (self.folds == 1) & self.natural & (self.sources == "jigsaw")
        return found

    @property
    def taught(self) -> Rows:
        """Return the rows to learn from: all but those held out or kept for calibration."""
        found: Rows = ~(self.held_out | self.calibrating)
        return found

    @property
    def measured(self) -> Rows:
        """Return the held-out rows, as often labelled as in practice."""
        found: Rows = self.held_out & (self.natural | (self.sources != "jigsaw"))
        return found


def gather(data: Path, every: int = 1) -> Material:
    """Read all labelled sources, and every n-th of the short texts made of them and of our own."""
    made = generate.sentences()[::every]
    frames = dataset.examples(
        FRAMES,
        [sentence.text for sentence in made],
        [{**dict(zip(OUTPUTS, sentence.targets, strict=False)), "spam": 0.0} for sentence in made],
        [False] * len(made),
    )
    own = [_thinned(source, every) for source in own_sentences.load()]
    labelled = dataset.load(data)
    parts = [_thinned(source, every) for source in fragments(labelled)]
    return Material.of([*labelled, *parts, frames, *own])


def _thinned(source: Examples, every: int) -> Examples:
    return Examples(
        source.source, source.texts[::every], source.targets[::every], source.natural[::every]
    )


def document(text: str, most: int = TOKENS) -> Document:
    """Return the tokens of a text's sentences, at least one, as the filters read them."""
    plain = quiet(Text(text[:CHARACTERS]).plain.string)
    spans = sentences(plain)[:SENTENCES]
    found: Document = []
    count = 0
    for ids in tokens([plain[begin:end] for begin, end in spans]):
        found.append(ids)
        count += len(ids)
        if count >= most:
            break
    return found or [[_NOTHING]]
