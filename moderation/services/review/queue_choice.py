"""The queues, their orders, and the conditions of one query."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from moderation.domain.reasons import Code
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.reports import ReportedComment


class Queue(StrEnum):
    """The queues of the console."""

    HELD = "held"
    ESCALATED = "escalated"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"
    #: Comments, published or held, with readers' reports that no person has answered.
    REPORTED = "reported"
    #: The moderator's own latest decisions.
    MINE = "mine"


WAITING = frozenset({Queue.HELD, Queue.ESCALATED})
#: Queues whose next comment can be claimed.
CLAIMABLE = WAITING | {Queue.REPORTED}


class Order(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"
    #: Severity, age and traffic: see policy/priority.
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Conditions on the comments to list; None and empty match any."""

    queue: Queue = Queue.HELD
    site_ids: tuple[int, ...] | None = None
    post: str | None = None
    code: Code | None = None
    #: The keyed hash by which an author is recognised.
    author: str | None = None
    text: str = ""
    score_from: float | None = None
    score_to: float | None = None
    before: datetime | None = None
    after: datetime | None = None
    order: Order = Order.OLDEST

    @property
    def descending(self) -> bool:
        return self.queue is Queue.MINE or self.order is Order.NEWEST

    @property
    def place(self) -> tuple[Any, Any]:
        """Return the columns by which the queue is ordered."""
        if self.queue is Queue.MINE:
            return Decision.created_at, Comment.id
        if self.queue is Queue.REPORTED:
            by_priority = self.order is Order.PRIORITY
            at = ReportedComment.priority_at if by_priority else ReportedComment.first_at
            return at, ReportedComment.comment_id
        if self.order is Order.PRIORITY and self.queue in WAITING:
            return Comment.priority_at, Comment.id
        return Comment.created_at, Comment.id
