"""The lists that lie beside the code, as text."""

from pathlib import Path

FOLDER = Path(__file__).parent / "data"


def lines(name: str) -> list[str]:
    """Return the lines of a shipped list without its comments."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def listed(name: str) -> frozenset[str]:
    """Return the words of a list that has several on a line."""
    return frozenset(word for line in lines(name) for word in line.split())
