"""Input from and output to a terminal, with control characters made harmless."""

from collections.abc import Callable
from typing import Any

import click

from moderation.domain import characters


class _Typed(click.ParamType[str]):
    """A text that is cleaned as in a request."""

    def __init__(self, name: str, clean: Callable[[str], str]) -> None:
        self.name = name
        self._clean = clean

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if characters.has_lone_surrogate(text):
            self.fail("is not valid UTF-8.", param, ctx)
        cleaned = self._clean(text)
        if text.strip() and not characters.is_visible(cleaned):
            self.fail("has no visible character.", param, ctx)
        return cleaned


#: A name, and a text of one line.
NAME = _Typed("name", characters.name)
LINE = _Typed("text", characters.line)


def show(text: str) -> None:
    """Print a text; control characters other than tabs and line breaks are escaped."""
    click.echo(_harmless(text))


def row(*columns: str) -> None:
    """Print one line of a table; line breaks in a column are escaped."""
    click.echo("\t".join(map(characters.escaped, columns)))


def _harmless(text: str) -> str:
    """Return a text with all control characters but tabs and line breaks escaped."""
    lines = (line.split("\t") for line in text.split("\n"))
    return "\n".join("\t".join(map(characters.escaped, cells)) for cells in lines)


class Refused(click.ClickException):
    """Ends a command with a sentence, which may contain typed or stored text."""

    def __init__(self, sentence: str) -> None:
        super().__init__(_harmless(sentence))
