"""Cells of CSV that a spreadsheet does not take for formulas."""

from . import characters

#: A spreadsheet takes a cell that begins so for a formula, and names are user input.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(text: str) -> str:
    """Return a text as a cell: controls are escaped, and a sign of a formula is quoted."""
    return _guarded(characters.escaped(text))


def cell_of_lines(text: str) -> str:
    """Return a text of several lines as a cell that keeps its line breaks."""
    return _guarded("\n".join(map(characters.escaped, text.split("\n"))))


def _guarded(text: str) -> str:
    # Spreadsheets also look behind spaces and line breaks at the start.
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
