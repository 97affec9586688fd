"""Mail to a moderator whose credentials changed: password, address, second factor.

It goes to the confirmed address that the account had before the change. Nothing secret is
in it, and it holds no link but the console's: people are taught not to follow links.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import make_msgid

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.storage.base import new_id
from moderation.storage.dialects import begin_write
from moderation.storage.people import Moderator, Notice

from . import mail_text
from .delivery import DELAYS, TRIES
from .runtime import Runtime
from .smtp import MailNotSent, Post
from .upkeep import take_lease

log = structlog.get_logger(__name__)

#: What happened, by its kind; the subject and the first sentence of a mail.
KINDS = {
    "password": ("Your password was changed", "has a new password"),
    "email": ("Your e-mail address was changed", "has a new e-mail address"),
    "second-factor-added": ("A second factor was added", "has a second factor"),
    "second-factor-removed": (
        "Your second factor was removed",
        "no longer has a second factor",
    ),
    "recovery-code": ("A recovery code was used", "was logged in to with a recovery code"),
}
LEASE = timedelta(minutes=2)
BATCH = 50


def write(session: Session, moderator: Moderator, kind: str, *, now: datetime) -> None:
    """Plan a mail, in the caller's transaction; none when no address is confirmed.

    Call it before the address is changed: the mail goes to the old one.
    """
    if not moderator.email or moderator.email_confirmed_at is None:
        return
    session.add(
        Notice(
            id=new_id(),
            moderator_id=moderator.id,
            kind=kind,
            recipient=moderator.email,
            attempts=0,
            due_at=now,
            created_at=now,
        )
    )


def send_due(
    session: Session, runtime: Runtime, post: Post, holder: str, *, clock: Callable[[], datetime]
) -> int:
    """Send what is due and return how many mails were tried; one failure stops no other."""
    begun = clock()
    due = session.execute(
        select(Notice, Moderator.login)
        .join(Moderator, Moderator.id == Notice.moderator_id)
        .where(Notice.due_at <= begun)
        .order_by(Notice.due_at)
        .limit(BATCH)
    ).all()
    session.rollback()
    if not due or not take_lease(
        session, "mail.notices", holder, now=begun, length=LEASE, renew=True
    ):
        return 0
    tried = 0
    for notice, login in due:
        now = clock()
        if now >= begun + LEASE / 2:
            break
        tried += 1
        error = ""
        try:
            post(_message(runtime, notice, login))
        except MailNotSent as refused:
            error = str(refused) or "not sent"
        except (ValueError, MessageError) as unsendable:
            error = type(unsendable).__name__
        _settle(session, notice, error, now)
    return tried


def _settle(session: Session, notice: Notice, error: str, now: datetime) -> None:
    attempts = notice.attempts + 1
    if error:
        log.warning("notice.not_sent", kind=notice.kind, attempt=attempts, error=error)
    begin_write(session)
    if error and attempts < TRIES:
        later = {"attempts": attempts, "due_at": now + DELAYS[attempts - 1]}
        session.execute(update(Notice).where(Notice.id == notice.id).values(**later))
    else:
        session.execute(delete(Notice).where(Notice.id == notice.id))
    session.commit()


def _message(runtime: Runtime, notice: Notice, login: str) -> EmailMessage:
    subject, happened = KINDS[notice.kind]
    sender, root = runtime.settings.sender, runtime.settings.public_url
    message = mail_text.notice(
        sender,
        notice.recipient,
        subject,
        f"The moderator account {login} on {root} {happened} since "
        f"{notice.created_at:%d %B %Y, %H:%M} UTC.\n\n"
        "If this was you, there is nothing to do.\n\n"
        "If it was not: ask an admin to give the account a new password and to log it out "
        "everywhere, at once.\n",
    )
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    return message
