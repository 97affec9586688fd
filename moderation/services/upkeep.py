"""Background work under a lease: what is old is forgotten, whoever runs it, once."""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write, empty_journal, insert_ignoring
from moderation.storage.messages import IdempotencyKey, Lease, Mail, OutboxMessage, ReceivedEvent
from moderation.storage.people import ConsoleSession

IDEMPOTENCY = timedelta(hours=24)
#: Far longer than a signature stays valid, so that a repeated event is always recognised.
EVENTS = timedelta(days=30)
MESSAGES = timedelta(days=30)
#: Rows per commit, so that no one waits long for the upkeep.
BATCH = 500


def take_lease(
    session: Session, job: str, holder: str, *, now: datetime, length: timedelta, renew: bool
) -> bool:
    """Tell whether this holder may run the job until `now + length`; commits.

    Without `renew` even the holder waits for the end of the lease: so a job that is done
    once an hour is done once an hour, by whoever comes first.
    """
    held = session.get(Lease, job, populate_existing=True)
    session.rollback()
    if held is not None and held.expires_at > now and not (renew and held.holder == holder):
        return False
    begin_write(session)
    # Two who come first at once: one inserts, the other waits for that and then sees it.
    insert_ignoring(
        session,
        Lease.__table__,  # type: ignore[arg-type]
        job=job,
        holder="",
        expires_at=now,
    )
    lease = session.scalars(
        select(Lease)
        .where(Lease.job == job)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if lease.expires_at > now and not (renew and lease.holder == holder):
        session.rollback()
        return False
    lease.holder, lease.expires_at = holder, now + length
    session.commit()
    return True


def tidy(session: Session, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Remove what has outlived its purpose, in small commits; tells how many rows of each."""
    old = now - timedelta(days=settings.address_retention_days)
    addresses = 0
    while batch := _forget_addresses(session, old):
        addresses += batch
    done = {"addresses": addresses}
    begin_write(session)
    for name, statement in (
        (
            "idempotency_keys",
            delete(IdempotencyKey).where(IdempotencyKey.created_at < now - IDEMPOTENCY),
        ),
        ("received_events", delete(ReceivedEvent).where(ReceivedEvent.received_at < now - EVENTS)),
        (
            "messages",
            delete(OutboxMessage).where(
                OutboxMessage.state != "waiting", OutboxMessage.finished_at < now - MESSAGES
            ),
        ),
        ("mails", delete(Mail).where(Mail.state != "waiting", Mail.finished_at < now - MESSAGES)),
        ("sessions", delete(ConsoleSession).where(ConsoleSession.expires_at < now)),
    ):
        result = session.execute(statement)
        done[name] = result.rowcount if isinstance(result, CursorResult) else 0
    session.commit()
    empty_journal(session)
    return done


def _forget_addresses(session: Session, old: datetime) -> int:
    begin_write(session)
    ids = session.scalars(
        select(Comment.id)
        .where(Comment.address_key.is_not(None), Comment.created_at < old)
        .limit(BATCH)
    ).all()
    session.execute(
        update(Comment).where(Comment.id.in_(ids)).values(address_key=None, block_key=None)
    )
    # A guest without e-mail was recognised by name and address: that goes as well.
    session.execute(
        update(Comment)
        .where(Comment.id.in_(ids), Comment.email_key.is_(None), Comment.author_id.is_(None))
        .values(author_key=None)
    )
    session.commit()
    return len(ids)
