"""Valine: a class exported from LeanCloud, as a list, an object with `results`, or JSON lines."""

from collections.abc import Iterator

from ..dates import Times
from ..files import Opened
from ..json_list import values
from ..records import Markup, Note, Record
from ..values import entry
from .waline import comment


def read(opened: Opened, times: Times) -> Iterator[Record]:
    """Yield the comments."""
    for place, value in values(opened, "results"):
        found = entry(value, place)
        if isinstance(found, Note):
            yield found
        else:
            # Valine keeps HTML. What has a status was written by Waline into the same class.
            markup = None if "status" in found else Markup.HTML
            yield from comment(found, place, times, markup)
