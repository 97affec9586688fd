"""Fills the demonstration's article with a discussion, through the service itself."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.domain.votes import Votes
from moderation.services.accounts.authentication import Reviewer
from moderation.services.comments.idempotency import RequestKey
from moderation.services.comments.requests import Sender, Submission
from moderation.services.comments.submission import submit
from moderation.services.community import reports, votes
from moderation.services.community.reports import Report, Reporter
from moderation.services.review import featured, staff_replies
from moderation.services.signing import Signing
from moderation.services.sites import changes, registry
from moderation.storage.models.sites import Site

from .thread import REPORTER, REPORTS, THREAD, TITLE, VOTES, Remark

#: A network reserved for documentation; every author has an address of their own.
_NETWORK = "198.51.100."


def seed(
    session: Session,
    runtime: Signing,
    site: Site,
    post: str,
    url: str,
    staff: Reviewer,
    *,
    now: datetime,
) -> dict[str, UUID]:
    """Submit the discussion and return the comments' ids by key; commits each.

    The filters judge every comment as they judge a reader's. An interrupted run is
    completed by the next: each submission has its own idempotency key.
    """
    ids: dict[str, UUID] = {}
    authors = sorted({remark.author for remark in THREAD})
    for remark in sorted(THREAD, key=lambda each: -each.minutes):
        at = now - timedelta(minutes=remark.minutes)
        if remark.staff:
            ids[remark.key] = staff_replies.reply(
                session,
                runtime,
                staff,
                ids[remark.answers],
                remark.text,
                now=at,
                key=f"demo:{remark.key}",
            )
            continue
        receipt = submit(
            session,
            runtime,
            site,
            post,
            _submission(remark, ids, url),
            Sender(address=f"{_NETWORK}{authors.index(remark.author) + 1}", from_site=True),
            now=at,
            repeatable=RequestKey(f"demo:{remark.key}", remark.key),
        )
        ids[remark.key] = receipt.comment.id
    for remark in THREAD:
        if remark.featured:
            # A moderator features a comment after reading the discussion, not while it is new.
            featured.feature(session, ids[remark.key], staff.by, featured=True, now=now)
    _vote(session, runtime, site, ids, now)
    for each in (report for report in REPORTS if report.about in ids):
        reports.submit(
            session,
            runtime,
            site,
            ids[each.about],
            Report(each.reason, each.text),
            Reporter(address=each.address),
            now=now - timedelta(minutes=each.minutes),
        )
    return ids


def _vote(
    session: Session, runtime: Signing, site: Site, ids: dict[str, UUID], now: datetime
) -> None:
    """Switch votes on where the site has not set them, and let readers vote; commits each."""
    if site.settings.get("votes") is None:
        changes.change(session, site, now=now, settings={"votes": Votes.UPDOWN.value})
        site = registry.find(session, site.name)
    published = {key: totals for key, totals in VOTES.items() if key in ids}
    for key, (up, down) in published.items():
        for number in range(up + down):
            reader = votes.Reader(network="", browser=f"demo-reader-{number}")
            votes.vote(session, runtime, site, ids[key], reader, 1 if number < up else -1, now=now)


def _submission(remark: Remark, ids: dict[str, UUID], url: str) -> Submission:
    return Submission(
        text=remark.text,
        author_name=remark.author,
        parent_id=ids[remark.answers] if remark.answers else None,
        post_title=TITLE,
        post_url=url,
    )


def reporter(moderator_id: int, login: str) -> Reviewer:
    """Return the reviewer who replies in the discussion."""
    return Reviewer(login, frozenset({"review"}), moderator_id, display_name=REPORTER)
