"""Tables, and queries that two or more callers need. Storage never decides.

Services own the transaction: nothing here commits.
"""

from . import comments, decisions, messages, people, review, sites
from .base import Base, db

__all__ = ["Base", "comments", "db", "decisions", "messages", "people", "review", "sites"]
