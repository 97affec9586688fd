"""What a link in a mail proves: who may do what to which comment, until when.

A link that decides is bound to the comment's version: any decision or edit, the link's own
as well, makes it worthless. It is bound to the moderator's password, too: whoever changes
it takes every link back.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.errors import BadMailLink
from moderation.domain.status import Outcome
from moderation.storage.comments import Comment
from moderation.storage.people import Moderator

from . import accounts
from .accounts import Reviewer
from .runtime import Runtime

#: How long a link works. Whoever comes later finds the comment in the console.
VALID = timedelta(days=3)
DECIDES = (Outcome.APPROVE, Outcome.REJECT)


@dataclass(frozen=True, slots=True)
class Proven:
    """What a link that decides stands for."""

    reviewer: Reviewer
    comment_id: UUID
    version: int
    outcome: Outcome


def decision_link(
    runtime: Runtime, moderator: Moderator, comment: Comment, outcome: Outcome, *, now: datetime
) -> str:
    """Sign one decision about one version of a comment."""
    until = int((now + VALID).timestamp())
    parts = (comment.id.hex, comment.version, moderator.id, outcome, until, _mark(moderator))
    return runtime.sign("mail-decision", "~".join(map(str, parts)))


def proven_decision(session: Session, runtime: Runtime, token: str, *, now: datetime) -> Proven:
    """What a link stands for; BadMailLink when it is not ours, has ended or was taken back."""
    try:
        id, version, moderator_id, outcome, until, mark = runtime.unsign(
            "mail-decision", token
        ).split("~")
    except ValueError:
        raise BadMailLink(_WORTHLESS) from None
    moderator = session.get(Moderator, int(moderator_id))
    if int(until) <= now.timestamp() or moderator is None or _mark(moderator) != mark:
        raise BadMailLink(_WORTHLESS)
    comment_id = UUID(id)
    site_id = session.scalar(select(Comment.site_id).where(Comment.id == comment_id))
    reviewer = accounts.reviewer_of(session, moderator)
    if moderator.disabled_at is not None or site_id is None or not reviewer.may(site_id):
        raise BadMailLink(_WORTHLESS)
    return Proven(reviewer, comment_id, int(version), Outcome(outcome))


def address_link(runtime: Runtime, moderator: Moderator, purpose: str) -> str:
    """Sign that whoever reads a moderator's mail wants something: `on` or `off`."""
    return runtime.sign(f"mail-{purpose}", f"{moderator.id}~{_address_mark(moderator)}")


def proven_address(session: Session, runtime: Runtime, purpose: str, token: str) -> Moderator:
    """The moderator whose address a link was sent to, as long as it is theirs."""
    try:
        id, mark = runtime.unsign(f"mail-{purpose}", token).split("~")
    except ValueError:
        raise BadMailLink(_WORTHLESS) from None
    moderator = session.get(Moderator, int(id))
    if moderator is None or _address_mark(moderator) != mark:
        raise BadMailLink(_WORTHLESS)
    return moderator


_WORTHLESS = "This link no longer works: it was used, has ended, or was taken back."


def _mark(moderator: Moderator) -> str:
    return hashlib.sha256(moderator.password_hash.encode()).hexdigest()[:16]


def _address_mark(moderator: Moderator) -> str:
    return hashlib.sha256(moderator.email.encode()).hexdigest()[:16]
