"""Statements of reasons in the format of the Commission's DSA Transparency Database.

One object for each decision; the database takes no personal data, so there is no text, name,
address or key of a person in them. Its identifier (`puid`) is the decision's id.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from moderation.domain.reasons import Reason
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.models.sites import Site

from ..sites import reasons
from . import transparency
from .transparency import BATCH, Period, Refusal

#: The countries of the European Economic Area: a refusal applies in all of them.
TERRITORY = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
]  # fmt: skip
#: Category, and keyword where one fits, for each kind of reason.
CATEGORIES: dict[Reason, tuple[str, str]] = {
    Reason.HATE: ("ILLEGAL_OR_HARMFUL_SPEECH", "HATE_SPEECH"),
    Reason.HARASSMENT: ("CYBER_VIOLENCE", "CYBER_HARASSMENT"),
    Reason.ABUSIVE: ("CYBER_VIOLENCE", "CYBER_BULLYING_INTIMIDATION"),
    Reason.THREAT: ("VIOLENCE", "INCITEMENT_VIOLENCE_HATRED"),
    Reason.PERSONAL_DATA: ("DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", ""),
    Reason.MISINFORMATION: (
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "MISINFORMATION_DISINFORMATION",
    ),
    Reason.ILLEGAL: ("ILLEGAL_OR_HARMFUL_SPEECH", ""),
}
_OTHER = ("OTHER_VIOLATION_TC", "")
_LONGEST_GROUND, _LONGEST_EXPLANATION = 500, 2000


def statements(session: Session, site: Site, period: Period) -> Iterator[dict[str, Any]]:
    """Yield the statements of a period: one for each refused comment and each ban.

    Spam gets none: the law leaves out deceptive commercial content in large amounts
    (article 17, paragraph 2).
    """
    found = transparency.refusals(session, site, period)
    kept = (each for each in found if each.outcome is not Outcome.SPAM)
    for some in _in_batches(kept):
        noticed = transparency.noticed(session, site, [each.comment_id for each in some])
        for each in some:
            yield _statement(site, each, from_notice=each.comment_id in noticed)
    for id, at, until in transparency.bans(session, site, period):
        yield _of_ban(site, id, at, until)


def _in_batches(found: Iterator[Refusal]) -> Iterator[tuple[Refusal, ...]]:
    while some := tuple(islice(found, BATCH)):
        yield some


def _statement(site: Site, refusal: Refusal, *, from_notice: bool) -> dict[str, Any]:
    category, keyword = CATEGORIES.get(refusal.kind, _OTHER)
    by_rule = refusal.actor is Actor.POLICY
    held = refusal.previous is Status.HELD and refusal.found
    decision = "FULLY" if by_rule else "PARTIALLY" if held else "NOT_AUTOMATED"
    return {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        **_ground(site, refusal.kind, refusal.code if not by_rule else refusal.kind.value),
        "decision_facts": _facts(refusal, from_notice=from_notice),
        **_about_text(refusal.created_at, refusal.decided_at),
        "category": f"STATEMENT_CATEGORY_{category}",
        **({"category_specification": [f"KEYWORD_{keyword}"]} if keyword else {}),
        "source_type": "SOURCE_ARTICLE_16" if from_notice else "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if by_rule or held else "No",
        "automated_decision": f"AUTOMATED_DECISION_{decision}",
        "puid": str(refusal.id),
    }


def _of_ban(site: Site, id: int, at: datetime, until: str) -> dict[str, Any]:
    ends = datetime.fromisoformat(until) if until else None
    state = "SUSPENDED" if ends else "TERMINATED"
    return {
        "decision_account": f"DECISION_ACCOUNT_{state}",
        **({"end_date_account_restriction": _day(ends)} if ends else {}),
        **_ground(site, Reason.OTHER, Reason.OTHER.value),
        "decision_facts": "A moderator has banned an author from commenting on this site.",
        **_about_text(at, at),
        "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        # Numbers of entries repeat on other installations of the same platform.
        "puid": f"ban-{site.name.replace('.', '-')}-{id}",
    }


def _ground(site: Site, kind: Reason, code: str) -> dict[str, Any]:
    """Return the ground: the site's rules, and whether the content may be illegal as well.

    Which law it may break is not stored, so a ground in law would be a guess.
    """
    label = reasons.find(site.settings, code).label
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"Rules for comments: {label}"[:_LONGEST_GROUND],
        "incompatible_content_explanation": reasons.public_sentence(site, code, "en")[
            :_LONGEST_EXPLANATION
        ],
        "incompatible_content_illegal": "Yes" if kind is Reason.ILLEGAL else "No",
    }


def _facts(refusal: Refusal, *, from_notice: bool) -> str:
    """Return the facts without a word of the comment: how it was found, and what was done."""
    found = ", ".join(code.replace("_", " ").lower() for code in refusal.codes)
    if refusal.actor is Actor.POLICY:
        done = "A rule of the site refused a comment when it was sent"
        return f"{done}: {found}." if found else f"{done}."
    was = {
        Status.APPROVED: "removed a published comment",
        Status.HELD: "refused a comment that had waited for review",
    }.get(refusal.previous or Status.REJECTED, "refused a comment")
    why = " after a notice" if from_notice else ""
    return f"A moderator read and {was}{why}."


def _about_text(created: datetime, applied: datetime) -> dict[str, Any]:
    return {
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": _day(created),
        "application_date": _day(applied),
        "territorial_scope": TERRITORY,
    }


def _day(moment: datetime) -> str:
    day: date = moment.astimezone(UTC).date()
    return day.isoformat()
