"""Tables, and queries that two or more callers need. Storage never decides.

Services own the transaction: nothing here commits.
"""

from .models import accounts as people
from .models import (
    appeals,
    checks,
    comments,
    compat,
    decisions,
    foreign,
    hooks,
    privacy,
    reader_mail,
    reports,
    site_exports,
    site_imports,
    sites,
    transfer,
    votes,
    webhooks,
)
from .models import authors as review
from .models import jobs as messages
from .models.base import Base

__all__ = [
    "Base",
    "appeals",
    "checks",
    "comments",
    "compat",
    "decisions",
    "foreign",
    "hooks",
    "messages",
    "people",
    "privacy",
    "reader_mail",
    "reports",
    "review",
    "site_exports",
    "site_imports",
    "sites",
    "transfer",
    "votes",
    "webhooks",
]
