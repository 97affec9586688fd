"""Bursts and repeated texts among the comments that platforms let us check.

Most of them are answered at once and never stored, so their keys alone are kept for a day.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, func, insert, select, true

from moderation.domain.judgement import Facts
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.foreign import ForeignCheck
from moderation.storage.models.sites import Site

from ..comments.facts import LOOK_BACK
from ..comments.identity import Identity

#: Older checks are not counted, and removed by the clean-up.
KEPT = timedelta(days=1)

_T = ForeignCheck.__table__
_COLUMNS = ("site_id", "author_key", "address_key", "text_key", "fingerprint", "created_at")
_INSERT = CompiledStatement(insert(_T).inline(), _COLUMNS)  # type: ignore[arg-type]


def _recent(column: str, since: str, within: str) -> Any:
    newest = (
        select(_T.c.created_at)
        .where(
            _T.c.site_id == bindparam("site_id"),
            _T.c[column] == bindparam(column),
            _T.c.created_at > bindparam(since),
            # A client asks again after a timeout, or when its queue is checked again.
            _T.c.fingerprint != bindparam("fingerprint"),
        )
        .order_by(_T.c.created_at.desc())
        .limit(LOOK_BACK)
        .subquery()
    )
    last = func.count(case((newest.c.created_at > bindparam(within), 1)))
    return select(last.label("last"), func.count().label("all")).select_from(newest).subquery()


_AUTHOR = _recent("author_key", "ten", "minute")
_ADDRESS = _recent("address_key", "ten", "minute")
_TEXT = _recent("text_key", "day", "hour")
_COUNTS = CompiledStatement(
    select(*_AUTHOR.columns, *_ADDRESS.columns, *_TEXT.columns).select_from(
        _AUTHOR.join(_ADDRESS, true()).join(_TEXT, true())
    )
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The keys of a checked comment."""

    site_id: int
    author_key: str | None
    address_key: str | None
    text_key: int | None
    fingerprint: str

    @classmethod
    def of(cls, site: Site, identity: Identity, text_key: int | None, fingerprint: str) -> "Seen":
        return cls(site.id, identity.author_key, identity.address_key, text_key, fingerprint)


def add_counts(unit: Executor, seen: Seen, known: Facts, now: datetime) -> Facts:
    """Return facts that also count the checks of the last day; not those of the same comment."""
    times = {
        "minute": now - timedelta(minutes=1),
        "ten": now - timedelta(minutes=10),
        "hour": now - timedelta(hours=1),
        "day": now - KEPT,
    }
    row = _COUNTS.rows(unit.connection(), {**asdict(seen), **times})[0]
    # A check that was held is among the comments, too.
    return replace(
        known,
        author_1m=max(known.author_1m, row[0]),
        author_10m=max(known.author_10m, row[1]),
        address_1m=max(known.address_1m, row[2]),
        address_10m=max(known.address_10m, row[3]),
        same_text_1h=max(known.same_text_1h, row[4]),
        same_text_24h=max(known.same_text_24h, row[5]),
    )


def remember(unit: Executor, seen: Seen, now: datetime) -> None:
    """Count a check, in the caller's transaction."""
    _INSERT.run(unit.connection(), {**asdict(seen), "created_at": now})
