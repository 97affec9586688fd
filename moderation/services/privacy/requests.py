"""Requests to erase a person: made, withdrawn while they wait, and carried out when due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import NotFound
from moderation.storage.models.base import new_id
from moderation.storage.models.privacy import ErasureRequest
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact
from moderation.storage.upsert import insert_ignoring

from .. import audit
from ..signing import Signing
from . import erasure
from .persons import Person

#: For which a request can be withdrawn.
GRACE = timedelta(hours=24)
#: Requests of one turn of the worker.
TURN = 20
#: Requests that a list shows.
LISTED = 200

REQUESTED = "author.erasure_requested"
EXPORTED = "author.exported"
WITHDRAWN = "author.erasure_withdrawn"


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits."""

    id: UUID
    requested_at: datetime
    due_at: datetime
    #: author, site or moderator.
    actor: str
    actor_name: str


def put(
    session: Session,
    site: Site,
    person: Person,
    by: By,
    *,
    now: datetime,
    grace: timedelta = GRACE,
    event_id: str | None = None,
) -> Pending:
    """Add a request in the caller's transaction; one for the same person is kept, or brought on.

    A request never moves to a later time: the first one is not made to wait.
    """
    request = None
    # The row that kept this one out may be done, and gone, before it is read: begin again.
    while request is None:
        fresh = insert_ignoring(
            session,
            ErasureRequest.__table__,  # type: ignore[arg-type]
            id=new_id(),
            site_id=site.id,
            digest=person.digest(),
            person=person.stored(),
            actor=by.actor.value,
            actor_name=by.name,
            event_id=event_id,
            created_at=now,
            due_at=now + grace,
            erased=0,
            erased_ids=[],
        )
        request = session.scalars(
            select(ErasureRequest)
            .where(ErasureRequest.site_id == site.id, ErasureRequest.digest == person.digest())
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
    if now + grace < request.due_at:
        request.due_at = now + grace
        request.actor, request.actor_name, request.event_id = by.actor.value, by.name, event_id
    if fresh and grace:
        detail = {"request": str(request.id), "due": request.due_at.isoformat()}
        audit.write_about(session, site, by, REQUESTED, now, detail)
    session.flush()
    return _pending(request)


def add(
    session: Session, site: Site, person: Person, by: By, *, now: datetime, grace: timedelta = GRACE
) -> Pending:
    """Request the erasure of a person after the grace period; commits. Repeating changes nothing.

    With a grace of nothing call `erase_now` instead.
    """
    return transact(session, partial(put, session, site, person, by, now=now, grace=grace))


def erase_now(
    session: Session, runtime: Signing, site: Site, person: Person, by: By, *, now: datetime
) -> bool:
    """Erase a person at once; commits in parts. An interrupted one is continued by the worker."""
    pending = add(session, site, person, by, now=now, grace=timedelta())
    return erasure.carry_out(session, runtime, pending.id, now=now)


def pending_of(session: Session, person: Person) -> Pending | None:
    """Return the request for exactly this person that waits, or None."""
    request = session.scalar(
        select(ErasureRequest).where(
            ErasureRequest.site_id == person.site_id, ErasureRequest.digest == person.digest()
        )
    )
    return None if request is None else _pending(request)


def pending_on(session: Session, site: Site) -> list[Pending]:
    """Return the requests of a site that wait, the next due first."""
    return [
        _pending(request)
        for request in session.scalars(
            select(ErasureRequest)
            .where(ErasureRequest.site_id == site.id)
            .order_by(ErasureRequest.due_at, ErasureRequest.id)
            .limit(LISTED)
        )
    ]


def withdraw(session: Session, site: Site, request_id: UUID, by: By, *, now: datetime) -> None:
    """Withdraw a request that waits; commits. Raises NotFound once it is begun, or unknown."""

    def remove() -> None:
        gone = session.scalar(
            delete(ErasureRequest)
            .where(
                ErasureRequest.id == request_id,
                ErasureRequest.site_id == site.id,
                ErasureRequest.due_at > now,
            )
            .returning(ErasureRequest.id)
        )
        if gone is None:
            raise NotFound(
                "There is no such request that waits: it was withdrawn, or the erasure has begun."
            )
        audit.write_about(session, site, by, WITHDRAWN, now, {"request": str(request_id)})

    transact(session, remove)


def note_export(
    session: Session, runtime: Signing, site: Site, person: Person, by: By, *, now: datetime
) -> None:
    """Record in the audit trail that a person's data was exported; commits."""
    transact(session, partial(put_export, session, runtime, site, person, by, now=now))


def put_export(
    session: Session, runtime: Signing, site: Site, person: Person, by: By, *, now: datetime
) -> None:
    """Record an export in the caller's transaction, by salted hashes of the person."""
    audit.write_about(session, site, by, EXPORTED, now, erasure.proof(runtime, person))


def carry_out_due(session: Session, runtime: Signing, *, now: datetime) -> int:
    """Carry out the requests whose time has come, and return their number; commits."""
    due = session.scalars(
        select(ErasureRequest.id)
        .where(ErasureRequest.due_at <= now)
        .order_by(ErasureRequest.due_at)
        .limit(TURN)
    ).all()
    session.rollback()
    return sum(erasure.carry_out(session, runtime, id, now=now) for id in due)


def _pending(request: ErasureRequest) -> Pending:
    return Pending(
        request.id, request.created_at, request.due_at, request.actor, request.actor_name
    )
