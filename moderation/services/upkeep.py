"""Background work under a lease: what is old is forgotten, whoever runs it, once."""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write, empty_journal, insert_ignoring
from moderation.storage.messages import IdempotencyKey, Lease, Mail, OutboxMessage, ReceivedEvent
from moderation.storage.people import ConsoleSession, Notice
from moderation.storage.sites import Site

from .delivery import LONGEST_WAIT

IDEMPOTENCY = timedelta(hours=24)
#: Far longer than a signature stays valid, so that a repeated event is always recognised.
EVENTS = timedelta(days=30)
MESSAGES = timedelta(days=30)
#: Mail about an account is news for this long.
NOTICES = timedelta(days=3)
#: By how much two machines' clocks may differ before one of them is taken to be wrong.
CLOCKS_DIFFER = timedelta(minutes=5)
#: Rows per commit, so that no one waits long for the upkeep.
BATCH = 500


def take_lease(
    session: Session, job: str, holder: str, *, now: datetime, length: timedelta, renew: bool
) -> bool:
    """Tell whether this holder may run the job until `now + length`; commits.

    Without `renew` even the holder waits for the end of the lease: so a job that is done
    once an hour is done once an hour, by whoever comes first. A lease that ends later than
    anybody could have asked for now was taken while a clock was ahead, and binds nobody.
    """

    def binds(lease: Lease) -> bool:
        runs = now < lease.expires_at <= now + 2 * length
        return runs and not (renew and lease.holder == holder)

    held = session.get(Lease, job, populate_existing=True)
    session.rollback()
    if held is not None and binds(held):
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
    if binds(lease):
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
    done = {"addresses": addresses, "unaddressed": _drop_unaddressed(session, now)}
    begin_write(session)
    _plan_anew(session, now)
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
        ("notices", delete(Notice).where(Notice.created_at < now - NOTICES)),
        ("sessions", delete(ConsoleSession).where(ConsoleSession.expires_at < now)),
    ):
        result = session.execute(statement)
        done[name] = result.rowcount if isinstance(result, CursorResult) else 0
    session.commit()
    empty_journal(session)
    return done


def _plan_anew(session: Session, now: datetime) -> None:
    """Send at once what a clock that was ahead has put off, since it was set back."""
    for what in (OutboxMessage, Mail):
        session.execute(
            update(what)
            .where(
                what.state == "waiting",
                or_(
                    what.due_at > now + LONGEST_WAIT + CLOCKS_DIFFER,
                    and_(what.due_at > now + CLOCKS_DIFFER, what.created_at > now + CLOCKS_DIFFER),
                ),
            )
            .values(due_at=now)
        )


def _drop_unaddressed(session: Session, now: datetime) -> int:
    """Give up what an earlier release has kept waiting for sites that have no address."""
    dropped = 0
    nowhere = select(Site.id).where(Site.webhook_url.is_(None))
    while True:
        begin_write(session)
        ids = session.scalars(
            select(OutboxMessage.id)
            .where(OutboxMessage.state == "waiting", OutboxMessage.site_id.in_(nowhere))
            .limit(BATCH)
        ).all()
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(ids))
            .values(state="dropped", finished_at=now)
        )
        session.commit()
        dropped += len(ids)
        if len(ids) < BATCH:
            return dropped


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
