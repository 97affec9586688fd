"""Authors of one site as moderators see them: history, standing, bans and notes.

An author is identified by a keyed hash of their id, e-mail address, or name and address, as
in their comments. The key is removed when the site erases the author.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import FieldError, Invalid, NotFound
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome, Status
from moderation.domain.webhook_events import AUTHOR_BANNED
from moderation.storage.models.authors import AuthorNote, AuthorStanding, Ban
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit, outbox
from ..comments import webhook_payload
from . import bulk
from .queues import Queue, QueueQuery

#: Comments of an author that are counted, the newest first.
COUNTED = 1000
#: Comments and notes that a card shows.
SHOWN = 10


class Standing(StrEnum):
    """The standing that moderators gave an author."""

    #: Newcomers' rules do not apply.
    TRUSTED = "trusted"
    #: Every comment waits for a moderator.
    PREMODERATED = "premoderated"


def author_card(
    session: Session, site: Site, key: str, *, now: datetime, known: bool = False
) -> dict[str, Any]:
    """Return an author's card; raise NotFound for a key without comments and ban.

    A `known` author is never NotFound: a change that was made must not be answered with 404.
    """
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
    ban = _ban(session, site, key, now)
    if not counted and ban is None and not known:
        raise NotFound(_UNKNOWN)
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
    standing = session.scalars(
        select(AuthorStanding).where(
            AuthorStanding.site_id == site.id, AuthorStanding.author_key == key
        )
    ).first()
    return {
        "key": key,
        "site": site.name,
        "names": list(dict.fromkeys(row[0].author_name for row in latest if row[0].author_name)),
        "first_seen": first_seen,
        "counts": {status.value: counted[status] for status in Status},
        "approval_rate": round(counted[Status.APPROVED] / decided, 3) if decided else None,
        "standing": standing.standing if standing else None,
        "standing_set": {"by": standing.set_by, "at": standing.set_at} if standing else None,
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
    """Trust an author, hold all their comments, or neither; commits."""
    _require_known(session, site, key)
    transact(session, lambda: _set_standing(session, site, key, standing, by, now))


def _set_standing(
    session: Session, site: Site, key: str, standing: Standing | None, by: By, now: datetime
) -> None:
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
    session.flush()
    _audit(session, site, key, by, now, f"author.{standing or 'ordinary'}")


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
    """Ban an author; commits.

    The author sees `until` and the reason; None has no end. With `reject_waiting`
    all their held comments are rejected, as one batch that can be undone: its result is
    returned.
    """
    if until is not None and until <= now:
        raise Invalid(
            "A ban must end in the future. Choose a later time, or none.",
            errors=(FieldError("#/until", "must be in the future"),),
        )
    _require_known(session, site, key)

    def replace() -> None:
        session.execute(delete(Ban).where(Ban.site_id == site.id, Ban.author_key == key))
        session.add(
            Ban(site_id=site.id, author_key=key, reason=reason, until=until, created_at=now)
        )
        session.flush()
        ends = until.isoformat() if until else None
        _audit(session, site, key, by, now, "author.banned", until=ends)
        announce_ban(session, site.id, key, by, now=now, reason=reason, until=until)

    transact(session, replace)
    if not reject_waiting:
        return None
    waiting = QueueQuery(queue=Queue.HELD, site_ids=(site.id,), author=key)
    return bulk.decide(
        session, bulk.Selection(query=waiting), Outcome.REJECT, by, now=now, reason=Reason.OTHER
    )


def announce_ban(
    session: Session,
    site_id: int,
    key: str,
    by: By,
    *,
    now: datetime,
    reason: str,
    until: datetime | None,
    author_id: str | None = None,
) -> None:
    """Tell the site's endpoints of a ban, in the caller's transaction."""
    known = author_id or session.scalar(
        select(Comment.author_id)
        .where(Comment.site_id == site_id, Comment.author_key == key)
        .order_by(Comment.created_at.desc())
        .limit(1)
    )
    payload = webhook_payload.banned(key, known, reason, until, by.actor)
    outbox.put(session, site_id, AUTHOR_BANNED, payload, now)


def forget_bans(session: Session, site_id: int, keys: Sequence[str]) -> None:
    """Remove an author's keys and ids from messages about their bans."""
    messages = session.execute(
        select(OutboxMessage.id, OutboxMessage.payload).where(
            OutboxMessage.site_id == site_id, OutboxMessage.type == AUTHOR_BANNED
        )
    ).all()
    for id, payload in messages:
        if payload["author"]["key"] in keys:
            erased = {**payload, "author": {"key": "", "id": None}, "reason": ""}
            session.execute(
                update(OutboxMessage).where(OutboxMessage.id == id).values(payload=erased)
            )


def lift_ban(session: Session, site: Site, key: str, by: By, *, now: datetime) -> None:
    """Lift an author's ban; commits. Raises NotFound for a key that is unknown here."""

    def lift() -> None:
        session.execute(delete(Ban).where(Ban.site_id == site.id, Ban.author_key == key))
        _audit(session, site, key, by, now, "author.unbanned")

    _require_known(session, site, key)
    transact(session, lift)


def add_note(session: Session, site: Site, key: str, text: str, by: By, *, now: datetime) -> UUID:
    """Add a note for the other moderators; commits."""
    id = new_id()

    def write() -> None:
        note = AuthorNote(id=id, site_id=site.id, author_key=key, text=text)
        note.written_by, note.created_at = by.name, now
        session.add(note)
        session.flush()
        _audit(session, site, key, by, now, "author.noted")

    _require_known(session, site, key)
    transact(session, write)
    return id


def forget(session: Session, site: Site, keys: list[str]) -> None:
    """Remove standings and notes, in the caller's transaction."""
    for table in (AuthorNote, AuthorStanding):
        session.execute(delete(table).where(table.site_id == site.id, table.author_key.in_(keys)))


_UNKNOWN = "There is no comment and no ban with this author key on this site. Check the key."


def _require_known(session: Session, site: Site, key: str) -> None:
    """Raise NotFound for a key under which there is neither a comment nor a ban."""
    written = select(Comment.id).where(Comment.site_id == site.id, Comment.author_key == key)
    banned = select(Ban.id).where(Ban.site_id == site.id, Ban.author_key == key)
    if session.scalar(written.limit(1)) is None and session.scalar(banned) is None:
        raise NotFound(_UNKNOWN)


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
