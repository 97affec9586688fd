"""The part of the ledger for comments of foreign platforms.

Such a comment is in the review queue and nowhere else: it is on a post with an `origin`, the
ledger never lists it, and the site gets webhooks about it only with the setting
`foreign_webhooks`. A moderator's verdict goes to the platform that waits for it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Conflict
from moderation.domain.status import Actor, Outcome
from moderation.storage.compiled_statements import Executor
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.sites import Site

from .. import outbox

#: The result that a platform gets for a person's decision: true is spam.
_RESULTS = {Outcome.APPROVE: "false", Outcome.REJECT: "true", Outcome.SPAM: "true"}


def report(unit: Executor, row: dict[str, Any], outcome: Outcome, by: By, now: datetime) -> bool:
    """Put a moderator's verdict about a foreign comment into the caller's transaction.

    Returns whether the site wants webhooks about such a comment.
    """
    if not isinstance(unit, Session):
        raise AssertionError("a foreign comment is recorded in a session")
    settings = unit.scalar(select(Site.settings).where(Site.id == row["site_id"])) or {}
    if by.actor is not Actor.POLICY and outcome is not Outcome.ESCALATE:
        _put_verdict(unit, row, outcome, by, now)
    return bool(settings.get("foreign_webhooks"))


def _put_verdict(
    unit: Session, row: dict[str, Any], outcome: Outcome, by: By, now: datetime
) -> None:
    # The newest verdict counts: an earlier one that was not sent yet is never sent.
    unit.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.comment_id == row["id"],
            OutboxMessage.type == outbox.CALLBACK,
            OutboxMessage.state == "waiting",
        )
        .values(state="dropped", finished_at=now)
    )
    result = _RESULTS.get(outcome)
    if result is None or by.actor is not Actor.MODERATOR:
        return
    if unit.scalar(select(ForeignComment.callback).where(ForeignComment.comment_id == row["id"])):
        verdict = {"comment": {"id": str(row["id"]), "text": ""}, "result": result}
        outbox.put_callback(unit, row["site_id"], verdict, now, comment_id=row["id"])


def refuse_foreign(origin: str | None, action: str) -> None:
    """Raise Conflict for an action that only makes sense for a comment of our own."""
    if origin is not None:
        raise Conflict(
            f"This comment is on another platform ({origin}), so it cannot be {action} here. "
            "Approve it, reject it or mark it as spam."
        )
