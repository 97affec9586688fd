"""Measure the filters: detections, false positives and speed.

    python -m benchmarks.filters [DATA] [--peers PYTHON] [--obscenity FOLDER] [--write PAGE]

DATA is a folder of labelled data (default: MODERATION_TEST_DATA, else ../shared/data); without it
only the project's own cases are measured. Rows are split by hash of id: the lists were tuned on one
half, the figures here are of the other. PYTHON is the interpreter of an environment with
glin-profanity and alt-profanity-check, FOLDER one whose node_modules has obscenity; each library
runs in a process of its own, and a missing one is left out.
"""

import argparse
import contextlib
import csv
import gzip
import io
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from benchmarks import peers
from moderation import filters
from moderation.domain.judgement import Draft
from moderation.filters.spam import classifier
from moderation.filters.text import data_files
from moderation.training import spam as train_spam
from tests.filters.cases import cases
from tests.filters.disguises import CARRIERS, DISGUISES, disguised

WORDS = (
    "fuck shit cunt asshole bitch dick cock pussy bastard whore slut faggot nigger motherfucker"
    " bullshit wanker twat dickhead cocksucker prick arsehole bollocks retard blowjob"
)
ORDINARY = (
    "This is a quite ordinary comment about the town hall, with some words and 2 numbers. I think"
    " they're right, but we should ask the council again! See what happens next year. "
)
WORST = (
    "fuck ",
    "f u c k ",
    "f*ck ",
    "a.com ",
    "cumcum",
    "𝖋𝖚𝖈𝖐",
    "was hit ",
    "a\u0301\u0302",
    "shits ",
)

#: A comment without any of these labels is clean.
LABELS = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")

#: The time limit of a library over the real comments of one kind, and over one cell of a table.
SECONDS = 2.0
CELL = 0.5
#: Random orders in which the comments under a video are learned.
ORDERS = 5

Flags = Callable[[str], bool]
Call = Callable[[], object]


def ours(text: str) -> bool:
    """Return whether the filter found a profanity."""
    return filters.run(Draft(text)).scores["profanity"] >= 0.5


def share(flags: Flags, texts: list[str], limit: float = CELL) -> float:
    """Return the share of flagged texts; a slow library gets only a sample of them."""
    step = 1
    if isinstance(flags, peers.Peer) and texts:
        step = max(1, int(flags.judge(texts[0])[1] * len(texts) / limit))
    sample = texts[::step]
    return sum(map(flags, sample)) / max(1, len(sample))


def seconds(call: Callable[[], object], times: int) -> list[float]:
    """Return the sorted durations of single calls, in seconds of one core."""
    durations = []
    for _ in range(times):
        started = time.process_time()
        call()
        durations.append(time.process_time() - started)
    return sorted(durations)


def disguises(tools: list[tuple[str, Flags]]) -> None:
    print("\n## Disguised profanities caught\n")
    print("| kind | " + " | ".join(name for name, _ in tools) + " |")
    print("|---|" + "---|" * len(tools))
    totals = [0.0] * len(tools)
    kinds = [kind for kind in DISGUISES if kind not in {"plain", "mixed case"}]
    for kind in kinds:
        texts = [
            CARRIERS[i % len(CARRIERS)].format(disguised(word, kind, seed=7))
            for i, word in enumerate(WORDS.split())
        ]
        caught = [share(flags, texts) for _, flags in tools]
        totals = [t + c / len(kinds) for t, c in zip(totals, caught, strict=True)]
        print(f"| {kind} | " + " | ".join(f"{c:.0%}" for c in caught) + " |")
    print("| **mean** | " + " | ".join(f"**{t:.1%}**" for t in totals) + " |")


def innocents(tools: list[tuple[str, Flags]]) -> None:
    print("\n## Innocent texts flagged by the profanity filter alone (own cases)\n")
    print("| kind | texts | " + " | ".join(name for name, _ in tools) + " |")
    print("|---|---|" + "---|" * len(tools))
    kinds: dict[str, list[str]] = {}
    for case in cases("profanity"):
        if case["code"] is None:
            kinds.setdefault(case["kind"], []).append(case["text"])
    for kind, texts in kinds.items():
        row = " | ".join(f"{share(flags, texts):.1%}" for _, flags in tools)
        print(f"| {kind} | {len(texts)} | {row} |")


def held_out(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(1 << 24)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["natural"] == "1" and int(sha256(row["id"].encode()).hexdigest(), 16) % 2:
                yield row


def real(tools: list[tuple[str, Flags]], path: Path) -> None:
    rows = list(held_out(path))
    clean = [r["comment_text"][:1000] for r in rows if all(r[label] == "0" for label in LABELS)]
    foul = [r["comment_text"][:1000] for r in rows if r["obscene"] == "1"]
    print("\n## Real comments (Wikipedia talk, half not tuned on)\n")
    print(f"{len(clean)} clean ones and {len(foul)} called obscene; slow libraries get a sample.\n")
    print("| library | clean flagged | obscene found |")
    print("|---|---|---|")
    for name, flags in tools:
        flagged, found = share(flags, clean, SECONDS), share(flags, foul, SECONDS)
        print(f"| {name} | {flagged:.2%} | {found:.1%} |")
    held = sum(
        any(s.code.value == "PROFANITY" and s.score >= 0.7 for s in filters.run(Draft(t)).signals)
        for t in clean
    )
    print(
        f"\nOf the clean ones, the profanity filter alone would hold {held / len(clean):.2%}"
        " (score 0.7 or more)."
    )


def spam(folder: Path, ham: Path) -> None:
    """Judge each video by weights from the others, then learn it decision by decision."""
    print("\n## Spam, each video judged by a model trained on the others\n")
    print("| video | AUC | accuracy | F1 after 20 | 40 | 100 | 200 decisions |")
    print("|---|---|---|---|---|---|---|")
    by_video = train_spam.videos(folder)
    shuffled: dict[int, list[float]] = {20: [], 40: [], 100: [], 200: []}
    talk = train_spam.written() + list(train_spam.ordinary(ham))
    for number, judged in enumerate(by_video):
        others = [row for i, rows in enumerate(by_video) if i != number for row in rows]
        weights = train_spam.fit(others + talk)
        labels = [y for _, y, _ in judged]
        scores = [weights.score(f) for f, _, _ in judged]
        right = sum((s >= 0.5) == y for s, y in zip(scores, labels, strict=True)) / len(labels)
        cells, learned, done = [], weights, 0
        for stop in (20, 40, 100, 200):
            for seen, label, _ in judged[done:stop]:
                learned = learned.update(seen, label)
            done = stop
            cells.append(f"{f1(learned, judged[200:]):.3f}")
        print(
            f"| {number + 1} | {train_spam.area(scores, labels):.4f} | {right:.3f} | "
            + " | ".join(cells)
            + " |"
        )
        for order in range(ORDERS):
            for decisions, found in shuffled.items():
                found.append(_f1_in_order(weights, judged, order, decisions))
    after = ", ".join(f"{np.mean(found):.3f} after {n}" for n, found in shuffled.items())
    print(
        f"\nThe comments are in their original order, and topics under a video change. In "
        f"{ORDERS} random orders the mean F1 on those not yet decided is {after} decisions."
    )


def _f1_in_order(
    weights: classifier.Weights, rows: list[train_spam.Labelled], order: int, decisions: int
) -> float:
    """Return the F1 on the rest after so many decisions, in a random order with that seed."""
    mixed = [rows[place] for place in np.random.default_rng(order).permutation(len(rows))]
    for seen, label, _ in mixed[:decisions]:
        weights = weights.update(seen, label)
    return f1(weights, mixed[decisions:])


def f1(weights: classifier.Weights, rows: list[train_spam.Labelled]) -> float:
    results = [(weights.score(seen) >= 0.5, label) for seen, label, _ in rows]
    hits = sum(s and y for s, y in results)
    return 2 * hits / max(1, sum(s for s, _ in results) + sum(y for _, y in results))


def varied(count: int) -> list[Draft]:
    """Return different texts of 400 characters, combined from our own lines."""
    ordinary = data_files.read_lines("ordinary.en.txt")
    strange = [case["text"] for name in ("profanity", "spam", "links") for case in cases(name)]
    chance = random.Random(11)  # noqa: S311 -- variety, not secrecy
    return [
        Draft(" ".join([chance.choice(strange), *chance.sample(ordinary, 12)])[:400])
        for _ in range(count)
    ]


def over(drafts: list[Draft], judges: tuple[filters.Filter, ...] = filters.FILTERS) -> Call:
    """Return a call that judges the next draft each time."""
    waiting = iter(drafts)
    return lambda: filters.run(next(waiting), filters=judges)


def count() -> None:
    total = 0
    for number in range(3_000_000):
        total += number


def speed(tools: list[tuple[str, Flags]]) -> None:
    print("\n## Speed, seconds of one core, single comments\n")
    usual = (ORDINARY * 3)[:400]
    drafts = varied(2000)
    print("| 400 characters, each text once | median | p99 |")
    print("|---|---|---|")
    taken = seconds(over(drafts), len(drafts))
    print(f"| **all our filters** | **{taken[1000] * 1e3:.3f} ms** | {taken[1980] * 1e3:.3f} ms |")
    for judge in filters.FILTERS:
        taken = seconds(over(drafts[:500], (judge,)), 500)
        print(f"| {judge.name} alone | {taken[250] * 1e3:.3f} ms | {taken[495] * 1e3:.3f} ms |")
    print(
        f"\nThree million additions took {min(seconds(count, 5)):.3f} s; a quiet core takes 0.15.\n"
    )
    print("| library | one usual comment of 400 characters, median of 9 |\n|---|---|")
    alone = seconds(lambda: filters.run(Draft(usual), filters=filters.FILTERS[:1]), 9)
    print(f"| our profanity filter | {alone[4] * 1e3:.2f} ms |")
    for name, flags in tools[1:]:
        if isinstance(flags, peers.Peer):
            taken = sorted(flags.judge(usual)[1] for _ in range(9))
            print(f"| {name} | {taken[4] * 1e3:.2f} ms |")
    print("\n| worst input | 8,000 characters | 64,000 |")
    print("|---|---|---|")
    for unit in WORST:
        cells = []
        for size in (8_000, 64_000):
            long = Draft((unit * (size // len(unit) + 1))[:size])
            cells.append(f"{seconds(lambda d=long: filters.run(d), 3)[0] * 1e3:.1f} ms")
        print(f"| `{unit!a}` | " + " | ".join(cells) + " |")


BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->\n"


def measure(data: Path, tools: list[tuple[str, Flags]]) -> None:
    """Print all tables."""
    started = time.process_time()
    filters.load()
    print(f"\nLists and models read in {1e3 * (time.process_time() - started):.0f} ms.")
    disguises(tools)
    innocents(tools)
    jigsaw = data / "jigsaw" / "train.csv.gz"
    if jigsaw.exists():
        real(tools, jigsaw)
        spam(data / "youtube-spam", jigsaw)
    else:
        print(f"\nskipped real comments and spam: no labelled data in {data}")
    speed(tools)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the filters beside other libraries.")
    default_data = os.environ.get("MODERATION_TEST_DATA", "../shared/data")
    parser.add_argument("data", type=Path, nargs="?", default=Path(default_data))
    parser.add_argument("--peers", help="an interpreter with the other Python libraries")
    parser.add_argument("--obscenity", help="a folder whose node_modules has obscenity")
    parser.add_argument("--write", type=Path, help="a page to put the tables into")
    arguments = parser.parse_args()
    others = peers.found(arguments.peers, arguments.obscenity)
    tools: list[tuple[str, Flags]] = [("ours", ours), *((p.name, p) for p in others)]
    written = io.StringIO()
    with contextlib.redirect_stdout(written) if arguments.write else contextlib.nullcontext():
        versions = ", ".join(f"{peer.name} {peer.version}" for peer in others)
        print(
            f"Measured by `make bench-filters` on {datetime.now(UTC):%Y-%m-%d}:"
            f" {platform.machine()}, {os.cpu_count()} cores, load before the start"
            f" {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, NumPy"
            f" {np.__version__}; {versions}. Seconds are those of one core. Rows of labelled data"
            " are split in halves by hash of id; lists were tuned on one half, and the figures are"
            " of the other. Slow libraries are run on a sample."
        )
        measure(arguments.data, tools)
    if arguments.write:
        page = arguments.write.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        tables = written.getvalue().replace("\n## ", "\n### ")
        arguments.write.write_text(f"{before}{BEGIN}{tables}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
