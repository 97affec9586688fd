"""Upkeep of mail to readers: rows that are no longer needed, and addresses that stopped."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, delete, exists, func, select, update
from sqlalchemy.orm import Session

from moderation.storage.models.reader_mail import (
    ReaderAddress,
    ReaderAnswer,
    ReaderFollow,
    ReaderMail,
    ShownAnswer,
    StoppedAddress,
)
from moderation.storage.transactions import transact

from .reader_delivery import stop_address
from .reader_links import VALID

#: Finished mails, without address and contents: their keys, and their ids for bounces.
KEPT = timedelta(days=30)
#: The keyed hash of a client's network is needed for the bounds of a day.
NETWORKS = timedelta(days=2)
#: A comment that no worker gave to its readers by then is no news any more.
NEWS = timedelta(days=3)
#: A thread is followed for at most this long.
FOLLOWED = timedelta(days=365)


def remove_old(session: Session, now: datetime) -> dict[str, int]:
    """Remove expired rows in the caller's transaction; return the number of each kind."""
    follows = exists().where(ReaderFollow.address_id == ReaderAddress.id)
    waits = exists().where(
        ReaderAnswer.address_id == ReaderAddress.id, ReaderAnswer.mail_id.is_(None)
    )
    statements: dict[str, Any] = {
        "reader_follows": delete(ReaderFollow).where(ReaderFollow.created_at < now - FOLLOWED),
        "unconfirmed_addresses": delete(ReaderAddress).where(
            ReaderAddress.confirmed_at.is_(None),
            ReaderAddress.email.is_not(None),
            ReaderAddress.created_at < now - VALID,
        ),
        # Its reader stopped each thread, or the threads are gone.
        "reader_addresses": delete(ReaderAddress).where(
            ReaderAddress.email.is_not(None),
            ReaderAddress.created_at < now - VALID,
            ~follows,
            ~waits,
        ),
        "reader_mails": delete(ReaderMail).where(ReaderMail.finished_at < now - KEPT),
        "shown_answers": delete(ShownAnswer).where(ShownAnswer.shown_at < now - NEWS),
        "reader_networks": update(ReaderMail)
        .where(ReaderMail.network_key.is_not(None), ReaderMail.created_at < now - NETWORKS)
        .values(network_key=None),
    }
    removed = {}
    for name, statement in statements.items():
        result = session.execute(statement)
        removed[name] = result.rowcount if isinstance(result, CursorResult) else 0
    return removed


# Bounces and complaints


@dataclass(frozen=True, slots=True)
class Stopped:
    """An address that no site writes to."""

    why: str
    since: datetime


def stop(session: Session, email_key: str, why: str, *, now: datetime) -> None:
    """Stop all mail to an address for `bounced` or `complained`; commits."""
    transact(session, lambda: stop_address(session, email_key, why, now=now))


def stop_recipient(session: Session, mail_id: UUID, why: str, *, now: datetime) -> bool:
    """Stop the address that a mail went to; return whether the mail is known. Commits."""
    email_key = session.scalar(select(ReaderMail.email_key).where(ReaderMail.id == mail_id))
    session.rollback()
    if email_key is None:
        return False
    stop(session, email_key, why, now=now)
    return True


def allow(session: Session, email_key: str) -> bool:
    """Let sites write to an address again; return whether it was stopped. Commits."""
    statement = (
        delete(StoppedAddress)
        .where(StoppedAddress.email_key == email_key)
        .returning(StoppedAddress.email_key)
    )
    return transact(session, lambda: session.execute(statement).first() is not None)


def stopped(session: Session, email_key: str) -> Stopped | None:
    """Return why and since when an address is stopped; None when it is not."""
    row = session.get(StoppedAddress, email_key)
    return Stopped(row.why, row.created_at) if row else None


def stopped_counts(session: Session) -> dict[str, int]:
    """Return the number of stopped addresses by reason."""
    rows = session.execute(select(StoppedAddress.why, func.count()).group_by(StoppedAddress.why))
    counted = {why: number for why, number in rows}  # noqa: C416 (rows are no pairs for mypy)
    return {"bounced": 0, "complained": 0} | counted
