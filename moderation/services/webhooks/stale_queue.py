"""The event `queue.stale`: sent once when a held comment has waited for too long."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from moderation.domain.status import Status
from moderation.domain.webhook_events import QUEUE_STALE
from moderation.storage.engine import begin_write
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.sites import Site

from .. import outbox

#: The setting of a site: hours that a comment may wait; 0 or none: for ever.
SETTING = "stale_after_hours"
LOOK_EVERY = timedelta(minutes=1)
#: Waiting comments are counted up to this number.
MOST = 10_000


def look(session: Session, *, now: datetime) -> int:
    """Announce queues that became stale, end the episodes of others; commits.

    Returns the number of sites whose state changed.
    """
    sites = session.execute(select(Site.id, Site.settings, Site.queue_stale_at)).all()
    changed = 0
    for site_id, settings, stale_at in sites:
        hours = settings.get(SETTING) or 0
        since = _waiting_since(session, site_id, now - timedelta(hours=hours)) if hours else None
        session.rollback()
        if (since is None) is (stale_at is None):
            continue
        changed += 1
        _record(session, site_id, hours, since, now)
    session.rollback()
    return changed


def _record(
    session: Session, site_id: int, hours: int, since: datetime | None, now: datetime
) -> None:
    begin_write(session)
    held = _is_held(site_id)
    counted = select(Comment.id).where(held).limit(MOST).subquery()
    count = session.scalar(select(func.count()).select_from(counted)) or 0
    # Another worker may have looked at the same time.
    unannounced = Site.queue_stale_at.is_(None) if since else Site.queue_stale_at.is_not(None)
    applied = session.execute(
        update(Site)
        .where(Site.id == site_id, unannounced)
        .values(queue_stale_at=now if since else None)
        .returning(Site.id)
    ).all()
    if applied and since is not None:
        payload = {"waiting_since": since.isoformat(), "hours": hours, "held": count}
        outbox.put(session, site_id, QUEUE_STALE, payload, now)
    session.commit()


def _waiting_since(session: Session, site_id: int, limit: datetime) -> datetime | None:
    """Return since when the oldest comment waits that was held before `limit`, or None."""
    # The decision of the current version: a comment may be much older than its last report.
    current = and_(Decision.comment_id == Comment.id, Decision.comment_version == Comment.version)
    return session.scalar(
        select(Decision.created_at)
        .join(Comment, current)
        .where(_is_held(site_id), Comment.created_at <= limit, Decision.created_at <= limit)
        .order_by(Comment.created_at, Comment.id)
        .limit(1)
    )


def _is_held(site_id: int) -> ColumnElement[bool]:
    return and_(Comment.site_id == site_id, Comment.status == Status.HELD.value)
