"""A site's lists, entry by entry: what a word, a domain and a name may look like."""

import re
from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields, validate

from moderation.filters.addresses import host_of

#: Entries of one list.
MOST = 200_000
#: Entries that are found wrong before the others are not looked at any more.
MOST_PROBLEMS = 20
_LONGEST_WORD = 100
_LONGEST_DOMAIN = 253
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]{2,45}\]")
_SCHEME = re.compile(r"[a-z]{1,10}://", re.IGNORECASE)


class Entries(fields.List[str]):
    """A list of short texts, each tidied and kept once, in the order in which they came.

    What is wrong is told by the entry's place, so that a page can show its line.
    """

    def __init__(self, tidy: Callable[[str], str], **options: Any) -> None:
        super().__init__(fields.String(), validate=validate.Length(max=MOST), **options)
        self._tidy = tidy

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> list[str | None]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        kept: dict[str | None, None] = {}
        wrong: dict[int, list[Any]] = {}
        for place, entry in enumerate(value):
            try:
                kept[self._tidy(entry)] = None
            except ValidationError as error:
                wrong[place] = error.messages if isinstance(error.messages, list) else []
                if len(wrong) == MOST_PROBLEMS:
                    break
        if wrong:
            raise ValidationError(wrong)
        return list(kept)


def word(entry: Any) -> str:
    """A word, a phrase, or either with `*` for any letters."""
    tidied = name(entry)
    if not tidied.strip("* "):
        raise ValidationError("Has nothing but `*`: write the letters around it.")
    return tidied


def name(entry: Any) -> str:
    """A text of one line, with single spaces."""
    if not isinstance(entry, str):
        raise ValidationError("Not a valid string.")
    # Databases keep no NUL, and a line of a form cannot hold a line break.
    tidied = " ".join(entry.replace("\0", " ").split())
    if not 1 <= len(tidied) <= _LONGEST_WORD:
        raise ValidationError(f"Length must be between 1 and {_LONGEST_WORD}.")
    return tidied


def domain(entry: Any) -> str:
    """A host in lower case and ASCII, without anything that an address has besides."""
    if not isinstance(entry, str):
        raise ValidationError("Not a valid string.")
    written = entry.strip()
    bare = _SCHEME.sub("", written.removeprefix("*.").strip("."))
    host = host_of(bare)
    if len(host) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(host):
        raise ValidationError("Not a domain: write it like spam.example.")
    if "/" in written or "@" in written:
        raise ValidationError(f"Write only the domain: {host}.")
    return host
