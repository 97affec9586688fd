"""The author of a decision: a moderator, the comment's author, a policy or the machine."""

from dataclasses import dataclass, field

from .roles import Reach
from .status import Actor

#: The name recorded for the machine's own decisions, which are the most common.
MACHINE = "policy"


@dataclass(frozen=True, slots=True)
class By:
    """The author of one decision."""

    actor: Actor
    name: str = ""
    moderator_id: int | None = None
    #: A moderator's roles: escalated comments need a higher one than others.
    reach: Reach = field(default_factory=Reach)


POLICY = By(Actor.POLICY, MACHINE)


AUTHOR = By(Actor.AUTHOR, "author")
