"""Mail to authors about decisions against their comments, and about their appeals.

Only to an address that its reader has confirmed on the site, and never about a rule's own
refusal, which its author reads at once. A mail has no text of the comment.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.domain.appeals import AppealState
from moderation.domain.status import Outcome
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import ReaderAddress, ReaderMail
from moderation.storage.models.sites import Site

from ..comments import decision_notices
from ..notifications.reader_mail import queue_reader_mail
from ..sites import reasons

#: Time in which a moderator can undo a decision before its author gets the mail.
GRACE = timedelta(minutes=2)
_OUTCOMES = {AppealState.UPHELD: "rejected", AppealState.OVERTURNED: "granted"}


def about_decision(
    session: Session, comment: Comment, post: Post, decision: Decision, now: datetime
) -> None:
    """Queue the mail about a rejection; spam, as the law allows, gets none."""
    if decision.outcome != Outcome.REJECT or post.origin is not None:
        return
    address = _confirmed(session, comment)
    if address is None:
        return
    site = session.get_one(Site, comment.site_id)
    code = decision_notices.code_of(decision)
    _queue(
        session,
        post,
        address,
        "decision",
        address.language,
        {"sentence": reasons.public_sentence(site, code, address.language)},
        _key(decision.id),
        now + GRACE,
    )


def about_appeal(
    session: Session, appeal: Appeal, comment: Comment, post: Post, now: datetime
) -> None:
    """Queue the mail about the outcome of an appeal."""
    outcome = _OUTCOMES.get(AppealState(appeal.state))
    address = _confirmed(session, comment)
    if outcome is None or address is None:
        return
    values = {"outcome": outcome, "sentence": appeal.answer}
    # An appeal that was reopened by an undo has another outcome, and another mail.
    key = f"appeal:{appeal.id}:{appeal.new_decision_id or 'upheld'}"
    _queue(session, post, address, "appeal_outcome", appeal.language, values, key, now)


def withdraw(session: Session, site_id: int, decision_id: UUID) -> None:
    """Drop the mail about a decision that was undone, unless it is on its way."""
    session.execute(
        delete(ReaderMail).where(
            ReaderMail.site_id == site_id,
            ReaderMail.key == _key(decision_id),
            ReaderMail.state == "waiting",
        )
    )


def _key(decision_id: UUID) -> str:
    return f"decision:{decision_id}"


def _queue(
    session: Session,
    post: Post,
    address: ReaderAddress,
    kind: str,
    language: str,
    values: dict[str, str],
    key: str,
    due: datetime,
) -> None:
    queue_reader_mail(
        session,
        site_id=address.site_id,
        kind=kind,
        address=address.email or "",
        language=language,
        values={"page_title": post.title or "", "page_url": post.url or "", **values},
        key=key,
        now=due,
        address_id=address.id,
        email_key=address.email_key,
    )


def _confirmed(session: Session, comment: Comment) -> ReaderAddress | None:
    """Return the confirmed address of a comment's author; None where there is none."""
    if comment.email_key is None or not comment.author_email:
        return None
    return session.scalar(
        select(ReaderAddress).where(
            ReaderAddress.site_id == comment.site_id,
            ReaderAddress.email_key == comment.email_key,
            ReaderAddress.confirmed_at.is_not(None),
            ReaderAddress.email.is_not(None),
        )
    )
