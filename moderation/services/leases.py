"""Leases: a background job runs in one process at a time."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.storage.engine import begin_write
from moderation.storage.models.jobs import Lease
from moderation.storage.upsert import insert_ignoring


def take_lease(
    session: Session, job: str, holder: str, *, now: datetime, length: timedelta, renew: bool
) -> bool:
    """Return whether this holder may run the job until `now + length`; commits.

    Without `renew` even the holder waits for the end of the lease: an hourly job then runs
    once an hour, in one process. A lease that ends later than `now + 2 * length` was taken
    while a clock was ahead, and is ignored.
    """

    def binds(lease: Lease) -> bool:
        runs = now < lease.expires_at <= now + 2 * length
        return runs and not (renew and lease.holder == holder)

    current = session.get(Lease, job, populate_existing=True)
    session.rollback()
    if current is not None and binds(current):
        return False
    begin_write(session)
    # Of two processes that start at once, one inserts the row and the other waits for it.
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


def give_lease_back(session: Session, job: str, holder: str, *, now: datetime) -> None:
    """End the lease of a holder, so that another one need not wait for its end; commits."""
    begin_write(session)
    session.execute(
        update(Lease).where(Lease.job == job, Lease.holder == holder).values(expires_at=now)
    )
    session.commit()
