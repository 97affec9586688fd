"""States of comments and posts, and outcomes of decisions."""

from enum import StrEnum


class Status(StrEnum):
    """The moderation status of a comment; readers see only approved ones."""

    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"
    DELETED = "deleted"


class PostState(StrEnum):
    """How a post treats new comments."""

    OPEN = "open"
    PREMODERATED = "premoderated"
    CLOSED = "closed"
    REMOVED = "removed"


class Outcome(StrEnum):
    """The outcome of a decision for a comment."""

    APPROVE = "approve"
    HOLD = "hold"
    REJECT = "reject"
    SPAM = "spam"
    DELETE = "delete"
    #: Still held, for a moderator with a higher role.
    ESCALATE = "escalate"
    UNDO = "undo"
    #: Personal data was removed from the text; the status does not change.
    REDACT = "redact"

    @property
    def severity(self) -> int:
        """Return the rank of a machine's outcome: the most severe one decides."""
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
    """The appearance of a comment in public lists, derived from its own and its replies' status."""

    HIDDEN = "hidden"
    SHOWN = "shown"
    #: An unapproved comment with visible replies: a placeholder without text or name.
    TOMBSTONE = "tombstone"


class Removal(StrEnum):
    """The reason shown to readers for a tombstone."""

    #: Deleted by its author, or by the site on the author's behalf.
    AUTHOR = "author"
    MODERATOR = "moderator"
    #: Published before and held again, for example after an edit.
    REVIEW = "review"


REMOVAL = {
    Status.DELETED: Removal.AUTHOR,
    Status.REJECTED: Removal.MODERATOR,
    Status.SPAM: Removal.MODERATOR,
    Status.HELD: Removal.REVIEW,
}


class Actor(StrEnum):
    """The kind of author of a decision."""

    POLICY = "policy"
    MODERATOR = "moderator"
    AUTHOR = "author"
    SITE = "site"
