"""Earlier ids of posts that were moved: requests for them are sent to the new id.

A page that a reader has open, and a link in a mail or a feed, go on working.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from moderation.domain.errors import PostMoved
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.posts import Post, PostRedirect

_NEW_ID = CompiledStatement(
    select(Post.external_id)
    .join(PostRedirect, PostRedirect.post_id == Post.id)
    .where(
        PostRedirect.site_id == bindparam("site"),
        PostRedirect.external_id == bindparam("post"),
    )
)


def require_unmoved(unit: Executor, site_id: int, external_id: str) -> None:
    """Raise PostMoved where a post that is not there has another id now."""
    row = _NEW_ID.first(unit.connection(), {"site": site_id, "post": external_id})
    if row is not None:
        raise PostMoved(row[0])


def new_ids(session: Session, site_id: int, external_ids: Iterable[str]) -> dict[str, str]:
    """Return the new ids of those posts that were moved."""
    rows = session.execute(
        select(PostRedirect.external_id, Post.external_id)
        .join(Post, Post.id == PostRedirect.post_id)
        .where(PostRedirect.site_id == site_id, PostRedirect.external_id.in_(list(external_ids)))
    )
    return {row[0]: row[1] for row in rows}


def forget_redirect(session: Session, site_id: int, external_id: str) -> None:
    """Remove the redirect from an id that a post has again."""
    session.execute(
        delete(PostRedirect).where(
            PostRedirect.site_id == site_id, PostRedirect.external_id == external_id
        )
    )
