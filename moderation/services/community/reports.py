"""Readers' reports of comments: one by each reader, into the queue Reported, or quiet.

A report never removes a comment. Reports of enough weight hold one that no person has approved
yet; everything else is a moderator's decision, which `services/comments/reported` follows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.errors import (
    CommentNotFound,
    FieldError,
    Invalid,
    ReportsOff,
    TooManyReports,
)
from moderation.domain.judgement import Cause, Signal, Verdict
from moderation.domain.members import Member
from moderation.domain.network import client_network
from moderation.domain.reasons import Code, facts_of
from moderation.domain.reports import NEEDS, ReportOutcome, is_legal
from moderation.domain.status import Listing, Outcome, PostState, Status
from moderation.domain.verdict_records import stored_causes
from moderation.domain.webhook_events import COMMENT_REPORTED
from moderation.policy import reports as policy
from moderation.storage.models.authors import Ban
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.reports import CommentReport
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import counters, outbox
from ..comments import ledger, reported, webhook_payload
from ..comments.own_comments import member_key
from ..signing import Signing
from . import report_reasons
from .report_receipts import queue_receipt

#: Reports by one reader within an hour.
MOST_PER_HOUR = 30
#: Stored reports of one comment; ordinary ones beyond it would say nothing new.
MOST_ORDINARY = 500
MOST = 1000
#: Own reports that are listed, the newest first.
LISTED = 100


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was sent; empty for fields that were left out."""

    reason: str
    text: str = ""
    explanation: str = ""
    name: str = ""
    email: str = ""
    good_faith: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """A reader who reports: signed in, or a guest at an address."""

    member: Member | None = None
    address: str = ""


def reporter_key(runtime: Signing, reporter: Reporter) -> str:
    """Return the keyed hash that identifies a reporter on a site."""
    if reporter.member is not None:
        return member_key(runtime, reporter.member)
    return runtime.author_key("reporter", client_network(reporter.address))


def is_open(site: Site) -> bool:
    """Return whether readers of a site can report comments."""
    return bool(site.settings.get("reports", True))


def post_of(session: Session, site: Site, comment_id: UUID) -> str:
    """Return the id of the post that a site's comment is on, to count reports by; raise NotFound.

    Whether the comment is public is decided when the report is stored.
    """
    found = session.scalar(
        select(Post.external_id)
        .join(Comment, Comment.post_id == Post.id)
        .where(Comment.id == comment_id, Comment.site_id == site.id)
    )
    if found is None:
        raise CommentNotFound(_NOT_PUBLIC)
    return found


def submit(
    session: Session,
    runtime: Signing,
    site: Site,
    comment_id: UUID,
    report: Report,
    reporter: Reporter,
    *,
    now: datetime,
) -> None:
    """Store a reader's report of a published comment; commits.

    A second report by the same reader changes nothing, and looks the same to them.
    """
    if not is_open(site):
        raise ReportsOff("This site takes no reports. Write to its editors.")
    _check(site, report)
    key = reporter_key(runtime, reporter)
    _require_pace(session, site, key, now)
    store = partial(_store, session, runtime, site, comment_id, report, reporter, key, now)
    counters.REPORTS.labels(transact(session, store)).inc()


def own(session: Session, runtime: Signing, site: Site, member: Member) -> list[dict[str, Any]]:
    """Return a signed-in reader's newest reports with their outcomes, without any text."""
    rows = session.execute(
        select(CommentReport, Post.external_id, Post.title, Post.url)
        .join(Comment, Comment.id == CommentReport.comment_id)
        .join(Post, Post.id == Comment.post_id)
        .where(
            CommentReport.site_id == site.id,
            CommentReport.reporter == member_key(runtime, member),
        )
        .order_by(CommentReport.created_at.desc(), CommentReport.id.desc())
        .limit(LISTED)
    )
    return [
        {
            "comment_id": each.comment_id,
            "post": {"id": external_id, "title": title, "url": url},
            "reason": each.reason,
            "outcome": each.outcome or "pending",
            "created_at": each.created_at,
            "decided_at": each.decided_at,
        }
        for each, external_id, title, url in rows
    ]


def _check(site: Site, report: Report) -> None:
    """Raise Invalid for an unknown reason, or where a legal notice lacks a field."""
    codes = report_reasons.codes_of(site.settings)
    if report.reason not in codes:
        raise Invalid(
            f"This site has no such reason. Send one of: {', '.join(codes)}.",
            errors=(FieldError("#/reason", f"one of {', '.join(codes)}"),),
        )
    missing = [name for name in NEEDS.get(report.reason, ()) if not getattr(report, name)]
    if missing:
        raise Invalid(
            "A notice of illegal content needs these fields, too. See errors for each one.",
            errors=tuple(
                FieldError(f"#/{name}", "is required for this reason") for name in missing
            ),
        )


def _require_pace(session: Session, site: Site, key: str, now: datetime) -> None:
    """Raise TooManyReports when a reader has reported many comments within an hour."""
    hour = timedelta(hours=1)
    times = session.scalars(
        select(CommentReport.created_at)
        .where(
            CommentReport.site_id == site.id,
            CommentReport.reporter == key,
            CommentReport.created_at > now - hour,
        )
        .order_by(CommentReport.created_at.desc())
        .limit(MOST_PER_HOUR)
    ).all()
    session.rollback()
    if len(times) == MOST_PER_HOUR:
        left = times[-1] + hour - now
        raise TooManyReports(
            f"At most {MOST_PER_HOUR} reports an hour. Try again later.",
            retry_after=max(1, int(left.total_seconds())),
        )


def _store(
    session: Session,
    runtime: Signing,
    site: Site,
    comment_id: UUID,
    report: Report,
    reporter: Reporter,
    key: str,
    now: datetime,
) -> str:
    """Store a report and what follows from it; return what became of it, for the metrics."""
    comment, post = ledger.lock(session, comment_id)
    if comment.site_id != site.id:
        raise CommentNotFound(_NOT_PUBLIC)
    before = select(CommentReport.id).where(
        CommentReport.comment_id == comment_id, CommentReport.reporter == key
    )
    if session.scalar(before) is not None:
        return "repeated"
    if comment.listing != Listing.SHOWN or post.state == PostState.REMOVED or post.origin:
        raise CommentNotFound(_NOT_PUBLIC)
    legal = is_legal(report.reason)
    if _count(session, comment_id) >= (MOST if legal else MOST_ORDINARY):
        return "full"
    row = _row(session, runtime, site, comment, report, reporter, key, now)
    waits = reported.is_waiting(session, comment_id)
    if not waits and policy.is_quiet(comment.decided_at, now, legal=legal):
        row.decided_at, row.outcome = now, ReportOutcome.KEPT.value
        row.decision_id = reported.last_decision_by_person(session, comment)
        row.due_at = now if row.email else None
        session.add(row)
        return "quiet"
    session.add(row)
    session.flush()
    queue_receipt(session, runtime, row, post, now=now)
    weight, is_new = reported.queue(session, comment_id)
    if is_new:
        payload = webhook_payload.reported(ledger.comment_columns(comment), post.external_id, row)
        outbox.put(session, site.id, COMMENT_REPORTED, payload, now, comment_id=comment_id)
    hold_from = site.settings.get("reports_hold", policy.HOLD_FROM)
    if not _may_be_held(comment) or not policy.holds(weight, hold_from):
        return "queued"
    ledger.record(
        session,
        ledger.comment_columns(comment),
        post,
        Outcome.HOLD,
        actors.POLICY,
        now=now,
        verdict=_verdict(session, comment, weight, hold_from),
        # An escalation of an earlier revision is not one of this.
        changes={"escalated_at": None},
    )
    return "held"


_NOT_PUBLIC = "There is no such comment, or it is not public."


def _may_be_held(comment: Comment) -> bool:
    """Return whether reports may hold a comment: no person has decided for it in any way."""
    by_person = comment.decided_at is not None or comment.featured_at is not None
    return comment.status == Status.APPROVED and not by_person and not comment.staff


def _count(session: Session, comment_id: UUID) -> int:
    of_comment = CommentReport.comment_id == comment_id
    return session.scalar(select(func.count()).select_from(CommentReport).where(of_comment)) or 0


def _row(
    session: Session,
    runtime: Signing,
    site: Site,
    comment: Comment,
    report: Report,
    reporter: Reporter,
    key: str,
    now: datetime,
) -> CommentReport:
    member = reporter.member
    block = None if member else runtime.block_key(reporter.address)
    return CommentReport(
        id=new_id(),
        comment_id=comment.id,
        site_id=site.id,
        reporter=key,
        signed_in=member is not None,
        block_key=block,
        reason=report.reason,
        text=report.text,
        explanation=report.explanation,
        good_faith=report.good_faith,
        name=report.name or (member.name if member else ""),
        email=report.email or None,
        language=report_reasons.language_of(report.language, site.settings),
        weight=policy.weight(_standing(session, site, comment, member, key, block, now)),
        revision=comment.revision,
        created_at=now,
    )


def _standing(
    session: Session,
    site: Site,
    comment: Comment,
    member: Member | None,
    key: str,
    block: str | None,
    now: datetime,
) -> policy.Standing:
    """Return what the site knows of a reporter."""
    neighbour = select(CommentReport.id).where(
        CommentReport.comment_id == comment.id, CommentReport.block_key == block
    )
    banned = select(Ban.id).where(
        Ban.site_id == site.id,
        Ban.author_key == key,
        Ban.until.is_(None) | (Ban.until > now),
    )
    outcomes = session.scalars(
        select(CommentReport.outcome)
        .where(
            CommentReport.site_id == site.id,
            CommentReport.reporter == key,
            CommentReport.created_at > now - policy.LOOK_BACK,
            CommentReport.outcome.is_not(None),
        )
        .order_by(CommentReport.created_at.desc())
        .limit(policy.LATEST)
    ).all()
    return policy.Standing(
        signed_in=member is not None,
        banned=member is not None and session.scalar(banned) is not None,
        neighbour=block is not None and session.scalar(neighbour.limit(1)) is not None,
        kept=outcomes.count(ReportOutcome.KEPT.value),
        removed=outcomes.count(ReportOutcome.REMOVED.value),
    )


def _verdict(session: Session, comment: Comment, weight: int, hold_from: int) -> Verdict:
    """Return the filters' stored verdict with the reports as the finding that holds."""
    before = session.get(Decision, comment.verdict_id) if comment.verdict_id else None
    filter = facts_of(Code.REPORTED).filter
    earlier = [c for c in (before.causes if before else ()) if c["filter"] != filter]
    signal = Signal(
        Code.REPORTED,
        # Held for its readers' sake, so it comes before what only a filter doubts.
        0.9,
        f"Readers reported it; their reports weigh {weight}, and {hold_from} hold a comment.",
    )
    return Verdict(
        Outcome.HOLD,
        (Cause(signal, 0.0, Outcome.HOLD), *stored_causes(earlier)),
        {**(before.scores if before else {}), filter: signal.score},
        dict(before.versions) if before else {},
        before.policy if before else "",
    )
