"""Posts that an earlier release stored under another spelling than their canonical id.

The migration to this release runs it over all posts, the hourly clean-up over the newest, since
the previous release may still have been writing. It names its columns itself, so that it works
on the schema of that migration independent of the models.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Row, column, delete, func, select, table, update
from sqlalchemy.engine import Connection

from moderation.domain.posts import canonical_id, page_address

_POSTS = table(
    "posts",
    *(
        column(name)
        for name in (
            *("id", "site_id", "external_id", "title", "url", "state", "announced", "event_at"),
            *("published_at", "created_at", "comment_count", "version", "rules"),
        )
    ),
)
_COMMENTS = table("comments", column("id"), column("post_id"))
_BATCH = 5000


#: Gets the connection, the id of the post that goes and that of the one that stays.
Merging = Callable[[Connection, int, int], None]


def _merge_nothing_else(connection: Connection, old: int, new: int) -> None:
    """Leave all other tables as they are."""


def unify_spellings(
    connection: Connection, *, newest: int | None = None, merging: Merging = _merge_nothing_else
) -> list[int]:
    """Give posts their canonical id and address; return those whose id changed.

    Two spellings of one post become one thread. `newest`: number of posts to check, else all.
    `merging` is called before a merge, for tables that the oldest caller, a migration, lacks.
    """
    changed = []
    for post_id, external_id, url in _listed(connection, newest):
        if url and page_address(url) != url:
            connection.execute(_change(post_id, url=page_address(url)))
        name = canonical_id(external_id)
        if name and name != external_id:
            changed.append(_rename(connection, post_id, name, merging))
    return changed


def _listed(connection: Connection, newest: int | None) -> Iterator[Any]:
    after = 0
    if newest is not None:
        after = (connection.scalar(select(func.max(_POSTS.c.id))) or 0) - newest
    columns = (_POSTS.c.id, _POSTS.c.external_id, _POSTS.c.url)
    statement = select(*columns).order_by(_POSTS.c.id).limit(_BATCH)
    while rows := connection.execute(statement.where(_POSTS.c.id > after)).all():
        yield from rows
        after = rows[-1].id


def _rename(connection: Connection, post_id: int, name: str, merging: Merging) -> int:
    """Rename a post, or merge it with the one that has this name; return the post that is left."""
    site = select(_POSTS.c.site_id).where(_POSTS.c.id == post_id).scalar_subquery()
    condition = (_POSTS.c.id == post_id) | (
        (_POSTS.c.site_id == site) & (_POSTS.c.external_id == name)
    )
    # Locked in the order of their ids, as everywhere.
    rows = connection.execute(
        select(_POSTS).where(condition).order_by(_POSTS.c.id).with_for_update()
    ).all()
    if len(rows) == 1:
        connection.execute(_change(post_id, external_id=name, version=_POSTS.c.version + 1))
        return post_id
    kept, other = sorted(rows, key=_authority, reverse=True)
    merging(connection, other.id, kept.id)
    connection.execute(
        update(_COMMENTS).where(_COMMENTS.c.post_id == other.id).values(post_id=kept.id)
    )
    connection.execute(delete(_POSTS).where(_POSTS.c.id == other.id))
    connection.execute(
        _change(
            kept.id,
            external_id=name,
            title=kept.title or other.title,
            url=kept.url or other.url,
            published_at=kept.published_at or other.published_at,
            created_at=min(kept.created_at, other.created_at),
            comment_count=kept.comment_count + other.comment_count,
            version=max(kept.version, other.version) + 1,
        )
    )
    return int(kept.id)


def _authority(post: Row[Any]) -> tuple[Any, ...]:
    """Return the sort key of posts to merge: announced ones and newer events take precedence."""
    return (
        bool(post.announced),
        post.event_at is not None,
        post.event_at or 0,
        post.state != "open",
        post.rules is not None,
        -post.id,
    )


def _change(post_id: int, **values: Any) -> Any:
    return update(_POSTS).where(_POSTS.c.id == post_id).values(**values)
