"""Replies of moderators to readers, under their own name and with a badge."""

import hashlib
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.errors import Conflict, FieldError, Forbidden, Invalid
from moderation.domain.status import Listing, Outcome, PostState
from moderation.storage.models.base import new_id
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..accounts.authentication import Reviewer
from ..comments import facts, foreign_verdicts, ledger
from ..comments.idempotency import RequestKey, repeated_receipt, store_answer
from ..comments.markdown import render_visible
from ..signing import Signing


def reply(
    session: Session,
    runtime: Signing,
    reviewer: Reviewer,
    comment_id: UUID,
    text: str,
    *,
    now: datetime,
    key: str = "",
) -> UUID:
    """Publish a moderator's reply to a published comment, as their decision; commits.

    Returns the reply's id. A repeated `key` gets the same reply.
    """
    if reviewer.moderator_id is None:
        raise Forbidden("A token cannot reply, since it has no display name. Log in at /review/.")
    if not reviewer.display_name:
        raise Invalid(
            "Choose a display name in your account, then reply.",
            errors=(FieldError("#/text", "your account has no display name yet"),),
        )
    # Refused before the transaction when it has no visible characters.
    html = render_visible(text)
    repeatable = RequestKey(
        # Separate from the keys of readers and other moderators.
        f"reply:{reviewer.moderator_id}:{key}"[:255] if key else "",
        hashlib.sha256(f"{comment_id}\0{text}".encode()).hexdigest(),
    )
    return transact(
        session,
        partial(_answer, session, runtime, reviewer, comment_id, text, html, now, repeatable),
    )


def _answer(
    session: Session,
    runtime: Signing,
    reviewer: Reviewer,
    comment_id: UUID,
    text: str,
    html: str,
    now: datetime,
    repeatable: RequestKey,
) -> UUID:
    parent, post = ledger.lock(session, comment_id)
    foreign_verdicts.refuse_foreign(post.origin, "answered")
    site = session.get_one(Site, parent.site_id)
    repeated = repeated_receipt(session, runtime, site, repeatable)
    if repeated is not None:
        earlier_id: UUID = repeated.comment.id
        return earlier_id
    if parent.listing != Listing.SHOWN or post.state == PostState.REMOVED:
        raise Conflict("Only a published comment can be answered. Approve it first.")
    row: dict[str, Any] = {
        "id": new_id(),
        "site_id": parent.site_id,
        "post_id": post.id,
        "parent_id": parent.id,
        "author_name": reviewer.display_name,
        "author_email": None,
        "author_website": None,
        "author_id": None,
        "staff": True,
        "author_key": runtime.author_key("moderator", str(reviewer.moderator_id)),
        "email_key": None,
        "address_key": None,
        "block_key": None,
        "text": text,
        "html": html,
        **facts.text_columns(text),
        "revision": 1,
        "created_at": now,
    }
    recorded = ledger.record(
        session, row, post, Outcome.APPROVE, reviewer.by, now=now, changes={"decided_at": now}
    )
    if not store_answer(session, site, repeatable, row["id"], recorded.status, now):
        raise Conflict("This reply was sent twice at the same time. Reload the page to see it.")
    reply_id: UUID = row["id"]
    return reply_id
