"""What applies to the comments of one post: the site's rules, its section's, its own.

Each level may say something about each rule or leave it to the level above: the post goes
before its sections, the section with the longer prefix before the one with the shorter, and
sections before the site. What is said last stands alone; nothing is added up. Only the switch
that holds everything cannot be overruled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from moderation.domain.status import PostState

#: One level's rules as they are stored: see RULES of services/post_rules.
Level = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostRules:
    """The rules in effect for a post, whatever the time is."""

    state: PostState = PostState.OPEN
    #: From then on closed by its age; None: never, or closed already.
    closes_at: datetime | None = None
    #: Seconds between two comments of one author; 0: none.
    slow_seconds: int = 0
    #: Scores from which a filter's findings hold, where they are stricter than the site's.
    strict_thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    #: Until when these apply; None: for good.
    strict_until: datetime | None = None
    #: The site's switch is on, for edits on a closed post too.
    hold_everything: bool = False

    def state_at(self, now: datetime) -> PostState:
        """The state once its age has been looked at."""
        if self.closes_at is not None and now >= self.closes_at:
            return PostState.CLOSED
        return self.state

    def thresholds_at(self, now: datetime, usual: Mapping[str, float]) -> Mapping[str, float]:
        """The site's thresholds, lowered while stricter ones apply."""
        if not self.strict_thresholds or (self.strict_until and now >= self.strict_until):
            return usual
        lower = {
            name: min(score, usual.get(name, score))
            for name, score in self.strict_thresholds.items()
        }
        return {**usual, **lower}


def resolve(
    site: Level,
    *,
    external_id: str,
    url: str | None = None,
    state: PostState = PostState.OPEN,
    own: Level | None = None,
    opened_at: datetime | None = None,
) -> PostRules:
    """Resolve the rules for a post; `own` and `state` are what was settled about it alone.

    `opened_at` is when the post was published or first seen; a post that nobody has seen yet
    has none, and no age.
    """
    own = own or {}
    levels = [own, *_sections(site.get("sections") or (), external_id, url), site]
    strict = next((level for level in levels if level.get("strict_thresholds")), {})
    return PostRules(
        state=_state(state, levels),
        closes_at=_closes_at(state, levels, opened_at),
        slow_seconds=_first(levels, "slow_seconds") or 0,
        strict_thresholds=strict.get("strict_thresholds") or {},
        strict_until=_moment(strict.get("strict_until")),
        hold_everything=bool(site.get("hold_everything")),
    )


def _sections(sections: Sequence[Level], external_id: str, url: str | None) -> Iterator[Level]:
    """The sections that a post is in, the narrowest first."""
    path = urlsplit(url).path if url else ""
    names = [name for name in (external_id, url or "", path) if name]
    found = [s for s in sections if any(name.startswith(s["prefix"]) for name in names)]
    yield from sorted(found, key=lambda section: -len(section["prefix"]))


def _state(state: PostState, levels: Sequence[Level]) -> PostState:
    own, *above = levels
    site = levels[-1]
    if state is PostState.OPEN and own.get("state") != PostState.OPEN:
        said = next((level["state"] for level in above if level.get("state")), None)
        state = PostState(said) if said else PostState.OPEN
        if said is None and site.get("premoderate"):
            state = PostState.PREMODERATED
    if state is PostState.OPEN and site.get("hold_everything"):
        return PostState.PREMODERATED
    return state


def _closes_at(
    state: PostState, levels: Sequence[Level], opened_at: datetime | None
) -> datetime | None:
    if opened_at is None or state in (PostState.CLOSED, PostState.REMOVED):
        return None
    own = levels[0]
    # Who opens a post by hand means it, whatever its age.
    asked = [own] if own.get("state") == PostState.OPEN else levels
    days = _first(asked, "close_after_days")
    return opened_at + timedelta(days=days) if days else None


def _first(levels: Sequence[Level], name: str) -> int | None:
    return next((level[name] for level in levels if level.get(name) is not None), None)


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).astimezone(UTC) if written else None
