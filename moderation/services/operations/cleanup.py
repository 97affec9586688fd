"""The clean-up job: remove expired rows, in one process at a time."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, and_, delete, exists, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from moderation.config import Settings
from moderation.domain import webhook_events
from moderation.domain.actors import POLICY
from moderation.storage.change_feed import notify_readers
from moderation.storage.engine import (
    begin_write,
    compact,
    empty_journal,
    is_quick_to_compact,
)
from moderation.storage.models.accounts import ConsoleSession, Notice
from moderation.storage.models.authors import in_force
from moderation.storage.models.decisions import AuditEntry, Claim
from moderation.storage.models.foreign import ForeignCheck
from moderation.storage.models.hooks import HookDelivery
from moderation.storage.models.jobs import Mail, OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import ReaderMail
from moderation.storage.models.requests import IdempotencyKey, ReceivedEvent
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from moderation.storage.post_spellings import unify_spellings
from moderation.storage.posts import move_follows
from moderation.storage.transactions import transact

from .. import endpoints
from ..compat import akismet_flood, retention
from ..notifications import reader_upkeep
from ..privacy import retention as privacy_retention
from ..retries import LONGEST_WAIT
from ..review import featured
from ..transfer import site_exports, site_imports

IDEMPOTENCY = timedelta(hours=24)
#: Far longer than a signature stays valid, so that a repeated event is always recognised.
RECEIVED = timedelta(days=30)
MESSAGES = timedelta(days=30)
#: Mail about an account is worth sending for this long.
NOTICES = timedelta(days=3)
#: Difference between the clocks of two machines beyond which one is taken to be wrong.
CLOCKS_DIFFER = timedelta(minutes=5)
#: Newest posts that are searched for another spelling of an id.
NEWEST_POSTS = 5000
#: Actions in the audit trail that erase texts.
ERASING = ("author.erased", "comment.delete", "comment.redact")
#: Longer than the hour between two turns, so that each erasure is followed by a rewriting.
COMPACTED = timedelta(hours=2)
#: Rows per commit, so that no request waits long for the clean-up.
BATCH = 500


def clean_up(session: Session, settings: Settings, *, now: datetime) -> dict[str, int]:
    """Remove expired rows in small commits, and return the number of rows of each kind."""
    removed = {**_retain(session, settings, now), "unaddressed": _drop_unaddressed(session, now)}
    for endpoint_id in session.scalars(
        select(WebhookEndpoint.id).where(WebhookEndpoint.disabled_why == endpoints.REMOVED)
    ).all():
        # Its removal was interrupted.
        endpoints.discard(session, endpoint_id)
    removed["spellings"] = transact(session, lambda: _unify_spellings(session, now))
    removed |= transact(session, lambda: _remove_old(session, now))
    removed |= transact(session, lambda: reader_upkeep.remove_old(session, now))
    removed["foreign_comments"] = retention.remove_decided(session, now=now)
    removed["imports"] = site_imports.remove_old(session, settings, now=now)
    removed["exports"] = site_exports.tidy(session, settings, now=now)
    removed["compacted"] = _compact(session, now)
    empty_journal(session)
    return removed


def _compact(session: Session, now: datetime) -> int:
    """Rewrite a small SQLite file in which texts were erased within the last two hours.

    Rows that SQLite moved between pages before they were erased may have left copies.
    """
    recent = select(AuditEntry.id).where(
        AuditEntry.action.in_(ERASING), AuditEntry.at > now - COMPACTED
    )
    if session.scalar(recent.limit(1)) is None or not is_quick_to_compact(session):
        return 0
    try:
        compact(session)
    except DBAPIError:
        # No space, or a long read: the next turn tries again.
        session.rollback()
        return 0
    return 1


def _remove_old(session: Session, now: datetime) -> dict[str, int]:
    _reschedule_after_clock_change(session, now)
    removed = {}
    for name, statement in (
        (
            "idempotency_keys",
            delete(IdempotencyKey).where(IdempotencyKey.created_at < now - IDEMPOTENCY),
        ),
        (
            "received_events",
            delete(ReceivedEvent).where(ReceivedEvent.received_at < now - RECEIVED),
        ),
        ("hook_deliveries", delete(HookDelivery).where(HookDelivery.received_at < now - RECEIVED)),
        (
            "messages",
            delete(OutboxMessage).where(
                OutboxMessage.state != "waiting",
                OutboxMessage.finished_at < now - MESSAGES,
                # An endpoint that is off keeps its messages.
                ~exists().where(
                    WebhookDelivery.event_id == OutboxMessage.id,
                    WebhookDelivery.state == "waiting",
                ),
            ),
        ),
        ("mails", delete(Mail).where(Mail.state != "waiting", Mail.finished_at < now - MESSAGES)),
        ("notices", delete(Notice).where(Notice.created_at < now - NOTICES)),
        ("sessions", delete(ConsoleSession).where(ConsoleSession.expires_at < now)),
        ("claims", delete(Claim).where(~in_force(now))),
        (
            "foreign_checks",
            delete(ForeignCheck).where(ForeignCheck.created_at < now - akismet_flood.KEPT),
        ),
    ):
        result = session.execute(statement)
        removed[name] = result.rowcount if isinstance(result, CursorResult) else 0
    return removed


def _unify_spellings(session: Session, now: datetime) -> int:
    """Merge posts that the previous release stored under another spelling of their id."""
    changed = unify_spellings(session.connection(), newest=NEWEST_POSTS, merging=move_follows)
    for post_id in changed:
        post = session.get(Post, post_id)
        # None: a third spelling was merged into another post.
        if post is not None:
            featured.keep_newest(session, post, POLICY, now=now)
        notify_readers(session, f"post:{post_id}")
    return len(changed)


def _reschedule_after_clock_change(session: Session, now: datetime) -> None:
    """Make messages due now that were scheduled by a clock that was ahead and is set back."""
    for table in (OutboxMessage, WebhookDelivery, Mail, ReaderMail):
        session.execute(
            update(table)
            .where(
                table.state.in_(("waiting", "sending")),
                or_(
                    table.due_at > now + LONGEST_WAIT + CLOCKS_DIFFER,
                    and_(
                        table.due_at > now + CLOCKS_DIFFER, table.created_at > now + CLOCKS_DIFFER
                    ),
                ),
            )
            .values(due_at=now)
        )


def _drop_unaddressed(session: Session, now: datetime) -> int:
    """Drop the waiting messages of an earlier release to sites that have no address."""
    dropped = 0
    nowhere = select(Site.id).where(
        Site.webhook_url.is_(None), Site.id.not_in(select(WebhookEndpoint.site_id))
    )
    while True:
        begin_write(session)
        ids = session.scalars(
            select(OutboxMessage.id)
            .where(
                OutboxMessage.state == "waiting",
                OutboxMessage.type.in_(webhook_events.EVENTS),
                OutboxMessage.site_id.in_(nowhere),
            )
            .limit(BATCH)
        ).all()
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(ids))
            .values(state="dropped", finished_at=now)
        )
        session.commit()
        dropped += len(ids)
        if len(ids) < BATCH:
            return dropped


def _retain(session: Session, settings: Settings, now: datetime) -> dict[str, int]:
    """Remove what each site's settings keep no longer; return the rows of each kind."""
    gone: Counter[str] = Counter()
    ids = session.scalars(select(Site.id)).all()
    for id in ids:
        site = session.get(Site, id)
        # None: removed meanwhile.
        for kind in privacy_retention.apply(session, site, settings, now=now) if site else ():
            gone[kind.name] += kind.number
    return dict(gone)
