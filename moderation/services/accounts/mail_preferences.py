"""A moderator's mail preferences and address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import FieldError, Invalid
from moderation.domain.hosts import BadAddress
from moderation.domain.mailboxes import is_same, mailbox
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.base import new_id
from moderation.storage.models.jobs import Mail

from .mail_schedule import MailFrequency, MailPreference, due, is_zone


def preference_of(moderator: Moderator) -> MailPreference:
    """Return a moderator's mail preferences."""
    return MailPreference(MailFrequency(moderator.mail), moderator.mail_hour, moderator.mail_zone)


def change_preferences(
    session: Session,
    moderator: Moderator,
    *,
    now: datetime,
    email: str | None = None,
    often: MailFrequency | None = None,
    hour: int | None = None,
    zone: str | None = None,
) -> None:
    """Change the given values, in the caller's transaction, open for writing.

    A new address gets a confirmation mail, and nothing else before it is confirmed. Raises
    Invalid for an address that this service cannot send to.
    """
    if email:
        try:
            email = mailbox(email)
        except BadAddress as error:
            raise Invalid(str(error), errors=(FieldError("#/email", str(error)),)) from None
    if email is not None and not is_same(moderator.email, email):
        moderator.email, moderator.email_confirmed_at = email, None
        session.execute(delete(Mail).where(Mail.moderator_id == moderator.id, _WAITING))
        if email:
            _insert(session, moderator.id, [None], now, now)
    before = preference_of(moderator)
    if zone is not None and not is_zone(zone):
        detail = "There is no such time zone. Give a name such as Europe/Paris or UTC."
        raise Invalid(detail, errors=(FieldError("#/mail_zone", detail),))
    wish = MailPreference(
        before.often if often is None else often,
        before.hour if hour is None else hour,
        before.zone if zone is None else zone,
    )
    moderator.mail, moderator.mail_hour, moderator.mail_zone = wish.often, wish.hour, wish.zone
    if wish != before:
        if before.often is MailFrequency.OFF:
            moderator.mail_seen_at = now
        lines = (Mail.moderator_id == moderator.id, _WAITING, Mail.comment_id.is_not(None))
        if wish.often is MailFrequency.OFF:
            session.execute(delete(Mail).where(*lines))
        else:
            later = due(wish, now, moderator.mailed_at)
            session.execute(update(Mail).where(*lines).values(due_at=later))


def _insert(
    session: Session, moderator_id: int, comments: list[UUID | None], at: datetime, now: datetime
) -> None:
    # A comment that was mailed before and is held again already has a row; requeue it.
    again = (Mail.moderator_id == moderator_id, Mail.comment_id.in_(comments))
    requeued = set(session.scalars(select(Mail.comment_id).where(*again)))
    fresh = {"state": "waiting", "attempts": 0, "due_at": at, "created_at": now}
    if requeued:
        session.execute(update(Mail).where(*again).values(**fresh, finished_at=None))
    common = {"moderator_id": moderator_id, "last_error": "", **fresh}
    rows = [
        {"id": new_id(), "comment_id": comment_id, **common}
        for comment_id in comments
        if comment_id not in requeued
    ]
    if rows:
        session.execute(insert(Mail), rows)


_WAITING = Mail.state == "waiting"
