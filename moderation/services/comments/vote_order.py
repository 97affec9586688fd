# ruff: noqa: S608 -- only constants of this module are joined; values are always parameters.
"""Pages of comments in the orders by votes.

Comments with votes have a place in `top_rank` or `controversy` and are read along an index that
has no others; those follow newest first, along the index of every thread. So a page
reads little more than it shows, a comment without votes costs no index entry, and a comment
has one place: its rank, time and id, which its cursor names.
"""

from typing import NamedTuple

from sqlalchemy.engine import Connection

from moderation.storage.compiled_statements import CompiledStatement

from ..pagination import Cursor
from . import thread_rows
from .thread_rows import Row


class _Segment(NamedTuple):
    """Comments of one kind in an order, and the statements of their first and later pages."""

    first: CompiledStatement
    later: CompiledStatement


def _segment(column: str, compared: str) -> _Segment:
    if compared:
        scope = f"c.{column} IS NOT NULL AND c.{column} {compared}"
        place, values = f"c.{column}, c.created_at, c.id", ":rank, :at, :id"
    else:
        scope = f"c.{column} IS NULL"
        place, values = "c.created_at, c.id", ":at, :id"
    order = ", ".join(f"{name} DESC" for name in place.split(", "))
    return _Segment(
        *(
            thread_rows.prepared(
                f"SELECT {thread_rows.COLUMNS} FROM comments c WHERE c.post_id = :post "
                f"AND c.parent_id IS NULL AND {scope} AND {thread_rows.LISTED} "
                f"{behind}ORDER BY {order} LIMIT :limit"
            )
            for behind in ("", f"AND ({place}) < ({values}) ")
        )
    )


#: A comment that everyone voted against is behind those without votes.
_TOP = (_segment("top_rank", "> 0"), _segment("top_rank", ""), _segment("top_rank", "< 0"))
_CONTROVERSIAL = (_segment("controversy", "> 0"), _segment("controversy", ""))


def page(
    connection: Connection,
    post_id: int,
    limit: int,
    cursor: Cursor | None,
    *,
    controversial: bool,
) -> list[Row]:
    """Return the next top-level comments of a post behind a cursor, at most `limit`."""
    segments = _CONTROVERSIAL if controversial else _TOP
    begin = _segment_of(cursor, len(segments)) if cursor else 0
    rows: list[Row] = []
    for number, segment in enumerate(segments[begin:]):
        values = {"post": post_id, "limit": limit - len(rows)}
        if cursor and number == 0:
            place = {"at": cursor.created_at, "id": cursor.id, "rank": cursor.rank}
            rows += segment.later.rows(connection, {**place, **values})
        else:
            rows += segment.first.rows(connection, values)
        if len(rows) >= limit:
            break
    return rows


def _segment_of(cursor: Cursor, segments: int) -> int:
    if cursor.rank is None:
        return 1
    return 0 if cursor.rank > 0 else segments - 1


def rank_of(row: Row, *, controversial: bool) -> int | None:
    """Return the place of a row in an order by votes; None for one without votes."""
    rank: int | None = row[thread_rows.WIDTH - (1 if controversial else 2)]
    return rank
