"""Rows that replace one another, such as keys and secrets: only the newest ones stay."""

from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session


def keep_newest(
    session: Session, id: InstrumentedAttribute[int], *of: ColumnElement[bool], number: int
) -> int:
    """Delete all but the newest rows that match, by their id, and return how many were deleted."""
    newest = session.scalars(select(id).where(*of).order_by(id.desc()).limit(number)).all()
    deleted: Any = session.execute(delete(id.class_).where(*of, id.not_in(newest)))
    return int(deleted.rowcount)
