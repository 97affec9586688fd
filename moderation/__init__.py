"""A comment service with moderation built in.

Importing the package costs nothing: what builds the application is imported when asked,
so that `moderation classify` and the filters start without a web framework.
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .config import Settings

# Read when NumPy is imported. The sums of one comment are too small for several threads, and a
# server has threads of its own, which wait for each other five times as long otherwise.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.2.0"


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Build the application; without settings it reads them from the environment."""
    from .app import create_app as build

    return build(settings)
