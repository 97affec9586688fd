"""Appeals against decisions: their states, limits, and what an author reads about a decision."""

from datetime import timedelta
from enum import StrEnum

from .status import Status

#: The law asks for at least six months.
WINDOW = timedelta(days=184)
#: Characters of an author's text, and of the sentences about the outcome.
LONGEST = 2000
#: Appeals of one author on a site that may wait at once.
MOST_PENDING = 10
#: How long an author reads beside a published comment that an appeal brought it back.
OUTCOME_SHOWN = timedelta(days=30)
#: Statuses whose decisions can be appealed.
REFUSED = (Status.REJECTED, Status.SPAM)


class AppealState(StrEnum):
    """The state of one appeal."""

    PENDING = "pending"
    #: The first decision stands.
    UPHELD = "upheld"
    #: The comment was published.
    OVERTURNED = "overturned"
    #: The decision no longer holds for another reason: the author edited or deleted the comment.
    VOID = "void"


class AppealOption(StrEnum):
    """What an author can do about a decision."""

    POSSIBLE = "possible"
    PENDING = "pending"
    DECIDED = "decided"
    #: Six months are over, or the request proves no authorship.
    NONE = "none"


class AppealResult(StrEnum):
    """A moderator's decision about an appeal."""

    UPHOLD = "uphold"
    OVERTURN = "overturn"
