"""Erasure of a comment's text and its author from every table, in one transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.votes import vote_columns
from moderation.storage import full_text
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.comments import NEAR_BANDS, Comment, Revision
from moderation.storage.models.compat import LabelledExample, digest_of
from moderation.storage.models.decisions import Claim, Decision
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.jobs import Mail, OutboxMessage
from moderation.storage.models.votes import Vote

from . import reported

#: Columns of a comment that hold its text or its author.
FORGOTTEN: dict[str, Any] = {
    "text": "",
    "html": "",
    "text_key": None,
    "near_key": None,
    **dict.fromkeys(NEAR_BANDS),
    "author_name": "",
    "author_email": None,
    "author_website": None,
    "author_id": None,
    "staff": False,
    "verified": False,
    "avatar": None,
    **vote_columns(0, 0),
}
#: Columns by which the same author could be recognised again.
UNKNOWN: dict[str, Any] = {
    "author_key": None,
    "email_key": None,
    "address_key": None,
    "block_key": None,
}


def forget_examples(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Remove the labelled examples that have the text of a comment of their site.

    Call it while the comments still have their texts.
    """
    texts = select(Comment.site_id, Comment.text).where(Comment.id.in_(comment_ids))
    earlier = (
        select(Comment.site_id, Revision.text)
        .join(Comment, Comment.id == Revision.comment_id)
        .where(Revision.comment_id.in_(comment_ids))
    )
    for site_id, text in [*session.execute(texts), *session.execute(earlier)]:
        session.execute(
            delete(LabelledExample).where(
                LabelledExample.site_id == site_id, LabelledExample.text_digest == digest_of(text)
            )
        )


def forget_author_examples(session: Session, site_id: int, author_keys: Sequence[str]) -> None:
    """Remove the labelled examples of an author on a site."""
    session.execute(
        delete(LabelledExample).where(
            LabelledExample.site_id == site_id, LabelledExample.author_key.in_(author_keys)
        )
    )


def forget_traces(session: Session, comment_ids: Sequence[UUID], *, purge: bool = True) -> None:
    """Remove the texts of comments from every other table; the caller clears the comments' rows.

    Decisions keep their codes and scores, so that figures stay true, but lose the words
    that they quote. Messages not sent yet lose their texts as well. Without `purge` the
    caller removes the deleted words from the search index, once for several calls.
    """
    session.execute(delete(Revision).where(Revision.comment_id.in_(comment_ids)))
    session.execute(delete(Claim).where(Claim.comment_id.in_(comment_ids)))
    # Of other readers, about a text that is no longer there; the totals end with it.
    session.execute(delete(Vote).where(Vote.comment_id.in_(comment_ids)))
    # Ids and addresses at another platform; no verdict is sent there any more.
    session.execute(delete(ForeignComment).where(ForeignComment.comment_id.in_(comment_ids)))
    for id, causes in session.execute(
        select(Decision.id, Decision.causes).where(Decision.comment_id.in_(comment_ids))
    ).all():
        kept = [{**cause, "spans": [], "explanation": ""} for cause in causes]
        session.execute(update(Decision).where(Decision.id == id).values(causes=kept, note=""))
    reported.forget_texts(session, comment_ids)
    session.execute(
        update(Appeal).where(Appeal.comment_id.in_(comment_ids)).values(text="", note="", answer="")
    )
    # A line of a mail has no text of the comment, but is no longer worth sending.
    session.execute(delete(Mail).where(Mail.comment_id.in_(comment_ids)))
    for id, payload in session.execute(
        select(OutboxMessage.id, OutboxMessage.payload).where(
            OutboxMessage.comment_id.in_(comment_ids)
        )
    ).all():
        comment = {**payload["comment"], "text": "", "author": {"name": "", "id": None}}
        erased = {**payload, "comment": comment}
        if "appeal" in payload:
            erased["appeal"] = {**payload["appeal"], "text": "", "answer": ""}
        session.execute(update(OutboxMessage).where(OutboxMessage.id == id).values(payload=erased))
    if purge:
        full_text.purge(session)
