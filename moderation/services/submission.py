"""A comment is submitted: recognised, judged, and stored in one commit with its decision."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from moderation import filters, policy
from moderation.domain.errors import (
    Conflict,
    FieldError,
    IdempotencyMismatch,
    Invalid,
    PostClosed,
    PostNotAnnounced,
)
from moderation.domain.judgement import Draft, Facts, Verdict
from moderation.domain.reasons import CODES
from moderation.domain.status import Listing, Outcome, PostState, Status
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import begin_write, insert_ignoring
from moderation.storage.messages import IdempotencyKey, ReceivedEvent
from moderation.storage.sites import Post, Site

from . import facts, ledger
from .facts import Identity
from .rendering import render
from .runtime import Runtime
from .sites import rules_of


class ParentUnavailable(Invalid):
    """The comment that is answered is not there, or not to be seen: nobody learns which."""

    code = "comment_rejected"


@dataclass(frozen=True, slots=True)
class Submission:
    """A comment as it came in; empty strings where nothing was said."""

    text: str
    author_name: str
    author_email: str = ""
    author_website: str = ""
    #: The main site's id of the author, from signed requests only.
    author_id: str = ""
    parent_id: UUID | None = None
    post_title: str = ""
    post_url: str = ""
    trap: str = ""
    form_token: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """How a submission reached us."""

    #: The client's address; empty when a site's own form took the comment.
    address: str = ""
    #: The request came from a page of one of the site's origins, or the site signed it.
    from_site: bool = False


@dataclass(frozen=True, slots=True)
class Repeatable:
    """By what a repetition of a request is recognised.

    `webhook_id` for an event of the main site, else an Idempotency-Key with the
    fingerprint of the body that it came with.
    """

    key: str = ""
    fingerprint: str = ""
    webhook_id: str = ""


class CommentLike(Protocol):
    """A comment's columns, whether they were just written or read from the store."""

    id: Any
    parent_id: Any
    listing: Any
    author_name: Any
    html: Any
    text: Any
    created_at: Any
    edited_at: Any
    reply_count: Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a submission or an edit."""

    comment: CommentLike
    status: Status
    edit_token: str
    #: For a refused comment: a code for its author, never a score or a list.
    public_reason: str | None = None


def submit(
    session: Session,
    runtime: Runtime,
    site: Site,
    external_id: str,
    submission: Submission,
    sender: Sender,
    *,
    now: datetime,
    repeatable: Repeatable = Repeatable(),
) -> Receipt:
    """Judge a comment and store it with its decision; commits.

    A repetition gets the first answer. Two that arrive at once become one comment: the
    second waits for the first's commit and then repeats it.
    """
    repeated = _repeated(session, runtime, site, repeatable)
    if repeated is not None:
        return repeated
    post = find_post(session, site, external_id)
    _accepting(site, post)
    _require_parent(session, post, submission.parent_id)
    identity = identify(runtime, submission, sender)
    key = facts.text_key(submission.text)
    known = facts.gather(
        session,
        site,
        PostState(post.state) if post else None,
        identity,
        key,
        now=now,
        count_bursts=runtime.settings.ratelimit_enabled,
        honeypot_filled=bool(submission.trap),
        form_seconds=runtime.form_seconds(submission.form_token, site.name, external_id, now)
        if submission.form_token
        else None,
    )
    verdict = judge(site, _draft(submission, post), known)
    html = render(submission.text)

    begin_write(session)
    post = _post_for(session, site, external_id, submission, sender, now)
    # With the post's row locked a twin of this request has either committed or not begun.
    repeated = _repeated(session, runtime, site, repeatable)
    if repeated is not None:
        session.rollback()
        return repeated
    _accepting(site, post)
    _require_parent(session, post, submission.parent_id)
    row: dict[str, Any] = {
        "id": new_id(),
        "site_id": site.id,
        "post_id": post.id,
        "parent_id": submission.parent_id,
        "author_name": submission.author_name,
        "author_email": submission.author_email or None,
        "author_website": submission.author_website or None,
        "author_id": submission.author_id or None,
        "author_key": identity.author_key,
        "email_key": identity.email_key,
        "address_key": identity.address_key,
        "block_key": identity.block_key,
        "text": submission.text,
        "html": html,
        "text_key": key,
        "revision": 1,
        "created_at": now,
    }
    recorded = ledger.record(
        session, row, post, verdict.outcome, ledger.POLICY, now=now, verdict=verdict
    )
    if not _remember(session, site, repeatable, row["id"], recorded.status, now):
        # A twin on another post was faster: its row was not the one that we locked.
        session.rollback()
        repeated = _repeated(session, runtime, site, repeatable)
        if repeated is None:
            raise Conflict("This webhook-id came with another event.")
        return repeated
    session.commit()
    return Receipt(
        SimpleNamespace(**row, listing=recorded.listing, edited_at=None, reply_count=0),
        recorded.status,
        runtime.edit_token(row["id"]),
        public_reason(verdict) if recorded.status is Status.REJECTED else None,
    )


def judge(site: Site, draft: Draft, known: Facts) -> Verdict:
    """Run every filter and let the site's policy decide; touches no database."""
    rules = rules_of(site)
    return policy.decide(filters.run(draft, known, rules), rules)


def public_reason(verdict: Verdict) -> str:
    """What the author of a refused comment is told."""
    return CODES[verdict.deciding[0].signal.code].public


def identify(runtime: Runtime, submission: Submission, sender: Sender) -> Identity:
    """Hash what an author can be recognised by, the strongest identity first."""
    email = submission.author_email.casefold()
    email_key = runtime.author_key("email", email) if email else None
    if submission.author_id:
        author_key: str | None = runtime.author_key("id", submission.author_id)
    elif email_key:
        author_key = email_key
    elif sender.address:
        author_key = runtime.author_key("guest", submission.author_name.casefold(), sender.address)
    else:
        author_key = None
    return Identity(
        author_key,
        email_key,
        runtime.address_key(sender.address) if sender.address else None,
        runtime.block_key(sender.address) if sender.address else None,
    )


_P, _C = Post.__table__, Comment.__table__
_POST = select(
    *(_P.c[n] for n in ("id", "external_id", "title", "url", "state", "announced")),
    _P.c.comment_count,
).where(_P.c.site_id == bindparam("site"), _P.c.external_id == bindparam("post"))
_LOCKED_POST = _POST.with_for_update()
_PARENT = select(_C.c.listing).where(
    _C.c.id == bindparam("parent"), _C.c.post_id == bindparam("post")
)


def find_post(
    session: Session, site: Site, external_id: str, *, lock: bool = False
) -> Row[Any] | None:
    """The post's columns; with `lock` nobody else changes it until the commit."""
    found: Any = (
        session.connection()
        .execute(_LOCKED_POST if lock else _POST, {"site": site.id, "post": external_id})
        .one_or_none()
    )
    return cast("Row[Any] | None", found)


def check_external_id(external_id: str) -> str:
    """Accept 1 to 512 characters of any kind but NUL, which PostgreSQL cannot keep."""
    if "\0" in external_id or "\ufffd" in external_id or not 1 <= len(external_id) <= 512:
        raise Invalid(
            "A post's id is 1 to 512 characters in UTF-8, without NUL.",
            errors=(FieldError("post", "1 to 512 characters in UTF-8, without NUL"),),
        )
    return external_id


def _draft(submission: Submission, post: Row[Any] | None) -> Draft:
    return Draft(
        text=submission.text,
        author_name=submission.author_name,
        author_email=submission.author_email,
        author_website=submission.author_website,
        # A title that we were told by the site is not the commenter's.
        title="" if post is not None and post.title else submission.post_title,
    )


def _accepting(site: Site, post: Row[Any] | None) -> None:
    if post is None:
        if site.settings.get("announced_posts_only"):
            raise PostNotAnnounced("This site takes comments only for posts that it has announced.")
    elif post.state in (PostState.CLOSED, PostState.REMOVED):
        raise PostClosed("Comments on this post are closed.")


def _require_parent(session: Session, post: Row[Any] | None, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    listing = None
    if post is not None:
        listing = (
            session.connection()
            .execute(_PARENT, {"parent": parent_id, "post": post.id})
            .scalar_one_or_none()
        )
    if listing != Listing.SHOWN:
        raise ParentUnavailable(
            "The comment you answer is no longer there. Send yours without parent_id, or "
            "reload the page and answer another.",
            errors=(FieldError("#/parent_id", "there is no such comment to answer"),),
        )


def _post_for(
    session: Session,
    site: Site,
    external_id: str,
    submission: Submission,
    sender: Sender,
    now: datetime,
) -> Row[Any]:
    """The post, made with its first comment; its row stays locked until the commit."""
    title, url = submission.post_title, submission.post_url
    believed = sender.from_site and (not url or _origin(url) in site.origins)
    post = find_post(session, site, external_id, lock=True)
    if post is None:
        insert_ignoring(
            session,
            Post.__table__,  # type: ignore[arg-type]
            site_id=site.id,
            external_id=external_id,
            state=PostState.OPEN.value,
            version=0,
            comment_count=0,
            announced=False,
            created_at=now,
        )
        post = find_post(session, site, external_id, lock=True)
    if post is None:
        raise AssertionError("a post that was just inserted is gone")
    said = {}
    if believed and not post.announced:
        if title and not post.title:
            said["title"] = title
        if url and not post.url:
            said["url"] = url
    if said:
        session.execute(update(Post).where(Post.id == post.id).values(**said))
    return post


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


# Repetition


def _repeated(
    session: Session, runtime: Runtime, site: Site, repeatable: Repeatable
) -> Receipt | None:
    if repeatable.webhook_id:
        event = session.get(ReceivedEvent, (site.id, repeatable.webhook_id))
        if event is None or event.comment_id is None or event.comment_status is None:
            return None
        return _again(session, runtime, event.comment_id, Status(event.comment_status))
    if repeatable.key:
        seen = session.scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.site_id == site.id, IdempotencyKey.key == repeatable.key
            )
        )
        if seen is None:
            return None
        if seen.fingerprint != repeatable.fingerprint:
            raise IdempotencyMismatch(
                "This Idempotency-Key came before with another body. Use a new key for a new "
                "comment."
            )
        return _again(session, runtime, seen.comment_id, Status(seen.comment_status))
    return None


def _again(session: Session, runtime: Runtime, comment_id: UUID, status: Status) -> Receipt:
    comment = session.get_one(Comment, comment_id)
    return Receipt(
        comment,
        status,
        runtime.edit_token(comment_id),
        stored_public_reason(session, comment_id) if status is Status.REJECTED else None,
    )


def stored_public_reason(session: Session, comment_id: UUID) -> str:
    """The public reason of a comment that a rule refused, from its first such decision."""
    causes = session.scalar(
        select(Decision.causes)
        .where(Decision.comment_id == comment_id, Decision.outcome == Outcome.REJECT)
        .order_by(Decision.created_at, Decision.id)
        .limit(1)
    )
    for cause in causes or ():
        if cause["outcome"] == Outcome.REJECT:
            return CODES[cause["code"]].public
    return "not_accepted"


def _remember(
    session: Session,
    site: Site,
    repeatable: Repeatable,
    comment_id: UUID,
    status: Status,
    now: datetime,
) -> bool:
    """Keep what a repetition must be answered; False when it is one, of a twin's."""
    answered = {"site_id": site.id, "comment_id": comment_id, "comment_status": status.value}
    if repeatable.webhook_id:
        return insert_ignoring(
            session,
            ReceivedEvent.__table__,  # type: ignore[arg-type]
            **answered,
            webhook_id=repeatable.webhook_id,
            type="comment.submitted",
            received_at=now,
        )
    if repeatable.key:
        return insert_ignoring(
            session,
            IdempotencyKey.__table__,  # type: ignore[arg-type]
            **answered,
            key=repeatable.key,
            fingerprint=repeatable.fingerprint,
            created_at=now,
        )
    return True
