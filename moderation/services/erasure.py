"""Forgetting what somebody wrote: everywhere it was put, in one transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.storage import search
from moderation.storage.comments import NEAR_BANDS, Revision
from moderation.storage.decisions import Decision
from moderation.storage.messages import Mail, OutboxMessage

#: Columns of a comment that say what was written and by whom.
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
}
#: Columns by which the same author could be recognised again.
UNKNOWN: dict[str, Any] = {
    "author_key": None,
    "email_key": None,
    "address_key": None,
    "block_key": None,
}


def forget_traces(session: Session, comment_ids: Sequence[UUID]) -> None:
    """Remove the texts from everything around the comments: the caller clears their rows.

    Decisions keep their codes and scores, so that figures stay true, but lose the words
    that they quote. Messages not sent yet lose their texts as well.
    """
    session.execute(delete(Revision).where(Revision.comment_id.in_(comment_ids)))
    for id, causes in session.execute(
        select(Decision.id, Decision.causes).where(Decision.comment_id.in_(comment_ids))
    ).all():
        kept = [{**cause, "spans": [], "explanation": ""} for cause in causes]
        session.execute(update(Decision).where(Decision.id == id).values(causes=kept, note=""))
    # A line of a mail holds nothing of a comment, but nobody needs to hear of it any more.
    session.execute(delete(Mail).where(Mail.comment_id.in_(comment_ids)))
    for id, payload in session.execute(
        select(OutboxMessage.id, OutboxMessage.payload).where(
            OutboxMessage.comment_id.in_(comment_ids)
        )
    ).all():
        comment = {**payload["comment"], "text": "", "author": {"name": "", "id": None}}
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == id)
            .values(payload={**payload, "comment": comment})
        )
    search.purge(session)
