"""Notices to a moderator whose credentials changed: password, address, second factor.

`notifications/credential_mails.py` sends them.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from moderation.storage.models.accounts import Moderator, Notice
from moderation.storage.models.base import new_id


def write(session: Session, moderator: Moderator, kind: str, *, now: datetime) -> None:
    """Queue a mail, in the caller's transaction; none without a confirmed address.

    Call it before the address is changed: the mail goes to the old one.
    """
    if not moderator.email or moderator.email_confirmed_at is None:
        return
    session.add(
        Notice(
            id=new_id(),
            moderator_id=moderator.id,
            kind=kind,
            recipient=moderator.email,
            attempts=0,
            due_at=now,
            created_at=now,
        )
    )
