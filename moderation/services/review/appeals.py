"""The queue of appeals, and moderators' decisions about them.

An appeal is decided by another moderator than the first, wherever the site has one.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.appeals import AppealResult, AppealState
from moderation.domain.errors import AlreadyDecided, NotFound, OwnDecision
from moderation.domain.status import Actor, Outcome
from moderation.storage.models.accounts import Moderator, SiteRole
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.authors import Ban
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import audit
from ..comments import appeal_states, decision_notices, ledger
from ..pagination import Cursor
from ..sites import reasons
from . import author_mail, queues
from . import decisions as review
from .serializers import decision_view

#: Counting stops here.
MOST_COUNTED = 1000
_UNKNOWN = "There is no such appeal. Check its id."


@dataclass(frozen=True, slots=True)
class AppealChoice:
    """A moderator's decision about an appeal."""

    result: AppealResult
    #: Why, for the other moderators.
    note: str
    #: To the author; may be empty.
    answer: str = ""
    #: Also lift the bans that refused the comment.
    lift_ban: bool = False


def page(
    session: Session,
    site_ids: tuple[int, ...] | None,
    by: By,
    *,
    now: datetime,
    pending: bool = True,
    limit: int = 25,
    cursor: Cursor | None = None,
) -> dict[str, Any]:
    """Return a page of appeals: those that wait, oldest first, or the decided, newest first."""
    found = _listed(site_ids, pending)
    place = tuple_(Appeal.created_at, Appeal.id)
    if cursor is not None:
        behind = tuple_(cursor.created_at, cursor.id)
        found = found.where(place > behind if pending else place < behind)
    order = (Appeal.created_at, Appeal.id)
    found = found.order_by(*(order if pending else (column.desc() for column in order)))
    rows = list(session.scalars(found.limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return {
        "appeals": _views(session, rows, by, now=now),
        "count": count(session, site_ids) if pending else None,
        "next_cursor": Cursor(rows[-1].created_at, rows[-1].id).encode() if more else None,
    }


def count(session: Session, site_ids: tuple[int, ...] | None) -> int:
    """Count the appeals that wait, up to MOST_COUNTED."""
    waiting = _listed(site_ids, True).with_only_columns(Appeal.id).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0


def site_of(session: Session, appeal_id: UUID) -> int | None:
    """Return the id of an appeal's site; None for an unknown appeal."""
    return session.scalar(select(Appeal.site_id).where(Appeal.id == appeal_id))


def read(session: Session, appeal_id: UUID, by: By, *, now: datetime) -> dict[str, Any]:
    """Return one appeal as moderators see it."""
    appeal = session.get(Appeal, appeal_id)
    if appeal is None:
        raise NotFound(_UNKNOWN)
    return _views(session, [appeal], by, now=now)[0]


def decide(
    session: Session, appeal_id: UUID, choice: AppealChoice, by: By, *, now: datetime
) -> dict[str, Any]:
    """Uphold or overturn the decision that was appealed; commits.

    Overturning is a moderator's new decision, which publishes the comment. Raises OwnDecision
    for the moderator of the first decision, unless no other person moderates the site, and
    AlreadyDecided when a colleague was faster.
    """
    transact(session, partial(_decide, session, appeal_id, choice, by, now))
    return read(session, appeal_id, by, now=now)


def _decide(session: Session, appeal_id: UUID, choice: AppealChoice, by: By, now: datetime) -> None:
    about = session.scalar(select(Appeal.comment_id).where(Appeal.id == appeal_id))
    if about is None:
        raise NotFound(_UNKNOWN)
    comment, post = ledger.lock(session, about)
    appeal = session.get_one(Appeal, appeal_id, populate_existing=True)
    state = AppealState.UPHELD
    if choice.result is AppealResult.OVERTURN:
        state = AppealState.OVERTURNED
    if appeal.state == state and appeal.decided_by == by.name:
        # The same decision, sent twice.
        return
    if appeal.state != AppealState.PENDING:
        raise AlreadyDecided(
            f"{appeal.decided_by or 'The author'} has ended this appeal: it is {appeal.state}. "
            "Take the next one."
        )
    first = session.get_one(Decision, appeal.decision_id)
    same = appeal_states.is_same(first, by)
    if same and _has_another(session, appeal.site_id, first):
        raise OwnDecision(
            "You made the decision that this appeal is about. Another moderator decides it."
        )
    appeal.note, appeal.answer = choice.note, choice.answer
    appeal_states.settle(appeal, state, by, now, same=same)
    # Before the ledger looks for appeals that still wait.
    session.flush()
    if choice.lift_ban and state is AppealState.OVERTURNED:
        _lift_bans(session, comment, by, now)
    if state is AppealState.OVERTURNED:
        made = review.decide_within(
            session, comment.id, Outcome.APPROVE, by, now=now, note=choice.note
        )
        appeal.new_decision_id = made.id
        session.refresh(comment)
    appeal_states.announce(
        session, appeal, ledger.comment_columns(comment), post.external_id, by, now
    )
    author_mail.about_appeal(session, appeal, comment, post, now)


def _has_another(session: Session, site_id: int, first: Decision) -> bool:
    """Return whether an active moderator of the site did not make the first decision."""
    on_site = exists().where(SiteRole.moderator_id == Moderator.id, SiteRole.site_id == site_id)
    others = select(Moderator.id).where(
        Moderator.disabled_at.is_(None), or_(Moderator.role != "none", on_site)
    )
    if first.moderator_id is not None:
        others = others.where(Moderator.id != first.moderator_id)
    return session.scalar(others.limit(1)) is not None


def _lift_bans(session: Session, comment: Comment, by: By, now: datetime) -> None:
    keys = [key for key in (comment.author_key, comment.email_key) if key]
    banned = and_(Ban.site_id == comment.site_id, Ban.author_key.in_(keys))
    for key in session.scalars(select(Ban.author_key).where(banned)).all():
        audit.write(
            session,
            now,
            by.actor,
            by.name,
            "author.unbanned",
            f"author:{key}",
            site_id=comment.site_id,
        )
    session.execute(delete(Ban).where(banned))


def _listed(site_ids: tuple[int, ...] | None, pending: bool) -> Select[Appeal]:
    waits = AppealState.PENDING.value
    found = select(Appeal).where(Appeal.state == waits if pending else Appeal.state != waits)
    return found if site_ids is None else found.where(Appeal.site_id.in_(site_ids))


def _views(
    session: Session, appeals: list[Appeal], by: By, *, now: datetime
) -> list[dict[str, Any]]:
    items = queues.items(session, [each.comment_id for each in appeals], by, now=now)
    by_comment = {item["comment"]["id"]: item for item in items}
    wanted = {each.decision_id for each in appeals}
    firsts = {d.id: d for d in session.scalars(select(Decision).where(Decision.id.in_(wanted)))}
    sites = {site_id: session.get_one(Site, site_id) for site_id in {a.site_id for a in appeals}}
    bans = _bans(session, appeals, by_comment)
    views = []
    for appeal in appeals:
        first = firsts[appeal.decision_id]
        settings = sites[appeal.site_id].settings
        same = appeal_states.is_same(first, by)
        code = decision_notices.code_of(first)
        views.append(
            {
                "id": appeal.id,
                "site": sites[appeal.site_id].name,
                "state": appeal.state,
                "text": appeal.text,
                "language": appeal.language,
                "created_at": appeal.created_at,
                "item": by_comment[appeal.comment_id],
                "decision": decision_view(first),
                "by_rule": first.actor == Actor.POLICY,
                "reason_label": reasons.find(settings, first.reason).label
                if first.reason
                else None,
                "sentence": reasons.public_sentence(settings, code, appeal.language),
                "ban": bans.get(appeal.id),
                "may_decide": appeal.state == AppealState.PENDING
                and not (same and _has_another(session, appeal.site_id, first)),
                "own_decision": same,
                "decided_at": appeal.decided_at,
                "decided_by": appeal.decided_by,
                "note": appeal.note,
                "answer": appeal.answer,
                "same_moderator": appeal.same_moderator,
            }
        )
    return views


def _bans(
    session: Session, appeals: list[Appeal], items: dict[UUID, dict[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    """Return the bans of the comments' authors by appeal, with one statement for all of them."""
    rows = session.execute(
        select(Comment.id, Comment.author_key, Comment.email_key).where(Comment.id.in_(items))
    )
    keys = {id: [key for key in found if key] for id, *found in rows}
    wanted = {(each.site_id, key) for each in appeals for key in keys.get(each.comment_id, ())}
    if not wanted:
        return {}
    listed = session.scalars(
        select(Ban)
        .where(
            Ban.site_id.in_({site_id for site_id, _ in wanted}),
            Ban.author_key.in_({key for _, key in wanted}),
        )
        .order_by(Ban.id)
    )
    bans = {(ban.site_id, ban.author_key): ban for ban in listed}
    views = {}
    for appeal in appeals:
        found = (bans.get((appeal.site_id, key)) for key in keys.get(appeal.comment_id, ()))
        ban = next(filter(None, found), None)
        if ban is not None:
            views[appeal.id] = {
                "reason": ban.reason,
                "until": ban.until,
                "created_at": ban.created_at,
            }
    return views
