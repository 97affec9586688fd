"""The rules in effect for the comments of one post, from three levels of settings.

Each level may set any rule or leave it to the level above: the post overrides its sections,
a section with a longer prefix overrides one with a shorter prefix, and sections override the
site. The most specific value replaces the others; values are never combined. Only the switch
that holds everything cannot be overridden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from moderation.domain.judgement import KINDS
from moderation.domain.posts import canonical_id
from moderation.domain.status import PostState

#: One level's rules as stored: see RULES of services/sites/post_rules.
Level = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PostRules:
    """The rules in effect for a post, independent of the current time."""

    state: PostState = PostState.OPEN
    #: The time at which its age closes the post; None: never, or closed already.
    closes_at: datetime | None = None
    #: Seconds between two comments of one author; 0: no slow mode.
    slow_seconds: int = 0
    #: Scores that hold a comment, where they are stricter than the site's thresholds.
    strict_thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    #: The end of the stricter thresholds; None: no end.
    strict_until: datetime | None = None
    #: The site's switch is on; it applies to edits on a closed post too.
    hold_everything: bool = False

    def state_at(self, now: datetime) -> PostState:
        """Return the state of the post at a time, closed if it is too old by then."""
        if self.closes_at is not None and now >= self.closes_at:
            return PostState.CLOSED
        return self.state

    def thresholds_at(self, now: datetime, usual: Mapping[str, float]) -> Mapping[str, float]:
        """Return the site's thresholds, lowered while stricter ones apply.

        A stricter threshold of a filter lowers its kinds too, except those that are named.
        """
        if not self.strict_thresholds or (self.strict_until and now >= self.strict_until):
            return usual
        strict = self.strict_thresholds
        wanted = {
            **{
                kind: strict[name]
                for kind, name in KINDS.items()
                if kind in usual and name in strict
            },
            **strict,
        }
        lower = {name: min(score, usual.get(name, score)) for name, score in wanted.items()}
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
    """Return the rules for a post; `own` and `state` are the settings of the post itself.

    `opened_at` is the time the post was published or first seen; a post that is still unknown
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
        strict_until=_parse_time(strict.get("strict_until")),
        hold_everything=bool(site.get("hold_everything")),
    )


def _sections(sections: Sequence[Level], external_id: str, url: str | None) -> Iterator[Level]:
    """Return the sections that contain a post, the most specific first."""
    path = urlsplit(url).path if url else ""
    # Prefixes and URLs may be percent-encoded or not; an id is already in its normal form.
    names = [canonical_id(name) for name in (external_id, url or "", path) if name]
    found = [s for s in sections if any(n.startswith(canonical_id(s["prefix"])) for n in names)]
    yield from sorted(found, key=lambda section: -len(section["prefix"]))


def _state(state: PostState, levels: Sequence[Level]) -> PostState:
    own, *above = levels
    site = levels[-1]
    if state is PostState.OPEN and own.get("state") != PostState.OPEN:
        inherited = next((level["state"] for level in above if level.get("state")), None)
        state = PostState(inherited) if inherited else PostState.OPEN
        if inherited is None and site.get("premoderate"):
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
    # Opening a post by hand overrides its age limit.
    applicable = [own] if own.get("state") == PostState.OPEN else levels
    days = _first(applicable, "close_after_days")
    return opened_at + timedelta(days=days) if days else None


def _first(levels: Sequence[Level], name: str) -> int | None:
    return next((level[name] for level in levels if level.get(name) is not None), None)


def _parse_time(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).astimezone(UTC) if written else None
