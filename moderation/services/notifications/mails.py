"""Mail to moderators about held comments: queued by line, and sent under a lease.

The worker finds comments that are new to a moderator and stores a line for each; the due lines
become one mail. A line has no text of the comment: that is read when the mail is sent, so that
a decision, an edit or an erasure until then is respected.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import structlog
from sqlalchemy import exists, func, literal_column, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.domain import characters
from moderation.domain.errors import Busy
from moderation.domain.roles import Reach
from moderation.domain.status import Outcome, Status
from moderation.domain.verdict_records import because
from moderation.storage.engine import begin_write
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.jobs import Mail
from moderation.storage.models.posts import Post as SitePost
from moderation.storage.models.sites import Site

from ..accounts import authentication
from ..accounts.mail_preferences import _WAITING, _insert, change_preferences, preference_of
from ..accounts.mail_schedule import MailFrequency, due
from ..comments import escalation
from ..leases import take_lease
from ..retries import DELAYS, TRIES
from ..signing import Signing
from . import messages, signed_links
from .smtp import Post, failure_reason

log = structlog.get_logger(__name__)

#: Interval at which the worker looks for new comments.
LOOK_EVERY = timedelta(seconds=15)
#: A sender that dies loses its lease after this time.
LEASE = timedelta(minutes=2)
#: Overlap of two searches: a comment may be committed later than its timestamp.
OVERLAP = timedelta(minutes=5)
BATCH = 200


# Choosing


def confirm(session: Session, runtime: Signing, token: str, *, now: datetime) -> Moderator:
    """Confirm a moderator's address; commits. A repeated call changes nothing."""
    begin_write(session)
    moderator = signed_links.proven_address(session, runtime, "on", token)
    moderator.email_confirmed_at = moderator.email_confirmed_at or now
    session.commit()
    return moderator


def switch_off(session: Session, runtime: Signing, token: str, *, now: datetime) -> Moderator:
    """Switch off mail about held comments; commits. A repeated call changes nothing."""
    begin_write(session)
    moderator = signed_links.proven_address(session, runtime, "off", token)
    change_preferences(session, moderator, now=now, often=MailFrequency.OFF)
    session.commit()
    return moderator


# Finding


def queue_new(session: Session, *, now: datetime) -> int:
    """Store a line for every comment that is new to a moderator with mail on; commits.

    Returns the number of new lines.
    """
    with_mail = select(Moderator).where(
        Moderator.mail != MailFrequency.OFF.value,
        Moderator.email_confirmed_at.is_not(None),
        Moderator.disabled_at.is_(None),
    )
    people = [
        (person.id, authentication.reach_of(session, person))
        for person in session.scalars(with_mail)
    ]
    session.rollback()
    return sum(_find_for(session, id, reach, now) for id, reach in people)


def _find_for(session: Session, moderator_id: int, reach: Reach, now: datetime) -> int:
    seen = session.scalar(select(Moderator.mail_seen_at).where(Moderator.id == moderator_id))
    sites = reach.sites()
    wanting = [
        row.id
        for row in session.execute(
            # Few sites have comments of other platforms.
            select(Site.id, Site.settings).where(Site.id.in_(select(ForeignComment.site_id)))
        )
        if row.settings.get("foreign_mails")
    ]
    # Any cause of holding counts: the filters, an edit, another moderator's undo, a report.
    began = Decision.created_at
    is_queued = exists().where(
        Mail.moderator_id == moderator_id,
        Mail.comment_id == Comment.id,
        Mail.created_at >= began,
    )
    statement = (
        select(Comment.id, func.max(began).label("at"))
        .join(Decision, Decision.comment_id == Comment.id)
        .join(SitePost, SitePost.id == Comment.post_id)
        .where(
            or_(SitePost.origin.is_(None), Comment.site_id.in_(wanting)),
            Comment.status == Status.HELD.value,
            # Written out, so that the planner sees that the index of these applies.
            Decision.status == literal_column(f"'{Status.HELD.value}'"),
            func.coalesce(Decision.previous_status, "") != Status.HELD.value,
            or_(Decision.moderator_id.is_(None), Decision.moderator_id != moderator_id),
            began > (seen or now) - OVERLAP,
            ~is_queued,
        )
        .group_by(Comment.id)
        .order_by(func.max(began), Comment.id)
        .limit(BATCH)
    )
    if sites is not None:
        statement = statement.where(Comment.site_id.in_(sites))
    new = session.execute(statement).all()
    session.rollback()
    if not new:
        return 0
    begin_write(session)
    moderator = session.get(Moderator, moderator_id, populate_existing=True)
    if moderator is None or moderator.mail == MailFrequency.OFF:
        session.rollback()
        return 0
    at = due(preference_of(moderator), now, moderator.mailed_at)
    _insert(session, moderator_id, [row.id for row in new], at, now)
    # With more comments than fit, the next search continues after the last.
    moderator.mail_seen_at = now if len(new) < BATCH else new[-1].at
    session.commit()
    return len(new)


# Sending


@dataclass(frozen=True, slots=True)
class _Digest:
    """The due lines of one moderator and their mail; no message when nothing is left."""

    moderator_id: int
    sent: list[UUID]
    dropped: list[UUID]
    attempts: int
    message: EmailMessage | None
    #: A confirmation mail, which does not delay the next one.
    is_confirmation: bool = False


def send_due(
    session: Session, runtime: Signing, post: Post, holder: str, *, clock: Callable[[], datetime]
) -> int:
    """Send due lines, one mail per moderator, and return the number of attempts.

    One sender at a time, under a lease: two would send the same mail twice.
    """
    begun = clock()
    people = session.scalars(
        select(Mail.moderator_id).where(_WAITING, Mail.due_at <= begun).distinct().limit(BATCH)
    ).all()
    session.rollback()
    if not people or not take_lease(session, "mail", holder, now=begun, length=LEASE, renew=True):
        return 0
    tried = 0
    for moderator_id in people:
        now = clock()
        if now >= begun + LEASE / 2:
            break
        lines = _due_lines(session, moderator_id, now)
        line_ids = [line.id for line in lines]
        digest, error = _Digest(moderator_id, line_ids, [], _attempts(lines), None), ""
        try:
            digest = _digest_for(session, runtime, moderator_id, lines, now)
            session.rollback()
            if digest.message is not None:
                tried += 1
                post(digest.message)
        except (SQLAlchemyError, Busy):
            raise
        except Exception as failure:
            # The email package raises errors of many kinds; none of them stops the other mails.
            session.rollback()
            error = failure_reason(failure)
        _record_result(session, digest, error, clock())
    return tried


def _due_lines(session: Session, moderator_id: int, now: datetime) -> Sequence[Mail]:
    return session.scalars(
        select(Mail)
        .where(Mail.moderator_id == moderator_id, _WAITING, Mail.due_at <= now)
        .order_by(Mail.created_at, Mail.id)
        .limit(BATCH)
    ).all()


def _attempts(lines: Sequence[Mail]) -> int:
    return max((line.attempts for line in lines), default=0)


def _digest_for(
    session: Session, runtime: Signing, moderator_id: int, lines: Sequence[Mail], now: datetime
) -> _Digest:
    moderator = session.get(Moderator, moderator_id)
    line_ids = [line.id for line in lines]
    attempts = _attempts(lines)
    if moderator is None or moderator.disabled_at is not None or not moderator.email:
        return _Digest(moderator_id, [], line_ids, attempts, None)
    confirmations = [line.id for line in lines if line.comment_id is None]
    sender, stamp = runtime.settings.sender, messages.Stamp(now, runtime.settings.mail_domain)
    if confirmations:
        on = _address(runtime, "mail-on", signed_links.address_link(runtime, moderator, "on"))
        message = messages.confirmation(sender, moderator.email, moderator.login, on, stamp=stamp)
        return _Digest(moderator_id, confirmations, [], attempts, message, is_confirmation=True)
    reach = authentication.reach_of(session, moderator)
    line_of = {line.comment_id: line.id for line in lines}
    rows = session.execute(
        select(Comment, SitePost, Site, Decision)
        .join(SitePost, SitePost.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .where(Comment.id.in_(line_of), Comment.status == Status.HELD.value)
        .order_by(Comment.priority_at, Comment.id)
    ).all()
    permitted = [row for row in rows if reach.may(row[0].site_id, escalation.least_role(row[0]))]
    sent = [line_of[row[0].id] for row in permitted]
    dropped = [id for id in line_ids if id not in set(sent)]
    if not permitted or moderator.mail == MailFrequency.OFF or moderator.email_confirmed_at is None:
        return _Digest(moderator_id, [], line_ids, attempts, None)
    entries = [
        _entry(runtime, moderator, comment, post, site, verdict, now)
        for comment, post, site, verdict in permitted[: messages.LISTED]
    ]
    message = messages.held_digest(
        sender,
        moderator.email,
        entries,
        len(permitted) - len(entries),
        console=f"{runtime.settings.public_url}/review/",
        off=_address(runtime, "mail-off", signed_links.address_link(runtime, moderator, "off")),
        stamp=stamp,
    )
    return _Digest(moderator_id, sent, dropped, attempts, message)


def _entry(
    runtime: Signing,
    moderator: Moderator,
    comment: Comment,
    post: SitePost,
    site: Site,
    verdict: Decision | None,
    now: datetime,
) -> messages.Entry:
    approve, reject = (
        _address(
            runtime,
            "mail",
            signed_links.decision_link(runtime, moderator, comment, outcome, now=now),
        )
        for outcome in signed_links.DECIDES
    )
    return messages.Entry(
        site=characters.line(site.title) or site.name,
        post=messages.quoted(post.title or post.external_id),
        author=messages.quoted(comment.author_name),
        text=messages.quoted(comment.text),
        because=because(verdict.causes, Outcome.HOLD) if verdict else "",
        at=comment.created_at,
        approve=approve,
        reject=reject,
        show=f"{runtime.settings.public_url}/review/comments/{comment.id}",
    )


def _address(runtime: Signing, page: str, token: str) -> str:
    return f"{runtime.settings.public_url}/review/{page}/{token}"


def _record_result(session: Session, digest: _Digest, error: str, now: datetime) -> None:
    begin_write(session)
    values_of_sent: dict[str, object] = {"state": "sent", "finished_at": now, "last_error": ""}
    if error:
        attempts = digest.attempts + 1
        values_of_sent = {"attempts": attempts, "last_error": error[:200]}
        if attempts >= TRIES:
            values_of_sent |= {"state": "failed", "finished_at": now}
        else:
            values_of_sent["due_at"] = now + DELAYS[attempts - 1]
        log.warning(
            "mail.not_sent", moderator_id=digest.moderator_id, attempt=attempts, error=error
        )
    elif digest.message is not None and not digest.is_confirmation:
        session.execute(
            update(Moderator).where(Moderator.id == digest.moderator_id).values(mailed_at=now)
        )
    for ids, values in (
        (digest.sent, values_of_sent),
        (digest.dropped, {"state": "dropped", "finished_at": now}),
    ):
        session.execute(update(Mail).where(Mail.id.in_(ids), _WAITING).values(**values))
    session.commit()
