"""What a reader's report weighs, when reports hold a comment, and when they stay quiet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: The weight of a report by a reader who is signed in on the main site; a guest's is 1.
SIGNED_IN = 2
GUEST = 1
#: Reports weighing as much as this hold a comment, unless the site sets another number.
HOLD_FROM = 3
#: Days for which the texts, names and addresses of reports are kept, unless the site sets another
#: number: as long as an author may appeal against the decision.
REPORT_DAYS = 180
#: After a person's decision further reports do not put the comment into the queue again.
QUIET = timedelta(days=7)
#: A reporter's latest answered reports that are looked at, and the time they are looked back.
LATEST = 10
LOOK_BACK = timedelta(days=90)
#: Rejected reports, without a single upheld one among the latest, that take the weight away.
UNFOUNDED = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a reporter when they report."""

    signed_in: bool = False
    #: The site has banned this reader.
    banned: bool = False
    #: Another guest of the same network has reported the same comment.
    neighbour: bool = False
    #: Of their latest answered reports: those after which the comment stayed, and went.
    kept: int = 0
    removed: int = 0


def weight(standing: Standing) -> int:
    """Return the weight of a report; 0 leaves it in the queue without moving anything."""
    unfounded = standing.kept >= UNFOUNDED and standing.removed == 0
    if standing.banned or standing.neighbour or unfounded:
        return 0
    return SIGNED_IN if standing.signed_in else GUEST


def is_quiet(decided_at: datetime | None, now: datetime, *, legal: bool) -> bool:
    """Return whether a person has decided about this text a few days ago.

    A notice of illegal content always reaches a person.
    """
    return decided_at is not None and not legal and now < decided_at + QUIET


def holds(weight: int, hold_from: int) -> bool:
    """Return whether reports of this weight hold a comment; `hold_from` 0 never does."""
    return 0 < hold_from <= weight
