"""Mail to moderators about held comments: who gets what when, sent under a lease.

The worker looks for comments that are new to a moderator and writes a line for each; what
is due is put into one mail. Nothing of a comment is kept with a line: it is read when the
mail is sent, so that what was decided, edited or erased by then is told as it is, or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import FieldError, Invalid
from moderation.domain.roles import Reach
from moderation.domain.status import Outcome, Status
from moderation.storage.base import new_id
from moderation.storage.comments import Comment
from moderation.storage.decisions import Decision
from moderation.storage.dialects import begin_write
from moderation.storage.messages import Mail
from moderation.storage.people import Moderator
from moderation.storage.sites import Post as SitePost
from moderation.storage.sites import Site

from . import accounts, mail_links, mail_text
from .delivery import DELAYS, TRIES
from .mail_times import Often, Wish, due, is_zone
from .review import because
from .runtime import Runtime
from .smtp import MailNotSent, Post
from .upkeep import take_lease

log = structlog.get_logger(__name__)

#: How often the worker looks for comments that are new to somebody.
LOOK_EVERY = timedelta(seconds=15)
#: A sender that dies loses its lease after this time.
LEASE = timedelta(minutes=2)
#: Comments are looked for again this far back: one may be committed later than it is dated.
OVERLAP = timedelta(minutes=5)
BATCH = 200


def wish_of(moderator: Moderator) -> Wish:
    """When a moderator wants mail."""
    return Wish(Often(moderator.mail), moderator.mail_hour, moderator.mail_zone)


# Choosing


def choose(
    session: Session,
    moderator: Moderator,
    *,
    now: datetime,
    email: str | None = None,
    often: Often | None = None,
    hour: int | None = None,
    zone: str | None = None,
) -> None:
    """Change what is not None, in the caller's transaction, open for writing.

    A new address gets a mail that asks whether it is theirs, and nothing else before.
    """
    if email is not None and email != moderator.email:
        moderator.email, moderator.email_confirmed_at = email, None
        session.execute(delete(Mail).where(Mail.moderator_id == moderator.id, _WAITING))
        if email:
            _insert(session, moderator.id, [None], now, now)
    before = wish_of(moderator)
    if zone is not None and not is_zone(zone):
        detail = "There is no such time zone. Give a name such as Europe/Paris or UTC."
        raise Invalid(detail, errors=(FieldError("#/mail_zone", detail),))
    wish = Wish(
        before.often if often is None else often,
        before.hour if hour is None else hour,
        before.zone if zone is None else zone,
    )
    moderator.mail, moderator.mail_hour, moderator.mail_zone = wish.often, wish.hour, wish.zone
    if wish != before:
        if before.often is Often.OFF:
            moderator.mail_seen_at = now
        lines = (Mail.moderator_id == moderator.id, _WAITING, Mail.comment_id.is_not(None))
        if wish.often is Often.OFF:
            session.execute(delete(Mail).where(*lines))
        else:
            later = due(wish, now, moderator.mailed_at)
            session.execute(update(Mail).where(*lines).values(due_at=later))


def confirm(session: Session, runtime: Runtime, token: str, *, now: datetime) -> Moderator:
    """Take it that an address is its moderator's; commits. Twice changes nothing."""
    begin_write(session)
    moderator = mail_links.proven_address(session, runtime, "on", token)
    moderator.email_confirmed_at = moderator.email_confirmed_at or now
    session.commit()
    return moderator


def switch_off(session: Session, runtime: Runtime, token: str, *, now: datetime) -> Moderator:
    """End mail about held comments; commits. Twice changes nothing."""
    begin_write(session)
    moderator = mail_links.proven_address(session, runtime, "off", token)
    choose(session, moderator, now=now, often=Often.OFF)
    session.commit()
    return moderator


# Finding


def find_new(session: Session, *, now: datetime) -> int:
    """Write a line for every comment that is new to a moderator who wants mail; commits.

    Tells how many lines there are more.
    """
    wanting = select(Moderator).where(
        Moderator.mail != Often.OFF.value,
        Moderator.email_confirmed_at.is_not(None),
        Moderator.disabled_at.is_(None),
    )
    people = [
        (person.id, accounts.reach_of(session, person)) for person in session.scalars(wanting)
    ]
    session.rollback()
    return sum(_find_for(session, id, reach, now) for id, reach in people)


def _find_for(session: Session, moderator_id: int, reach: Reach, now: datetime) -> int:
    seen = session.scalar(select(Moderator.mail_seen_at).where(Moderator.id == moderator_id))
    sites = reach.sites()
    # Whatever made it wait: the filters when it came or was edited, a colleague's undo, a report.
    began = Decision.created_at
    known = exists().where(
        Mail.moderator_id == moderator_id,
        Mail.comment_id == Comment.id,
        Mail.created_at >= began,
    )
    statement = (
        select(Comment.id, func.max(began).label("at"))
        .join(Decision, Decision.comment_id == Comment.id)
        .where(
            Comment.status == Status.HELD.value,
            # Written out, so that the planner sees that the index of these applies.
            Decision.status == literal_column(f"'{Status.HELD.value}'"),
            func.coalesce(Decision.previous_status, "") != Status.HELD.value,
            or_(Decision.moderator_id.is_(None), Decision.moderator_id != moderator_id),
            began > (seen or now) - OVERLAP,
            ~known,
        )
        .group_by(Comment.id)
        .order_by(func.max(began), Comment.id)
        .limit(BATCH)
    )
    if sites is not None:
        statement = statement.where(Comment.site_id.in_(sites))
    found = session.execute(statement).all()
    session.rollback()
    if not found:
        return 0
    begin_write(session)
    moderator = session.get(Moderator, moderator_id, populate_existing=True)
    if moderator is None or moderator.mail == Often.OFF:
        session.rollback()
        return 0
    at = due(wish_of(moderator), now, moderator.mailed_at)
    _insert(session, moderator_id, [row.id for row in found], at, now)
    # Where there are more than fit, the next look goes on behind the last.
    moderator.mail_seen_at = now if len(found) < BATCH else found[-1].at
    session.commit()
    return len(found)


def _insert(
    session: Session, moderator_id: int, comments: list[UUID | None], at: datetime, now: datetime
) -> None:
    # Of what was told before and waits again there is a line already.
    again = (Mail.moderator_id == moderator_id, Mail.comment_id.in_(comments))
    told = set(session.scalars(select(Mail.comment_id).where(*again)))
    fresh = {"state": "waiting", "attempts": 0, "due_at": at, "created_at": now}
    if told:
        session.execute(update(Mail).where(*again).values(**fresh, finished_at=None))
    common = {"moderator_id": moderator_id, "last_error": "", **fresh}
    rows = [
        {"id": new_id(), "comment_id": comment_id, **common}
        for comment_id in comments
        if comment_id not in told
    ]
    if rows:
        session.execute(insert(Mail), rows)


# Sending

_WAITING = Mail.state == "waiting"


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is due to one moderator, and the mail that tells it; None when nothing is left."""

    moderator_id: int
    sent: list[UUID]
    dropped: list[UUID]
    attempts: int
    message: EmailMessage | None
    #: It asks whether the address is theirs, and is no reason to wait with the next.
    asks: bool = False


def send_due(
    session: Session, runtime: Runtime, post: Post, holder: str, *, clock: Callable[[], datetime]
) -> int:
    """Send what is due, one mail per moderator; tells how many were tried.

    One sender at a time, under a lease: two would tell the same twice.
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
        letter = _letter(session, runtime, moderator_id, now)
        session.rollback()
        error = ""
        if letter.message is not None:
            tried += 1
            try:
                post(letter.message)
            except MailNotSent as refused:
                error = str(refused) or "not sent"
        _settle(session, letter, error, clock())
    return tried


def _letter(session: Session, runtime: Runtime, moderator_id: int, now: datetime) -> _Letter:
    lines = session.scalars(
        select(Mail)
        .where(Mail.moderator_id == moderator_id, _WAITING, Mail.due_at <= now)
        .order_by(Mail.created_at, Mail.id)
        .limit(BATCH)
    ).all()
    moderator = session.get_one(Moderator, moderator_id)
    every = [line.id for line in lines]
    attempts = max((line.attempts for line in lines), default=0)
    if moderator.disabled_at is not None or not moderator.email:
        return _Letter(moderator_id, [], every, attempts, None)
    asking = [line.id for line in lines if line.comment_id is None]
    sender = runtime.settings.sender
    if asking:
        on = _address(runtime, "mail-on", mail_links.address_link(runtime, moderator, "on"))
        message = mail_text.confirmation(sender, moderator.email, moderator.login, on)
        return _Letter(moderator_id, asking, [], attempts, _named(message, sender), asks=True)
    reach = accounts.reach_of(session, moderator)
    wanted = {line.comment_id: line.id for line in lines}
    rows = session.execute(
        select(Comment, SitePost, Site, Decision)
        .join(SitePost, SitePost.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Decision, Decision.id == Comment.verdict_id)
        .where(Comment.id.in_(wanted), Comment.status == Status.HELD.value)
        .order_by(Comment.priority_at, Comment.id)
    ).all()
    mine = [row for row in rows if reach.may(row[0].site_id)]
    sent = [wanted[row[0].id] for row in mine]
    dropped = [id for id in every if id not in set(sent)]
    if not mine or moderator.mail == Often.OFF or moderator.email_confirmed_at is None:
        return _Letter(moderator_id, [], every, attempts, None)
    entries = [
        _entry(runtime, moderator, comment, post, site, verdict, now)
        for comment, post, site, verdict in mine[: mail_text.LISTED]
    ]
    message = mail_text.held(
        sender,
        moderator.email,
        entries,
        len(mine) - len(entries),
        console=f"{runtime.settings.public_url}/review/",
        off=_address(runtime, "mail-off", mail_links.address_link(runtime, moderator, "off")),
    )
    return _Letter(moderator_id, sent, dropped, attempts, _named(message, sender))


def _entry(
    runtime: Runtime,
    moderator: Moderator,
    comment: Comment,
    post: SitePost,
    site: Site,
    verdict: Decision | None,
    now: datetime,
) -> mail_text.Entry:
    approve, reject = (
        _address(
            runtime,
            "mail",
            mail_links.decision_link(runtime, moderator, comment, outcome, now=now),
        )
        for outcome in mail_links.DECIDES
    )
    return mail_text.Entry(
        site=site.title or site.name,
        post=mail_text.quoted(post.title or post.external_id),
        author=mail_text.quoted(comment.author_name),
        text=mail_text.quoted(comment.text),
        because=because(verdict.causes, Outcome.HOLD) if verdict else "",
        at=comment.created_at,
        approve=approve,
        reject=reject,
        show=f"{runtime.settings.public_url}/review/comments/{comment.id}",
    )


def _address(runtime: Runtime, page: str, token: str) -> str:
    return f"{runtime.settings.public_url}/review/{page}/{token}"


def _named(message: EmailMessage, sender: str) -> EmailMessage:
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    return message


def _settle(session: Session, letter: _Letter, error: str, now: datetime) -> None:
    begin_write(session)
    done: dict[str, object] = {"state": "sent", "finished_at": now, "last_error": ""}
    if error:
        attempts = letter.attempts + 1
        done = {"attempts": attempts, "last_error": error[:200]}
        if attempts >= TRIES:
            done |= {"state": "failed", "finished_at": now}
        else:
            done["due_at"] = now + DELAYS[attempts - 1]
        log.warning(
            "mail.not_sent", moderator_id=letter.moderator_id, attempt=attempts, error=error
        )
    elif letter.message is not None and not letter.asks:
        session.execute(
            update(Moderator).where(Moderator.id == letter.moderator_id).values(mailed_at=now)
        )
    for ids, values in (
        (letter.sent, done),
        (letter.dropped, {"state": "dropped", "finished_at": now}),
    ):
        session.execute(update(Mail).where(Mail.id.in_(ids), _WAITING).values(**values))
    session.commit()
