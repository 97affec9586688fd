"""The end of what reports keep: guests' addresses as in comments, texts and names by the site."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.policy.reports import REPORT_DAYS
from moderation.storage.models.base import new_id
from moderation.storage.models.reports import CommentReport
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..comments.reported import ERASED

#: Rows per commit, so that no request waits long.
BATCH = 500


def forget_addresses(session: Session, old: datetime) -> int:
    """Replace the keyed addresses of guests in reports from before `old`; commits in batches.

    A random key keeps one report by a reader one row; no person can be recognised by it.
    """
    return _in_batches(session, partial(_forget_addresses, session, old))


def _forget_addresses(session: Session, old: datetime) -> int:
    ids = session.scalars(
        select(CommentReport.id)
        .where(CommentReport.block_key.is_not(None), CommentReport.created_at < old)
        .limit(BATCH)
    ).all()
    for id in ids:
        session.execute(
            update(CommentReport)
            .where(CommentReport.id == id)
            .values(block_key=None, reporter=new_id().hex)
        )
    return len(ids)


def forget_texts(session: Session, *, now: datetime) -> int:
    """Remove the texts, names and addresses that each site no longer keeps; commits in batches."""
    sites = session.execute(select(Site.id, Site.settings)).all()
    session.rollback()
    erased = 0
    for site_id, settings in sites:
        old = now - timedelta(days=settings.get("report_days", REPORT_DAYS))
        erased += _in_batches(session, partial(_forget_texts, session, site_id, old, now))
    return erased


def _forget_texts(session: Session, site_id: int, old: datetime, now: datetime) -> int:
    ids = session.scalars(
        select(CommentReport.id)
        .where(
            CommentReport.site_id == site_id,
            CommentReport.erased_at.is_(None),
            CommentReport.created_at < old,
        )
        .limit(BATCH)
    ).all()
    session.execute(
        update(CommentReport).where(CommentReport.id.in_(ids)).values(**ERASED, erased_at=now)
    )
    return len(ids)


def _in_batches(session: Session, batch: Callable[[], int]) -> int:
    total = 0
    while done := transact(session, batch):
        total += done
    return total
