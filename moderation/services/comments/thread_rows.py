# ruff: noqa: S608 -- only constants of this module are joined; values are always parameters.
"""The statements behind pages of comments, and their rows as plain values ready for JSON.

Rows come from the driver as they are: converting identifiers and moments to Python's types
and back to JSON took longer than reading them. Only listed rows are ever selected here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from moderation.domain.status import REMOVAL, Listing, PostState, Status
from moderation.domain.votes import Votes, shown_votes
from moderation.storage.compiled_statements import CompiledStatement
from moderation.storage.models.base import Id, UtcDateTime
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

#: Families per query, so that a query reads no more than a page can have of long comments.
FAMILIES = 50

Row = tuple[Any, ...]

COLUMNS = (
    "c.id, c.parent_id, c.listing, c.author_name, c.staff, c.html, c.text, c.created_at, "
    "c.edited_at, c.reply_count, c.featured_at, c.status, c.verified, c.avatar, "
    "c.votes_up, c.votes_down, c.top_rank, c.controversy"
)
#: Number of these columns; those of the post come behind.
WIDTH = COLUMNS.count(",") + 1
# The values are part of the text: SQLite uses an index with a condition of its own only for
# conditions that it can read when it plans.
LISTED = f"c.listing <> '{Listing.HIDDEN.value}'"
_UP, _DOWN = "c.created_at, c.id", "c.created_at DESC, c.id DESC"


def prepared(sql: str) -> CompiledStatement:
    """Return a statement whose parameters `at`, `id` and `parent` have their types."""
    types: dict[str, TypeEngine[Any]] = {"at": UtcDateTime(), "id": Id(), "parent": Id()}
    used = types.keys() & re.findall(r":(\w+)", sql)
    return CompiledStatement(
        text(sql).bindparams(*(bindparam(name, type_=types[name]) for name in used))
    )


def _pages(scope: str, order: str) -> tuple[CompiledStatement, CompiledStatement]:
    """Return the statements of a first page and of a page after a cursor."""
    compared = "<" if order is _DOWN else ">"
    first, later = (
        f"SELECT {COLUMNS} FROM comments c WHERE c.post_id = :post AND {scope} AND {LISTED} "
        f"{behind}ORDER BY {order} LIMIT :limit"
        for behind in ("", f"AND (c.created_at, c.id) {compared} (:at, :id) ")
    )
    return prepared(first), prepared(later)


NEWEST = _pages("c.parent_id IS NULL", _DOWN)
OLDEST = _pages("c.parent_id IS NULL", _UP)
REPLIES = _pages("c.parent_id = :parent", _UP)

# With the post in the condition the index gives a family in its order: of five thousand
# replies only the first five are read.
_FAMILY = f"c.post_id = :post AND {LISTED} AND c.parent_id"
_WHOLE = prepared(
    f"SELECT {COLUMNS} FROM comments c WHERE {_FAMILY} IN (SELECT value FROM json_each(:ids))"
)
_FIRST = {
    "sqlite": prepared(
        f"SELECT {COLUMNS.replace('c.', 'r.')} FROM json_each(:ids) f CROSS JOIN comments r "
        f"ON r.id IN (SELECT c.id FROM comments c WHERE {_FAMILY} = f.value "
        f"ORDER BY {_UP} LIMIT :limit)"
    ),
    "postgresql": prepared(
        "SELECT r.* FROM unnest(CAST(:ids AS uuid[])) f(id) CROSS JOIN LATERAL (SELECT "
        f"{COLUMNS} FROM comments c WHERE {_FAMILY} = f.id ORDER BY {_UP} LIMIT :limit) r"
    ),
}

_CHAIN = prepared(
    "WITH RECURSIVE chain(id, parent_id, depth) AS ("
    "SELECT id, parent_id, 0 FROM comments WHERE id = :id "
    "UNION ALL SELECT p.id, p.parent_id, chain.depth + 1 FROM chain "
    "JOIN comments p ON p.id = chain.parent_id WHERE chain.depth < :above) "
    f"SELECT {COLUMNS}, posts.external_id, posts.state, posts.site_id FROM chain "
    "JOIN comments c ON c.id = chain.id JOIN posts ON posts.id = c.post_id ORDER BY chain.depth"
)
_PARENT = prepared(
    f"SELECT {COLUMNS}, posts.external_id, posts.state, posts.site_id, posts.id "
    "FROM comments c JOIN posts ON posts.id = c.post_id WHERE c.id = :id"
)
_SHOWN = (
    f"c.status = '{Status.APPROVED.value}' AND c.listing = '{Listing.SHOWN.value}' "
    f"AND posts.state <> '{PostState.REMOVED.value}' AND posts.origin IS NULL"
)
_LATEST = tuple(
    prepared(
        f"SELECT {COLUMNS}, posts.external_id, posts.title, posts.url FROM comments c "
        f"JOIN posts ON posts.id = c.post_id WHERE c.site_id = :site AND {_SHOWN} {scope}"
        f"ORDER BY {_DOWN} LIMIT :limit"
    )
    for scope in ("", "AND posts.external_id = :post ")
)


class PostRow(NamedTuple):
    """The columns of a post that its page and its rules need."""

    id: int
    title: str | None
    url: str | None
    state: str
    comment_count: int
    rules: dict[str, Any] | None
    published_at: datetime | None
    created_at: datetime


_POST = CompiledStatement(
    select(*(getattr(Post, name) for name in PostRow._fields)).where(
        Post.site_id == bindparam("site"),
        Post.external_id == bindparam("post"),
        Post.origin.is_(None),
    )
)


def post(connection: Connection, site_id: int, external_id: str) -> PostRow | None:
    """Return a post by the id that its site gave it, or None."""
    row = _POST.first(connection, {"site": site_id, "post": external_id})
    return None if row is None else PostRow(*row)


_VOTES = CompiledStatement(
    select(Site.settings["votes"].as_string()).where(Site.id == bindparam("site"))
)


def votes_of_site(connection: Connection, site_id: int) -> Votes:
    """Return which votes a site shows; the rest of its settings, which can be long, is not read."""
    row = _VOTES.first(connection, {"site": site_id})
    return Votes(row[0]) if row and row[0] else Votes.OFF


def latest(connection: Connection, site_id: int, external_id: str | None, limit: int) -> list[Row]:
    """Return the newest shown comments of a site or post, each with its post's id, title, URL."""
    values = {"site": site_id, "post": external_id, "limit": limit}
    return _LATEST[external_id is not None].rows(connection, values)


def parent(connection: Connection, comment_id: Any) -> Row | None:
    """Return a comment with its post's name, state, site and key, listed or not."""
    return _PARENT.first(connection, {"id": comment_id})


def chain(connection: Connection, comment_id: Any, length: int) -> list[Row]:
    """Return a comment and its ancestors, the nearest first, each with its post's name."""
    return _CHAIN.rows(connection, {"id": comment_id, "above": length - 1})


def families(
    connection: Connection, post_id: int, parents: Mapping[str, dict[str, Any]], first: int
) -> Iterator[tuple[dict[str, Any], list[Row]]]:
    """Yield each parent with its first replies, oldest first; reads no more than it must."""
    listed = list(parents.values())
    for begin in range(0, len(listed), FAMILIES):
        batch = listed[begin : begin + FAMILIES]
        replies: dict[str, list[Row]] = {}
        for row in _replies(connection, post_id, batch, first):
            replies.setdefault(str(row[1]), []).append(row)
        for parent in batch:
            rows = replies.get(parent["id"], [])
            rows.sort(key=_place)
            yield parent, rows


def _place(row: Row) -> tuple[Any, Any]:
    return row[7], row[0]


def _replies(
    connection: Connection, post_id: int, parents: Iterable[dict[str, Any]], first: int
) -> Iterator[Row]:
    values = {"post": post_id, "limit": first}
    if connection.dialect.name != "sqlite":
        ids = [parent["id"] for parent in parents]
        yield from _FIRST["postgresql"].rows(connection, {**values, "ids": ids})
        return
    # SQLite has no lateral joins: the way round for large families finds each row twice.
    small = [parent["id"] for parent in parents if parent["reply_count"] <= first]
    large = [parent["id"] for parent in parents if parent["reply_count"] > first]
    for statement, ids in ((_WHOLE, small), (_FIRST["sqlite"], large)):
        if ids:
            yield from statement.rows(connection, {**values, "ids": _json(ids)})


def _json(ids: list[str]) -> str:
    return '["' + '","'.join(ids) + '"]'


def view(row: Row, votes: Votes = Votes.OFF) -> dict[str, Any]:
    """Return a listed row as readers see it; one that is not approved is a tombstone.

    `votes` are those that the site shows.
    """
    (
        id,
        parent_id,
        listing,
        name,
        staff,
        html,
        written,
        created,
        edited,
        replies,
        featured,
        status,
        verified,
        avatar,
        up,
        down,
        _,
        _,
    ) = row[:WIDTH]
    removal = None
    if listing == _TOMBSTONE:
        name = html = written = ""
        staff = edited = featured = verified = avatar = None
        removal = _REMOVAL[status]
    shown: dict[str, Any] = {
        "id": str(id),
        "parent_id": None if parent_id is None else str(parent_id),
        "author": author_view(name, staff, verified, avatar),
        "html": html,
        "text": written,
        "deleted": removal is not None,
        "removal": removal,
        "featured": featured is not None,
        "created_at": moment(created),
        "edited_at": None if edited is None else moment(edited),
        "reply_count": replies,
        "replies": [],
        "replies_cursor": None,
    }
    if votes is not Votes.OFF and removal is None:
        shown["votes"] = shown_votes(votes, up, down)
    return shown


def author_view(name: str, staff: Any, verified: Any, avatar: str | None) -> dict[str, Any]:
    """Return an author as readers see them; `avatar` is a path at this service.

    What few authors have is left out for the others, whose comments fill the pages.
    """
    author: dict[str, Any] = {"name": name, "staff": bool(staff)}
    if verified:
        author["verified"] = True
    if avatar is not None:
        author["avatar"] = f"/avatars/{avatar}"
    return author


_TOMBSTONE = Listing.TOMBSTONE.value
#: Plain strings: compared with values from the store, and written as JSON.
_REMOVAL = {status.value: removal.value for status, removal in REMOVAL.items()}


def moment(stored: Any) -> str:
    """Return a time as JSON has it; SQLite stores it as text in UTC."""
    if isinstance(stored, str):
        return f"{stored[:10]}T{stored[11:]}".removesuffix(".000000") + "Z"
    utc: datetime = stored.astimezone(UTC)
    return utc.isoformat().removesuffix("+00:00") + "Z"
