"""The registry: each table that holds something about commenters."""

from . import comment_tables, reader_tables
from .registry import Personal, Section

_ORDER = list(Section)
#: In the order of a readable export.
PERSONAL: tuple[Personal, ...] = tuple(
    sorted(
        (*comment_tables.TABLES, *reader_tables.TABLES),
        key=lambda personal: _ORDER.index(personal.section),
    )
)
