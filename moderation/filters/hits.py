"""What a search for listed words finds."""

from typing import NamedTuple

from .lexicon import Entry

#: After so many hits only worse words are looked at: more of the same changes nothing.
ENOUGH = 64


class Hit(NamedTuple):
    """A listed word, where it stands in the clean text, and whether it hides there."""

    entry: Entry
    begin: int
    end: int
    disguised: bool
