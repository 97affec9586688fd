"""Reading of the lists in `data/` as text."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data"


def read_lines(name: str) -> list[str]:
    """Return the lines of a shipped list without its comments."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def read_words(name: str) -> frozenset[str]:
    """Return the words of a list that has several words on a line."""
    return frozenset(word for line in read_lines(name) for word in line.split())
