"""Writes filters/data/vocabulary.txt: the common words of labelled texts, counted.

Run as `python -m scripts.build_vocabulary FOLDER`, FOLDER being that of the training texts. Only
words with the number of texts that have them are read; no text is copied.
"""

import csv
import gzip
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

OUT = Path(__file__).parents[1] / "moderation/filters/data/vocabulary.txt"
HEAD = """\
# Common words, by which a disguised or separated word is recognised. Made by
# scripts.build_vocabulary: words counted in Jigsaw Toxic Comment data (text CC BY-SA 3.0), Civil
# Comments (CC0), GermEval 2018 (CC BY 4.0) and ToLD-BR (CC BY-SA 4.0).
"""
#: The least number of texts, by the length of a word: typing errors are short and rare.
LEAST = {3: 25, 4: 8, 5: 5}
# No part of an address, a tag, an account or a contraction.
_WORD = re.compile(r"(?<![\w'’@#/.*-])[^\W\d_]{3,}(?![\w@/*-]|['’.]\w)")
csv.field_size_limit(10**9)


def english(folder: Path) -> Iterator[str]:
    """Yield the English texts."""
    with gzip.open(folder / "jigsaw/train.csv.gz", "rt", encoding="utf-8") as file:
        yield from (row["comment_text"] for row in csv.DictReader(file))
    with (folder / "toxic-spans/train.csv").open(encoding="utf-8") as file:
        yield from (" ".join(row) for row in csv.reader(file))


def german(folder: Path) -> Iterator[str]:
    """Yield the German texts."""
    for line in (folder / "germeval-2018/train.txt").read_text(encoding="utf-8").splitlines():
        yield line.partition("\t")[0]


def portuguese(folder: Path) -> Iterator[str]:
    """Yield the Portuguese texts."""
    with (folder / "told-br/ToLD-BR.csv").open(encoding="utf-8") as file:
        yield from (row["text"] for row in csv.DictReader(file))


def words(texts: Iterator[str], nouns_are_capitalised: bool) -> list[str]:
    """Return the words that enough texts have, in lower case."""
    counts = Counter[str]()
    for text in texts:
        counts.update(
            {
                word.lower()
                for word in _WORD.findall(text)
                if word.islower() or (nouns_are_capitalised and word.istitle())
            }
        )
    return sorted(
        word
        for word, times in counts.items()
        if times >= LEAST.get(len(word), min(LEAST.values()))
        if len(set(word)) > 1
    )


def main(folder: Path) -> None:
    """Write the list."""
    found = {word for word in words(english(folder), False) if word.isascii()}
    found.update(words(german(folder), True))
    found.update(words(portuguese(folder), False))
    OUT.write_text(HEAD + textwrap.fill(" ".join(sorted(found)), 100) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
