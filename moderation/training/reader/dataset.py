"""The labelled texts of all sources as one table with soft targets; gaps are NaN.

Each source is read in its original format from the data folder. A missing source is left
out, except the first one, which is required.
"""

import csv
import gzip
import hashlib
import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

#: The columns of the targets: the outputs of the reader.
OUTPUTS: Final = (
    *("toxicity", "severe_toxicity", "obscene", "insult", "threat", "identity_attack"),
    *("sexually_explicit", "spam"),
)
#: The names of the first six on talk pages, and of the first seven by Perspective.
LABELS: Final = ("toxic", "severe_toxic", "obscene", "insult", "threat", "identity_hate")
PERSPECTIVE: Final = (
    *("TOXICITY@6", "SEVERE_TOXICITY@2", "OBSCENE", "INSULT", "THREAT", "IDENTITY_ATTACK"),
    "SEXUALLY_EXPLICIT",
)
#: Talk pages and tweets that were chosen for abuse may be anything but advertisements.
_NO_SPAM: Final = {"spam": 0.0}
#: Votes of three annotators: who is attacked, if it is a group.
_GROUPS: Final = ("homophobia", "racism", "misogyny", "xenophobia")
FOLDS: Final = 10

Table = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts with a target from 0 to 1 for each of OUTPUTS; NaN: no label."""

    source: str
    texts: tuple[str, ...]
    targets: Table
    #: Rows with a natural prevalence of labels.
    natural: npt.NDArray[np.bool_]

    @property
    def folds(self) -> npt.NDArray[np.int64]:
        return np.array([fold(text) for text in self.texts], np.int64)


def fold(text: str) -> int:
    """Return the tenth that a text belongs to; equal texts from two sources share theirs."""
    found = hashlib.sha256(plain(text).encode("utf-8", "surrogatepass")).hexdigest()
    return int(found[:8], 16) % FOLDS


def plain(text: str) -> str:
    """Return a text without the differences in spaces and quotes between sources."""
    return " ".join(text.replace('"', " ").split())


def held_out(text: str) -> bool:
    """Return whether a text is in the tenth that no shipped model was trained on."""
    return fold(text) == 0


def rows(file: Path) -> Iterator[dict[str, str]]:
    """Read a CSV file with a header, gzipped or not."""
    csv.field_size_limit(1 << 24)
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as stored:
        yield from csv.DictReader(stored)


def examples(
    source: str,
    texts: Sequence[str],
    targets: Sequence[dict[str, float]],
    natural: Sequence[bool] | None = None,
) -> Examples:
    """Return texts with the targets that are known of each, by their names."""
    table = np.full((len(texts), len(OUTPUTS)), np.nan, np.float32)
    for row, known in enumerate(targets):
        for name, value in known.items():
            table[row, OUTPUTS.index(name)] = value
    wild = np.array(natural if natural is not None else [True] * len(texts), np.bool_)
    return Examples(source, tuple(texts), table, wild)


def jigsaw(file: Path) -> Examples:
    """Read Wikipedia talk comments with six labels."""
    found = list(rows(file))
    targets = [
        {name: float(row[label]) for name, label in zip(OUTPUTS, LABELS, strict=False)} | _NO_SPAM
        for row in found
    ]
    natural = [row.get("natural", "1") == "1" for row in found]
    return examples("jigsaw", [row["comment_text"] for row in found], targets, natural)


def toxic_spans(file: Path) -> Examples:
    """Read news-site comments with the share of people who voted them toxic."""
    found = list(rows(file))
    votes = [{"toxicity": float(row["toxic_votes"]) / float(row["votes"])} for row in found]
    return examples("toxic-spans", [row["comment_text"] for row in found], votes)


def davidson(file: Path) -> Examples:
    """Read tweets with the share of people who called them hateful or offensive."""
    found = list(rows(file))
    votes = [{"toxicity": 1.0 - float(row["neither"]) / float(row["count"])} for row in found]
    return examples("davidson", [html.unescape(row["tweet"]) for row in found], votes)


def perspective(file: Path) -> Examples:
    """Read Wikipedia comments with the scores that Perspective gave them."""
    found = list(rows(file))
    scores = [
        {name: float(row[column]) for name, column in zip(OUTPUTS, PERSPECTIVE, strict=False)}
        for row in found
    ]
    return examples("perspective", [row["comment_text"] for row in found], scores)


#: Targets of German tweets by their fine label, as far as it has a meaning for an output.
_GERMEVAL: Final[dict[str, dict[str, float]]] = {
    "OTHER": dict.fromkeys(OUTPUTS[:6], 0.0),
    "PROFANITY": {"toxicity": 1.0, "obscene": 0.9, "insult": 0.2, "identity_attack": 0.1},
    "INSULT": {"toxicity": 1.0, "insult": 0.9, "identity_attack": 0.1},
    "ABUSE": {"toxicity": 1.0, "insult": 0.5, "identity_attack": 0.85},
}


def germeval(file: Path) -> Examples:
    """Read German tweets with a coarse and a fine label, separated by tabs."""
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n") if line]
    targets = [_GERMEVAL[fine] for _, _, fine in lines]
    return examples("germeval", [text for text, _, _ in lines], targets)


def told(file: Path) -> Examples:
    """Read Brazilian tweets with the number of three people who found each kind of abuse."""
    found = list(rows(file))
    return examples("told", [row["text"] for row in found], [_told(row) for row in found])


def _told(row: dict[str, str]) -> dict[str, float]:
    votes = {name: min(1.0, float(row[name]) / 3) for name in (*_GROUPS, "obscene", "insult")}
    return {
        "toxicity": max(votes.values()),
        "obscene": votes["obscene"],
        "insult": votes["insult"],
        "identity_attack": max(votes[name] for name in _GROUPS),
    }


def hatemoji(file: Path) -> Examples:
    """Read English sentences in which emoji take part, hateful or not."""
    found = list(rows(file))
    return examples("hatemoji", [row["text"] for row in found], [_hatemoji(row) for row in found])


def _hatemoji(row: dict[str, str]) -> dict[str, float]:
    if float(row["label_gold"]) < 0.5:
        return {"toxicity": 0.08, "threat": 0.0, "identity_attack": 0.0}
    hate = {"toxicity": 0.97, "identity_attack": 1.0}
    return hate | {"threat": 0.9} if "threat" in row["type"] else hate


def youtube(folder: Path) -> Examples:
    """Read comments under five videos, labelled as spam or not, as far as they are there."""
    found = [row for file in sorted(folder.glob("Youtube*.csv")) for row in rows(file)]
    labels = [{"spam": float(row["CLASS"])} for row in found]
    return examples("youtube", [html.unescape(row["CONTENT"]) for row in found], labels)


_READERS: Final[tuple[tuple[Callable[[Path], Examples], str], ...]] = (
    (jigsaw, "jigsaw/train.csv.gz"),
    (toxic_spans, "toxic-spans/train.csv"),
    (davidson, "davidson/labeled_data.csv"),
    (perspective, "perspective/calibration.csv"),
    (germeval, "germeval-2018/train.txt"),
    (told, "told-br/ToLD-BR.csv"),
    (hatemoji, "hatemoji-build/train.csv"),
    (youtube, "youtube-spam"),
)


def load(data: Path) -> list[Examples]:
    """Return every source in a data folder, the Wikipedia comments first."""
    found = [read(data / place) for read, place in _READERS if (data / place).exists()]
    if not found or found[0].source != "jigsaw":
        raise FileNotFoundError(f"no {_READERS[0][1]} under {data}")
    return found
