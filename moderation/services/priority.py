"""The order in which held comments are best looked at: one function, and its reasons.

A comment stands in the queue as if it had come earlier than it did. How much earlier is its
head start: up to six hours for how bad the findings are, and up to two for how much is
being said under its post, where waiting is felt by most. So a severe comment overtakes a
mild one, yet everything rises with time and nothing is overtaken for ever. The order of two
comments never changes by waiting, so it is written once and an index keeps it.
"""

import math
from datetime import datetime, timedelta

SEVERITY = timedelta(hours=6)
TRAFFIC = timedelta(hours=2)
#: Comments under a post from which on more make no difference.
BUSY_POST = 1000


def priority_at(created_at: datetime, score: float, post_comments: int) -> datetime:
    """The moment by which comments are ordered: the earliest is looked at first."""
    busy = math.log1p(min(max(post_comments, 0), BUSY_POST)) / math.log1p(BUSY_POST)
    return created_at - SEVERITY * min(max(score, 0.0), 1.0) - TRAFFIC * busy
