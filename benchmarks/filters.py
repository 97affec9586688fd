"""Measure the filters: what they catch, what they wrongly flag, how long they take.

    python -m benchmarks.filters [DATA]

DATA is a folder of labelled data (default: MODERATION_TEST_DATA, else ../shared/data); without it
only the project's own cases are measured. Rows are split by hash of id: the lists were tuned on one
half, the figures here are of the other. Libraries that are not installed are skipped and named.
"""

import csv
import gzip
import importlib
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from moderation import filters
from moderation.domain.judgement import Draft
from moderation.filters import shipped, spam_model, train_spam
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

Flags = Callable[[str], bool]
Call = Callable[[], object]


def ours(text: str) -> bool:
    """Say whether the filter found a profanity."""
    return filters.run(Draft(text)).scores["profanity"] >= 0.5


def libraries() -> Iterator[tuple[str, Flags]]:
    """Yield ours and every other library that is installed."""
    yield "ours", ours
    better = importlib.import_module("better_profanity").profanity
    better.load_censor_words()
    yield "better-profanity", better.contains_profanity
    for package, module, make in (
        ("glin-profanity", "glin_profanity", lambda m: m.Filter().is_profane),
        ("alt-profanity-check", "profanity_check", lambda m: lambda t: bool(m.predict([t])[0])),
    ):
        try:
            yield package, make(importlib.import_module(module))
        except ImportError as error:
            print(f"skipped {package}: {error}")
    print("skipped obscenity: it is a Node package, compared by hand")


def share(flags: Flags, texts: list[str]) -> float:
    return sum(map(flags, texts)) / max(1, len(texts))


def seconds(call: Callable[[], object], times: int) -> list[float]:
    """Return the sorted durations of single calls, in seconds of one core."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return sorted(taken)


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
    print("\n## Innocent texts flagged (own cases)\n")
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
    clean = [r["comment_text"][:1000] for r in rows if r["toxic"] == "0"]
    foul = [r["comment_text"][:1000] for r in rows if r["obscene"] == "1"]
    print("\n## Real comments (Wikipedia talk, half not tuned on)\n")
    print("| library | clean flagged | obscene found | texts |")
    print("|---|---|---|---|")
    for name, flags in tools:
        some = clean[:: 200 if name == "better-profanity" else 1]
        few = foul[:: 20 if name == "better-profanity" else 1]
        rates = f"{share(flags, some):.2%} | {share(flags, few):.1%}"
        print(f"| {name} | {rates} | {len(some)}+{len(few)} |")
    held = sum(
        any(s.code.value == "PROFANITY" and s.score >= 0.7 for s in filters.run(Draft(t)).signals)
        for t in clean
    )
    print(f"\nOf the clean ones, {held / len(clean):.2%} would be held (score 0.7 or more).")


def spam(folder: Path, ham: Path) -> None:
    """Judge each video by what the others taught, then learn it decision by decision."""
    print("\n## Spam, each video judged by what the others taught\n")
    print("| video | AUC | accuracy | F1 after 20 | 40 | 100 | 200 decisions |")
    print("|---|---|---|---|---|---|---|")
    by_video = train_spam.videos(folder)
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


def f1(weights: spam_model.Weights, rows: list[train_spam.Labelled]) -> float:
    said = [(weights.score(seen) >= 0.5, label) for seen, label, _ in rows]
    both = sum(s and y for s, y in said)
    return 2 * both / max(1, sum(s for s, _ in said) + sum(y for _, y in said))


def varied(count: int) -> list[Draft]:
    """Return different texts of 400 characters, put together from our own lines."""
    ordinary = shipped.lines("ordinary.en.txt")
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
    print("| library | median | |\n|---|---|---|")
    for name, flags in tools[1:]:
        taken = seconds(lambda f=flags: f(usual), 5)
        print(f"| {name} | {taken[2] * 1e3:.1f} ms | |")
    print("\n| worst input | 8,000 characters | 64,000 |")
    print("|---|---|---|")
    for unit in WORST:
        cells = []
        for size in (8_000, 64_000):
            long = Draft((unit * (size // len(unit) + 1))[:size])
            cells.append(f"{seconds(lambda d=long: filters.run(d), 3)[0] * 1e3:.1f} ms")
        print(f"| `{unit!a}` | " + " | ".join(cells) + " |")


def main() -> None:
    data = Path(
        sys.argv[1]
        if len(sys.argv) > 1
        else os.environ.get("MODERATION_TEST_DATA", "../shared/data")
    )
    begun = time.perf_counter()
    filters.load()
    print(f"Lists and models read in {1e3 * (time.perf_counter() - begun):.0f} ms.\n")
    tools = list(libraries())
    disguises(tools)
    innocents(tools)
    jigsaw = data / "jigsaw" / "train.csv.gz"
    if jigsaw.exists():
        real(tools, jigsaw)
        spam(data / "youtube-spam", jigsaw)
    else:
        print(f"\nskipped real comments and spam: no labelled data in {data}")
    speed(tools)


if __name__ == "__main__":
    main()
