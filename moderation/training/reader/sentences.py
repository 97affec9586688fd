"""Our own training sentences: frames in `training/sentences/`, filled at random.

A file is one voice of one language, `LANGUAGE.VOICE.txt`. A line `@name = one | two` defines a slot
of that file, `== labels` begins a section, and every other line is a frame: a text in which
`{name}` stands for one of the slot's values. No labelled data has any of these texts.
"""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moderation.training.reader.dataset import OUTPUTS, Examples, examples

FOLDER: Final = Path(__file__).parents[1] / "sentences"
#: The source of a text from a file begins with this, then comes the file's name.
SOURCE: Final = "own:"
#: How often a frame with slots is filled.
TIMES: Final = 5
SEED: Final = 3
#: How a text may end that was written with a full stop, the most frequent ending first.
ENDINGS: Final = (".", ".", ".", "!", "!", "", "!!", "...")
_SLOT: Final = re.compile(r"\{(\w+)\}")
#: A label means that the other outputs are low, but not that they are 0.
_OTHERWISE: Final = 0.02
#: What each label means at least for the outputs.
_MEANINGS: Final[dict[str, dict[str, float]]] = {
    "clean": {},
    "mild": {"toxicity": 0.3, "insult": 0.2},
    "spam": {"spam": 0.98},
    "obscene": {"obscene": 0.95, "toxicity": 0.6},
    "sexual": {"sexually_explicit": 0.97, "toxicity": 0.7, "obscene": 0.5},
    "insult": {"insult": 0.95, "toxicity": 0.93},
    "threat": {"threat": 0.97, "toxicity": 0.95, "severe_toxicity": 0.2},
    "identity_attack": {"identity_attack": 0.97, "toxicity": 0.95, "insult": 0.3},
    "severe": {"severe_toxicity": 0.8, "toxicity": 0.99},
}


class WrongSentence(ValueError):
    """A line of a file of sentences that cannot be read; the message names the place."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A text with slots, and its labels."""

    text: str
    labels: tuple[str, ...]


def files() -> list[Path]:
    """Return the shipped files in the order of their names."""
    return sorted(FOLDER.glob("*.txt"))


def targets(labels: Iterable[str]) -> dict[str, float]:
    """Return the target of each output for a text with these labels."""
    given = frozenset(labels)
    if given == {"clean"}:
        return dict.fromkeys(OUTPUTS, 0.0)
    found = dict.fromkeys(OUTPUTS, _OTHERWISE)
    for label in given:
        for name, value in _MEANINGS[label].items():
            found[name] = max(found[name], value)
    return found


def parse(file: Path) -> tuple[list[Frame], dict[str, list[str]]]:
    """Return the frames and the slots of a file. Raises WrongSentence for a slip in it."""
    frames: list[Frame] = []
    slots: dict[str, list[str]] = {}
    labels: tuple[str, ...] = ()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{file.name}:{number}"
        if not line.strip() or line.startswith("# "):
            continue
        if line.startswith("@") and " = " in line:
            name, _, values = line[1:].partition(" = ")
            slots[name.strip()] = [value.strip() for value in values.split(" | ")]
        elif line.startswith("== "):
            labels = tuple(line[3:].split())
            if unknown := [label for label in labels if label not in _MEANINGS]:
                raise WrongSentence(f"{place}: no label {unknown[0]!r}")
        elif not labels:
            raise WrongSentence(f"{place}: a sentence before the first section")
        else:
            if unknown := [name for name in _SLOT.findall(line) if name not in slots]:
                raise WrongSentence(f"{place}: no slot {unknown[0]!r} above it")
            frames.append(Frame(line, labels))
    return frames, slots


def filled(file: Path, rng: random.Random, times: int = TIMES) -> Iterator[Frame]:
    """Yield the texts of a file: each frame as it is, or filled several times, each text once."""
    frames, slots = parse(file)
    for frame in frames:
        texts: dict[str, None] = {}
        for _ in range(times if _SLOT.search(frame.text) else 1):
            text = _SLOT.sub(lambda slot: rng.choice(slots[slot[1]]), frame.text)
            # People forget the capital letter now and then.
            if frame.text.startswith("{") and text[0].islower() and rng.random() < 0.8:
                text = text[0].upper() + text[1:]
            # What a sentence means does not depend on its last mark; a reader has to learn that.
            if text.endswith(".") and not text.endswith(".."):
                text = text[:-1] + rng.choice(ENDINGS)
            texts[text] = None
        yield from (Frame(text, frame.labels) for text in texts)


def load(places: Iterable[Path] | None = None) -> list[Examples]:
    """Return the texts of each file, the same each time; none of them is held out."""
    rng = random.Random(SEED)  # noqa: S311 - variety, not secrecy
    found = []
    for file in files() if places is None else places:
        made = list(filled(file, rng))
        found.append(
            examples(
                SOURCE + file.stem,
                [frame.text for frame in made],
                [targets(frame.labels) for frame in made],
                [False] * len(made),
            )
        )
    return found
