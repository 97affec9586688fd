"""Tables, and queries that two or more callers need. Storage never decides.

Services own the transaction: nothing here commits.
"""

from . import comments, decisions, messages, people, review, sites
from .base import Base, close_store, db

__all__ = [
    "Base",
    "close_store",
    "comments",
    "db",
    "decisions",
    "messages",
    "people",
    "review",
    "sites",
]
