"""Delivery of mail to readers by the worker: each mail is sent at most once.

A mail is claimed, and marked again once the server takes it. A worker that dies before that
loses nothing: the mail is claimed again when its lease ends. A mail whose worker died while the
server took it may have arrived: it is not sent again, and counted as uncertain.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from sqlalchemy import exists, func, literal_column, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.domain.errors import Busy
from moderation.storage.models.reader_mail import ReaderAddress, ReaderMail, StoppedAddress
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from .. import counters
from ..retries import DELAYS
from ..signing import Signing
from . import answers, messages, reader_links, reader_mail, reader_messages
from .reader_links import Stop, Stopping
from .smtp import MailNotSent, MailRefused, MailServerAway, Post, failure_reason

log = structlog.get_logger(__name__)

#: A worker that dies loses its claim on a mail after this time.
LEASE = timedelta(minutes=2)
#: Time after which a mail that no server took is given up.
WORTH_SENDING = timedelta(days=3)
#: Time that one turn may take, so that the worker's other jobs wait for no slow server.
TURN = timedelta(seconds=20)
BATCH = 100

_M = ReaderMail
# Written out, so that the planner sees that the index of these applies.
_UNFINISHED = _M.state.in_(
    [literal_column("'waiting'"), literal_column("'sending'"), literal_column("'handed'")]
)


def waiting(session: Session, most: int) -> int:
    """Count the mails that are not sent yet, up to a number."""
    bounded = select(_M.id).where(_UNFINISHED).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(bounded)) or 0


class _LostClaim(Exception):
    """Another worker has taken the mail over."""


def send_due(
    session: Session, runtime: Signing, post: Post, *, clock: Callable[[], datetime]
) -> int:
    """Send what is due and return how many mails were tried; one failure stops no other."""
    begun, tried = clock(), 0
    due = session.execute(
        select(_M.id, _M.state, _M.due_at)
        .where(_UNFINISHED, _M.due_at <= begun)
        .order_by(_M.due_at)
        .limit(BATCH)
    ).all()
    session.rollback()
    for id, state, due_at in due:
        now = clock()
        if now >= begun + TURN:
            break
        if state == "handed":
            if _change(session, id, state, due_at, _finished("uncertain", now, "worker died")):
                log.warning("reader_mail.uncertain", mail_id=str(id))
                counters.count_reader_mail("uncertain")
            continue
        claim = now + LEASE
        if not _change(session, id, state, due_at, {"state": "sending", "due_at": claim}):
            continue
        mail = session.get(_M, id, populate_existing=True)
        if mail is None:
            # Its reader stopped all mail, or its site was removed.
            continue
        tried += 1
        if not _send(session, runtime, post, mail, claim, now):
            break
    return tried


def _send(
    session: Session, runtime: Signing, post: Post, mail: ReaderMail, claim: datetime, now: datetime
) -> bool:
    """Send one claimed mail and record the result; return whether the server is there."""
    id, attempts, kind, state = mail.id, mail.attempts + 1, mail.kind, "sending"
    site_id, email_key, recent = mail.site_id, "", now < mail.created_at + WORTH_SENDING

    def handed() -> None:
        nonlocal state
        if not _change(session, id, "sending", claim, {"state": "handed"}):
            raise _LostClaim
        state = "handed"

    values: dict[str, Any]
    reachable, stop = True, False
    try:
        email_key = runtime.author_key("email", mail.recipient.casefold())
        message = _message(session, runtime, mail, email_key, now)
        session.rollback()
        if message is None:
            values = _finished("dropped", now)
        else:
            post(message, handed)
            values = _finished("sent", now)
    except (SQLAlchemyError, Busy):
        raise
    except _LostClaim:
        session.rollback()
        return True
    except Exception as failure:
        # The email package raises errors of many kinds; none of them stops the other mails.
        session.rollback()
        error = failure_reason(failure)
        reachable = not isinstance(failure, MailServerAway)
        stop = isinstance(failure, MailRefused) and failure.no_such_address
        if isinstance(failure, MailRefused) or not recent:
            values = _finished("failed", now, error)
        elif state == "handed" and not _was_answered(failure):
            values = _finished("uncertain", now, error)
        else:
            delay = DELAYS[min(attempts, len(DELAYS)) - 1]
            values = {"state": "waiting", "due_at": now + delay, "last_error": error[:200]}
        log.warning("reader_mail.not_sent", kind=kind, attempt=attempts, error=error)
    values |= {"attempts": attempts, "email_key": email_key or None}

    def record() -> None:
        session.execute(
            update(_M).where(_M.id == id, _M.state == state, _M.due_at == claim).values(**values)
        )
        if stop:
            stop_address(session, email_key, "bounced", now=now)

    transact(session, record)
    if values["state"] != "waiting":
        counters.count_reader_mail(values["state"])
    if stop:
        log.info("reader_mail.address_stopped", site_id=site_id)
    return reachable


def _was_answered(failure: Exception) -> bool:
    """Return whether the server answered that it did not take the message."""
    return isinstance(failure, MailNotSent) and not isinstance(failure, MailServerAway)


def _finished(state: str, now: datetime, error: str = "") -> dict[str, Any]:
    """Return the columns of a mail that is not sent any more: without its address and values."""
    return {
        "state": state,
        "finished_at": now,
        "last_error": error[:200],
        "recipient": "",
        "values": {},
    }


def _change(
    session: Session, id: Any, state: str, due_at: datetime, values: dict[str, Any]
) -> bool:
    """Change a mail unless another worker has changed it; commits."""
    statement = (
        update(_M)
        .where(_M.id == id, _M.state == state, _M.due_at == due_at)
        .values(**values)
        .returning(_M.id)
    )
    return transact(session, lambda: session.execute(statement).first() is not None)


def stop_address(session: Session, email_key: str, why: str, *, now: datetime) -> None:
    """Stop every mail to an address, on every site, in the caller's transaction."""
    insert_ignoring(
        session,
        StoppedAddress.__table__,  # type: ignore[arg-type]
        email_key=email_key,
        why=why,
        created_at=now,
    )


# Contents


def _message(
    session: Session, runtime: Signing, mail: ReaderMail, email_key: str, now: datetime
) -> EmailMessage | None:
    """Return the message of a mail as it is now; None when it is not wanted any more."""
    site = session.get(Site, mail.site_id)
    if site is None or not _is_wanted(session, mail, email_key):
        return None
    stopping = Stopping(site.id, email_key, None, Stop.BLOCK)
    envelope = _envelope(runtime, site, mail, stopping, now)
    if mail.kind == reader_mail.CONFIRM_ADDRESS and mail.address_id is not None:
        token = reader_links.confirm_token(runtime, mail.address_id, email_key, now)
        page = reader_links.confirm_page(runtime, token)
        return reader_messages.confirmation(envelope, page)
    if mail.kind == reader_mail.REPLIES:
        return _replies(session, runtime, site, mail, email_key, now)
    if mail.kind == reader_mail.REPORT_RECEIPT:
        return reader_messages.receipt(envelope, mail.values)
    return reader_messages.outcome(envelope, mail.kind, mail.values)


def _replies(
    session: Session,
    runtime: Signing,
    site: Site,
    mail: ReaderMail,
    email_key: str,
    now: datetime,
) -> EmailMessage | None:
    """Return the mail with answers; one click stops its thread, or all where it has several."""
    found = answers.answers_in(session, mail)
    if not found or not site.settings.get("replies_by_mail"):
        return None
    posts = {post.id for _, post, _ in found}
    one = posts.pop() if len(posts) == 1 else None
    stopping = Stopping(site.id, email_key, one, Stop.THREAD if one else Stop.ALL)
    return answers.digest(runtime, site, _envelope(runtime, site, mail, stopping, now), found)


def _is_wanted(session: Session, mail: ReaderMail, email_key: str) -> bool:
    if session.scalar(select(exists().where(StoppedAddress.email_key == email_key))):
        return False
    address = session.scalar(
        select(ReaderAddress).where(
            ReaderAddress.site_id == mail.site_id, ReaderAddress.email_key == email_key
        )
    )
    if address is not None and address.email is None:
        return False
    confirmed = address is not None and address.confirmed_at is not None
    return confirmed or mail.kind not in reader_mail.CONFIRMED_ONLY


def _envelope(
    runtime: Signing, site: Site, mail: ReaderMail, stopping: Stopping, now: datetime
) -> reader_messages.Envelope:
    return reader_messages.Envelope(
        sender=runtime.settings.sender,
        recipient=mail.recipient,
        site=site.title or site.name,
        id=mail.id.hex,
        stamp=messages.Stamp(now, runtime.settings.mail_domain),
        language=mail.language,
        stop=reader_links.stop_page(runtime, stopping),
        about_thread=stopping.post_id is not None,
    )
