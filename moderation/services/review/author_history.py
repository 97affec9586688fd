"""What an author has written on a site, page by page, and on which sites they wrote."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.reasons import Code
from moderation.domain.status import Status
from moderation.storage.comments import Comment
from moderation.storage.sites import Post, Site

from . import looking, queues, selection
from .ledger import By
from .selection import Order, Plan, Queue, QueueQuery
from .threads import Cursor


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which comments of an author; None and empty mean any."""

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
    """An author's comments, the newest first, each with its findings; empty for nobody.

    A search looks at a fixed number of rows for each page: one may be short or empty and yet
    have a `next_cursor`.
    """
    statement = select(Comment.id).where(Comment.site_id == site.id, Comment.author_key == key)
    if query.status is not None:
        statement = statement.where(Comment.status == query.status.value)
    if query.post is not None:
        of_post = select(Post.id).where(Post.site_id == site.id, Post.external_id == query.post)
        statement = statement.where(Comment.post_id.in_(of_post))
    if query.before is not None:
        statement = statement.where(Comment.created_at < query.before)
    if query.after is not None:
        statement = statement.where(Comment.created_at > query.after)
    # It has comments of every queue, and is looked through like those of what is decided.
    like = QueueQuery(Queue.APPROVED, code=query.code, text=query.text, order=Order.NEWEST)
    look = looking.at(code=query.code, score_from=None, score_to=None, text=query.text)
    plan = Plan(like, (selection.along(statement, "ix_comments_author"),), look)
    rows, behind = selection.rows(session, plan, limit, cursor)
    return {
        "items": queues.items(session, [row.id for row in rows], by, now=now),
        "next_cursor": behind.encode() if behind else None,
    }


def sites_of(session: Session, key: str, site_ids: tuple[int, ...] | None) -> list[str]:
    """The names of the sites, of those that are asked about, where somebody wrote as `key`."""
    if not (key.isascii() and key.isalnum()):
        return []
    wrote = select(Comment.id).where(Comment.site_id == Site.id, Comment.author_key == key)
    statement = select(Site.name).where(wrote.exists()).order_by(Site.name)
    if site_ids is not None:
        statement = statement.where(Site.id.in_(site_ids))
    return list(session.scalars(statement))
