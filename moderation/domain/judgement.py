"""Input and output of a judgement.

A filter gets a Draft, the Facts counted beforehand and the site's Rules, and returns
Findings. The pipeline collects them into an Assessment, and a policy turns that into a
Verdict. All of these are plain values that cannot look anything up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from .reasons import CODES, Code
from .status import Outcome

#: Names of the fields that a signal can refer to.
TEXT = "text"
AUTHOR_NAME = "author.name"
AUTHOR_EMAIL = "author.email"
AUTHOR_WEBSITE = "author.website"
TITLE = "title"

Span = tuple[int, int]
"""Begin and end (exclusive) in code points of the text as typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment as typed, before any facts about it are known."""

    text: str
    author_name: str = ""
    author_email: str = ""
    author_website: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts made before judging; None means unknown, which is neutral.

    Counts are capped where they are made, so a filter may compare them but never add them up.
    """

    honeypot_filled: bool = False
    #: The main site vouches that the author is one of its staff.
    staff: bool = False
    #: Seconds between rendering the form and submitting it, from a signed token.
    form_seconds: float | None = None
    #: Comments with the same text (folded) on the same site.
    same_text_1h: int = 0
    same_text_24h: int = 0
    #: Comments with nearly the same text on the same site.
    near_text_1h: int = 0
    near_text_24h: int = 0
    #: Comments by the same author, from the same address block and on the same post.
    author_1m: int = 0
    author_10m: int = 0
    address_1m: int = 0
    address_10m: int = 0
    post_1m: int = 0
    #: Approved comments of this author on this site.
    author_approved: int = 0
    author_trusted: bool = False
    #: A moderator asked to see every comment of this author.
    author_premoderated: bool = False
    #: The public reason of an active ban, empty when none was given; None: not banned.
    ban: str | None = None
    post_premoderated: bool = False
    #: The author is not signed in, on a site that holds comments of guests.
    guest_held: bool = False
    #: An attack was detected on the post: every comment is held until this time.
    flooded_until: datetime | None = None
    #: The author edited the comment after a moderator's decision.
    edited_after_decision: bool = False
    #: Per link host in the draft: (comments decided spam, comments decided fine).
    link_history: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class WordLists:
    """A site's own words: literal, phrase, or with `*` for any letters.

    `version` identifies the content: equal versions mean equal lists, so compiled matchers can
    be cached by it. Allowed words override every other list.
    """

    block: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    version: str = ""


#: The score from which a filter's finding, or a kind of finding, holds a comment. Threats and
#: attacks on groups hold from lower scores: publishing one costs more than a moderator's look.
DEFAULT_THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "profanity": 0.7,
        "toxicity": 0.8,
        "severe_toxicity": 0.6,
        "obscene": 0.8,
        "insult": 0.55,
        "threat": 0.5,
        "identity_attack": 0.65,
        "sexually_explicit": 0.6,
        "spam": 0.7,
        "links": 0.5,
        "flood": 0.5,
        "personal_data": 0.7,
        "names": 0.5,
        "standing": 0.5,
        "pipeline": 0.0,
    }
)


#: Kinds of findings with a threshold of their own, and the filter of each.
KINDS: Mapping[str, str] = MappingProxyType({f.kind: f.filter for f in CODES.values() if f.kind})


def thresholds_of(own: Mapping[str, float]) -> Mapping[str, float]:
    """Return all thresholds: a site's own, and the defaults of those that it did not set.

    A kind that the site did not set has the site's own threshold of its filter, so that a site
    which chose one number for toxicity keeps it for every kind.
    """
    inherited = {kind: own[name] for kind, name in KINDS.items() if name in own}
    return {**DEFAULT_THRESHOLDS, **inherited, **own}


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Names reserved for a site's staff without being listed: generic staff words, and these."""

    #: The site's title and name.
    site: tuple[str, ...] = ()
    #: Logins of moderators with a role on the site.
    logins: tuple[str, ...] = ()
    #: Names that guests may use anyway.
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """A site's settings as the filters and the policy use them."""

    thresholds: Mapping[str, float] = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    words: WordLists = WordLists()
    blocked_domains: frozenset[str] = frozenset()
    allowed_domains: frozenset[str] = frozenset()
    #: The site's own hosts: links to them are free.
    own_domains: frozenset[str] = frozenset()
    #: Names that only staff may use.
    reserved_names: tuple[str, ...] = ()
    #: None: only listed names are reserved.
    own_names: OwnNames | None = None
    #: Codes of the languages that the site takes; none: all of them.
    languages: tuple[str, ...] = ()
    max_links: int = 2
    #: Hold the first N comments of an author; 0 trusts newcomers.
    hold_first: int = 0
    #: A form submitted in fewer seconds counts as filled in by a program.
    min_form_seconds: float = 2.0
    max_author_1m: int = 6
    max_author_10m: int = 20
    max_address_1m: int = 20
    max_address_10m: int = 60
    #: Wall-clock budget of one filter for one comment, in seconds.
    filter_budget: float = 1.0
    #: Identifies these rules in decisions: it changes exactly when they do.
    version: str = "default"


@dataclass(frozen=True, slots=True)
class Signal:
    """One finding of a filter, with its place in the text."""

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
    """The result of one filter; scores are present even when they are too low to matter."""

    signals: tuple[Signal, ...] = ()
    scores: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Assessment:
    """The combined findings of all filters."""

    signals: tuple[Signal, ...]
    scores: Mapping[str, float]
    #: Filter name to the version of its code, list or model.
    versions: Mapping[str, str]
    language: str = "unknown"


@dataclass(frozen=True, slots=True)
class Cause:
    """A signal with the outcome that the policy gave it."""

    signal: Signal
    threshold: float
    #: The outcome of this signal alone; APPROVE means it is below its threshold.
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """A policy's decision with all its causes, the most severe first."""

    outcome: Outcome
    causes: tuple[Cause, ...]
    scores: Mapping[str, float]
    versions: Mapping[str, str]
    #: Identifies the policy and the rules that were applied.
    policy: str

    @property
    def deciding(self) -> tuple[Cause, ...]:
        """Return the causes with the same outcome as the verdict."""
        return tuple(c for c in self.causes if c.outcome is self.outcome)
