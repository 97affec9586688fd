"""Labelled comments of other people, read from a data folder; none of them is in the project.

Only texts that no shipped model was trained on: of the sets that training reads, the tenth that
`moderation.training.reader.dataset.fold` holds back; of the others, all. Large sets are sampled
with a fixed seed, so that every run reads the same rows.
"""

import csv
import gzip
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from moderation.training.reader.dataset import fold

#: The names of our scores for the columns of the Wikipedia comments.
SCORES = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "obscene": "obscene",
    "threat": "threat",
    "insult": "insult",
    "identity_hate": "identity_attack",
}
MOST = 1500


@dataclass(frozen=True, slots=True)
class Row:
    """A text, whether people call it toxic, and what else is known of it by name."""

    text: str
    toxic: bool
    known: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A set of rows in one language, and the score that should tell them apart."""

    name: str
    language: str
    rows: list[Row]
    score: str = "toxicity"


def sample(rows: list[Row], most: int = MOST) -> list[Row]:
    """Return so many of the rows at most, always the same ones."""
    if len(rows) <= most:
        return rows
    return random.Random(15).sample(rows, most)  # noqa: S311 -- variety, not secrecy


def _table(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(1 << 24)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def wikipedia(data: Path) -> list[Row]:
    """Return held-out talk-page comments of natural prevalence with their six labels."""
    return [
        Row(
            row["comment_text"],
            row["toxic"] == "1",
            {name: float(row[column]) for column, name in SCORES.items()},
        )
        for row in _table(data / "jigsaw" / "train.csv.gz")
        if row["natural"] == "1" and fold(row["comment_text"]) == 0
    ]


def news(data: Path) -> list[Row]:
    """Return held-out comments of news sites, toxic if most people voted so."""
    return [
        Row(row["comment_text"], votes >= 0.5, {"votes": votes})
        for row in _table(data / "toxic-spans" / "train.csv")
        if fold(row["comment_text"]) == 0
        for votes in [float(row["toxic_votes"]) / float(row["votes"])]
    ]


def german(data: Path) -> list[Row]:
    """Return held-out German tweets, toxic if labelled offensive."""
    lines = (data / "germeval-2018" / "train.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line.strip())
    return [Row(text, coarse == "OFFENSE") for text, coarse, _ in rows if fold(text) == 0]


def portuguese(data: Path) -> list[Row]:
    """Return held-out Brazilian tweets: two of three people agree on a kind, or none sees any."""
    kinds = ("homophobia", "obscene", "insult", "racism", "misogyny", "xenophobia")
    found = []
    for row in _table(data / "told-br" / "ToLD-BR.csv"):
        most = max(float(row[kind]) for kind in kinds)
        if most != 1 and fold(row["text"]) == 0:
            found.append(Row(row["text"], most >= 2))
    return found


def emoji(data: Path) -> list[Row]:
    """Return held-out short texts written to deceive a model, hateful or not, many with emoji."""
    return [
        Row(row["text"], row["label_gold"] == "1")
        for row in _table(data / "hatemoji-build" / "train.csv")
        if fold(row["text"]) == 0
    ]


def social(data: Path) -> list[Row]:
    """Return comments of social media that no training reads."""
    rows = _table(data / "surge-toxicity" / "toxicity_en.csv")
    return [Row(row["text"], row["is_toxic"] == "Toxic") for row in rows]


def scored(data: Path) -> list[Row]:
    """Return held-out comments with the scores that Perspective gave them."""
    return [
        Row(row["comment_text"], score >= 0.8, {"perspective": score})
        for row in _table(data / "perspective" / "calibration.csv")
        if fold(row["comment_text"]) == 0
        for score in [float(row["TOXICITY@6"])]
    ]


#: Languages of the multilingual functional tests that we judge, by their names in the files.
_TESTED = {
    **{"german": "de", "spanish": "es", "french": "fr", "italian": "it"},
    **{"dutch": "nl", "polish": "pl", "portuguese": "pt"},
}
_QUOTED = re.compile(r"(yes|no),'(.*)'")


def functional(path: Path) -> list[Row]:
    """Return the cases of HateCheck (Röttger et al. 2021) or of its multilingual form (2022)."""
    return [Row(row["test_case"], row["label_gold"] == "hateful") for row in _table(path)]


def brazilian_news(path: Path) -> list[Row]:
    """Return comments of a Brazilian news site: OffComBR (de Pelle, Moreira 2017)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := _QUOTED.fullmatch(line.strip()))]
    return [Row(match[2].replace("\\'", "'"), match[1] == "yes") for match in found]


def checks(data: Path) -> list[Labelled]:
    """Return the sets that are never trained on, as far as their repositories lie in the folder."""
    found = []
    if (cases := data / "hatecheck-data" / "test_suite_cases.csv").exists():
        found.append(Labelled("HateCheck", "en", sample(functional(cases)), "identity_attack"))
    folder = data / "multilingual-hatecheck" / "MHC Final Cases"
    for name, language in _TESTED.items():
        cases = folder / f"hatecheck_cases_final_{name}.csv"
        if cases.exists():
            rows = sample(functional(cases))
            found.append(Labelled("Multilingual HateCheck", language, rows, "identity_attack"))
    if (comments := data / "OffComBR" / "OffComBR3.arff").exists():
        found.append(Labelled("OffComBR-3, news comments", "pt", brazilian_news(comments)))
    return found


def sets(data: Path) -> list[Labelled]:
    """Return every set of toxic and harmless comments that the folder has."""
    known = (
        ("Wikipedia talk, natural", "en", wikipedia, "jigsaw", "toxicity"),
        ("news sites, by votes", "en", news, "toxic-spans", "toxicity"),
        ("social media (check only)", "en", social, "surge-toxicity", "toxicity"),
        ("made to deceive, with emoji", "en", emoji, "hatemoji-build", "identity_attack"),
        ("German tweets", "de", german, "germeval-2018", "toxicity"),
        ("Brazilian tweets", "pt", portuguese, "told-br", "toxicity"),
    )
    return [
        Labelled(name, language, sample(read(data)), score)
        for name, language, read, folder, score in known
        if (data / folder).is_dir()
    ] + checks(data)
