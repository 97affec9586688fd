"""Labelled texts to learn from, as one set of rows with soft targets and gaps.

Each source is read as it lies in the data folder; a source that is not there is left out,
except the first, without which there is nothing to learn.
"""

import csv
import gzip
import hashlib
import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

#: What can be learned about a text: the six labels, then what other sites' people said.
LABELS = ("toxic", "severe_toxic", "obscene", "insult", "threat", "identity_hate")
TARGETS = (*LABELS, "votes", "perspective")
FOLDS = 10

Table = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts with a target from 0 to 1 for each column of TARGETS; NaN: nobody said."""

    source: str
    texts: tuple[str, ...]
    targets: Table
    #: Rows with the prevalence found in the wild.
    natural: npt.NDArray[np.bool_]

    @property
    def folds(self) -> npt.NDArray[np.int64]:
        return np.array([fold(text) for text in self.texts], np.int64)


def fold(text: str) -> int:
    """Return which tenth a text belongs to; equal texts from two sources share theirs."""
    found = hashlib.sha256(plain(text).encode("utf-8", "surrogatepass")).hexdigest()
    return int(found[:8], 16) % FOLDS


def plain(text: str) -> str:
    """Return what is left of a text when sources write its spaces and quotes differently."""
    return " ".join(text.replace('"', " ").split())


def held_out(text: str) -> bool:
    """Say whether a text is in the tenth that no shipped model has seen."""
    return fold(text) == 0


def rows(file: Path) -> Iterator[dict[str, str]]:
    """Read a CSV file with a header, gzipped or not."""
    csv.field_size_limit(1 << 24)
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as stored:
        yield from csv.DictReader(stored)


def jigsaw(file: Path) -> Examples:
    """Read Wikipedia talk comments with the six labels."""
    found = list(rows(file))
    labels = [[float(row[label]) for label in LABELS] for row in found]
    natural = [row.get("natural", "1") == "1" for row in found]
    return _examples("jigsaw", [row["comment_text"] for row in found], labels, range(6), natural)


def toxic_spans(file: Path) -> Examples:
    """Read news-site comments with the share of people who voted them toxic."""
    found = list(rows(file))
    votes = [[float(row["toxic_votes"]) / float(row["votes"])] for row in found]
    return _examples("toxic-spans", [row["comment_text"] for row in found], votes, [6])


def davidson(file: Path) -> Examples:
    """Read tweets with the share of people who found them hateful or offensive."""
    found = list(rows(file))
    votes = [[1.0 - float(row["neither"]) / float(row["count"])] for row in found]
    return _examples("davidson", [html.unescape(row["tweet"]) for row in found], votes, [6])


def perspective(file: Path) -> Examples:
    """Read Wikipedia comments with the scores that Perspective gave them."""
    found = list(rows(file))
    scores = [[float(row["TOXICITY@6"])] for row in found]
    return _examples("perspective", [row["comment_text"] for row in found], scores, [7])


def _examples(
    source: str,
    texts: list[str],
    values: list[list[float]],
    columns: range | list[int],
    natural: list[bool] | None = None,
) -> Examples:
    targets = np.full((len(texts), len(TARGETS)), np.nan, np.float32)
    targets[:, list(columns)] = np.array(values, np.float32).reshape(len(texts), -1)
    wild = np.array(natural if natural is not None else [True] * len(texts), np.bool_)
    return Examples(source, tuple(texts), targets, wild)


def load(data: Path) -> list[Examples]:
    """Return every source found under a data folder, the Wikipedia comments first."""
    places = (
        (jigsaw, "jigsaw/train.csv.gz"),
        (toxic_spans, "toxic-spans/train.csv"),
        (davidson, "davidson/labeled_data.csv"),
        (perspective, "perspective/calibration.csv"),
    )
    found = [read(data / place) for read, place in places if (data / place).is_file()]
    if not found or found[0].source != "jigsaw":
        raise FileNotFoundError(f"no {places[0][1]} under {data}")
    return found
