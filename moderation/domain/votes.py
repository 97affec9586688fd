"""Votes of readers: the site's setting, totals, and the orders of comments by votes."""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

#: 95 % confidence of the Wilson score interval.
_Z = 1.96
#: Ranks are whole numbers of 32 bits, equal on every database, and exact in a cursor.
_SCALE = 1_000_000_000
_HIGHEST = 2**31 - 1


class Votes(StrEnum):
    """A site's setting `votes`."""

    OFF = "off"
    #: Readers can only vote for a comment.
    UP = "up"
    UPDOWN = "updown"


def votes_on(settings: Mapping[str, Any]) -> Votes:
    """Return how readers may vote under a site's settings."""
    return Votes(settings.get("votes") or Votes.OFF)


def shown_votes(mode: Votes, up: int, down: int) -> dict[str, int]:
    """Return the totals as readers see them; without votes against where a site has none."""
    return {"up": up, "down": down if mode is Votes.UPDOWN else 0}


def wilson_lower_bound(up: int, down: int) -> float:
    """Return the lower bound of the share of votes for a comment (Wilson 1927); 0 without votes."""
    n = up + down
    if n == 0:
        return 0.0
    share, z2 = up / n, _Z * _Z
    spread = _Z * math.sqrt((share * (1 - share) + z2 / (4 * n)) / n)
    return max(0.0, (share + z2 / (2 * n) - spread) / (1 + z2 / n))


def top_rank(up: int, down: int) -> int | None:
    """Return the place by votes, higher is better; None for a comment without votes.

    A comment that everyone voted against is below those without votes: its bound is theirs, 0.
    """
    if up == down == 0:
        return None
    if up == 0:
        return -min(down, _HIGHEST)
    return max(1, round(wilson_lower_bound(up, down) * _SCALE))


def controversy(up: int, down: int) -> int | None:
    """Return how many readers disagree, and how evenly; None without votes of both kinds."""
    if up == 0 or down == 0:
        return None
    size = float(up + down)
    heat: float = size ** (min(up, down) / max(up, down))
    return min(_HIGHEST, round(1000 * heat))


def vote_columns(up: int, down: int) -> dict[str, int | None]:
    """Return a comment's columns for these totals, as an import stores them too."""
    return {
        "votes_up": up,
        "votes_down": down,
        "top_rank": top_rank(up, down),
        "controversy": controversy(up, down),
    }
