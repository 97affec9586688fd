"""Pure judgement of a comment: text and facts in, findings out; imports only the domain.

A filter never looks anything up. To add one, write a file or folder with the filter's public
name, add a line to `FILTERS` of `pipeline.py` and a file of cases to tests/data.
"""

from .pipeline import FILTERS, Filter, load, run

__all__ = ["FILTERS", "Filter", "load", "run"]
