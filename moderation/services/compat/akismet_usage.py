"""The number of a site's Akismet calls, by month and blog."""

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.foreign import AkismetUsage
from moderation.storage.models.sites import Site

#: Blogs of a month that are counted by name; the others share one row.
MOST_BLOGS = 500
OTHERS = "(others)"
COUNTED = ("api_calls", "spam", "ham", "missed_spam", "false_positives")

_T = AkismetUsage.__table__
_OF_MONTH = (_T.c.site_id == bindparam("site_id"), _T.c.month == bindparam("month"))
_IS_KNOWN = CompiledStatement(select(_T.c.blog).where(*_OF_MONTH, _T.c.blog == bindparam("blog")))
_BLOGS = CompiledStatement(select(func.count()).select_from(_T).where(*_OF_MONTH))


@lru_cache(maxsize=2)
def _adding(dialect: str) -> CompiledStatement:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(_T)
    added = {name: _T.c[name] + statement.excluded[name] for name in COUNTED}
    statement = statement.on_conflict_do_update(index_elements=list(_T.primary_key), set_=added)
    return CompiledStatement(statement, [column.key for column in _T.columns])


def count(unit: Executor, site: Site, blog: str, now: datetime, *counted: str) -> None:
    """Add one to the named counts of a blog in this month, in the caller's transaction."""
    connection = unit.connection()
    key = {"site_id": site.id, "month": month_of(now), "blog": blog[:255]}
    if _IS_KNOWN.first(connection, key) is None:
        rows = _BLOGS.rows(connection, {"site_id": site.id, "month": key["month"]})
        if rows[0][0] >= MOST_BLOGS:
            key["blog"] = OTHERS
    values = {name: int(name in counted) for name in COUNTED}
    _adding(connection.dialect.name).run(connection, {**key, **values})


def month_of(now: datetime) -> str:
    """Return the month as Akismet names it, like `2026-11`."""
    return now.strftime("%Y-%m")


def calls(session: Session, site: Site, now: datetime) -> int:
    """Return the number of comment checks of this month."""
    statement = select(func.coalesce(func.sum(AkismetUsage.api_calls), 0)).where(
        AkismetUsage.site_id == site.id, AkismetUsage.month == month_of(now)
    )
    return int(session.scalar(statement) or 0)


@dataclass(frozen=True, slots=True)
class BlogUsage:
    """The counts of one blog, or their sums over months."""

    blog: str
    month: str
    api_calls: int
    spam: int
    ham: int
    missed_spam: int
    false_positives: int
    #: Blogs whose counts these are.
    blogs: int = 1


def of_month(session: Session, site: Site, month: str) -> list[BlogUsage]:
    """Return the counts of every blog in a month."""
    rows = session.scalars(
        select(AkismetUsage).where(AkismetUsage.site_id == site.id, AkismetUsage.month == month)
    )
    return [_usage(row) for row in rows]


def of_blog(session: Session, site: Site, blog: str, months: int | None) -> list[BlogUsage]:
    """Return the counts of a blog, the newest month first; `months` is None for all of them."""
    statement = (
        select(AkismetUsage)
        .where(AkismetUsage.site_id == site.id, AkismetUsage.blog == blog)
        .order_by(AkismetUsage.month.desc())
        .limit(months or 1200)
    )
    return [_usage(row) for row in session.scalars(statement)]


def of_key(session: Session, site: Site, months: int | None) -> list[BlogUsage]:
    """Return the sums of all blogs by month, the newest first; `months` is None for all of them."""
    sums = [func.sum(getattr(AkismetUsage, name)) for name in COUNTED]
    statement = (
        select(AkismetUsage.month, *sums, func.count())
        .where(AkismetUsage.site_id == site.id)
        .group_by(AkismetUsage.month)
        .order_by(AkismetUsage.month.desc())
        .limit(months or 1200)
    )
    return [
        BlogUsage("", month, *map(int, counted)) for month, *counted in session.execute(statement)
    ]


def _usage(row: AkismetUsage) -> BlogUsage:
    return BlogUsage(
        row.blog,
        row.month,
        row.api_calls,
        row.spam,
        row.ham,
        row.missed_spam,
        row.false_positives,
    )


def in_order(usages: Iterable[BlogUsage], order: str) -> list[BlogUsage]:
    """Sort blogs by a count, the highest first; `total` is that of all checks."""
    name = "api_calls" if order not in COUNTED else order
    by_name = sorted(usages, key=operator.attrgetter("blog"))
    return sorted(by_name, key=operator.attrgetter(name), reverse=True)
