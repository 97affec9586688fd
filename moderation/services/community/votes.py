"""Votes of readers on the comments of others. A vote never decides moderation."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation.domain.errors import (
    Banned,
    CommentNotFound,
    FieldError,
    Invalid,
    MembersOnly,
    OwnComment,
    VotesOff,
)
from moderation.domain.members import Member, WhoMayComment, who_may_comment
from moderation.domain.status import Listing, PostState, Status
from moderation.domain.votes import Votes, shown_votes, votes_on
from moderation.storage.models.authors import Ban
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..comments import vote_counts
from ..comments.own_comments import member_key
from ..signing import Signing

_NOT_FOUND = "There is no such comment, or it is not public."


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader who votes."""

    #: Their client network, for guests whose browser sent no token.
    network: str
    #: A random token that a guest's browser keeps; empty without one.
    browser: str = ""
    #: Signed in on the main site.
    member: Member | None = None
    #: They proved by an edit token that the comment is theirs.
    is_author: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The totals of a comment, and the reader's own vote: 1, -1, or 0 for none."""

    up: int
    down: int
    own: int


def vote(
    session: Session,
    runtime: Signing,
    site: Site,
    comment_id: UUID,
    reader: Reader,
    value: int,
    *,
    now: datetime,
) -> Tally:
    """Store a reader's vote, 1 or -1, or take it back with 0; commits.

    A repeated vote changes nothing. Only comments that readers see can be voted on, also on a
    post that takes no new ones. Raises CommentNotFound for every other comment, so that a vote
    reveals nothing about held ones.
    """
    mode = _mode(site, value)
    # Read first, so that a repetition writes nothing.
    row = _shown(session, site, comment_id)
    _check_reader(session, runtime, site, row.author_key, reader, now)
    voter = _voter(runtime, site, reader)
    if vote_counts.own_vote(session, comment_id, voter) == value:
        up, down = row.votes_up, row.votes_down
    else:
        job = partial(_put, session, site.id, comment_id, voter, value, now)
        try:
            up, down = transact(session, job)
        except IntegrityError:
            # Its site or its post was removed meanwhile, and the comment with it.
            raise CommentNotFound(_NOT_FOUND) from None
    shown = shown_votes(mode, up, down)
    return Tally(shown["up"], shown["down"], value)


def _put(
    session: Session, site_id: int, comment_id: UUID, voter: bytes, value: int, now: datetime
) -> tuple[int, int]:
    vote_counts.begin(session, [comment_id], now)
    locked = select(Comment.status, Comment.listing).where(Comment.id == comment_id)
    row = session.execute(locked.with_for_update()).first()
    if row is None or (row.status, row.listing) != (Status.APPROVED, Listing.SHOWN):
        raise CommentNotFound(_NOT_FOUND)
    return vote_counts.put(session, site_id, comment_id, voter, value, now)


def _mode(site: Site, value: int) -> Votes:
    mode = votes_on(site.settings)
    if mode is Votes.OFF:
        raise VotesOff("This site has no votes on comments.")
    if value < 0 and mode is Votes.UP:
        raise Invalid(
            "On this site readers vote only for comments: send 1, or 0 to take a vote back.",
            errors=(FieldError("#/value", "must be 0 or 1"),),
        )
    return mode


def _shown(session: Session, site: Site, comment_id: UUID) -> "_Row":
    """Return the columns of a comment that every reader of the site sees."""
    row = session.execute(
        select(Comment.author_key, Comment.votes_up, Comment.votes_down)
        .join(Post, Post.id == Comment.post_id)
        .where(
            Comment.id == comment_id,
            Comment.site_id == site.id,
            Comment.status == Status.APPROVED.value,
            Comment.listing == Listing.SHOWN.value,
            Post.state != PostState.REMOVED.value,
            Post.origin.is_(None),
        )
    ).first()
    if row is None:
        raise CommentNotFound(_NOT_FOUND)
    return _Row(*row)


@dataclass(frozen=True, slots=True)
class _Row:
    author_key: str | None
    votes_up: int
    votes_down: int


def _check_reader(
    session: Session,
    runtime: Signing,
    site: Site,
    author_key: str | None,
    reader: Reader,
    now: datetime,
) -> None:
    """Raise an error unless this reader may vote on a comment of this author."""
    key = None if reader.member is None else member_key(runtime, reader.member)
    if reader.is_author or (key is not None and key == author_key):
        raise OwnComment("You cannot vote on your own comment.")
    if key is None:
        if who_may_comment(site.settings) is WhoMayComment.MEMBERS:
            raise MembersOnly("Only readers who are signed in on the site may vote. Sign in first.")
        return
    banned = select(Ban.id).where(
        Ban.site_id == site.id,
        Ban.author_key == key,
        or_(Ban.until.is_(None), Ban.until > now),
    )
    if session.scalar(banned) is not None:
        raise Banned("A moderator of this site has banned you from commenting and voting.")


def _voter(runtime: Signing, site: Site, reader: Reader) -> bytes:
    """Return the key of a reader's votes on a site.

    A guest is their browser's token, which they keep when their address changes. Without one
    they are their network: everyone behind it shares one vote on a comment.
    """
    if reader.member is not None:
        return vote_counts.member_voter(runtime, site.id, reader.member.id)
    if reader.browser:
        return vote_counts.voter_key(runtime, site.id, "browser", reader.browser)
    return vote_counts.voter_key(runtime, site.id, "network", reader.network)
