"""One rejected comment of the demonstration, whose author asks for a review."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome
from moderation.services.accounts.authentication import Reviewer
from moderation.services.comments.idempotency import RequestKey
from moderation.services.comments.requests import Sender, Submission
from moderation.services.comments.submission import submit
from moderation.services.community import appeals
from moderation.services.review import decisions
from moderation.services.signing import Signing
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.sites import Site

AUTHOR = "Theo Marsh"
TEXT = (
    "The ferry company got the same deal in 2019: the town paid for the jetty and lost the "
    "mooring fees. Ask who signed that lease before anyone signs this one."
)
NOTE = "About the ferry, not about the market hall."
WHY = (
    "The article itself compares the hall with the ferry lease, in its fourth paragraph. I only "
    "named the year. Please read it again."
)


def seed_appeal(
    session: Session,
    runtime: Signing,
    site: Site,
    post: str,
    url: str,
    staff: Reviewer,
    *,
    now: datetime,
) -> None:
    """Let the author write, a moderator reject and the author appeal; commits each.

    A second call changes nothing.
    """
    receipt = submit(
        session,
        runtime,
        site,
        post,
        Submission(text=TEXT, author_name=AUTHOR, post_title="", post_url=url),
        Sender(address="198.51.100.77", from_site=True),
        now=now - timedelta(hours=9),
        repeatable=RequestKey("demo:appeal", "appeal"),
    )
    id = receipt.comment.id
    if session.scalar(select(Appeal.id).where(Appeal.comment_id == id)) is not None:
        return
    decisions.decide(
        session,
        id,
        Outcome.REJECT,
        staff.by,
        now=now - timedelta(hours=6),
        reason=Reason.OFF_TOPIC,
        note=NOTE,
    )
    appeals.appeal(
        session, runtime, site, id, receipt.edit_token, WHY, "en", now=now - timedelta(hours=2)
    )
