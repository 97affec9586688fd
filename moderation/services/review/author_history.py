"""The comments of an author on a site, page by page, and the sites with such comments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.posts import canonical_id
from moderation.domain.reasons import Code
from moderation.domain.status import Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site

from ..pagination import Cursor
from . import queue_query, queues, row_filter
from .queue_query import Order, Plan, Queue, QueueQuery


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Conditions on an author's comments; None and empty match any."""

    status: Status | None = None
    post: str | None = None
    code: Code | None = None
    text: str = ""
    before: datetime | None = None
    after: datetime | None = None


def history(
    session: Session,
    site: Site,
    key: str,
    query: HistoryQuery,
    by: By,
    *,
    now: datetime,
    limit: int = 25,
    cursor: Cursor | None = None,
) -> dict[str, Any]:
    """Return an author's comments, the newest first, each with its findings.

    A search scans a fixed number of rows for each page: a page may be short or empty although
    it has a `next_cursor`.
    """
    statement = select(Comment.id).where(Comment.site_id == site.id, Comment.author_key == key)
    if query.status is not None:
        statement = statement.where(Comment.status == query.status.value)
    if query.post is not None:
        external_id = canonical_id(query.post)
        of_post = select(Post.id).where(Post.site_id == site.id, Post.external_id == external_id)
        statement = statement.where(Comment.post_id.in_(of_post))
    if query.before is not None:
        statement = statement.where(Comment.created_at < query.before)
    if query.after is not None:
        statement = statement.where(Comment.created_at > query.after)
    # It has comments of every queue, and is filtered row by row like decided comments.
    like = QueueQuery(Queue.APPROVED, code=query.code, text=query.text, order=Order.NEWEST)
    filter_ = row_filter.row_filter_for(
        code=query.code, score_from=None, score_to=None, text=query.text
    )
    plan = Plan(like, (queue_query.use_index(statement, "ix_comments_author"),), filter_)
    rows, behind = queue_query.rows(session, plan, limit, cursor)
    return {
        "items": queues.items(session, [row.id for row in rows], by, now=now),
        "next_cursor": behind.encode() if behind else None,
    }


def sites_of(session: Session, key: str, site_ids: tuple[int, ...] | None) -> list[str]:
    """Return the names of the given sites on which this author has comments."""
    if not (key.isascii() and key.isalnum()):
        return []
    wrote = select(Comment.id).where(Comment.site_id == Site.id, Comment.author_key == key)
    statement = select(Site.name).where(wrote.exists()).order_by(Site.name)
    if site_ids is not None:
        statement = statement.where(Site.id.in_(site_ids))
    return list(session.scalars(statement))
