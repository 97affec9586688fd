"""What authors may do with their own comments, with the edit token they were given."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from moderation.domain.errors import CommentNotFound, EditWindowOver, PostClosed
from moderation.domain.judgement import Draft, Verdict
from moderation.domain.status import Outcome, PostState, Status
from moderation.storage.comments import Comment, Revision
from moderation.storage.dialects import begin_write
from moderation.storage.sites import Post, Site

from . import facts, ledger, post_rules
from .erasure import FORGOTTEN, forget_traces
from .facts import Identity
from .receipts import CommentLike, Receipt, told_ban
from .rendering import render
from .runtime import Runtime
from .submission import judge, public_reason


def read(session: Session, runtime: Runtime, comment_id: UUID, token: str) -> Receipt:
    """The author's own view of a comment in whatever status it is."""
    comment = _own(session, runtime, comment_id, token)
    return Receipt(comment, Status(comment.status), token)


def read_all(
    session: Session, runtime: Runtime, site: Site, external_id: str, tokens: Iterable[str]
) -> list[Comment]:
    """Every comment on a post that one of the tokens proves to be the reader's own.

    Tokens of other posts, of comments that are gone and of nothing at all are passed over.
    """
    proven = {id for id in map(runtime.proven_comment, tokens) if id is not None}
    statement = (
        select(Comment)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.id.in_(proven), Post.site_id == site.id, Post.external_id == external_id)
        .where(Post.state != PostState.REMOVED.value, Comment.status != Status.DELETED.value)
        .order_by(Comment.created_at, Comment.id)
    )
    return list(session.scalars(statement)) if proven else []


def editable_seconds(runtime: Runtime, comment: CommentLike, now: datetime) -> int:
    """How long a comment can still be edited; 0 when its window is over."""
    left = comment.created_at + timedelta(seconds=runtime.settings.edit_window) - now
    return max(0, int(left.total_seconds()))


def edit(
    session: Session, runtime: Runtime, comment_id: UUID, token: str, text: str, *, now: datetime
) -> Receipt:
    """Replace the text while the edit window is open, and judge it again; commits.

    What a moderator rejected does not come back by an edit alone: it waits for a person.
    """
    while True:
        comment = _own(session, runtime, comment_id, token)
        post = session.get_one(Post, comment.post_id)
        _editable(comment, post, runtime, now)
        judged = comment.version, post.state, post.rules
        verdict = _judge_again(session, comment, post, text, now)
        html = render(text)
        begin_write(session)
        comment, post = ledger.lock(session, comment_id)
        if (comment.version, post.state, post.rules) == judged:
            break
        # Somebody decided meanwhile: what they said must count in the judgement.
        session.rollback()
    _editable(comment, post, runtime, now)
    session.execute(
        insert(Revision).values(
            comment_id=comment_id,
            revision=comment.revision,
            text=comment.text,
            html=comment.html,
            replaced_at=now,
        )
    )
    changes = {
        "text": text,
        "html": html,
        **facts.text_columns(text),
        "revision": comment.revision + 1,
        "edited_at": now,
        # A person's decision binds the revision that they saw.
        "decided_at": None if verdict.outcome is Outcome.APPROVE else comment.decided_at,
    }
    recorded = ledger.record(
        session,
        ledger.columns(comment),
        post,
        verdict.outcome,
        ledger.POLICY,
        now=now,
        verdict=verdict,
        changes=changes,
    )
    session.commit()
    session.refresh(comment)
    reason = public_reason(verdict) if recorded.status is Status.REJECTED else None
    ban = told_ban(session, ledger.columns(comment), reason)
    return Receipt(comment, recorded.status, token, reason, ban)


def withdraw(
    session: Session, runtime: Runtime, comment_id: UUID, token: str, *, now: datetime
) -> None:
    """Delete a comment and forget its text for good; a second time changes nothing. Commits."""
    _own(session, runtime, comment_id, token)
    begin_write(session)
    comment, post = ledger.lock(session, comment_id)
    if comment.status == Status.DELETED:
        session.rollback()
        return
    ledger.record(
        session,
        ledger.columns(comment),
        post,
        Outcome.DELETE,
        ledger.AUTHOR,
        now=now,
        changes=dict(FORGOTTEN),
    )
    forget_traces(session, [comment_id])
    session.commit()


def _judge_again(
    session: Session, comment: Comment, post: Post, text: str, now: datetime
) -> Verdict:
    site = session.get_one(Site, comment.site_id)
    rules = post_rules.of(site, post, post.external_id)
    known = facts.gather(
        session,
        site,
        post,
        Identity(comment.author_key, comment.email_key, comment.address_key, comment.block_key),
        text,
        facts.text_columns(text),
        now=now,
        # An old post takes no new comments, yet what stands there may still be mended.
        premoderated=rules.hold_everything or rules.state is PostState.PREMODERATED,
        staff=comment.staff,
        editing=comment.id,
        edited_after_decision=comment.decided_at is not None and comment.status != Status.APPROVED,
    )
    draft = Draft(
        text, comment.author_name, comment.author_email or "", comment.author_website or ""
    )
    return judge(site, draft, known, rules, now)


def _own(session: Session, runtime: Runtime, comment_id: UUID, token: str) -> Comment:
    runtime.check_edit_token(comment_id, token)
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise CommentNotFound("This comment is no longer there.")
    return comment


def _editable(comment: Comment, post: Post, runtime: Runtime, now: datetime) -> None:
    if comment.status == Status.DELETED:
        raise CommentNotFound("This comment was deleted.")
    if post.state == PostState.REMOVED:
        raise PostClosed("The post of this comment was removed.")
    window = timedelta(seconds=runtime.settings.edit_window)
    if now > comment.created_at + window:
        raise EditWindowOver(
            "Comments can be edited for a while after they were sent; that time is over. "
            "You can still delete yours."
        )
