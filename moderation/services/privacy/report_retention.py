"""What reports by readers keep no longer: hashes of addresses, then texts, names and addresses."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from moderation.storage.models.base import new_id
from moderation.storage.models.reports import CommentReport
from moderation.storage.models.sites import Site

from ..comments.reported import ERASED
from ..signing import Signing


def addresses(
    session: Session, site: Site, before: datetime, _: datetime, most: int | None
) -> Sequence[UUID]:
    """Return the ids of old reports with hashes of a guest's address, at most so many."""
    return _old(session, site, before, most, CommentReport.block_key.is_not(None))


def forget_addresses(
    session: Session, _: Signing, __: Site, ids: Sequence[UUID], ___: datetime
) -> None:
    """Replace the hashes of addresses by random keys, in the caller's transaction.

    A random key keeps one report by a reader one row; no person can be recognised by it.
    """
    for id in ids:
        session.execute(
            update(CommentReport)
            .where(CommentReport.id == id)
            .values(block_key=None, reporter=new_id().hex)
        )


def texts(
    session: Session, site: Site, before: datetime, _: datetime, most: int | None
) -> Sequence[UUID]:
    """Return the ids of old reports that have their words still, at most so many."""
    return _old(session, site, before, most, CommentReport.erased_at.is_(None))


def forget_texts(
    session: Session, _: Signing, __: Site, ids: Sequence[UUID], now: datetime
) -> None:
    """Remove texts, names and mail addresses, in the caller's transaction."""
    session.execute(
        update(CommentReport).where(CommentReport.id.in_(ids)).values(**ERASED, erased_at=now)
    )


def _old(
    session: Session, site: Site, before: datetime, most: int | None, kept: ColumnElement[bool]
) -> Sequence[UUID]:
    return session.scalars(
        select(CommentReport.id)
        .where(CommentReport.site_id == site.id, kept, CommentReport.created_at < before)
        .limit(most)
    ).all()
