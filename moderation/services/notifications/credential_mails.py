"""Mail to one moderator: their credentials changed, or a webhook of their site fails.

It goes to the confirmed address that the account had at the time of the change. Nothing secret is
in it, and it holds no link but the console's: people are taught not to follow links.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.status import Actor
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import Moderator, Notice

from .. import audit
from ..leases import take_lease
from ..retries import DELAYS, TRIES
from ..signing import Signing
from . import messages
from .smtp import Post, failure_reason

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
#: Failures that are mailed to admins, by their kind; the subject and the text after the subject
#: of the mail: a site and a webhook endpoint.
FAILURES = {
    "webhook-given-up": (
        "A webhook cannot be delivered",
        "did not accept a message in any of its attempts. The message is kept for 30 days: "
        "`moderation webhook redeliver` sends it again.",
    ),
    "webhook-gone": (
        "A webhook endpoint is gone",
        "answered 410 and was switched off. Its messages wait until it is on again or removed.",
    ),
}
LEASE = timedelta(minutes=2)
BATCH = 50


def send_due(
    session: Session, runtime: Signing, post: Post, holder: str, *, clock: Callable[[], datetime]
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
            post(_message(runtime, notice, login, now))
        except Exception as failure:
            # The email package raises errors of many kinds; none of them stops the other mails.
            error = failure_reason(failure)
        _settle(session, notice, login, error, now)
    return tried


def _settle(session: Session, notice: Notice, login: str, error: str, now: datetime) -> None:
    attempts = notice.attempts + 1
    if error:
        log.warning("notice.not_sent", kind=notice.kind, attempt=attempts, error=error)
    begin_write(session)
    if error and attempts < TRIES:
        later = {"attempts": attempts, "due_at": now + DELAYS[attempts - 1]}
        session.execute(update(Notice).where(Notice.id == notice.id).values(**later))
    else:
        session.execute(delete(Notice).where(Notice.id == notice.id))
        if error:
            # The warning did not reach the moderator: admins find it in the trail.
            detail = {"kind": notice.kind, "error": error}
            about = f"moderator:{login}"
            audit.write(session, now, Actor.SITE, "worker", "notice.failed", about, detail=detail)
    session.commit()


def _message(runtime: Signing, notice: Notice, login: str, now: datetime) -> EmailMessage:
    sender, root = runtime.settings.sender, runtime.settings.public_url
    stamp = messages.Stamp(now, runtime.settings.mail_domain)
    if notice.kind in FAILURES:
        subject, failed = FAILURES[notice.kind]
        since = f"{notice.created_at:%d %B %Y, %H:%M} UTC"
        text = (
            f"{characters.line(notice.detail)} {failed}\n\n"
            f"Since {since}. The console: {root}/review/\n"
        )
        return messages.notice(sender, notice.recipient, subject, text, stamp=stamp)
    subject, happened = KINDS[notice.kind]
    return messages.notice(
        sender,
        notice.recipient,
        subject,
        f"The moderator account {characters.line(login)} on {root} {happened} since "
        f"{notice.created_at:%d %B %Y, %H:%M} UTC.\n\n"
        "If this was you, there is nothing to do.\n\n"
        "If it was not: ask an admin to give the account a new password and to log it out "
        "everywhere, at once.\n",
        stamp=stamp,
    )
