"""Appeals follow the comments that they are about: a change of status ends them.

`ledger.record` calls `follow` with every change. What authors send is in `community/appeals`,
what moderators decide about appeals in `review/appeals`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.appeals import REFUSED, AppealState
from moderation.domain.status import Actor, Status
from moderation.domain.webhook_events import APPEAL_DECIDED
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.decisions import Decision

from .. import audit, outbox
from . import webhook_payload


def follow(
    session: Session,
    row: dict[str, Any],
    external_id: str,
    previous: Status | None,
    decision_id: UUID,
    by: By,
    now: datetime,
    undoes: Decision | None,
) -> None:
    """End the pending appeal of a comment that is no longer refused, in the caller's transaction.

    A moderator who publishes the comment has overturned the decision, wherever they did that.
    Undoing that decision returns the appeal to its queue.
    """
    if undoes is not None:
        session.execute(
            update(Appeal)
            .where(Appeal.new_decision_id == undoes.id)
            .values(
                state=AppealState.PENDING.value,
                new_decision_id=None,
                decided_at=None,
                moderator_id=None,
                decided_by="",
                note="",
                answer="",
                same_moderator=False,
            )
        )
    status = Status(row["status"])
    if previous not in REFUSED or status in REFUSED:
        return
    appeal = session.scalar(
        select(Appeal).where(
            Appeal.comment_id == row["id"], Appeal.state == AppealState.PENDING.value
        )
    )
    if appeal is None:
        return
    if by.actor is Actor.MODERATOR and status is Status.APPROVED:
        first = session.get_one(Decision, appeal.decision_id)
        settle(appeal, AppealState.OVERTURNED, by, now, same=is_same(first, by))
        appeal.new_decision_id = decision_id
    else:
        appeal.state, appeal.decided_at = AppealState.VOID.value, now
    announce(session, appeal, row, external_id, by, now)


def settle(appeal: Appeal, state: AppealState, by: By, now: datetime, *, same: bool) -> None:
    """Enter a moderator's decision about an appeal."""
    appeal.state = state.value
    appeal.decided_at = now
    appeal.moderator_id = by.moderator_id
    appeal.decided_by = by.name
    appeal.same_moderator = same


def is_same(decision: Decision, by: By) -> bool:
    """Return whether a decision was made by this very moderator or token."""
    if decision.actor != Actor.MODERATOR:
        return False
    if decision.moderator_id is not None or by.moderator_id is not None:
        return decision.moderator_id == by.moderator_id
    return decision.actor_name == by.name


def announce(
    session: Session, appeal: Appeal, row: dict[str, Any], external_id: str, by: By, now: datetime
) -> None:
    """Write the audit entry and the message to the site about the end of an appeal."""
    session.flush()
    detail = {"appeal": str(appeal.id), "decision": str(appeal.decision_id), "to": appeal.state}
    if appeal.same_moderator:
        detail["same_moderator"] = "yes"
    audit.write(
        session,
        now,
        by.actor,
        by.name,
        "appeal.decided",
        f"comment:{row['id']}",
        site_id=row["site_id"],
        detail=detail,
    )
    message = webhook_payload.appeal(appeal, row, external_id)
    outbox.put(session, row["site_id"], APPEAL_DECIDED, message, now, comment_id=row["id"])
