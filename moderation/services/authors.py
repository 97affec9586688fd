"""What moderators know and settle about an author of one site.

An author is named by a keyed hash of their id, e-mail address, or name and address: the
same that stands in their comments. It goes when the site erases the author.
"""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from moderation.domain.errors import FieldError, Invalid, NotFound
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome, Status
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.dialects import begin_write
from moderation.storage.people import Ban
from moderation.storage.review import AuthorNote, AuthorStanding
from moderation.storage.sites import Post, Site

from . import audit, bulk
from .ledger import By
from .queues import Queue, QueueQuery

#: Comments of an author that are counted, the newest first.
COUNTED = 1000
#: Comments and notes that a card shows.
SHOWN = 10


class Standing(StrEnum):
    """What moderators have settled about an author."""

    #: Newcomers' rules do not apply.
    TRUSTED = "trusted"
    #: Every comment waits for a moderator.
    PREMODERATED = "premoderated"


def card(session: Session, site: Site, key: str, *, now: datetime) -> dict[str, Any]:
    """Who an author has been here; raises NotFound when nobody wrote under this key."""
    newest = (
        select(Comment.status, Comment.created_at)
        .where(Comment.site_id == site.id, Comment.author_key == key)
        .order_by(Comment.created_at.desc())
        .limit(COUNTED)
        .subquery()
    )
    counted = Counter(
        {
            row.status: row.number
            for row in session.execute(
                select(newest.c.status, func.count().label("number")).group_by(newest.c.status)
            )
        }
    )
    if not counted:
        raise NotFound("Nobody has written here under this key.")
    first_seen = session.scalar(
        select(Comment.created_at)
        .where(Comment.site_id == site.id, Comment.author_key == key)
        .order_by(Comment.created_at)
        .limit(1)
    )
    latest = session.execute(
        select(Comment, Post.title, Post.external_id)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.site_id == site.id, Comment.author_key == key)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(SHOWN)
    ).all()
    decided = counted[Status.APPROVED] + counted[Status.REJECTED] + counted[Status.SPAM]
    ban = _ban(session, site, key, now)
    return {
        "key": key,
        "site": site.name,
        "names": list(dict.fromkeys(row[0].author_name for row in latest if row[0].author_name)),
        "first_seen": first_seen,
        "counts": {status.value: counted[status] for status in Status},
        "approval_rate": round(counted[Status.APPROVED] / decided, 3) if decided else None,
        "standing": session.scalar(
            select(AuthorStanding.standing).where(
                AuthorStanding.site_id == site.id, AuthorStanding.author_key == key
            )
        ),
        "ban": {"reason": ban.reason, "until": ban.until, "created_at": ban.created_at}
        if ban
        else None,
        "notes": [
            {"id": n.id, "text": n.text, "by": n.written_by, "created_at": n.created_at}
            for n in session.scalars(
                select(AuthorNote)
                .where(AuthorNote.site_id == site.id, AuthorNote.author_key == key)
                .order_by(AuthorNote.created_at.desc())
                .limit(SHOWN)
            )
        ],
        "comments": [
            {
                "id": comment.id,
                "text": comment.text,
                "status": comment.status,
                "post": {"id": external_id, "title": title},
                "created_at": comment.created_at,
            }
            for comment, title, external_id in latest
        ],
    }


def set_standing(
    session: Session, site: Site, key: str, standing: Standing | None, by: By, *, now: datetime
) -> None:
    """Trust an author, hold all they write, or neither; commits."""
    _known(session, site, key)
    begin_write(session)
    session.execute(
        delete(AuthorStanding).where(
            AuthorStanding.site_id == site.id, AuthorStanding.author_key == key
        )
    )
    if standing is not None:
        session.add(
            AuthorStanding(
                site_id=site.id, author_key=key, standing=standing, set_by=by.name, set_at=now
            )
        )
    _audit(session, site, key, by, now, f"author.{standing or 'ordinary'}")
    session.commit()


def ban(
    session: Session,
    site: Site,
    key: str,
    by: By,
    *,
    now: datetime,
    reason: str = "",
    until: datetime | None = None,
    reject_waiting: bool = False,
) -> dict[str, Any] | None:
    """Refuse what an author sends from now on; commits.

    `until` is told to the author with the reason; None has no end. With `reject_waiting`
    all their held comments are rejected, as one batch that can be undone: its result is
    returned.
    """
    if until is not None and until <= now:
        raise Invalid(
            "A ban ends in the future.", errors=(FieldError("#/until", "must lie in the future"),)
        )
    _known(session, site, key)
    begin_write(session)
    session.execute(delete(Ban).where(Ban.site_id == site.id, Ban.author_key == key))
    session.add(Ban(site_id=site.id, author_key=key, reason=reason, until=until, created_at=now))
    _audit(session, site, key, by, now, "author.banned", until=until.isoformat() if until else None)
    session.commit()
    if not reject_waiting:
        return None
    waiting = QueueQuery(queue=Queue.HELD, site_ids=(site.id,), author=key)
    return bulk.decide(
        session, bulk.Selection(query=waiting), Outcome.REJECT, by, now=now, reason=Reason.OTHER
    )


def lift_ban(session: Session, site: Site, key: str, by: By, *, now: datetime) -> None:
    """Let an author write again; commits."""
    begin_write(session)
    session.execute(delete(Ban).where(Ban.site_id == site.id, Ban.author_key == key))
    _audit(session, site, key, by, now, "author.unbanned")
    session.commit()


def add_note(session: Session, site: Site, key: str, text: str, by: By, *, now: datetime) -> UUID:
    """Leave a note for the other moderators; commits."""
    _known(session, site, key)
    begin_write(session)
    note = AuthorNote(
        id=new_id(), site_id=site.id, author_key=key, text=text, written_by=by.name, created_at=now
    )
    session.add(note)
    _audit(session, site, key, by, now, "author.noted")
    session.commit()
    return note.id


def forget(session: Session, site: Site, keys: list[str]) -> None:
    """Remove what was settled and noted, in the caller's transaction."""
    for table in (AuthorNote, AuthorStanding):
        session.execute(delete(table).where(table.site_id == site.id, table.author_key.in_(keys)))


def _known(session: Session, site: Site, key: str) -> None:
    written = select(Comment.id).where(Comment.site_id == site.id, Comment.author_key == key)
    if session.scalar(written.limit(1)) is None:
        raise NotFound("Nobody has written here under this key.")


def _ban(session: Session, site: Site, key: str, now: datetime) -> Ban | None:
    return session.scalar(
        select(Ban).where(
            Ban.site_id == site.id,
            Ban.author_key == key,
            or_(Ban.until.is_(None), Ban.until > now),
        )
    )


def _audit(
    session: Session, site: Site, key: str, by: By, now: datetime, action: str, **detail: Any
) -> None:
    audit.write(
        session, now, by.actor, by.name, action, f"author:{key}", site_id=site.id, detail=detail
    )
