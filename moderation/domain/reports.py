"""Reports by readers: their reasons, their outcomes, and the lines of a site's own list."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .reasons import Reason


class ReportOutcome(StrEnum):
    """What became of a reported comment."""

    KEPT = "kept"
    REMOVED = "removed"
    #: Its author, or the site, deleted it before a moderator decided.
    GONE = "gone"


#: The reasons that ship with labels, and the moderator's reason that each suggests.
BUILT_IN = {
    "harassment": Reason.HARASSMENT,
    "hate": Reason.HATE,
    "spam": Reason.SPAM,
    "personal_data": Reason.PERSONAL_DATA,
    "off_topic": Reason.OFF_TOPIC,
    "illegal": Reason.ILLEGAL,
    "child_abuse": Reason.ILLEGAL,
    "other": Reason.OTHER,
}
#: The reasons of a site that has no list of its own.
DEFAULT_REASONS = (
    "harassment",
    "hate",
    "spam",
    "personal_data",
    "off_topic",
    "illegal",
    "other",
)
#: Fields that a notice of illegal content needs (Digital Services Act, article 16). Name and
#: address may be left out where the notice is about the sexual abuse of children.
NEEDS = {
    "illegal": ("explanation", "name", "email", "good_faith"),
    "child_abuse": ("explanation", "good_faith"),
}
_LINE = re.compile(
    r"(?P<code>[a-z][a-z0-9_]{0,31})(\.(?P<lang>[a-z]{2,3}(-[A-Za-z]{2,8})?))?"
    r"\s*(:\s*(?P<label>.+))?"
)
LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One line of a site's list: `spam`, `price: Wrong price` or `price.de: Falscher Preis`."""

    code: str
    #: None: for every language without a label of its own.
    language: str | None = None
    #: Empty: the label that ships.
    label: str = ""


def read_line(line: str) -> ReasonLine | None:
    """Return what a line of a site's list means; None when it is malformed."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    code, language, label = found["code"], found["lang"], (found["label"] or "").strip()
    if len(label) > LONGEST_LABEL or (not label and (language or code not in BUILT_IN)):
        return None
    return ReasonLine(code, language.lower() if language else None, label)


def is_legal(code: str) -> bool:
    """Return whether a reason makes a report a notice of illegal content."""
    return code in NEEDS


def suggested_reason(codes: Iterable[str]) -> Reason | None:
    """Return the moderator's reason that reports suggest, the most frequent first; or None."""
    known = [BUILT_IN[code] for code in codes if code in BUILT_IN]
    return next((reason for reason in known if reason is not Reason.OTHER), None)
