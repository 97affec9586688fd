"""The result of a search for listed words."""

from typing import NamedTuple

from .lexicon import Entry

#: After this many matches only worse words are checked: more of the same changes nothing.
MAX_MATCHES = 64


class Match(NamedTuple):
    """A listed word, its place in the clean text, and whether it is disguised there."""

    entry: Entry
    begin: int
    end: int
    disguised: bool
