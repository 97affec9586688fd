"""The two tables of reasons: what a filter can find, and what a moderator can say.

A filter's code is stable: it is stored with decisions, sent in webhooks and used in
settings. Add codes, never rename one.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a person decided as they did; also what a filter's finding amounts to."""

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
    """What a filter can find in a comment or know about it."""

    PROFANITY = "PROFANITY"
    BLOCKED_WORD = "BLOCKED_WORD"
    SUSPECT_WORD = "SUSPECT_WORD"
    TOXICITY = "TOXICITY"
    SEVERE_TOXICITY = "SEVERE_TOXICITY"
    OBSCENE = "OBSCENE"
    INSULT = "INSULT"
    THREAT = "THREAT"
    IDENTITY_ATTACK = "IDENTITY_ATTACK"
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
    DUPLICATE = "DUPLICATE"
    NEAR_DUPLICATE = "NEAR_DUPLICATE"
    BURST = "BURST"
    PERSONAL_DATA = "PERSONAL_DATA"
    STAFF_NAME = "STAFF_NAME"
    AUTHOR_BANNED = "AUTHOR_BANNED"
    NEW_AUTHOR = "NEW_AUTHOR"
    AUTHOR_PREMODERATED = "AUTHOR_PREMODERATED"
    POST_PREMODERATED = "POST_PREMODERATED"
    EDITED_AFTER_DECISION = "EDITED_AFTER_DECISION"
    FILTER_FAILED = "FILTER_FAILED"


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What everyone who meets a code needs to know about it."""

    filter: str
    #: Plain words for a moderator, completing "Held because …".
    because: str
    #: The moderator's reason that the console offers first.
    reason: Reason
    #: Only these may refuse a comment by themselves; all others can at most hold it.
    deterministic: bool = False
    #: What the author of a refused comment is told. Never names the list or the score.
    public: str = "not_accepted"


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
    Code.SEVERE_TOXICITY: CodeFacts("toxicity", "it reads as severely toxic", Reason.ABUSIVE),
    Code.OBSCENE: CodeFacts("toxicity", "it reads as obscene", Reason.OFFENSIVE),
    Code.INSULT: CodeFacts("toxicity", "it reads as an insult", Reason.ABUSIVE),
    Code.THREAT: CodeFacts("toxicity", "it reads as a threat", Reason.THREAT),
    Code.IDENTITY_ATTACK: CodeFacts(
        "toxicity", "it reads as an attack on a group of people", Reason.HATE
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
    Code.DUPLICATE: CodeFacts("flood", "the same text was sent before", Reason.SPAM),
    Code.NEAR_DUPLICATE: CodeFacts("flood", "nearly the same text was sent before", Reason.SPAM),
    Code.BURST: CodeFacts("flood", "many comments came in a short time", Reason.SPAM),
    Code.PERSONAL_DATA: CodeFacts(
        "personal_data", "it contains personal data", Reason.PERSONAL_DATA
    ),
    Code.STAFF_NAME: CodeFacts(
        "names", "its author's name is reserved for staff, or looks like one that is", Reason.OTHER
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
    Code.EDITED_AFTER_DECISION: CodeFacts(
        "standing", "it was edited after a moderator had decided", Reason.OTHER
    ),
    Code.FILTER_FAILED: CodeFacts("pipeline", "a filter could not judge it", Reason.OTHER),
}
