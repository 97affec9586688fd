"""Submission of a comment: deduplicated, judged, and stored in one commit with its decision."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.errors import Conflict
from moderation.domain.judgement import Draft
from moderation.domain.status import PostState, Status
from moderation.storage.compiled_statements import DirectConnection, Executor
from moderation.storage.group_commit import run_grouped
from moderation.storage.models.base import new_id
from moderation.storage.models.sites import Site

from ..signing import Signing
from . import avatars, facts, flood_guard, ledger, moved_posts, outside_checks, proof_of_work
from .duplicates import same_comment
from .idempotency import (
    NO_KEY,
    Receipt,
    RequestKey,
    ban_notice,
    receipt_without_token,
    repeated_receipt,
    store_answer,
)
from .identity import Identity, identify
from .judging import judge_for_site, public_reason
from .markdown import render_visible
from .posts import (
    PostRow,
    _post_for,
    check_author,
    find_post,
    require_parent,
    require_slow_mode,
    rules_if_open,
)
from .proof_of_work import WhenMissing
from .requests import Sender, Submission

#: Writes further rows in the commit of a comment, from the columns of its row.
Also = Callable[[DirectConnection, dict[str, Any], datetime], None]
#: A comment that is so much older than its request is no part of a burst.
_EARLIER = timedelta(minutes=10)


def submit(
    session: Session,
    runtime: Signing,
    site: Site,
    external_id: str,
    submission: Submission,
    sender: Sender,
    *,
    now: datetime,
    repeatable: RequestKey = NO_KEY,
    also: Also | None = None,
) -> Receipt:
    """Judge a comment and store it with its decision; commits.

    `also` is called for a comment that is published or held, before the commit.

    A repetition gets the first answer. Two concurrent requests become one comment: the second
    waits for the first's commit and then repeats its answer.
    """
    html = render_visible(submission.text)
    written_at = min(submission.written_at or now, now)
    # A repeated answer can name a comment that is newer than what this session has begun to read.
    session.rollback()
    with DirectConnection(session.get_bind().engine) as unit:
        repeated = repeated_receipt(unit, runtime, site, repeatable)
        if repeated is not None:
            return repeated
        post = find_post(unit, site, external_id)
        if post is None:
            moved_posts.require_unmoved(unit, site.id, external_id)
        rules = rules_if_open(site, post, external_id, written_at)
        guest_held = check_author(site, submission, vouched_for=bool(repeatable.webhook_id))
        require_parent(unit, post, submission.parent_id)
        bits = proof_of_work.bits_for(runtime, site, post, now)
        if sender.without_work is WhenMissing.REFUSE:
            proof_of_work.require(runtime, site, external_id, bits, submission.work, now)
        identity = identify(runtime, submission, sender)
        repeated = _alike(unit, runtime, site, post, identity, submission, repeatable, now)
        if repeated is not None:
            return repeated
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
            guest_held=guest_held,
            form_seconds=runtime.form_seconds(submission.form_token, site.name, external_id, now)
            if submission.form_token
            else None,
        )
    if bits and sender.without_work is WhenMissing.HOLD:
        known = replace(known, post_premoderated=True)
    verdict = judge_for_site(site, _draft(submission, post), known, rules, now)
    verdict = outside_checks.with_pending(site, verdict)
    row: dict[str, Any] = {
        "id": new_id(),
        "site_id": site.id,
        "parent_id": submission.parent_id,
        "author_name": submission.author_name,
        "author_email": submission.author_email or None,
        "author_website": submission.author_website or None,
        "author_id": submission.author_id or None,
        "staff": submission.staff,
        "verified": submission.verified,
        "avatar": avatars.id_for(runtime, site, submission),
        "author_key": identity.author_key,
        "email_key": identity.email_key,
        "address_key": identity.address_key,
        "block_key": identity.block_key,
        "text": submission.text,
        "html": html,
        **keys,
        "revision": 1,
        "created_at": written_at,
    }

    def store(unit: DirectConnection) -> Receipt:
        post = _post_for(unit, site, external_id, submission, sender, now)
        # With the post's row locked, a duplicate of this request has committed or not begun.
        repeated = repeated_receipt(unit, runtime, site, repeatable)
        if repeated is None:
            repeated = _alike(unit, runtime, site, post, identity, submission, repeatable, now)
        if repeated is not None:
            return repeated
        rules = rules_if_open(site, post, external_id, written_at)
        if rules.slow_seconds:
            require_slow_mode(unit, site, post, identity, rules.slow_seconds, now)
        require_parent(unit, post, submission.parent_id)
        row["post_id"] = post.id
        if row["avatar"] is not None:
            avatars.add(unit, row, submission.picture, now)
        if now - written_at < _EARLIER:
            flood_guard.count_comment(unit, site.id, post, now)
        recorded = ledger.record(
            unit, row, post, verdict.outcome, actors.POLICY, now=now, verdict=verdict
        )
        outside_checks.enqueue(unit, site, row["id"], row["revision"], verdict, now)
        done = submission.work if bits else None
        if done and not proof_of_work.redeem(unit, site, done, row["id"], recorded.status, now):
            raise proof_of_work.required(runtime, site, external_id, bits, now)
        if not store_answer(unit, site, repeatable, row["id"], recorded.status, now):
            raise _DuplicateRequest
        if also is not None and recorded.status is not Status.REJECTED:
            also(unit, row, now)
        reason = public_reason(verdict) if recorded.status is Status.REJECTED else None
        return Receipt(
            SimpleNamespace(**row, **_FRESH, status=recorded.status),
            recorded.status,
            runtime.edit_token(row["id"]),
            reason,
            ban_notice(unit, row, reason),
        )

    try:
        return run_grouped(session, store)
    except _DuplicateRequest:
        # A duplicate on another post was faster: it had locked another row.
        repeated = repeated_receipt(session, runtime, site, repeatable)
        if repeated is None:
            raise Conflict(
                "This webhook-id was used for another event. Send yours with a new one."
            ) from None
        return repeated


def _alike(
    unit: Executor,
    runtime: Signing,
    site: Site,
    post: "PostRow | None",
    identity: Identity,
    submission: Submission,
    repeatable: RequestKey,
    now: datetime,
) -> Receipt | None:
    """Return the answer to the same comment within the last minute, or None."""
    if post is None or not repeatable.alike:
        return None
    name, parent_id = submission.author_name, submission.parent_id
    found = same_comment(unit, site, post.id, identity, name, parent_id, submission.text, now)
    if found is None:
        return None
    # It may have been committed since the receipts were read: this very form, sent twice at once.
    return repeated_receipt(unit, runtime, site, repeatable) or receipt_without_token(unit, *found)


class _DuplicateRequest(Exception):
    """Another request has used this request's key."""


#: Columns of a comment that was just written.
_FRESH = {"edited_at": None, "reply_count": 0, "featured_at": None, "redacted_at": None}


def _draft(submission: Submission, post: PostRow | None) -> Draft:
    return Draft(
        text=submission.text,
        author_name=submission.author_name,
        author_email=submission.author_email,
        author_website=submission.author_website,
        # A title from the site is not the commenter's text.
        title="" if post is not None and post.title else submission.post_title,
    )
