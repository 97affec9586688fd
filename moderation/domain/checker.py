"""A site's own checker of comments: an HTTP service that judges after a comment is stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Shape(StrEnum):
    """The format of a checker's requests and answers."""

    OPENAI = "openai"
    PERSPECTIVE = "perspective"
    #: A body made from a template, and a JSON pointer to the scores in the answer.
    JSON = "json"


class Unavailable(StrEnum):
    """The outcome for a comment that could not be checked."""

    HOLD = "hold"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Checker:
    """The settings of a checker, without its secret; off until it is enabled."""

    url: str
    shape: Shape
    enabled: bool = False
    #: Hold the comment until there is a result; else it is published meanwhile.
    wait: bool = True
    #: What becomes of a comment that could not be checked.
    unavailable: Unavailable = Unavailable.HOLD
    #: The score from which a result holds the comment.
    threshold: float = 0.8
    #: Seconds of one request.
    timeout: float = 5.0
    #: Requests of a UTC day.
    daily_cap: int = 1000
    #: Failures in a row that open the circuit breaker.
    failures: int = 5
    #: Name of the header with the secret; empty: that of the shape.
    secret_header: str = ""
    #: Model of an OpenAI-shaped checker; empty: its default.
    model: str = ""
    #: Attributes that a Perspective-shaped checker is asked for.
    attributes: tuple[str, ...] = ("TOXICITY",)
    #: Body of a plain JSON checker; `{text}` and other names in its strings are replaced.
    template: Mapping[str, Any] = field(default_factory=dict)
    #: JSON pointer to its score, or to an object or list of scores.
    scores: str = ""

    def stored(self) -> dict[str, Any]:
        """Return the settings as JSON."""
        return {**asdict(self), "attributes": list(self.attributes)}


def from_stored(stored: Mapping[str, Any]) -> Checker:
    """Return the checker of stored settings; names that this release does not know are ignored."""
    known = {name: stored[name] for name in Checker.__dataclass_fields__ if name in stored}
    return Checker(
        **{
            **known,
            "shape": Shape(known["shape"]),
            "unavailable": Unavailable(known.get("unavailable", Unavailable.HOLD)),
            "attributes": tuple(known.get("attributes", ("TOXICITY",))),
        }
    )
