"""The queues in the console's navigation: a new queue is one more entry."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A queue of the review API, as the navigation of every console page shows it.

    Its label is a text of the console: `common.queues`.
    """

    name: str
    #: A symbol of templates/icons.svg, without `i-`.
    icon: str
    #: Whether its comments wait for a decision: the oldest comes first, and all can be decided
    #: as one. In other queues the newest comes first.
    waiting: bool = False


#: In the order of the navigation; `g` and a digit open them.
QUEUES = (
    QueueEntry("held", "clock", waiting=True),
    QueueEntry("reported", "flag", waiting=True),
    QueueEntry("escalated", "up", waiting=True),
    QueueEntry("approved", "check"),
    QueueEntry("rejected", "cross"),
    QueueEntry("spam", "spam"),
    QueueEntry("mine", "user"),
)
