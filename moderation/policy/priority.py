"""The order in which held comments are reviewed.

A comment is queued as if it had come earlier than it did, by a head start of up to six hours
for the severity of its findings and up to two hours for the activity under its post, where
readers notice the wait most. A severe comment overtakes a mild one, but every comment moves
up with time. The order of two comments never changes, so it is stored once and indexed.
"""

import math
from datetime import datetime, timedelta

SEVERITY = timedelta(hours=6)
TRAFFIC = timedelta(hours=2)
#: Further comments under a post do not raise the priority.
BUSY_POST = 1000


def priority_at(created_at: datetime, score: float, post_comments: int) -> datetime:
    """Return the time by which held comments are sorted, the earliest first."""
    busy = math.log1p(min(max(post_comments, 0), BUSY_POST)) / math.log1p(BUSY_POST)
    return created_at - SEVERITY * min(max(score, 0.0), 1.0) - TRAFFIC * busy


#: A head start of reported comments for each weight, up to twelve of them.
REPORT = timedelta(hours=2)
MOST_REPORTS = 12
#: The law asks for a timely answer to notices of illegal content.
LEGAL_NOTICE = timedelta(hours=24)


def reported_at(first_at: datetime, weight: int, *, legal: bool) -> datetime:
    """Return the time by which reported comments are sorted, the earliest first."""
    start = first_at - REPORT * min(max(weight, 0), MOST_REPORTS)
    return start - LEGAL_NOTICE if legal else start
