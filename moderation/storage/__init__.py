"""Tables, and queries that two or more callers need. Storage never decides.

Services own the transaction: nothing here commits.
"""

from .models import accounts as people
from .models import authors as review
from .models import (
    checks,
    comments,
    compat,
    decisions,
    foreign,
    hooks,
    reader_mail,
    sites,
    transfer,
    votes,
    webhooks,
)
from .models import jobs as messages
from .models.base import Base

__all__ = [
    "Base",
    "checks",
    "comments",
    "compat",
    "decisions",
    "foreign",
    "hooks",
    "messages",
    "people",
    "reader_mail",
    "review",
    "sites",
    "transfer",
    "votes",
    "webhooks",
]
