"""The two tables of reasons: codes of filters, and reasons of moderators.

A filter's code is stable: it is stored with decisions, sent in webhooks and used in
settings. Add codes, never rename one.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """A moderator's reason for a decision; each filter code maps to one."""

    OFFENSIVE = "OFFENSIVE"
    ABUSIVE = "ABUSIVE"
    HARASSMENT = "HARASSMENT"
    HATE = "HATE"
    THREAT = "THREAT"
    SPAM = "SPAM"
    AD = "AD"
    BANNED_WORD = "BANNED_WORD"
    OFF_TOPIC = "OFF_TOPIC"
    MISINFORMATION = "MISINFORMATION"
    ILLEGAL = "ILLEGAL"
    PERSONAL_DATA = "PERSONAL_DATA"
    OTHER = "OTHER"


class Code(StrEnum):
    """The kinds of findings of the filters."""

    PROFANITY = "PROFANITY"
    BLOCKED_WORD = "BLOCKED_WORD"
    SUSPECT_WORD = "SUSPECT_WORD"
    TOXICITY = "TOXICITY"
    SEVERE_TOXICITY = "SEVERE_TOXICITY"
    OBSCENE = "OBSCENE"
    INSULT = "INSULT"
    THREAT = "THREAT"
    IDENTITY_ATTACK = "IDENTITY_ATTACK"
    SEXUALLY_EXPLICIT = "SEXUALLY_EXPLICIT"
    SPAM_TEXT = "SPAM_TEXT"
    SPAM_PHRASE = "SPAM_PHRASE"
    SHOUTING = "SHOUTING"
    REPETITION = "REPETITION"
    HONEYPOT = "HONEYPOT"
    TOO_FAST = "TOO_FAST"
    LINKS = "LINKS"
    BLOCKED_LINK = "BLOCKED_LINK"
    SHORTENED_LINK = "SHORTENED_LINK"
    DECEPTIVE_LINK = "DECEPTIVE_LINK"
    LINK_IN_NAME = "LINK_IN_NAME"
    DUPLICATE = "DUPLICATE"
    NEAR_DUPLICATE = "NEAR_DUPLICATE"
    BURST = "BURST"
    PERSONAL_DATA = "PERSONAL_DATA"
    STAFF_NAME = "STAFF_NAME"
    OTHER_LANGUAGE = "OTHER_LANGUAGE"
    AUTHOR_BANNED = "AUTHOR_BANNED"
    NEW_AUTHOR = "NEW_AUTHOR"
    AUTHOR_PREMODERATED = "AUTHOR_PREMODERATED"
    POST_PREMODERATED = "POST_PREMODERATED"
    GUEST = "GUEST"
    EDITED_AFTER_DECISION = "EDITED_AFTER_DECISION"
    FILTER_FAILED = "FILTER_FAILED"
    OUTSIDE_CHECK = "OUTSIDE_CHECK"
    OUTSIDE_CHECK_PENDING = "OUTSIDE_CHECK_PENDING"
    OUTSIDE_CHECK_FAILED = "OUTSIDE_CHECK_FAILED"
    REPORTED = "REPORTED"


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """The description of a code for the console, the policy and the author."""

    filter: str
    #: A clause for moderators that completes "Held because …".
    because: str
    #: The moderator's reason that the console suggests first.
    reason: Reason
    #: The name of its own threshold; empty where the filter's threshold applies.
    kind: str = ""
    #: Only deterministic codes may refuse a comment by themselves; the others can only hold it.
    deterministic: bool = False
    #: The code shown to the author of a refused comment. Never names the list or the score.
    public: str = "not_accepted"

    @property
    def threshold(self) -> str:
        """Return the name of the threshold that its score is compared with."""
        return self.kind or self.filter


CODES: dict[Code, CodeFacts] = {
    Code.PROFANITY: CodeFacts("profanity", "it contains profanity", Reason.OFFENSIVE),
    Code.BLOCKED_WORD: CodeFacts(
        "profanity",
        "it contains a word on the site's block list",
        Reason.BANNED_WORD,
        deterministic=True,
        public="blocked_content",
    ),
    Code.SUSPECT_WORD: CodeFacts(
        "profanity", "it contains a word on the site's suspect list", Reason.BANNED_WORD
    ),
    Code.TOXICITY: CodeFacts("toxicity", "it reads as toxic", Reason.ABUSIVE),
    Code.SEVERE_TOXICITY: CodeFacts(
        "toxicity", "it reads as severely toxic", Reason.ABUSIVE, kind="severe_toxicity"
    ),
    Code.OBSCENE: CodeFacts("toxicity", "it reads as obscene", Reason.OFFENSIVE, kind="obscene"),
    Code.INSULT: CodeFacts("toxicity", "it reads as an insult", Reason.ABUSIVE, kind="insult"),
    Code.THREAT: CodeFacts("toxicity", "it reads as a threat", Reason.THREAT, kind="threat"),
    Code.IDENTITY_ATTACK: CodeFacts(
        "toxicity",
        "it reads as an attack on a group of people",
        Reason.HATE,
        kind="identity_attack",
    ),
    Code.SEXUALLY_EXPLICIT: CodeFacts(
        "toxicity", "it reads as sexually explicit", Reason.OFFENSIVE, kind="sexually_explicit"
    ),
    Code.SPAM_TEXT: CodeFacts("spam", "it resembles spam", Reason.SPAM),
    Code.SPAM_PHRASE: CodeFacts("spam", "it contains a phrase typical of spam", Reason.SPAM),
    Code.SHOUTING: CodeFacts("spam", "most of it is in capitals", Reason.SPAM),
    Code.REPETITION: CodeFacts("spam", "it repeats itself", Reason.SPAM),
    Code.HONEYPOT: CodeFacts(
        "spam",
        "a field that people cannot see was filled in",
        Reason.SPAM,
        deterministic=True,
        public="looks_automated",
    ),
    Code.TOO_FAST: CodeFacts("spam", "it was sent faster than a person can type", Reason.SPAM),
    Code.LINKS: CodeFacts("links", "it contains many links", Reason.AD),
    Code.BLOCKED_LINK: CodeFacts(
        "links",
        "it links to an address on the site's block list",
        Reason.SPAM,
        deterministic=True,
        public="blocked_content",
    ),
    Code.SHORTENED_LINK: CodeFacts("links", "it hides a link behind a shortener", Reason.SPAM),
    Code.DECEPTIVE_LINK: CodeFacts(
        "links", "it shows one address and links to another", Reason.SPAM
    ),
    Code.LINK_IN_NAME: CodeFacts(
        "links", "its author's name leads to an address or an account", Reason.AD
    ),
    Code.DUPLICATE: CodeFacts("flood", "the same text was sent before", Reason.SPAM),
    Code.NEAR_DUPLICATE: CodeFacts("flood", "nearly the same text was sent before", Reason.SPAM),
    Code.BURST: CodeFacts("flood", "many comments came in a short time", Reason.SPAM),
    Code.PERSONAL_DATA: CodeFacts(
        "personal_data", "it contains personal data", Reason.PERSONAL_DATA
    ),
    Code.STAFF_NAME: CodeFacts(
        "names", "its author's name is reserved for staff, or looks like one that is", Reason.OTHER
    ),
    Code.OTHER_LANGUAGE: CodeFacts(
        "language", "it is in a language that the site does not take", Reason.OFF_TOPIC
    ),
    Code.AUTHOR_BANNED: CodeFacts(
        "standing", "its author is banned", Reason.OTHER, deterministic=True, public="author_banned"
    ),
    Code.NEW_AUTHOR: CodeFacts("standing", "its author is new here", Reason.OTHER),
    Code.AUTHOR_PREMODERATED: CodeFacts(
        "standing", "everything that its author writes waits for a moderator", Reason.OTHER
    ),
    Code.POST_PREMODERATED: CodeFacts(
        "standing", "every comment on this post waits for a moderator", Reason.OTHER
    ),
    Code.GUEST: CodeFacts("standing", "its author is not signed in", Reason.OTHER),
    Code.EDITED_AFTER_DECISION: CodeFacts(
        "standing", "it was edited after a moderator had decided", Reason.OTHER
    ),
    Code.FILTER_FAILED: CodeFacts("pipeline", "a filter could not judge it", Reason.OTHER),
    Code.OUTSIDE_CHECK: CodeFacts(
        "outside_check", "the site's own checker reports it", Reason.OTHER
    ),
    Code.OUTSIDE_CHECK_PENDING: CodeFacts(
        "outside_check", "the site's own checker has not answered yet", Reason.OTHER
    ),
    Code.OUTSIDE_CHECK_FAILED: CodeFacts(
        "outside_check", "the site's own checker could not check it", Reason.OTHER
    ),
    Code.REPORTED: CodeFacts("reports", "readers reported it", Reason.OTHER),
}

#: Stands for a code that this release does not know.
_UNKNOWN = CodeFacts("other", "a newer release found something", Reason.OTHER)


def facts_of(code: str) -> CodeFacts:
    """Return the description of a stored code, even one that a newer release wrote.

    During an upgrade, a node of the older release shows what the newer one decided.
    """
    try:
        return CODES[Code(code)]
    except ValueError:
        return _UNKNOWN
