"""Measure the filters against what they must reach, by kind and by language.

    python -m benchmarks.bars [DATA] [--peers PYTHON] [--obscenity FOLDER] [--write PAGE]

DATA and the options are as in `benchmarks.filters`. Labelled rows are those that no shipped model
was trained on; a row of the table whose data is missing is left out.
"""

import argparse
import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import moderation
from benchmarks import labelled, peers
from benchmarks.filters import SECONDS, WORDS, WORST, Flags, seconds, share
from moderation import filters, policy
from moderation.domain.judgement import Draft
from moderation.domain.status import Outcome
from moderation.training import spam as train_spam
from moderation.training.measures import auc, f1, spearman
from tests.filters.disguises import CARRIERS, DISGUISES, disguised
from tests.product import listed
from tests.product.test_inside_comments import HARMFUL, ORDINARY, PLACES, inside

BEGIN, END = "<!-- bars -->", "<!-- /bars -->"
#: Kinds of our own cases that are harmless comments, by language.
HARMLESS = {"de": ("German, short", "German, long", "war: de publish"), "ru": ("war: ru publish",)}
#: What the AUC of a set must be.
BARS = {
    "German tweets": "≥ .74 (other tweets)",
    "Brazilian tweets": "–",
    "OffComBR-3, news comments": "≥ .74",
    "HateCheck": "≥ .80",
    "Multilingual HateCheck": "≥ .70",
}
#: Other libraries get the beginning of 200 comments of a kind, so that the slow ones end.
SHORT = 300
#: Comments whose judgement is timed.
TIMED = 600

#: Written by a process of its own: milliseconds to load, and memory of a web process in MB.
AT_REST = """
import sys, tempfile, time
from pathlib import Path
begun = time.process_time()
from moderation import filters
imported = time.process_time()
filters.load()
loaded = time.process_time()
from moderation import create_app
from moderation.config import Settings
from moderation.server import application
from moderation.storage.migrate import upgrade
with tempfile.TemporaryDirectory() as folder:
    settings = Settings(secret_key="0" * 64, env="development", data_dir=Path(folder))
    upgrade(settings)
    app = create_app(settings)
    memory = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    print(1000 * (loaded - imported), int(memory["VmRSS"].split()[0]) / 1024)
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of a text, and whether a new site holds it."""

    scores: dict[str, float]
    held: bool


def judged(text: str) -> Judged:
    """Judge a text as a new site does."""
    assessment = filters.run(Draft(text), rules=listed.NEW_SITE)
    verdict = policy.decide(assessment, listed.NEW_SITE)
    return Judged(dict(assessment.scores), verdict.outcome is not Outcome.APPROVE)


def percent(flags: list[bool]) -> str:
    """Return the share of true values as a percentage; a dash without any value."""
    return f"{sum(flags) / len(flags):.1%}" if flags else "–"


class Bars:
    """The table of bars: a name, the measured value, and what it must be."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str]] = []

    def add(self, name: str, measured: str, bar: str) -> None:
        """Add a row."""
        self._rows.append((name, measured, bar))

    def show(self) -> None:
        """Print the table."""
        print("\n| | measured | must |\n|---|---|---|")
        for row in self._rows:
            print("| " + " | ".join(row) + " |")


def product(bars: Bars) -> None:
    """The shown cases, sentences inside comments, harmless comments by language."""
    held = {case: got is not Outcome.APPROVE for case, got in listed.outcomes().items()}
    of = {
        label: [held[case["id"]] for case in listed.cases() if case["label"] == label]
        for label in listed.RIGHT
    }
    bars.add("cases that should be published, held", percent(of["publish"]), "≤ 5 %")
    bars.add("cases that should be held, held", percent(of["hold"]), "≥ 75 %")
    alone = [sentence for sentence in HARMFUL if listed.held(sentence)]
    within = [listed.held(inside(s, o, p)) for s in alone for o in ORDINARY for p in PLACES]
    bars.add("held inside an ordinary comment, of those held alone", percent(within), "≥ 85 %")
    for language, kinds in HARMLESS.items():
        texts = [
            held[case["id"]]
            for case in listed.cases()
            if case["kind"] in kinds and case["label"] == "publish"
        ]
        bars.add(f"harmless own comments held, {language} ({len(texts)})", percent(texts), "≤ 3 %")
    apart: dict[str, list[bool]] = {"publish": [], "hold": []}
    for case in listed.cases("written_apart"):
        apart[case["label"]].append(listed.held(case["text"]))
    for label, wanted in (("publish", "≤ 2 %"), ("hold", "≥ 84 %")):
        name = f"comments of an author who saw nothing of ours, to {label}, held"
        bars.add(f"{name} ({len(apart[label])})", percent(apart[label]), wanted)
    print("\n### The shown cases by kind\n\n| kind | label | cases | wrong |\n|---|---|---|---|")
    missed = [c["id"] for c in listed.cases() if held[c["id"]] != (c["label"] == "hold")]
    for (kind, label), (every, wrong) in listed.counted(missed).items():
        print(f"| {kind} | {label} | {every} | {wrong} |")


def by_set(bars: Bars, data: Path, tools: list[tuple[str, Flags]]) -> None:
    """The labelled sets by language, beside other libraries."""
    names = "".join(f" {name} |" for name, _ in tools)
    print("\n### Labelled comments by language\n")
    print(
        "AUC of the score; then toxic ones found / harmless ones flagged: by all our filters with"
    )
    print("the thresholds of a new site, and by other libraries.\n")
    print(f"| comments | language | toxic, harmless | score | AUC | held |{names}")
    print("|---|---|---|---|---|---|" + "---|" * len(tools))
    for each in labelled.sets(data):
        found = [judged(row.text) for row in each.rows]
        toxic = [row.toxic for row in each.rows]
        area = auc(toxic, [j.scores[each.score] for j in found])
        texts = {
            wanted: [r.text for r in each.rows if r.toxic == wanted] for wanted in (True, False)
        }
        short = {wanted: [text[:SHORT] for text in some[:200]] for wanted, some in texts.items()}
        held = {w: [j.held for j, t in zip(found, toxic, strict=True) if t == w] for w in texts}
        cells = [
            f"{share(flags, short[True], SECONDS):.0%} / {share(flags, short[False], SECONDS):.1%}"
            for _, flags in tools
        ]
        print(
            f"| {each.name} | {each.language} | {len(texts[True])}, {len(texts[False])} |"
            f" {each.score} | {area:.3f} | {percent(held[True])} / {percent(held[False])} | "
            + "".join(f"{cell} | " for cell in cells).rstrip()
        )
        bar = BARS.get(each.name)
        if each.name.endswith("HateCheck"):
            bars.add(
                f"{each.name}, {each.language}, AUC of identity_attack", f"{area:.3f}", bar or "–"
            )
        elif bar:
            bars.add(f"{each.name}, AUC", f"{area:.3f}", bar)
            bars.add(f"{each.name}, harmless held", percent(held[False]), "≤ 3 %")
        if each.name.startswith("made to deceive"):
            bars.add("hate made to deceive, AUC of identity_attack", f"{area:.3f}", "–")


def english(bars: Bars, data: Path) -> None:
    """The six labels of talk pages, votes on news sites, and Perspective's scores."""
    if (data / "jigsaw").is_dir():
        rows = labelled.wikipedia(data)
        found = [judged(row.text) for row in rows]
        areas = {
            name: auc([r.known[name] for r in rows], [j.scores[name] for j in found])
            for name in labelled.SCORES.values()
        }
        mean = float(np.nanmean(list(areas.values())))
        each = ", ".join(f"{name} {area:.3f}" for name, area in areas.items())
        bars.add(f"six labels of talk pages, mean AUC ({len(rows)} rows)", f"{mean:.4f}", "≥ .985")
        bars.add("each of them", each, "–")
        clean = [(r, j) for r, j in zip(rows, found, strict=True) if not any(r.known.values())]
        flagged = [j.scores["profanity"] >= 0.5 for _, j in clean]
        bars.add("clean talk-page comments flagged as profanity", percent(flagged), "not worse")
        bars.add("clean talk-page comments held", percent([j.held for _, j in clean]), "–")
    if (data / "toxic-spans").is_dir():
        rows = labelled.news(data)
        scores = [judged(row.text).scores["toxicity"] for row in rows]
        rank = spearman([row.known["votes"] for row in rows], scores)
        bars.add(f"votes on news sites, Spearman ({len(rows)} rows)", f"{rank:.3f}", "–")
    if (data / "perspective").is_dir():
        rows = labelled.scored(data)
        scores = [judged(row.text).scores["toxicity"] for row in rows]
        rank = spearman([row.known["perspective"] for row in rows], scores)
        agreed = f1([row.toxic for row in rows], np.array(scores) >= 0.8)
        name = f"agreement with Perspective: Spearman; F1 at .8 ({len(rows)} rows)"
        bars.add(name, f"{rank:.3f}; {agreed:.2f}", "≥ .80; ≥ .82")


def spam(bars: Bars, data: Path) -> None:
    """Comments under videos, each video judged by a model trained on the others."""
    if not (data / "youtube-spam").is_dir():
        return
    videos = train_spam.videos(data / "youtube-spam")
    talk = train_spam.written() + list(train_spam.ordinary(data / "jigsaw" / "train.csv.gz"))
    areas = []
    for number, rows in enumerate(videos):
        others = [row for i, some in enumerate(videos) if i != number for row in some]
        weights = train_spam.fit(others + talk)
        areas.append(auc([y for _, y, _ in rows], [weights.score(f) for f, _, _ in rows]))
    each = ", ".join(f"{area:.3f}" for area in areas)
    bars.add("spam on unseen videos, mean AUC", f"{np.mean(areas):.4f} ({each})", "≥ .985")


def disguises(bars: Bars, tools: list[tuple[str, Flags]]) -> None:
    """Profanities in every disguise."""
    texts = [
        CARRIERS[place % len(CARRIERS)].format(disguised(word, kind, seed=7))
        for kind in DISGUISES
        for place, word in enumerate(WORDS.split())
    ]
    caught = [judged(text).scores["profanity"] >= 0.5 for text in texts]
    others = ", ".join(f"{name} {share(flags, texts, SECONDS):.0%}" for name, flags in tools)
    bars.add(f"disguised profanity found ({len(texts)})", percent(caught), f"not worse; {others}")


def comments(data: Path) -> list[str]:
    """Return real comments cut to 400 characters; own ones where there is no data."""
    if (data / "jigsaw").is_dir():
        long = [r.text[:400] for r in labelled.wikipedia(data) if len(r.text) >= 400]
        return long[:TIMED]
    return [(" ".join(case["text"] for case in listed.cases()[at:]))[:400] for at in range(200)]


def over(texts: list[str]) -> Callable[[], object]:
    """Return a call that judges the next text each time."""
    waiting: Iterator[str] = iter(texts)
    return lambda: filters.run(Draft(next(waiting)))


def long(unit: str) -> float:
    """Return the seconds for 8,000 characters of a repeated unit, the best of three."""
    draft = Draft((unit * (8_000 // len(unit) + 1))[:8_000])
    return seconds(lambda: filters.run(draft), 3)[0]


def speed(bars: Bars, data: Path) -> None:
    """Time of judgements, load time, memory and size."""
    texts = comments(data)
    seconds(over(texts), len(texts) // 3)
    taken = seconds(over(texts), len(texts))
    middle, late = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    bars.add(
        f"400 characters of real comments, median; p99 ({len(texts)})",
        f"{middle * 1e3:.2f} ms; {late * 1e3:.2f} ms",
        "≤ 1.0 ms (2.0 with a reason); ≤ 10 ms",
    )
    units = [*WORST, *HARMFUL, "Иди сюда, я тебя убью! ", "你好。", "🖕"]
    worst = max((long(unit), ascii(unit)) for unit in units)
    bars.add(
        "8,000 characters of the worst kind", f"{worst[0] * 1e3:.1f} ms ({worst[1]})", "≤ 25 ms"
    )
    began = time.process_time()
    for _ in range(3_000_000):
        pass
    idle = time.process_time() - began
    bars.add("three million empty turns of a loop, to compare machines", f"{idle:.3f} s", "–")
    done = subprocess.run([sys.executable, "-c", AT_REST], capture_output=True, text=True)
    if done.returncode == 0:
        load, memory = map(float, done.stdout.split()[-2:])
        bars.add("lists and models read", f"{load:.0f} ms", "≤ 1,000 ms")
        bars.add("a web process at rest, all that is mapped", f"{memory:.0f} MB", "≤ 190 MB")
    else:
        print(done.stderr[-400:], file=sys.stderr)
    package = Path(moderation.__file__).parent
    files = [p for p in (package / "filters" / "data").rglob("*") if p.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    bars.add("lists and models in the package", f"{size:.1f} MB", "≤ 40 MB")


def measure(data: Path, tools: list[tuple[str, Flags]]) -> None:
    """Print all tables."""
    day = datetime.now(UTC).date()
    print(f"Measured by `python -m benchmarks.bars` on {day}, load {os.getloadavg()[0]:.1f}.")
    filters.load()
    bars, tables = Bars(), io.StringIO()
    with contextlib.redirect_stdout(tables):
        product(bars)
        english(bars, data)
        by_set(bars, data, tools)
        spam(bars, data)
        disguises(bars, tools)
        speed(bars, data)
    bars.show()
    print(tables.getvalue())


def main() -> None:
    """Print the tables, or write them into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("MODERATION_TEST_DATA", "../shared/data")
    parser.add_argument("data", nargs="?", type=Path, default=Path(default))
    parser.add_argument("--peers", help="an interpreter with the other Python libraries")
    parser.add_argument("--obscenity", help="a folder whose node_modules has obscenity")
    parser.add_argument("--write", type=Path, help="a page to put the tables into")
    given = parser.parse_args()
    tools: list[tuple[str, Flags]] = [
        (peer.name, peer) for peer in peers.found(given.peers, given.obscenity)
    ]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed) if given.write else contextlib.nullcontext():
        measure(given.data, tools)
    if given.write:
        before, _, rest = given.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        page = f"{before}{BEGIN}\n{printed.getvalue().strip()}\n{END}{after}"
        given.write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
