"""Fills the demonstration's article with a discussion, through the service itself."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from moderation.services import featured, replies
from moderation.services.accounts import Reviewer
from moderation.services.receipts import Repeatable
from moderation.services.runtime import Runtime
from moderation.services.submission import Sender, Submission, submit
from moderation.storage.sites import Site

from .thread import REPORTER, THREAD, TITLE, Remark

#: A network that documentation uses; every author writes from an address of their own.
_NETWORK = "198.51.100."


def seed(
    session: Session,
    runtime: Runtime,
    site: Site,
    post: str,
    url: str,
    staff: Reviewer,
    *,
    now: datetime,
) -> dict[str, UUID]:
    """Submit the discussion and return the comments' ids by key; commits each.

    The filters judge every comment as they would a reader's. A run that was interrupted is
    completed by the next: each submission has a key of its own.
    """
    ids: dict[str, UUID] = {}
    authors = sorted({remark.author for remark in THREAD})
    for remark in sorted(THREAD, key=lambda each: -each.minutes):
        at = now - timedelta(minutes=remark.minutes)
        if remark.staff:
            ids[remark.key] = replies.answer(
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
            repeatable=Repeatable(f"demo:{remark.key}", remark.key),
        )
        ids[remark.key] = receipt.comment.id
    for remark in THREAD:
        if remark.featured:
            # A moderator sets a comment apart after reading the discussion, not while it is new.
            featured.feature(session, ids[remark.key], staff.by, featured=True, now=now)
    return ids


def _submission(remark: Remark, ids: dict[str, UUID], url: str) -> Submission:
    return Submission(
        text=remark.text,
        author_name=remark.author,
        parent_id=ids[remark.answers] if remark.answers else None,
        post_title=TITLE,
        post_url=url,
    )


def reporter(moderator_id: int, login: str) -> Reviewer:
    """Return the moderator as the one who replies in the discussion."""
    return Reviewer(login, frozenset({"review"}), moderator_id, display_name=REPORTER)
