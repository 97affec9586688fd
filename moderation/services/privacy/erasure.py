"""Erasure of a person on one site, in parts that other writers proceed between.

Each part is a commit: some comments with everything about them. The last one has the rest, the
entry in the audit trail and the message to the site, and removes the request. A process that
dies leaves the request, and the worker continues.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from secrets import token_hex
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import CommentNotFound
from moderation.domain.status import Actor, Outcome, Status
from moderation.domain.webhook_events import AUTHOR_ERASED
from moderation.storage import full_text
from moderation.storage.engine import empty_journal
from moderation.storage.models.authors import AuthorStanding, Ban
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry
from moderation.storage.models.privacy import ErasureRequest
from moderation.storage.models.sites import LinkHost, Site
from moderation.storage.transactions import transact

from .. import audit, export_files, outbox
from ..comments import ledger, vote_counts
from ..comments.erasure import FORGOTTEN, UNKNOWN, forget_traces
from ..comments.link_history import linked_hosts
from ..signing import Signing
from . import persons
from .persons import Person
from .registry import Personal, Scope
from .tables import PERSONAL

#: Comments of one commit.
BATCH = 100
#: Comments that the message about an erasure lists; all are counted.
LISTED = 1000


def carry_out(session: Session, runtime: Signing, request_id: UUID, *, now: datetime) -> bool:
    """Erase the person of a request, now; return whether this call finished it. Commits.

    Two processes that carry out the same request take turns, and one of them finishes it.
    """
    # A person who goes on writing must not keep the erasure from its end.
    newest = _newest(session, request_id)
    while True:
        done = transact(session, partial(_part, session, runtime, request_id, newest, now))
        if done is not None:
            break
    if done:
        export_files.remove_unknown(session, runtime.settings)
        transact(session, partial(full_text.purge, session))
        empty_journal(session)
    return done


def _newest(session: Session, request_id: UUID) -> UUID | None:
    """Return the id of the newest comment of a request's person; ids count up with time."""
    request = session.get(ErasureRequest, request_id)
    if request is None:
        return None
    person = Person.loaded(request.site_id, request.person)
    newest = select(Comment.id).where(person.wrote()).order_by(Comment.id.desc()).limit(1)
    found = session.scalar(newest)
    session.rollback()
    return found


def _part(
    session: Session, runtime: Signing, request_id: UUID, newest: UUID | None, now: datetime
) -> bool | None:
    """Erase some comments, or the rest; return True after the rest, None while more is left."""
    request = session.scalar(
        select(ErasureRequest)
        .where(ErasureRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None or request.due_at > now:
        return False
    person = persons.with_voters(session, runtime, Person.loaded(request.site_id, request.person))
    # Kept with the request: the comments that name the main site's id go in parts.
    request.person = person.stored()
    by = By(Actor(request.actor), request.actor_name)
    left = select(Comment.id).where(person.wrote()).limit(BATCH)
    ids = session.scalars(left.where(Comment.id <= newest)).all() if newest else ()
    # With the last part go those that were being written meanwhile; later ones are new.
    last = not ids
    if last:
        # Before the locks of posts and comments: see `vote_counts`.
        voters = [bytes.fromhex(voter) for voter in person.voters]
        vote_counts.lock_votes_of(session, person.site_id, voters, now)
    ids = ids or session.scalars(left).all()
    erased = erase_comments(session, runtime, person, ids, by, now=now) if ids else []
    request.erased += len(erased)
    listed = [*request.erased_ids, *map(str, erased)]
    request.erased_ids = listed[:LISTED]
    if not last:
        return None
    session.flush()
    _finish(session, runtime, request, person, by, now)
    return True


def erase_comments(
    session: Session,
    runtime: Signing,
    person: Person,
    ids: Sequence[UUID],
    by: By,
    *,
    now: datetime,
) -> list[UUID]:
    """Erase comments and everything about them, in the caller's transaction; return their ids.

    A place stays where replies need one: the ledger keeps the thread together.
    """
    ids = ledger.lock_posts(session, Comment.id.in_(ids))
    _forget_hosts(session, person.site_id, ids)
    # While the comments still have their texts, and other tables their references.
    scope = Scope(session, runtime, person, now, ids)
    for personal in PERSONAL:
        for way in personal.ways:
            if way.by_comment:
                way.erase(personal.table, scope)
    erased = []
    for comment_id in ids:
        try:
            comment, post = ledger.lock(session, comment_id)
        except CommentNotFound:
            continue
        if comment.status != Status.DELETED:
            ledger.record(
                session,
                ledger.comment_columns(comment),
                post,
                Outcome.DELETE,
                by,
                now=now,
                changes={**FORGOTTEN, **UNKNOWN},
            )
        else:
            session.execute(
                update(Comment).where(Comment.id == comment_id).values(**FORGOTTEN, **UNKNOWN)
            )
        erased.append(comment_id)
    forget_traces(session, erased, purge=False)
    return erased


def _forget_hosts(session: Session, site_id: int, ids: Sequence[UUID]) -> None:
    """Remove the counts of hosts that were only counted for these comments."""
    counted: Counter[str] = Counter()
    for text in session.scalars(select(Comment.text).where(Comment.id.in_(ids))):
        counted.update(linked_hosts(text))
    for host, number in counted.items():
        session.execute(
            delete(LinkHost).where(
                LinkHost.site_id == site_id,
                LinkHost.host == host,
                LinkHost.spam + LinkHost.fine <= number,
            )
        )


def _finish(
    session: Session,
    runtime: Signing,
    request: ErasureRequest,
    person: Person,
    by: By,
    now: datetime,
) -> None:
    kept = by.actor is Actor.AUTHOR
    scope = Scope(session, runtime, person, now)
    for personal in PERSONAL:
        for way in personal.ways:
            if way.by_comment or (kept and _outlives(session, personal, person)):
                continue
            way.erase(personal.table, scope)
    # They have the person's texts and addresses.
    export_files.withdraw(session, request.site_id, now=now)
    site = session.get_one(Site, request.site_id)
    detail = {"comments": request.erased, **proof(runtime, person)}
    audit.write_about(session, site, by, AUTHOR_ERASED, now, detail)
    # Without anything by which the author could be recognised; each comment has an event, too.
    erased = {
        "event": request.event_id,
        "count": request.erased,
        "comments": request.erased_ids,
    }
    outbox.put(session, request.site_id, AUTHOR_ERASED, erased, now)
    session.execute(delete(ErasureRequest).where(ErasureRequest.id == request.id))


def _outlives(session: Session, personal: Personal, person: Person) -> bool:
    """Empty the rows that survive an erasure by the author; return whether the table has some.

    An author who is banned or premoderated must not begin anew by erasing themselves. Keyed
    hashes are enough for that.
    """
    if personal.table is Ban.__table__:
        session.execute(
            update(Ban)
            .where(Ban.site_id == person.site_id, Ban.author_key.in_(person.keys))
            .values(reason="")
        )
        return True
    if personal.table is AuthorStanding.__table__:
        session.execute(
            delete(AuthorStanding).where(
                AuthorStanding.site_id == person.site_id,
                AuthorStanding.author_key.in_(person.keys),
                AuthorStanding.standing != "premoderated",
            )
        )
        return True
    return False


# The audit trail


def proof(runtime: Signing, person: Person) -> dict[str, object]:
    """Return salted hashes of a person's keys: they prove an erasure, and identify no person.

    A fresh salt makes the hashes of two erasures of one person different, and the service's
    secret key keeps others from trying addresses.
    """
    salt = token_hex(8)
    return {"salt": salt, "hashes": _hashes(runtime, person, salt)}


def _hashes(runtime: Signing, person: Person, salt: str) -> list[str]:
    values = (f"{salt}\0{person.site_id}\0{key}".encode() for key in person.keys)
    return [runtime.derived("erased person", value).hex() for value in values]


def past_erasures(session: Session, runtime: Signing, person: Person) -> list[datetime]:
    """Return when the person was erased before, from the audit trail, oldest first."""
    found = []
    for at, detail in session.execute(
        select(AuditEntry.at, AuditEntry.detail)
        .where(AuditEntry.action == AUTHOR_ERASED, AuditEntry.site_id == person.site_id)
        .order_by(AuditEntry.at, AuditEntry.id)
    ):
        salt = detail.get("salt")
        if salt and not set(detail["hashes"]).isdisjoint(_hashes(runtime, person, salt)):
            found.append(at)
    return found
