"""What goes into a judgement and what comes out of it.

A filter sees a Draft, the Facts that were counted beforehand and the site's Rules; it
returns Findings. The pipeline gathers them into an Assessment; a policy turns that into
a Verdict. All of these are values: none of them can look anything up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from .reasons import CODES, Code
from .status import Outcome

#: Field names a signal can be about.
TEXT = "text"
AUTHOR_NAME = "author.name"
AUTHOR_EMAIL = "author.email"
AUTHOR_WEBSITE = "author.website"
TITLE = "title"

Span = tuple[int, int]
"""Begin and end (exclusive) in code points of the text as typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment as it was typed, before anything is known about it."""

    text: str
    author_name: str = ""
    author_email: str = ""
    author_website: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted before judging; None means nobody knows, which is neutral.

    Counts are capped by whoever counts them, so a filter must only compare, never add up.
    """

    honeypot_filled: bool = False
    #: The main site vouches that this is one of its own people.
    staff: bool = False
    #: Seconds between showing the form and sending it, from a signed token.
    form_seconds: float | None = None
    #: Comments with the same text (folded) on the same site.
    same_text_1h: int = 0
    same_text_24h: int = 0
    #: Comments with nearly the same text on the same site.
    near_text_1h: int = 0
    near_text_24h: int = 0
    #: Comments by the same author, from the same address block, on the same post.
    author_1m: int = 0
    author_10m: int = 0
    address_1m: int = 0
    address_10m: int = 0
    post_1m: int = 0
    #: Decided comments of this author on this site.
    author_approved: int = 0
    author_rejected: int = 0
    author_trusted: bool = False
    #: A moderator has asked to see everything that this author writes.
    author_premoderated: bool = False
    #: The public reason of a standing ban, empty when none was given; None: not banned.
    ban: str | None = None
    post_premoderated: bool = False
    #: An attack was noticed on the post: until then (a clock time) everything waits.
    flooded_until: datetime | None = None
    #: The author changed a comment that a moderator had decided about.
    edited_after_decision: bool = False
    #: Per link host in the draft: (comments decided spam, comments decided fine).
    link_history: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class WordLists:
    """A site's own words: literal, phrase, or with `*` for any letters.

    `version` names the content: equal versions mean equal lists, so that compiled
    matchers can be kept. Allowed words win over every other list.
    """

    block: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    version: str = ""


#: Scores from which on a finding of that filter holds a comment.
DEFAULT_THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "profanity": 0.7,
        "toxicity": 0.8,
        "spam": 0.7,
        "links": 0.5,
        "flood": 0.5,
        "personal_data": 0.7,
        "names": 0.5,
        "standing": 0.5,
        "pipeline": 0.0,
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """A site's settings as the filters and the policy see them."""

    thresholds: Mapping[str, float] = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    words: WordLists = WordLists()
    blocked_domains: frozenset[str] = frozenset()
    allowed_domains: frozenset[str] = frozenset()
    #: The site's own hosts: links to them are free.
    own_domains: frozenset[str] = frozenset()
    #: Names under which only staff may write.
    reserved_names: tuple[str, ...] = ()
    max_links: int = 2
    #: Hold the first N comments of an author; 0 trusts newcomers.
    hold_first: int = 0
    #: Seconds under which a form was filled in by a program.
    min_form_seconds: float = 2.0
    max_author_1m: int = 6
    max_author_10m: int = 20
    max_address_1m: int = 20
    max_address_10m: int = 60
    #: Wall-clock budget of one filter for one comment, in seconds.
    filter_budget: float = 1.0
    #: Names these rules in decisions: changes exactly when they do.
    version: str = "default"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a filter found, and where."""

    code: Code
    #: 0 to 1, higher is worse.
    score: float
    #: A sentence that names the word, link or number.
    explanation: str
    #: Offsets into the named field as typed.
    spans: tuple[Span, ...] = ()
    field: str = TEXT

    @property
    def filter(self) -> str:
        return CODES[self.code].filter


@dataclass(frozen=True, slots=True)
class Findings:
    """What one filter has to say; scores are of the text, whether or not they matter."""

    signals: tuple[Signal, ...] = ()
    scores: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Assessment:
    """What all filters together found."""

    signals: tuple[Signal, ...]
    scores: Mapping[str, float]
    #: Filter name to the version of its code, list or model.
    versions: Mapping[str, str]
    language: str = "unknown"


@dataclass(frozen=True, slots=True)
class Cause:
    """A signal as the policy weighed it."""

    signal: Signal
    threshold: float
    #: What this signal alone would lead to; APPROVE means it stayed below its threshold.
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """A policy's decision with every reason, the most severe first."""

    outcome: Outcome
    causes: tuple[Cause, ...]
    scores: Mapping[str, float]
    versions: Mapping[str, str]
    #: Names the policy and the rules that were applied.
    policy: str

    @property
    def deciding(self) -> tuple[Cause, ...]:
        """The causes that led to the outcome."""
        return tuple(c for c in self.causes if c.outcome is self.outcome)
