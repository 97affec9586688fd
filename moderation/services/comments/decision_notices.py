"""What authors read about decisions against their comments, and about their appeals.

A notice has the public sentence of the reason, and whether a person or a rule decided. It never
has a score, a word list, a moderator's note or name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.appeals import (
    OUTCOME_SHOWN,
    REFUSED,
    WINDOW,
    AppealOption,
    AppealResult,
    AppealState,
)
from moderation.domain.reasons import Reason
from moderation.domain.status import Actor, Outcome, Status
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.decisions import Decision

from ..sites import reasons
from .idempotency import NO_REASON, BanNotice, Receipt, ban_notice, public_code
from .ledger import comment_columns

_REFUSALS = (Outcome.REJECT.value, Outcome.SPAM.value)
_RESULTS = {
    AppealState.UPHELD.value: AppealResult.UPHOLD,
    AppealState.OVERTURNED.value: AppealResult.OVERTURN,
}


def deciding(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, Decision]:
    """Return the newest refusal of each comment; those that were never refused are left out."""
    found = session.scalars(
        select(Decision)
        .where(Decision.comment_id.in_(comment_ids), Decision.outcome.in_(_REFUSALS))
        .order_by(Decision.comment_version)
    )
    return {decision.comment_id: decision for decision in found}


def notices(
    session: Session,
    settings: Mapping[str, Any],
    comments: Sequence[Any],
    language: str,
    *,
    now: datetime,
) -> dict[UUID, dict[str, Any]]:
    """Return the notices of refused comments, and of those that an appeal brought back."""
    noticed = [c for c in comments if c.status in REFUSED or c.status == Status.APPROVED]
    if not noticed:
        return {}
    decisions = deciding(session, [c.id for c in noticed])
    appeals = _appeals(session, list(decisions))
    made: dict[UUID, dict[str, Any]] = {}
    for comment in noticed:
        decision, appeal = decisions.get(comment.id), appeals.get(comment.id)
        if decision is None:
            continue
        if comment.status in REFUSED:
            code = code_of(decision)
            ban = ban_notice(session, comment_columns(comment), code)
            made[comment.id] = _notice(settings, decision, code, ban, appeal, language, now)
        elif _brought_back(appeal, now):
            made[comment.id] = _notice(
                settings, decision, code_of(decision), None, appeal, language, now
            )
    return made


def of_refusal(
    settings: Mapping[str, Any], receipt: Receipt, language: str, now: datetime
) -> dict[str, Any]:
    """Return the notice of a comment that a rule has refused just now; reads nothing."""
    code = receipt.public_reason or NO_REASON
    # Without a token the author could not prove that the comment is theirs.
    option = AppealOption.POSSIBLE if receipt.edit_token else AppealOption.NONE
    return _view(settings, code, Actor.POLICY, now, receipt.ban, language, option, None)


def option_of(decision: Decision, appeal: Appeal | None, now: datetime) -> AppealOption:
    """Return what the author of a refused comment can do about the decision."""
    if appeal is not None and appeal.state == AppealState.PENDING:
        return AppealOption.PENDING
    if appeal is not None and appeal.decision_id == decision.id:
        return AppealOption.DECIDED
    return AppealOption.POSSIBLE if now <= decision.created_at + WINDOW else AppealOption.NONE


def appeal_against(session: Session, decision: Decision) -> Appeal | None:
    """Return the appeal that counts for a refusal: its own, or one of the comment that waits."""
    return _appeals(session, [decision.comment_id]).get(decision.comment_id)


def code_of(decision: Decision) -> str:
    """Return a moderator's reason, or the public code of the rule that refused a comment."""
    if decision.actor == Actor.POLICY:
        return public_code(decision.causes)
    kind = Reason.SPAM if decision.outcome == Outcome.SPAM else Reason.OTHER
    return decision.reason or kind.value


def _appeals(session: Session, comment_ids: Sequence[UUID]) -> dict[UUID, Appeal]:
    """Return the newest appeal of each comment, one that waits before all others."""
    found = session.scalars(
        select(Appeal).where(Appeal.comment_id.in_(comment_ids)).order_by(Appeal.created_at)
    )
    newest: dict[UUID, Appeal] = {}
    for appeal in found:
        known = newest.get(appeal.comment_id)
        if known is None or known.state != AppealState.PENDING:
            newest[appeal.comment_id] = appeal
    return newest


def _brought_back(appeal: Appeal | None, now: datetime) -> bool:
    """Return whether an appeal published the comment not long ago."""
    if appeal is None or appeal.state != AppealState.OVERTURNED or appeal.decided_at is None:
        return False
    return now <= appeal.decided_at + OUTCOME_SHOWN


def _notice(
    settings: Mapping[str, Any],
    decision: Decision,
    code: str,
    ban: BanNotice | None,
    appeal: Appeal | None,
    language: str,
    now: datetime,
) -> dict[str, Any]:
    option = option_of(decision, appeal, now)
    return _view(
        settings,
        code,
        Actor(decision.actor),
        decision.created_at,
        ban,
        language,
        option,
        appeal if option is AppealOption.DECIDED else None,
    )


def _view(
    settings: Mapping[str, Any],
    code: str,
    actor: Actor,
    decided_at: datetime,
    ban: BanNotice | None,
    language: str,
    option: AppealOption,
    appeal: Appeal | None,
) -> dict[str, Any]:
    result = _RESULTS.get(appeal.state) if appeal is not None else None
    return {
        "reason": code,
        "sentence": reasons.public_sentence(settings, code, language),
        "language": language,
        "by": "rule" if actor is Actor.POLICY else "person",
        "decided_at": decided_at,
        "until": ban.until if ban is not None else None,
        "ban_reason": ban.reason if ban is not None else "",
        "appeal": option.value,
        "appeal_until": decided_at + WINDOW if option is AppealOption.POSSIBLE else None,
        "outcome": None
        if appeal is None or result is None
        else {
            "result": result.value,
            "sentence": appeal.answer,
            "decided_at": appeal.decided_at,
        },
    }
