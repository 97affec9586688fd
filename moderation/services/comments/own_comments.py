"""Reading, editing and deleting one's own comment, with its edit token or signed in."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.errors import BadEditToken, CommentNotFound, EditWindowOver, PostClosed
from moderation.domain.judgement import Draft, Verdict
from moderation.domain.members import Member, WhoMayComment, who_may_comment
from moderation.domain.status import Outcome, PostState, Status
from moderation.storage.engine import empty_journal
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..signing import Signing
from ..sites import post_rules
from . import escalation, facts, ledger, moved_posts, outside_checks
from .duplicates import WINDOW
from .erasure import FORGOTTEN, forget_examples, forget_traces
from .idempotency import CommentLike, Receipt, ban_notice, stored_public_reason
from .identity import Identity
from .judging import judge_for_site, public_reason
from .markdown import render_visible

#: Proof of authorship: a comment's edit token, or the signed-in reader.
Proof = str | Member
#: Newest comments of a signed-in reader on a site that are looked through for those on a post.
LOOK_BACK = 1000
#: Of these, the newest that are listed.
MOST_LISTED = 100


def read(session: Session, runtime: Signing, comment_id: UUID, proof: Proof) -> Receipt:
    """Return the author's own view of a comment, in any status."""
    return _receipt(session, _own(session, runtime, comment_id, proof), _token_of(proof))


def read_all(
    session: Session,
    runtime: Signing,
    site: Site,
    external_id: str,
    tokens: Iterable[str],
    member: Member | None = None,
) -> list[Comment]:
    """Return the comments on a post whose authorship one of the tokens, or `member`, proves.

    Tokens of other posts, of deleted comments and invalid tokens are ignored.
    """
    proven = {id for id in map(runtime.proven_comment, tokens) if id is not None}
    if member is not None:
        proven.update(_of_member(session, runtime, site, external_id, member))
    statement = (
        select(Comment)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.id.in_(proven), Post.site_id == site.id, Post.external_id == external_id)
        .where(Post.state != PostState.REMOVED.value, Comment.status != Status.DELETED.value)
        .order_by(Comment.created_at, Comment.id)
    )
    own = list(session.scalars(statement)) if proven else []
    if not own:
        moved_posts.require_unmoved(session, site.id, external_id)
    return own


def _of_member(
    session: Session, runtime: Signing, site: Site, external_id: str, member: Member
) -> Iterable[UUID]:
    """Return the ids of a signed-in reader's newest comments on a post."""
    newest = (
        select(Comment.id, Comment.post_id, Comment.created_at)
        .where(Comment.site_id == site.id, Comment.author_key == member_key(runtime, member))
        .order_by(Comment.created_at.desc())
        .limit(LOOK_BACK)
        .subquery()
    )
    return session.scalars(
        select(newest.c.id)
        .join(Post, Post.id == newest.c.post_id)
        .where(Post.external_id == external_id)
        .order_by(newest.c.created_at.desc())
        .limit(MOST_LISTED)
    )


def editable_seconds(runtime: Signing, comment: CommentLike, now: datetime) -> int:
    """Return the seconds for which a comment can still be edited; 0 after its edit window."""
    remaining = comment.created_at + timedelta(seconds=runtime.settings.edit_window) - now
    return max(0, int(remaining.total_seconds()))


def edit(
    session: Session, runtime: Signing, comment_id: UUID, proof: Proof, text: str, *, now: datetime
) -> Receipt:
    """Replace the text while the edit window is open, and judge it again; commits.

    A comment that a moderator rejected is held again instead of published by an edit. The
    same edit within a minute is a repetition and changes nothing.
    """
    _own(session, runtime, comment_id, proof)
    token = _token_of(proof)
    html = render_visible(text)
    recorded = None
    while recorded is None:
        comment, post = _with_post(session, comment_id)
        _editable(comment, post, runtime, now)
        edited_at = comment.edited_at
        if comment.text == text and edited_at is not None and now - edited_at <= WINDOW:
            return _receipt(session, comment, token)
        judged = comment.version, post.id, post.state, post.rules
        verdict = _judge_again(session, comment, post, text, now)
        store = partial(_replace, session, comment_id, text, html, verdict, judged, now)
        # None: the comment or its post changed, so that the judgement is out of date.
        recorded = transact(session, store)
    session.refresh(comment)
    reason = public_reason(verdict) if recorded.status is Status.REJECTED else None
    ban = ban_notice(session, ledger.comment_columns(comment), reason)
    return Receipt(comment, recorded.status, token, reason, ban)


def _replace(
    session: Session,
    comment_id: UUID,
    text: str,
    html: str,
    verdict: Verdict,
    judged: tuple[Any, ...],
    now: datetime,
) -> ledger.Recorded | None:
    """Store an edit that was judged; None when the comment or its post changed since."""
    comment, post = ledger.lock(session, comment_id)
    if (comment.version, post.id, post.state, post.rules) != judged:
        return None
    session.execute(
        insert(Revision).values(
            comment_id=comment_id,
            revision=comment.revision,
            text=comment.text,
            html=comment.html,
            replaced_at=now,
        )
    )
    revision = comment.revision + 1
    changes = {
        "text": text,
        "html": html,
        **facts.text_columns(text),
        "revision": revision,
        "edited_at": now,
        # A person's decision binds the revision that they saw.
        "decided_at": None if verdict.outcome is Outcome.APPROVE else comment.decided_at,
        # Escalated and decided since: the new text begins in the ordinary queue.
        "escalated_at": comment.escalated_at if comment.status == Status.HELD else None,
    }
    site = session.get_one(Site, comment.site_id)
    outside_checks.enqueue(session, site, comment_id, revision, verdict, now)
    return ledger.record(
        session,
        ledger.comment_columns(comment),
        post,
        verdict.outcome,
        actors.POLICY,
        now=now,
        verdict=verdict,
        changes=changes,
    )


def delete(
    session: Session, runtime: Signing, comment_id: UUID, proof: Proof, *, now: datetime
) -> None:
    """Delete a comment and erase its text; a repeated call changes nothing. Commits."""
    _own(session, runtime, comment_id, proof)
    transact(session, partial(_withdraw, session, comment_id, now))
    empty_journal(session)


def _withdraw(session: Session, comment_id: UUID, now: datetime) -> None:
    comment, post = ledger.lock(session, comment_id)
    if comment.status == Status.DELETED:
        return
    forget_examples(session, [comment_id])
    ledger.record(
        session,
        ledger.comment_columns(comment),
        post,
        Outcome.DELETE,
        actors.AUTHOR,
        now=now,
        changes=dict(FORGOTTEN),
    )
    forget_traces(session, [comment_id])


def _judge_again(
    session: Session, comment: Comment, post: Post, text: str, now: datetime
) -> Verdict:
    site = session.get_one(Site, comment.site_id)
    rules = post_rules.rules_of_post(site, post, post.external_id)
    gathered = facts.gather(
        session,
        site,
        post,
        Identity(comment.author_key, comment.email_key, comment.address_key, comment.block_key),
        text,
        facts.text_columns(text),
        now=now,
        # An old post takes no new comments, but its comments may still be edited.
        premoderated=rules.hold_everything or rules.state is PostState.PREMODERATED,
        staff=comment.staff,
        guest_held=comment.author_id is None
        and not comment.staff
        and who_may_comment(site.settings) is WhoMayComment.GUESTS_HELD,
        editing=comment.id,
        edited_after_decision=_was_removed_by_person(comment),
    )
    draft = Draft(
        text, comment.author_name, comment.author_email or "", comment.author_website or ""
    )
    return outside_checks.with_pending(site, judge_for_site(site, draft, gathered, rules, now))


def _was_removed_by_person(comment: Comment) -> bool:
    """Return whether a moderator has removed a comment, or escalated it to a senior."""
    if comment.status == Status.APPROVED:
        return False
    return comment.decided_at is not None or escalation.waits_for_senior(comment)


def _with_post(session: Session, comment_id: UUID) -> tuple[Comment, Post]:
    """Return the comment and its post from one statement: between two the post may be merged."""
    row = session.execute(
        select(Comment, Post)
        .join(Post, Post.id == Comment.post_id)
        .where(Comment.id == comment_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise CommentNotFound("This comment was removed. Reload the page.")
    return row[0], row[1]


def _own(session: Session, runtime: Signing, comment_id: UUID, proof: Proof) -> Comment:
    if isinstance(proof, str):
        runtime.check_edit_token(comment_id, proof)
    comment = session.get(Comment, comment_id)
    if isinstance(proof, Member):
        _check_written_by(runtime, comment, proof)
    if comment is None:
        raise CommentNotFound("This comment was removed. Reload the page.")
    return comment


def _check_written_by(runtime: Signing, comment: Comment | None, member: Member) -> None:
    """Raise BadEditToken unless a signed-in reader wrote the comment; the same without one."""
    on_site = comment is not None and comment.site_id == member.site_id
    key = comment.author_key if comment is not None else None
    if not hmac.compare_digest(key or "", member_key(runtime, member)) or not on_site:
        raise BadEditToken("This comment is not yours. Sign in as its author, or send its token.")


def member_key(runtime: Signing, member: Member) -> str:
    """Return the key by which a signed-in reader is known in comments, bans and standings."""
    return runtime.author_key("id", member.id)


def _token_of(proof: Proof) -> str:
    return proof if isinstance(proof, str) else ""


def _receipt(session: Session, comment: Comment, token: str) -> Receipt:
    """Return a comment's status, with the reason and the ban where a rule refused it."""
    status = Status(comment.status)
    if status is not Status.REJECTED:
        return Receipt(comment, status, token)
    reason = stored_public_reason(session, comment.id)
    ban = ban_notice(session, ledger.comment_columns(comment), reason)
    return Receipt(comment, status, token, reason, ban)


def _editable(comment: Comment, post: Post, runtime: Signing, now: datetime) -> None:
    if comment.status == Status.DELETED:
        raise CommentNotFound("This comment was deleted. Reload the page.")
    if post.state == PostState.REMOVED:
        raise PostClosed("The post of this comment was removed. You can still delete your comment.")
    window = timedelta(seconds=runtime.settings.edit_window)
    if now > comment.created_at + window:
        raise EditWindowOver(
            "The time in which this comment could be edited is over. You can still delete it."
        )
