"""A small made-up data folder that a training can learn from in seconds."""

import csv
import gzip
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from moderation.filters.shipped import FOLDER
from moderation.filters.toxicity.clauses import LISTS
from moderation.training.examples import LABELS
from moderation.training.network import Shape
from moderation.training.toxicity import Measured, Plan, train_toxicity

QUICK = Plan(parts=2, shape=Shape(hidden=4, rounds=30), every=16)

_FRIENDLY = "the garden looks lovely after rain and we planted beans near our old wooden fence"
_HOSTILE = "you rotten scoundrel nobody wants your filthy nonsense crawl away you wretched toad"
FRIENDLY, HOSTILE = _FRIENDLY.split(), _HOSTILE.split()


def content_hash(model: Path) -> str:
    """Return the hash of a model and of the lists that it is read with."""
    files = [model, *(FOLDER / name for name in LISTS)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _sentence(rng: random.Random, words: list[str]) -> str:
    return " ".join(rng.choice(words) for _ in range(rng.randint(6, 14)))


@pytest.fixture(scope="session")
def made_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = random.Random(3)  # noqa: S311 - variety, not secrecy
    data = tmp_path_factory.mktemp("labelled")
    for folder in ("jigsaw", "toxic-spans", "davidson", "perspective"):
        (data / folder).mkdir()

    def write(file: Path, header: list[str], rows: list[list[object]]) -> None:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "wt", encoding="utf-8", newline="") as stored:
            csv.writer(stored).writerows([header, *rows])

    texts = [(bad, _sentence(rng, HOSTILE if bad else FRIENDLY)) for bad in [0, 0, 1] * 120]
    write(
        data / "jigsaw" / "train.csv.gz",
        ["id", "comment_text", *LABELS, "natural"],
        [[n, text, *[bad] * len(LABELS), 1] for n, (bad, text) in enumerate(texts)],
    )
    write(
        data / "toxic-spans" / "train.csv",
        ["id", "comment_text", "toxic_votes", "votes"],
        [[n, text + " today", bad * 2, 3] for n, (bad, text) in enumerate(texts[:120])],
    )
    found = [(3 * bad, 3 - 3 * bad, 2 - bad, text) for bad, text in texts[:60]]
    write(
        data / "davidson" / "labeled_data.csv",
        ["", "count", "hate_speech", "offensive_language", "neither", "class", "tweet"],
        [[n, 3, 0, *row] for n, row in enumerate(found)],
    )
    write(
        data / "perspective" / "calibration.csv",
        ["id", "comment_text", "TOXICITY@6"],
        [[n, text + " now", 0.05 + 0.9 * bad] for n, (bad, text) in enumerate(texts[:90])],
    )
    return data


@dataclass(frozen=True)
class Trained:
    """A model trained on the made-up data, with what training said about it."""

    file: Path
    measured: Measured
    told: tuple[str, ...]


@pytest.fixture(scope="session")
def trained(made_up_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    out = tmp_path_factory.mktemp("model") / "toxicity.npz"
    told: list[str] = []
    measured = train_toxicity(made_up_data, out, QUICK, told.append, fold_count=2)
    return Trained(out, measured, tuple(told))
