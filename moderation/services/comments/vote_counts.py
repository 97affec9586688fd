"""The totals of votes on comments, and the moment when readers see new ones.

A vote changes its comment's totals in its own commit. Pages of the post are built again at most
every REFRESH for all votes together: the first one leaves a row in `vote_refreshes`, and the
worker then gives the comments their new places and bumps the post's version.

Locks are taken in one order: the row in `vote_refreshes`, the post, the comment. The row is
locked by each vote until its commit, so that no refresh removes it and misses the vote.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from moderation.domain.votes import controversy, top_rank
from moderation.storage.change_feed import bump_version
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.votes import Vote, VoteRefresh
from moderation.storage.transactions import transact

from ..signing import Signing

#: Between a vote and the moment when its comment's page has the new totals.
REFRESH = timedelta(seconds=3)
#: Posts that one turn of the worker refreshes.
BATCH = 200


def voter_key(runtime: Signing, site_id: int, kind: str, identity: str) -> bytes:
    """Return the 32 bytes by which a reader's votes on one site are recognised."""
    return runtime.derived("votes", "\0".join((str(site_id), kind, identity)).encode())


def member_voter(runtime: Signing, site_id: int, member_id: str) -> bytes:
    """Return the key of the votes of a signed-in reader, by the main site's id."""
    return voter_key(runtime, site_id, "member", member_id)


def begin(session: Session, comment_ids: Collection[UUID], now: datetime) -> None:
    """Lock the refreshes of comments whose totals change, before their posts and themselves."""
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    for comment_id in sorted(comment_ids):
        made = insert(VoteRefresh).values(comment_id=comment_id, due_at=now + REFRESH)
        session.execute(
            # Writes the value that is there: the row is locked, and its moment stays.
            made.on_conflict_do_update(
                index_elements=["comment_id"], set_={"due_at": VoteRefresh.due_at}
            )
        )


def own_vote(session: Session, comment_id: UUID, voter: bytes) -> int:
    """Return a reader's vote on a comment: 1, -1, or 0 for none."""
    own = select(Vote.value).where(Vote.comment_id == comment_id, Vote.voter == voter)
    return session.scalar(own) or 0


def put(
    session: Session, site_id: int, comment_id: UUID, voter: bytes, value: int, now: datetime
) -> tuple[int, int]:
    """Store a reader's vote, or remove it with 0, and return the comment's new totals.

    In a transaction that has called `begin` and locked the comment.
    """
    before = own_vote(session, comment_id, voter)
    this = (Vote.comment_id == comment_id, Vote.voter == voter)
    if before and not value:
        session.execute(delete(Vote).where(*this))
    elif before != value and before:
        session.execute(update(Vote).where(*this).values(value=value, created_at=now))
    elif before != value:
        session.add(
            Vote(comment_id=comment_id, voter=voter, site_id=site_id, value=value, created_at=now)
        )
        session.flush()
    return _add(session, comment_id, before, value)


def _add(session: Session, comment_id: UUID, before: int, after: int) -> tuple[int, int]:
    row = session.execute(
        update(Comment)
        .where(Comment.id == comment_id)
        .values(
            votes_up=Comment.votes_up + (int(after == 1) - int(before == 1)),
            votes_down=Comment.votes_down + (int(after == -1) - int(before == -1)),
        )
        .returning(Comment.votes_up, Comment.votes_down),
        execution_options={"synchronize_session": False},
    ).one()
    return row.votes_up, row.votes_down


def lock_votes_of(session: Session, site_id: int, voters: Sequence[bytes], now: datetime) -> None:
    """Lock the refreshes of every comment that these readers voted on; see `forget_voters`."""
    begin(session, set(session.scalars(_voted(site_id, voters))), now)


def forget_voters(session: Session, site_id: int, voters: Sequence[bytes]) -> None:
    """Remove every vote of these readers on a site and subtract it from the totals.

    In a transaction that began with `lock_votes_of`.
    """
    for comment_id in session.scalars(_voted(site_id, voters)).all():
        session.execute(select(Comment.id).where(Comment.id == comment_id).with_for_update())
        own = (Vote.comment_id == comment_id, Vote.voter.in_(voters))
        for value in session.scalars(select(Vote.value).where(*own)).all():
            _add(session, comment_id, value, 0)
        session.execute(delete(Vote).where(*own))


def _voted(site_id: int, voters: Sequence[bytes]) -> Select[Any]:
    return (
        select(Vote.comment_id)
        .where(Vote.site_id == site_id, Vote.voter.in_(voters))
        .distinct()
        .order_by(Vote.comment_id)
    )


def refresh_due(session: Session, *, now: datetime) -> int:
    """Let readers see the new totals of the posts that are due; returns how many. Commits."""
    due = (
        select(Comment.post_id)
        .join(VoteRefresh, VoteRefresh.comment_id == Comment.id)
        # Written by a clock that was ahead and is set back: due as well.
        .where(or_(VoteRefresh.due_at <= now, VoteRefresh.due_at > now + REFRESH))
        .distinct()
        .limit(BATCH)
    )
    posts = session.scalars(due).all()
    session.rollback()
    for post_id in posts:
        transact(session, partial(_refresh, session, post_id))
    return len(posts)


def _refresh(session: Session, post_id: int) -> None:
    """Give every comment of a post with new totals its new places, and bump the post's version."""
    changed = (
        select(VoteRefresh.comment_id)
        .where(VoteRefresh.comment_id.in_(select(Comment.id).where(Comment.post_id == post_id)))
        .order_by(VoteRefresh.comment_id)
        .with_for_update()
    )
    ids = session.scalars(changed).all()
    if not ids:
        return
    session.execute(delete(VoteRefresh).where(VoteRefresh.comment_id.in_(ids)))
    session.execute(select(Post.id).where(Post.id == post_id).with_for_update())
    tops, heats = dict[UUID, int | None](), dict[UUID, int | None]()
    for row in session.execute(
        select(
            Comment.id,
            Comment.votes_up,
            Comment.votes_down,
            Comment.top_rank,
            Comment.controversy,
        ).where(Comment.id.in_(ids))
    ):
        places = (
            top_rank(row.votes_up, row.votes_down),
            controversy(row.votes_up, row.votes_down),
        )
        if places != (row.top_rank, row.controversy):
            tops[row.id], heats[row.id] = places
    for comment_id in sorted(tops):
        session.execute(
            update(Comment)
            .where(Comment.id == comment_id)
            .values(top_rank=tops[comment_id], controversy=heats[comment_id]),
            execution_options={"synchronize_session": False},
        )
    bump_version(session, post_id)
