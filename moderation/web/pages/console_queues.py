"""The queues in the console's navigation: a new queue is one more entry."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A queue of the review API, as the navigation of every console page shows it."""

    name: str
    label: str
    #: A symbol of templates/icons.svg, without `i-`.
    icon: str
    #: Whether its comments wait for a decision: the oldest comes first, and all can be decided
    #: as one. In other queues the newest comes first.
    waiting: bool = False


#: In the order of the navigation; `g` and a digit open them.
QUEUES = (
    QueueEntry("held", "Held", "clock", waiting=True),
    QueueEntry("reported", "Reported", "flag", waiting=True),
    QueueEntry("escalated", "Escalated", "up", waiting=True),
    QueueEntry("approved", "Approved", "check"),
    QueueEntry("rejected", "Rejected", "cross"),
    QueueEntry("spam", "Spam", "spam"),
    QueueEntry("mine", "My decisions", "user"),
)
