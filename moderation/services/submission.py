"""A comment is submitted: recognised, judged, and stored in one commit with its decision."""

from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from moderation import filters, policy
from moderation.domain.errors import (
    Conflict,
    FieldError,
    Invalid,
)
from moderation.domain.judgement import Draft, Facts, Verdict
from moderation.domain.reasons import CODES
from moderation.domain.status import Listing, PostState, Status
from moderation.policy.post_rules import PostRules
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.posts import add_post
from moderation.storage.prepared import Prepared, Turn, Unit
from moderation.storage.sites import Post, Site
from moderation.storage.writing import write

from . import breaker, facts, ledger, work
from .counting import JUDGEMENTS
from .facts import Identity
from .post_access import accepting, require_pause
from .receipts import ONCE, Receipt, Repeatable, remember, repeated_receipt, told_ban
from .rendering import render
from .runtime import Runtime
from .sites import rules_of
from .work import WhenMissing, Work


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
    #: The main site vouches that they are one of its own, in signed requests only.
    staff: bool = False
    parent_id: UUID | None = None
    post_title: str = ""
    post_url: str = ""
    trap: str = ""
    form_token: str = ""
    work: Work | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """How a submission reached us."""

    #: The client's address; empty when a site's own form took the comment.
    address: str = ""
    #: The request came from a page of one of the site's origins, or the site signed it.
    from_site: bool = False
    without_work: WhenMissing = WhenMissing.REFUSE


def submit(
    session: Session,
    runtime: Runtime,
    site: Site,
    external_id: str,
    submission: Submission,
    sender: Sender,
    *,
    now: datetime,
    repeatable: Repeatable = ONCE,
) -> Receipt:
    """Judge a comment and store it with its decision; commits.

    A repetition gets the first answer. Two that arrive at once become one comment: the
    second waits for the first's commit and then repeats it.
    """
    with Turn(session.get_bind().engine) as unit:
        repeated = repeated_receipt(unit, runtime, site, repeatable)
        if repeated is not None:
            return repeated
        post = find_post(unit, site, external_id)
        rules = accepting(site, post, external_id, now)
        _require_parent(unit, post, submission.parent_id)
        bits = work.bits_for(runtime, site, post, now)
        if sender.without_work is WhenMissing.REFUSE:
            work.require(runtime, site, external_id, bits, submission.work, now)
        identity = identify(runtime, submission, sender)
        keys = facts.text_columns(submission.text)
        known = facts.gather(
            unit,
            site,
            post,
            identity,
            submission.text,
            keys,
            now=now,
            premoderated=rules.state is PostState.PREMODERATED,
            honeypot_filled=bool(submission.trap),
            staff=submission.staff,
            form_seconds=runtime.form_seconds(submission.form_token, site.name, external_id, now)
            if submission.form_token
            else None,
        )
    if bits and sender.without_work is WhenMissing.HOLD:
        known = replace(known, post_premoderated=True)
    verdict = judge(site, _draft(submission, post), known, rules, now)
    html = render(submission.text)

    row: dict[str, Any] = {
        "id": new_id(),
        "site_id": site.id,
        "parent_id": submission.parent_id,
        "author_name": submission.author_name,
        "author_email": submission.author_email or None,
        "author_website": submission.author_website or None,
        "author_id": submission.author_id or None,
        "staff": submission.staff,
        "author_key": identity.author_key,
        "email_key": identity.email_key,
        "address_key": identity.address_key,
        "block_key": identity.block_key,
        "text": submission.text,
        "html": html,
        **keys,
        "revision": 1,
        "created_at": now,
    }

    def store(unit: Turn) -> Receipt:
        post = _post_for(unit, site, external_id, submission, sender, now)
        # With the post's row locked a twin of this request has either committed or not begun.
        repeated = repeated_receipt(unit, runtime, site, repeatable)
        if repeated is not None:
            return repeated
        rules = accepting(site, post, external_id, now)
        if rules.slow_seconds:
            require_pause(unit, site, post, identity, rules.slow_seconds, now)
        _require_parent(unit, post, submission.parent_id)
        row["post_id"] = post.id
        breaker.count(unit, site.id, post, now)
        recorded = ledger.record(
            unit, row, post, verdict.outcome, ledger.POLICY, now=now, verdict=verdict
        )
        done = submission.work if bits else None
        if done and not work.spend(unit, site, done, row["id"], recorded.status, now):
            raise work.required(runtime, site, external_id, bits, now)
        if not remember(unit, site, repeatable, row["id"], recorded.status, now):
            raise _Twin
        reason = public_reason(verdict) if recorded.status is Status.REJECTED else None
        return Receipt(
            SimpleNamespace(**row, **_FRESH, listing=recorded.listing),
            recorded.status,
            runtime.edit_token(row["id"]),
            reason,
            told_ban(unit, row, reason),
        )

    try:
        return write(session, store)
    except _Twin:
        # A twin on another post was faster: its row was not the one that we locked.
        repeated = repeated_receipt(session, runtime, site, repeatable)
        if repeated is None:
            raise Conflict("This webhook-id came with another event.") from None
        return repeated


class _Twin(Exception):
    """Another request has used the key that this one came with."""


def judge(site: Site, draft: Draft, known: Facts, of_post: PostRules, now: datetime) -> Verdict:
    """Run every filter and let the site's policy decide; touches no database."""
    rules = rules_of(site)
    thresholds = of_post.thresholds_at(now, rules.thresholds)
    if thresholds is not rules.thresholds:
        rules = replace(rules, thresholds=thresholds)
    begun = perf_counter()
    verdict = policy.decide(filters.run(draft, known, rules), rules)
    JUDGEMENTS.observe(perf_counter() - begun)
    return verdict


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


#: What a comment has that was just written.
_FRESH = {"edited_at": None, "reply_count": 0, "featured_at": None, "redacted_at": None}


@dataclass(slots=True)
class PostRow:
    """What a submission needs to know of its post."""

    id: int
    external_id: str
    title: str | None
    url: str | None
    state: PostState
    announced: bool
    comment_count: int
    minute: int
    minute_count: int
    minute_before: int
    flooded_until: datetime | None
    rules: dict[str, Any] | None
    published_at: datetime | None
    created_at: datetime


_P, _C = Post.__table__, Comment.__table__
_POST = select(*(_P.c[name] for name in PostRow.__slots__)).where(
    _P.c.site_id == bindparam("site"), _P.c.external_id == bindparam("post")
)
_READ_POST = Prepared(_POST)
_LOCK_POST = Prepared(_POST.with_for_update())
_NAME_POST = Prepared(
    update(_P)  # type: ignore[arg-type]
    .where(_P.c.id == bindparam("post"))
    .values(title=bindparam("its_title"), url=bindparam("its_url"))
)
_PARENT = Prepared(
    select(_C.c.listing).where(_C.c.id == bindparam("parent"), _C.c.post_id == bindparam("post"))
)


def find_post(unit: Unit, site: Site, external_id: str, *, lock: bool = False) -> PostRow | None:
    """The post; with `lock` nobody else changes it until the commit."""
    statement = _LOCK_POST if lock else _READ_POST
    row = statement.first(unit.connection(), {"site": site.id, "post": external_id})
    if row is None:
        return None
    found = PostRow(*row)
    found.state = PostState(found.state)
    return found


def check_external_id(external_id: str) -> str:
    """Accept 1 to 512 characters of any kind but NUL, which PostgreSQL cannot keep."""
    if "\0" in external_id or "\ufffd" in external_id or not 1 <= len(external_id) <= 512:
        raise Invalid(
            "A post's id is 1 to 512 characters in UTF-8, without NUL.",
            errors=(FieldError("post", "1 to 512 characters in UTF-8, without NUL"),),
        )
    return external_id


def _draft(submission: Submission, post: PostRow | None) -> Draft:
    return Draft(
        text=submission.text,
        author_name=submission.author_name,
        author_email=submission.author_email,
        author_website=submission.author_website,
        # A title that we were told by the site is not the commenter's.
        title="" if post is not None and post.title else submission.post_title,
    )


def _require_parent(unit: Unit, post: PostRow | None, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    listing = None
    if post is not None:
        found = _PARENT.first(unit.connection(), {"parent": parent_id, "post": post.id})
        listing = found[0] if found else None
    if listing != Listing.SHOWN:
        raise ParentUnavailable(
            "The comment you answer is no longer there. Send yours without parent_id, or "
            "reload the page and answer another.",
            errors=(FieldError("#/parent_id", "there is no such comment to answer"),),
        )


def _post_for(
    unit: Unit,
    site: Site,
    external_id: str,
    submission: Submission,
    sender: Sender,
    now: datetime,
) -> PostRow:
    """The post, made with its first comment; its row stays locked until the commit."""
    title, url = submission.post_title, submission.post_url
    believed = sender.from_site and (not url or _origin(url) in site.origins)
    post = find_post(unit, site, external_id, lock=True)
    if post is None:
        add_post(unit, site.id, external_id, announced=False, now=now)
        post = find_post(unit, site, external_id, lock=True)
    if post is None:
        raise AssertionError("a post that was just inserted is gone")
    said = {}
    if believed and not post.announced:
        if title and not post.title:
            said["title"] = title
        if url and not post.url:
            said["url"] = url
    if said:
        named = {"title": post.title, "url": post.url, **said}
        _NAME_POST.run(
            unit.connection(), {"post": post.id, **{f"its_{k}": v for k, v in named.items()}}
        )
    return post


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
