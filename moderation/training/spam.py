"""Learn the spam weights that ship, from comments that people have labelled.

`moderation train spam` runs it. Plain NumPy, the same result for the same files.
"""

import csv
import gzip
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np

from . import spam
from .spam_model import BUCKETS, MEASURES, Features, Weights, blank, features, save
from .text import Text

#: The weights in the package.
SHIPPED = Path(__file__).parent / "data" / "spam.bin"
ROUNDS = 40
#: The weights of the last rounds are averaged: single steps are noisy.
AVERAGED = 20
RATE = 0.6
#: How much less one ordinary comment of the second source counts.
HAM_WEIGHT = 0.03
#: An ordinary comment with a link counts so many times: most links are no spam.
LINKED = 10
#: Of the comments under a video half are spam, elsewhere few: scores start lower.
RARER = 0.6
HAM_COMMENTS = 2000
WRITTEN_WEIGHT = 1.0
BUCKET_GAIN = 1.5
DECAY = 1e-4

HAS_LINK = MEASURES.index("has_link")
ALWAYS = MEASURES.index("always")

Labelled = tuple[Features, bool, float]


def seen(comment: str) -> Features:
    """Return what the model sees of a comment."""
    text = Text(comment)
    return features(text, len(spam.phrases(text)))


def videos(folder: Path) -> list[list[Labelled]]:
    """Read the labelled comments, file by file."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found.append(
                [(seen(r["CONTENT"]), r["CLASS"] == "1", 1.0) for r in csv.DictReader(lines)]
            )
    return found


def ordinary(path: Path) -> Iterator[Labelled]:
    """Read ordinary comments: of half of them by hash of id, as the other half is to check with."""
    csv.field_size_limit(1 << 24)
    taken = 0
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            half = sha256(row["id"].encode()).digest()[-1] % 2
            if row["toxic"] == "0" and row["natural"] == "1" and not half:
                found = seen(row["comment_text"])
                linked = LINKED if found.measures[HAS_LINK] else 1
                yield found, False, HAM_WEIGHT * linked
                taken += 1
                if taken == HAM_COMMENTS:
                    return


def written() -> list[Labelled]:
    """Read the ordinary comments that were written for this."""
    text = files("moderation.filters").joinpath("data/ordinary.en.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [(seen(line), False, WRITTEN_WEIGHT) for line in lines]


def fit(labelled: Sequence[Labelled]) -> Weights:
    """Return weights fitted by stochastic gradient steps in a fixed order."""
    weights = blank()
    measures, buckets = weights.measures.astype(np.float64), weights.buckets.astype(np.float64)
    chance = np.random.default_rng(20)
    rows = [
        (f.measures.astype(np.float64), *np.unique(f.buckets, return_counts=True), f.share, y, w)
        for f, y, w in labelled
    ]
    mean_measures, mean_buckets = np.zeros_like(measures), np.zeros_like(buckets)
    for done in range(ROUNDS):
        rate = RATE / (1 + 0.15 * done)
        for index in chance.permutation(len(rows)):
            measured, places, counts, share, spam_, weight = rows[index]
            pull = counts * (share * BUCKET_GAIN)
            total = measures @ measured + buckets[places] @ pull
            error = 1 / (1 + np.exp(-np.clip(total, -30, 30))) - spam_
            step = rate * weight * error
            measures -= 0.3 * step * measured
            buckets[places] -= step * pull + DECAY * buckets[places]
        if done >= ROUNDS - AVERAGED:
            mean_measures += measures / AVERAGED
            mean_buckets += buckets / AVERAGED
    mean_measures[ALWAYS] -= RARER
    return Weights(
        mean_measures.astype(np.float32),
        (mean_buckets * BUCKET_GAIN).astype(np.float32),
        weights.moved_measures,
        weights.moved_buckets,
    )


def area(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the area under the ROC curve."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    truth = np.array(labels)
    positive = int(truth.sum())
    negative = len(truth) - positive
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def main(out: Path, folder: Path, ham: Path | None) -> None:
    """Check by leaving each video out, then fit on all and write the weights.

    `folder` holds CSV files with the columns CONTENT and CLASS (1 is spam), one file per video;
    `ham` is a gzip of comments (`comment_text`, with `toxic` 0 and `natural` 1) that weigh in
    lightly as ordinary talk. Prints how well each file is judged by what the others taught.
    """
    by_video = videos(folder)
    talk = written() + (list(ordinary(ham)) if ham else [])
    for left_out, judged in enumerate(by_video):
        rest = [row for i, rows in enumerate(by_video) if i != left_out for row in rows]
        weights = fit(rest + talk)
        scores = [weights.score(f) for f, _, _ in judged]
        labels = [y for _, y, _ in judged]
        right = sum((s >= 0.5) == y for s, y in zip(scores, labels, strict=True))
        report = f"video {left_out + 1}: AUC {area(scores, labels):.4f}"
        sys.stdout.write(f"{report}, accuracy {right / len(labels):.3f}\n")
    shipped = save(fit([row for rows in by_video for row in rows] + talk))
    out.write_bytes(shipped)
    sizes = f"{len(MEASURES)} measures, {BUCKETS} buckets"
    sys.stdout.write(f"wrote {len(shipped)} bytes: {sizes}\n")
