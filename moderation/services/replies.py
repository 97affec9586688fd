"""Moderators answer readers under their own name, with a badge."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.errors import Conflict, FieldError, Forbidden, Invalid
from moderation.domain.status import Listing, Outcome, PostState
from moderation.storage.base import new_id
from moderation.storage.dialects import begin_write
from moderation.storage.sites import Site

from . import facts, ledger
from .accounts import Reviewer
from .receipts import Repeatable, remember, repeated_receipt
from .rendering import render
from .runtime import Runtime


def answer(
    session: Session,
    runtime: Runtime,
    reviewer: Reviewer,
    comment_id: UUID,
    text: str,
    *,
    now: datetime,
    key: str = "",
) -> UUID:
    """Publish a moderator's reply to a published comment, as their decision; commits.

    Tells the reply's id. The same `key` again is the same reply.
    """
    if reviewer.moderator_id is None:
        raise Forbidden("A token has no name to answer under. Log in at /review/.")
    if not reviewer.display_name:
        raise Invalid(
            "Say in your account under which name readers see you, then answer.",
            errors=(FieldError("#/text", "your account has no name for readers yet"),),
        )
    repeatable = Repeatable(
        # Another moderator's key, or a reader's, is not the same.
        f"reply:{reviewer.moderator_id}:{key}"[:255] if key else "",
        hashlib.sha256(f"{comment_id}\0{text}".encode()).hexdigest(),
    )
    begin_write(session)
    parent, post = ledger.lock(session, comment_id)
    site = session.get_one(Site, parent.site_id)
    repeated = repeated_receipt(session, runtime, site, repeatable)
    if repeated is not None:
        session.rollback()
        found: UUID = repeated.comment.id
        return found
    if parent.listing != Listing.SHOWN or post.state == PostState.REMOVED:
        session.rollback()
        raise Conflict("Only what readers can see can be answered. Approve it first.")
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
        "html": render(text),
        **facts.text_columns(text),
        "revision": 1,
        "created_at": now,
    }
    recorded = ledger.record(
        session, row, post, Outcome.APPROVE, reviewer.by, now=now, changes={"decided_at": now}
    )
    if not remember(session, site, repeatable, row["id"], recorded.status, now):
        session.rollback()
        raise Conflict("This answer was sent twice at once. Look whether it is there.")
    session.commit()
    made: UUID = row["id"]
    return made
