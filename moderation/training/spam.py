"""Training of the shipped spam weights from labelled comments.

Run by `moderation train spam`. Plain NumPy, the same result for the same files.
"""

import csv
import gzip
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np

from ..filters.spam.classifier import BUCKETS, MEASURES, Features, Weights, blank, features, save
from ..filters.spam.phrases import phrases
from ..filters.text.data_files import read_lines
from ..filters.text.document import Text

#: The weights in the package.
SHIPPED = Path(__file__).parents[1] / "filters" / "data" / "spam.bin"
ROUNDS = 40
#: The weights of the last rounds are averaged, because single steps are noisy.
AVERAGED = 20
RATE = 0.6
#: The weight of one ordinary comment of the second source.
HAM_WEIGHT = 0.03
#: The factor for an ordinary comment with a link: most links are not spam.
LINKED = 10
#: Half of the comments under these videos are spam, elsewhere few: lower the scores.
RARER = 0.6
HAM_COMMENTS = 2000
WRITTEN_WEIGHT = 0.5
#: Lists of comments written for this training, and whether they are spam. Only English: words of
#: many languages would share the few buckets, which lowered the AUC on unseen videos to 0.975.
WRITTEN = {"ordinary.en.txt": False, "spam.en.txt": True}
BUCKET_GAIN = 1.5
DECAY = 1e-4

HAS_LINK = MEASURES.index("has_link")
ALWAYS = MEASURES.index("always")

Labelled = tuple[Features, bool, float]


def extract(comment: str) -> Features:
    """Return the features of a comment."""
    text = Text(comment)
    return features(text, len(phrases(text)))


def videos(folder: Path) -> list[list[Labelled]]:
    """Read the labelled comments, file by file."""
    comments = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            comments.append(
                [(extract(r["CONTENT"]), r["CLASS"] == "1", 1.0) for r in csv.DictReader(lines)]
            )
    return comments


def ordinary(path: Path) -> Iterator[Labelled]:
    """Read the half of the ordinary comments, by hash of id, that is not used for evaluation."""
    csv.field_size_limit(1 << 24)
    count = 0
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            half = sha256(row["id"].encode()).digest()[-1] % 2
            if row["toxic"] == "0" and row["natural"] == "1" and not half:
                example = extract(row["comment_text"])
                linked = LINKED if example.measures[HAS_LINK] else 1
                yield example, False, HAM_WEIGHT * linked
                count += 1
                if count == HAM_COMMENTS:
                    return


def written() -> list[Labelled]:
    """Read the ordinary comments and the promotion written for this training."""
    return [
        (extract(line), is_spam, WRITTEN_WEIGHT)
        for name, is_spam in WRITTEN.items()
        for line in read_lines(name)
    ]


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
    """Cross-validate over the videos, then fit on all comments and write the weights.

    `folder` holds CSV files with the columns CONTENT and CLASS (1 is spam), one file per video;
    `ham` is a gzip of ordinary comments (`comment_text`, with `toxic` 0 and `natural` 1) that have
    a low weight. Prints the accuracy on each video of weights fitted on the others.
    """
    by_video = videos(folder)
    talk = written() + (list(ordinary(ham)) if ham else [])
    for left_out, judged in enumerate(by_video):
        rest = [row for i, rows in enumerate(by_video) if i != left_out for row in rows]
        weights = fit(rest + talk)
        scores = [weights.score(f) for f, _, _ in judged]
        labels = [y for _, y, _ in judged]
        correct = sum((s >= 0.5) == y for s, y in zip(scores, labels, strict=True))
        report = f"video {left_out + 1}: AUC {area(scores, labels):.4f}"
        sys.stdout.write(f"{report}, accuracy {correct / len(labels):.3f}\n")
    shipped = save(fit([row for rows in by_video for row in rows] + talk))
    out.write_bytes(shipped)
    sizes = f"{len(MEASURES)} measures, {BUCKETS} buckets"
    sys.stdout.write(f"wrote {len(shipped)} bytes: {sizes}\n")
