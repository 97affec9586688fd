"""The states that comments and posts can be in, and what a decision can say."""

from enum import StrEnum


class Status(StrEnum):
    """Where a comment stands; only an approved one is ever shown to readers."""

    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"
    DELETED = "deleted"


class PostState(StrEnum):
    """What a post does with new comments."""

    OPEN = "open"
    PREMODERATED = "premoderated"
    CLOSED = "closed"
    REMOVED = "removed"


class Outcome(StrEnum):
    """What a decision says shall happen to a comment."""

    APPROVE = "approve"
    HOLD = "hold"
    REJECT = "reject"
    SPAM = "spam"
    DELETE = "delete"
    #: Still held, but for somebody with more say.
    ESCALATE = "escalate"
    UNDO = "undo"
    #: Personal data was taken out of the text; where the comment stands is not changed.
    REDACT = "redact"

    @property
    def severity(self) -> int:
        """Order the machine's outcomes: the most severe reason decides."""
        return _SEVERITY[self]


_SEVERITY = {
    Outcome.APPROVE: 0,
    Outcome.HOLD: 1,
    Outcome.ESCALATE: 1,
    Outcome.REJECT: 2,
    Outcome.SPAM: 2,
    Outcome.DELETE: 3,
    Outcome.UNDO: 3,
    Outcome.REDACT: 0,
}

STATUS_AFTER = {
    Outcome.APPROVE: Status.APPROVED,
    Outcome.HOLD: Status.HELD,
    Outcome.REJECT: Status.REJECTED,
    Outcome.SPAM: Status.SPAM,
    Outcome.DELETE: Status.DELETED,
    Outcome.ESCALATE: Status.HELD,
}


class Listing(StrEnum):
    """How a comment appears in public lists, derived from its own and its parents' status."""

    HIDDEN = "hidden"
    SHOWN = "shown"
    #: A deleted comment whose replies are still shown: a place without text or name.
    TOMBSTONE = "tombstone"


class Actor(StrEnum):
    """Who decided."""

    POLICY = "policy"
    MODERATOR = "moderator"
    AUTHOR = "author"
    SITE = "site"
