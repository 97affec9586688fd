"""A small made-up data folder that a training can learn from in seconds."""

import csv
import gzip
import random
from pathlib import Path

import pytest

from moderation.training.reader.dataset import LABELS, PERSPECTIVE

_FRIENDLY = "the garden looks lovely after rain and we planted beans near our old wooden fence"
_HOSTILE = "you rotten scoundrel nobody wants your filthy nonsense crawl away you wretched toad"
FRIENDLY, HOSTILE = _FRIENDLY.split(), _HOSTILE.split()


def _sentence(rng: random.Random, words: list[str]) -> str:
    return " ".join(rng.choice(words) for _ in range(rng.randint(6, 14)))


def write(file: Path, header: list[str], rows: list[list[object]]) -> None:
    file.parent.mkdir(exist_ok=True)
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "wt", encoding="utf-8", newline="") as stored:
        csv.writer(stored).writerows([header, *rows])


@pytest.fixture(scope="session")
def made_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = random.Random(3)  # noqa: S311 - variety, not secrecy
    data = tmp_path_factory.mktemp("labelled")
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
        ["id", "comment_text", *PERSPECTIVE],
        [
            [n, text + " now", *[0.05 + 0.9 * bad] * len(PERSPECTIVE)]
            for n, (bad, text) in enumerate(texts[:90])
        ],
    )
    return data
