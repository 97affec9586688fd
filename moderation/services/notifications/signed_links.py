"""Signed links in mail: each permits one action of one moderator until its expiry.

A decision link is bound to the comment's version: any decision or edit, the link's own as well,
invalidates it. It is bound to the moderator's password, too: a new password revokes every link.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.errors import BadMailLink
from moderation.domain.status import Outcome
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.comments import Comment

from ..accounts import authentication
from ..accounts.authentication import Reviewer
from ..signing import Signing

#: Lifetime of a link; afterwards the comment is in the console.
VALID = timedelta(days=3)
DECIDES = (Outcome.APPROVE, Outcome.REJECT)


@dataclass(frozen=True, slots=True)
class Proven:
    """The contents of a valid decision link."""

    reviewer: Reviewer
    comment_id: UUID
    version: int
    outcome: Outcome


def decision_link(
    runtime: Signing, moderator: Moderator, comment: Comment, outcome: Outcome, *, now: datetime
) -> str:
    """Return a signed token for one decision about one version of a comment."""
    until = int((now + VALID).timestamp())
    parts = (comment.id.hex, comment.version, moderator.id, outcome, until, _mark(moderator))
    return runtime.sign("mail-decision", "~".join(map(str, parts)))


def proven_decision(session: Session, runtime: Signing, token: str, *, now: datetime) -> Proven:
    """Return the contents of a decision link; raise BadMailLink for an invalid one."""
    try:
        id, version, moderator_id, outcome, until, mark = runtime.unsign(
            "mail-decision", token
        ).split("~")
    except ValueError:
        raise BadMailLink(_INVALID_LINK) from None
    moderator = session.get(Moderator, int(moderator_id))
    if int(until) <= now.timestamp() or moderator is None or _mark(moderator) != mark:
        raise BadMailLink(_INVALID_LINK)
    comment_id = UUID(id)
    site_id = session.scalar(select(Comment.site_id).where(Comment.id == comment_id))
    reviewer = authentication.reviewer_of(session, moderator)
    if moderator.disabled_at is not None or site_id is None or not reviewer.may(site_id):
        raise BadMailLink(_INVALID_LINK)
    return Proven(reviewer, comment_id, int(version), Outcome(outcome))


def address_link(runtime: Signing, moderator: Moderator, purpose: str) -> str:
    """Return a signed token that switches a moderator's mail `on` or `off`."""
    return runtime.sign(f"mail-{purpose}", f"{moderator.id}~{_address_mark(moderator)}")


def proven_address(session: Session, runtime: Signing, purpose: str, token: str) -> Moderator:
    """Return the moderator whose address a link was sent to; raise BadMailLink after a change."""
    try:
        id, mark = runtime.unsign(f"mail-{purpose}", token).split("~")
    except ValueError:
        raise BadMailLink(_INVALID_LINK) from None
    moderator = session.get(Moderator, int(id))
    if moderator is None or _address_mark(moderator) != mark:
        raise BadMailLink(_INVALID_LINK)
    return moderator


_INVALID_LINK = (
    "This link no longer works: it was used, has expired, or was revoked. Log in to the console."
)


def _mark(moderator: Moderator) -> str:
    return hashlib.sha256(moderator.password_hash.encode()).hexdigest()[:16]


def _address_mark(moderator: Moderator) -> str:
    return hashlib.sha256(moderator.email.encode()).hexdigest()[:16]
