"""The outcome for reporters who left an address: one mail each, once a decision has stood."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain.reports import ReportOutcome, is_legal
from moderation.domain.status import Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import ReaderMail
from moderation.storage.models.reports import CommentReport
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from ..comments import decision_notices, reported
from ..notifications.reader_mail import queue_reader_mail
from ..signing import Signing
from ..sites.reasons import public_sentence

_KIND = "report_outcome"
#: Reports of one turn of the worker.
BATCH = 100
#: Mails of a kind about reports to one address in a day: other people may have typed it.
MOST_A_DAY = 5
#: The same for reporters of one client network (/24, or /56 of IPv6), and of one site: the
#: addresses are not confirmed.
MOST_OF_NETWORK = 20
MOST_OF_SITE = 2000
#: A comment that waits for a senior again has no outcome yet.
_NOT_YET = timedelta(hours=1)


def queue_due(session: Session, runtime: Signing, *, now: datetime) -> int:
    """Queue the mails that are due, each in a transaction of its own; return their number."""
    ids = session.scalars(
        select(CommentReport.id)
        .where(CommentReport.due_at.is_not(None), CommentReport.due_at <= now)
        .order_by(CommentReport.due_at)
        .limit(BATCH)
    ).all()
    session.rollback()
    return sum(transact(session, partial(_queue, session, runtime, id, now)) for id in ids)


def _queue(session: Session, runtime: Signing, id: UUID, now: datetime) -> bool:
    """Queue the mail for one report; return whether it was queued."""
    row = session.execute(
        select(CommentReport, Comment.status, Post.title, Post.url, Site)
        .join(Comment, Comment.id == CommentReport.comment_id)
        .join(Post, Post.id == Comment.post_id)
        .join(Site, Site.id == CommentReport.site_id)
        .where(CommentReport.id == id, CommentReport.due_at <= now)
        .with_for_update(of=CommentReport)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        # Another worker queued it, a moderator undid the decision, or its text was erased.
        return False
    report, status, title, url, site = row
    # The decision that stands now: another may have followed the one that answered the report.
    outcome = reported.OUTCOMES.get(Status(status))
    if outcome is None:
        report.due_at = now + _NOT_YET
        return False
    report.due_at = None
    address = report.email
    if not is_legal(report.reason):
        # The mail has it; only a legal notice is kept with its sender.
        report.email = None
    if not address or has_many(session, runtime, _KIND, report, address, now):
        return False
    sentence = ""
    if outcome is ReportOutcome.REMOVED:
        stands = decision_notices.deciding(session, [report.comment_id]).get(report.comment_id)
        if stands is not None and stands.reason is not None:
            sentence = public_sentence(site, stands.reason, report.language)
    queued = queue_reader_mail(
        session,
        site_id=report.site_id,
        kind=_KIND,
        address=address,
        language=report.language,
        values={
            "outcome": outcome.value,
            "sentence": sentence,
            "page_title": title or "",
            "page_url": url or "",
        },
        key=f"report:{report.id}",
        now=now,
        email_key=email_key(runtime, address),
        network_key=report.block_key,
    )
    return queued is not None


def has_many(
    session: Session,
    runtime: Signing,
    kind: str,
    report: CommentReport,
    address: str,
    now: datetime,
) -> bool:
    """Return whether enough mails of a kind were queued in a day: for address, network or site."""
    bounds = [
        (ReaderMail.email_key == email_key(runtime, address), MOST_A_DAY),
        (ReaderMail.site_id == report.site_id, MOST_OF_SITE),
    ]
    if report.block_key is not None:
        bounds.append((ReaderMail.network_key == report.block_key, MOST_OF_NETWORK))
    since = now - timedelta(days=1)
    recent = select(func.count()).where(ReaderMail.created_at > since, ReaderMail.kind == kind)
    return any((session.scalar(recent.where(which)) or 0) >= most for which, most in bounds)


def email_key(runtime: Signing, address: str) -> str:
    """Return the keyed hash of an address, as stopped addresses have it."""
    return runtime.author_key("email", address.casefold())
