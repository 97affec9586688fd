"""Appeals, as authors make them; moderators decide about them in `review/appeals`."""

from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.appeals import MOST_PENDING, REFUSED, AppealOption, AppealState
from moderation.domain.errors import (
    AlreadyAppealed,
    AppealOver,
    CommentNotFound,
    NothingToAppeal,
    TooManyAppeals,
)
from moderation.domain.webhook_events import APPEAL_CREATED
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit, outbox
from ..comments import decision_notices, ledger, own_comments, webhook_payload
from ..comments.own_comments import Proof
from ..signing import Signing


def appeal(
    session: Session,
    runtime: Signing,
    site: Site,
    comment_id: UUID,
    proof: Proof,
    text: str,
    language: str,
    *,
    now: datetime,
) -> Appeal:
    """Ask for a review of the decision against one's own comment; commits.

    A decision has one appeal: the same text sent again returns it, another text raises
    AlreadyAppealed. Raises NothingToAppeal for a comment that is not refused, AppealOver after
    six months, and TooManyAppeals while many of the author's appeals wait.
    """
    receipt = own_comments.read(session, runtime, comment_id, proof)
    session.rollback()
    store = partial(_store, session, site, receipt.comment.id, text, language, now)
    return transact(session, store)


def _store(
    session: Session, site: Site, comment_id: UUID, text: str, language: str, now: datetime
) -> Appeal:
    comment, post = ledger.lock(session, comment_id)
    if comment.site_id != site.id:
        raise CommentNotFound("There is no such comment on this site. Check its id.")
    decision = decision_notices.deciding(session, [comment_id]).get(comment_id)
    if comment.status not in REFUSED or decision is None:
        raise NothingToAppeal(
            "This comment is not refused, so there is nothing to appeal. Reload the page."
        )
    known = decision_notices.appeal_against(session, decision)
    option = decision_notices.option_of(decision, known, now)
    if known is not None and option in (AppealOption.PENDING, AppealOption.DECIDED):
        if known.text == text and option is AppealOption.PENDING:
            return known
        raise AlreadyAppealed(
            "This decision was appealed before, and an appeal is possible once. Reload the page "
            "to see its state."
        )
    if option is AppealOption.NONE:
        raise AppealOver("The six months in which this decision could be appealed are over.")
    _require_room(session, comment)
    made = Appeal(
        id=new_id(),
        site_id=comment.site_id,
        comment_id=comment_id,
        decision_id=decision.id,
        text=text,
        language=language,
        state=AppealState.PENDING.value,
        created_at=now,
    )
    session.add(made)
    session.flush()
    audit.write(
        session,
        now,
        actors.AUTHOR.actor,
        actors.AUTHOR.name,
        "appeal.created",
        f"comment:{comment_id}",
        site_id=comment.site_id,
        detail={"appeal": str(made.id), "decision": str(decision.id)},
    )
    row = ledger.comment_columns(comment)
    message = webhook_payload.appeal(made, row, post.external_id)
    outbox.put(session, comment.site_id, APPEAL_CREATED, message, now, comment_id=comment_id)
    return made


def _require_room(session: Session, comment: Comment) -> None:
    """Raise TooManyAppeals when the author's waiting appeals on the site reach the limit."""
    if comment.author_key is None:
        return
    waiting = (
        select(Appeal.id)
        .join(Comment, Comment.id == Appeal.comment_id)
        .where(
            Appeal.site_id == comment.site_id,
            Appeal.state == AppealState.PENDING.value,
            Comment.author_key == comment.author_key,
        )
        .limit(MOST_PENDING)
        .subquery()
    )
    if (session.scalar(select(func.count()).select_from(waiting)) or 0) >= MOST_PENDING:
        raise TooManyAppeals(
            f"{MOST_PENDING} of your appeals wait for a decision. Send this one when they are "
            "decided."
        )
