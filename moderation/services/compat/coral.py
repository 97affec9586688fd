"""Coral's external moderation phase: one signed comment in, a status or no opinion out.

The phase runs last in Coral, and an answer with a status ends the pipeline: without an opinion
there must be none. Coral publishes a comment when the answer is late or wrong, so every failure
here becomes an answer that asks for a moderator.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from moderation.domain.errors import BadSignature, SiteNotFound
from moderation.domain.judgement import Draft, Facts, Verdict
from moderation.domain.reasons import CODES
from moderation.domain.status import Outcome
from moderation.storage.models.base import new_id
from moderation.storage.models.sites import Site

from ..judging import judge
from ..signing import Signing
from ..sites import registry
from ..sites.judgement_rules import rules_of
from . import coral_secrets, keys
from .coral_text import plain_text
from .foreign import Foreign, Source, hold_foreign


class CoralStatus(StrEnum):
    """The statuses that this service answers; another value would void Coral's whole answer."""

    REJECTED = "REJECTED"
    PREMOD = "PREMOD"
    SYSTEM_WITHHELD = "SYSTEM_WITHHELD"


class Flag(StrEnum):
    """The flags that Coral accepts from an external phase."""

    TOXIC = "COMMENT_DETECTED_TOXIC"
    SPAM = "COMMENT_DETECTED_SPAM"


#: The flag of each filter; findings of the others have none.
_FLAG_OF: Final = {
    "profanity": Flag.TOXIC,
    "toxicity": Flag.TOXIC,
    "spam": Flag.SPAM,
    "links": Flag.SPAM,
}
#: Coral's roles of a newsroom's own people.
_STAFF: Final = frozenset({"STAFF", "MODERATOR", "ADMIN"})
#: Signatures of a request that are compared, and characters of a text that are judged.
_MOST_SIGNATURES: Final = 8
LONGEST_TEXT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request; a status of None is no opinion."""

    status: CoralStatus | None = None
    flags: tuple[Flag, ...] = ()

    def body(self) -> dict[str, Any]:
        """Return the JSON of an answer with a status."""
        found: dict[str, Any] = {"status": self.status}
        if self.flags:
            found["actions"] = [{"actionType": "FLAG", "reason": flag} for flag in self.flags]
        return found


#: The answer where a comment could not be judged.
UNDECIDED: Final = Answer(CoralStatus.PREMOD)


@dataclass(frozen=True, slots=True)
class CoralComment:
    """A comment of Coral, as far as it is used."""

    text: str
    author_id: str = ""
    staff: bool = False
    story_id: str = ""
    story_url: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged comment: the answer, and what the queue needs where the site wants it there."""

    answer: Answer
    site: Site | None = None
    comment: CoralComment | None = None
    verdict: Verdict | None = None

    @property
    def is_deferred(self) -> bool:
        """Return whether the site wants the comment in its own queue."""
        held = self.verdict is not None and self.verdict.outcome is Outcome.HOLD
        return held and self.site is not None and bool(self.site.settings.get("coral_queue"))


def hold(session: Session, runtime: Signing, judged: Judged, *, now: datetime) -> None:
    """Put a held comment into the review queue of its site, if the site wants it; commits.

    The same comment, sent again, is one item. Coral names an author by an id alone.
    """
    site, comment, verdict = judged.site, judged.comment, judged.verdict
    if site is None or comment is None or verdict is None or not judged.is_deferred:
        return
    foreign = Foreign(
        Source.CORAL,
        comment.text,
        verdict,
        guid=new_id().hex,
        author_name=comment.author_id,
        place_url=comment.story_url,
        details={"story": comment.story_id, "author": comment.author_id},
    )
    hold_foreign(session, runtime, site, foreign, now=now)


def judge_signed(session: Session, place: str, signature: str, body: bytes) -> Judged:
    """Judge the comment of a request; raise BadSignature unless a secret of the site signed it.

    `place` is the site's name or its key for Coral. A request that is signed and cannot be
    understood is undecided: Coral would publish its comment after an error.
    """
    site = _site_at(session, place)
    secrets = coral_secrets.valid(session, site.id) if site else []
    if site is None or not is_signed(secrets, signature, body):
        raise BadSignature(
            "The signature is not valid. Register the signing secret that Coral shows for this "
            "phase: moderation coral add SITE."
        )
    comment = read_comment(body)
    if comment is None:
        return Judged(UNDECIDED)
    # Who is new is known to Coral, not here.
    rules = replace(rules_of(site), hold_first=0)
    verdict = judge(Draft(comment.text), Facts(staff=comment.staff), rules)
    return Judged(answer_of(site, verdict), site, comment, verdict)


def is_signed(secrets: Sequence[str], signature: str, body: bytes) -> bool:
    """Return whether one of the signatures of a header was made with one of the secrets."""
    given = [
        part.strip().removeprefix("sha256=").encode("utf-8", "replace")
        for part in signature.split(",", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
        if part.strip().startswith("sha256=")
    ]
    matches = 0
    for secret in secrets:
        expected = hmac.digest(secret.encode(), body, "sha256").hex().encode()
        # All are compared, so that the time does not tell which one matched.
        matches += sum(hmac.compare_digest(expected, each) for each in given)
    return matches > 0


def read_comment(body: bytes) -> CoralComment | None:
    """Return the comment of a request; None when it cannot be understood."""
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    text = _member(request, "comment", "body")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        return None
    url = _string(_member(request, "story", "url"), 2048)
    return CoralComment(
        plain_text(text),
        author_id=_string(_member(request, "author", "id"), 255),
        staff=_member(request, "author", "role") in _STAFF,
        story_id=_string(_member(request, "story", "id"), 255),
        # Moderators follow it.
        story_url=url if url.startswith(("https://", "http://")) else "",
    )


def answer_of(site: Site, verdict: Verdict) -> Answer:
    """Return the answer to Coral for a verdict, by the settings of the site."""
    if verdict.outcome is Outcome.APPROVE:
        return Answer()
    flags = {_FLAG_OF.get(CODES[cause.signal.code].filter) for cause in verdict.deciding}
    status = CoralStatus(site.settings.get("coral_status", CoralStatus.PREMOD))
    if verdict.outcome is Outcome.REJECT and site.settings.get("coral_reject", True):
        status = CoralStatus.REJECTED
    return Answer(status, tuple(flag for flag in Flag if flag in flags))


def _site_at(session: Session, place: str) -> Site | None:
    try:
        return registry.find(session, place)
    except SiteNotFound:
        return keys.site_of(session, keys.Service.CORAL, place)


def _member(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _string(value: Any, longest: int) -> str:
    return value if isinstance(value, str) and len(value) <= longest else ""
